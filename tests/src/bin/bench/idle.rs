//! Processor and memory while nothing is asked: hub, instance, the extension's worker.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site};

use crate::process::{cpu_seconds, extension_process, memory};
use crate::table::Table;

/// How long nothing is asked: the screencast is off after 30 s, and ticks of 10 ms need time to add up.
const SETTLE: Duration = Duration::from_secs(35);
const WATCH: Duration = Duration::from_secs(60);

/// Measures and prints.
pub async fn run() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let launched = lab.launch(&Browser { url: Some(site.url("/greet")), ..Browser::default() })?;
    let agent = Agent::start(&lab, "idle").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let browser = launched["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
    let mut watched = vec![("hub", lab.health().await?.pid)];
    watched.extend(agent.pid().map(|pid| ("instance", pid)));
    watched.extend(browser.and_then(extension_process).map(|pid| ("extension's process", pid)));
    tokio::time::sleep(SETTLE).await;
    let before: Vec<f64> = watched.iter().map(|(_, pid)| cpu_seconds(*pid)).collect();
    tokio::time::sleep(WATCH).await;
    let mut table =
        Table::new("Idle, one tab open", &["process", "% of a core", "resident (MiB)", "private (MiB)"]);
    let mut sum = 0.0;
    for ((name, pid), before) in watched.iter().zip(before) {
        let percent = (cpu_seconds(*pid) - before) / WATCH.as_secs_f64() * 100.0;
        sum += percent;
        let used = memory(*pid);
        table.row(&[
            (*name).to_owned(),
            format!("{percent:.2}"),
            format!("{:.1}", used.resident),
            format!("{:.1}", used.private),
        ]);
    }
    table.row(&["together".into(), format!("{sum:.2}"), String::new(), String::new()]);
    table.publish("performance.md", "idle")
}
