//! Four agents that work for minutes on one Chromium: what they use while they do, and what is left of it afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_tests::{Agent, Browser, DevTools, Lab, Site, descriptors, ref_in, wait_until};

use crate::process::{extension_process, memory};
use crate::table::Table;

const NAMES: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// How often is looked. Memory is what is private to a process: its share of the program grows as others end.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Work before the first look that counts: the hub remembers answers for a minute, and screenshots are large.
const WARM_UP: Duration = Duration::from_secs(75);
/// After this long the hub has forgotten every answer.
const FORGETS: Duration = Duration::from_secs(65);
const COLUMNS: [&str; 7] = [
    "hub (MiB)",
    "instances (MiB)",
    "extension's process (MiB)",
    "worker's heap (MiB)",
    "hub's descriptors",
    "tabs",
    "debugger sessions",
];

/// One look, in the order of [`COLUMNS`].
type Look = [f64; COLUMNS.len()];

/// Works for that many minutes, measures and prints.
pub async fn run(minutes: u64) -> Result<()> {
    let (site, lab) = (Arc::new(Site::start().await?), Lab::new()?);
    let launched =
        lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let browser = launched["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).context("its pid")?;
    let mut watch = Watch { worker: lab.worker().await?, lab, browser, said: Vec::new() };
    watch.worker.command("Runtime.enable", json!({})).await?;
    watch.worker.command("Log.enable", json!({})).await?;
    let before = watch.look(&[]).await?;

    let (stop, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Tally::default()));
    let mut pids = Vec::new();
    let mut running = tokio::task::JoinSet::new();
    for name in NAMES {
        let agent = Agent::start(&watch.lab, name).await?;
        pids.extend(agent.pid());
        let worker = Worker { agent, name, site: site.clone(), tally: tally.clone() };
        running.spawn(worker.run(stop.clone()));
    }
    let began_at = Instant::now();
    let mut looks = Vec::new();
    while began_at.elapsed() < Duration::from_secs(minutes * 60) {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Some(ended) = running.try_join_next() {
            ended??;
        }
        looks.push((began_at.elapsed(), watch.look(&pids).await?));
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let seconds = began_at.elapsed().as_secs_f64();
    let lab = &watch.lab;
    wait_until("all clients are gone", async || lab.status().is_ok_and(|status| status.clients.is_empty()))
        .await;
    tokio::time::sleep(FORGETS).await;
    let after = watch.look(&[]).await?;
    print(&before, &looks, &after);
    let (calls, failed) = (tally.calls.load(Ordering::Relaxed), tally.failed.load(Ordering::Relaxed));
    println!(
        "\n{} agents for {seconds:.0} s: {calls} calls, {:.1} a second, {failed} failed; the extension's console has {} errors.",
        NAMES.len(),
        calls as f64 / seconds,
        watch.said.len()
    );
    for error in &watch.said {
        println!("- {error}");
    }
    Ok(())
}

fn print(before: &Look, looks: &[(Duration, Look)], after: &Look) {
    let steady: Vec<&Look> = looks.iter().filter(|(at, _)| *at > WARM_UP).map(|(_, look)| look).collect();
    let mut table = Table::new(
        "Minutes of mixed work",
        &["", "without agents", "warmed up", "peak", "last", "agents gone"],
    );
    for (column, name) in COLUMNS.iter().enumerate() {
        let of = |look: Option<&&Look>| look.map_or(f64::NAN, |look| look[column]);
        let peak = looks.iter().map(|(_, look)| look[column]).fold(f64::NAN, f64::max);
        let cells = [before[column], of(steady.first()), peak, of(steady.last()), after[column]];
        let mut line = vec![(*name).to_owned()];
        line.extend(
            cells.map(|cell| if name.contains("MiB") { format!("{cell:.1}") } else { format!("{cell:.0}") }),
        );
        table.row(&line);
    }
}

struct Watch {
    lab: Lab,
    browser: u32,
    worker: DevTools,
    /// The errors in the extension's console.
    said: Vec<String>,
}

impl Watch {
    async fn look(&mut self, instances: &[u32]) -> Result<Look> {
        // What is garbage already is no use of memory.
        self.worker.command("HeapProfiler.collectGarbage", json!({})).await?;
        let heap = self.worker.command("Runtime.getHeapUsage", json!({})).await?;
        let attached = "chrome.debugger.getTargets().then((all) => all.filter((each) => each.type === 'page' && each.attached).length)";
        let sessions = self.worker.evaluate(attached).await?;
        let complaints = self.worker.take_events();
        self.said.extend(complaints.iter().filter_map(complaint));
        let hub = self.lab.health().await?.pid;
        let tabs: usize = self.lab.status()?.clients.iter().map(|client| client.tabs.len()).sum();
        let extension = extension_process(self.browser).map_or(f64::NAN, |pid| memory(pid).private);
        Ok([
            memory(hub).private,
            instances.iter().map(|pid| memory(*pid).private).fold(0.0, |sum, used| sum + used),
            extension,
            heap["usedSize"].as_f64().unwrap_or(f64::NAN) / f64::from(1 << 20),
            descriptors(hub, self.lab.folder())?.len() as f64,
            tabs as f64,
            sessions.as_f64().unwrap_or(f64::NAN),
        ])
    }
}

/// What an event of the worker complains of, if it does.
fn complaint(event: &Value) -> Option<String> {
    let params = &event["params"];
    let is_error = match event["method"].as_str()? {
        "Runtime.exceptionThrown" => true,
        "Runtime.consoleAPICalled" => params["type"] == "error",
        "Log.entryAdded" => params["entry"]["level"] == "error",
        _ => false,
    };
    is_error.then(|| params.to_string())
}

#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    failed: AtomicU64,
}

struct Worker {
    agent: Agent,
    name: &'static str,
    site: Arc<Site>,
    tally: Arc<Tally>,
}

impl Worker {
    async fn run(self, stop: Arc<AtomicBool>) -> Result<()> {
        for round in 1_u64.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            self.round(round).await?;
        }
        self.agent.close().await.map(drop)
    }

    async fn round(&self, round: u64) -> Result<()> {
        let url = self.site.url(&format!("/page/order?{}={round}", self.name));
        self.call("browser_navigate", json!({ "url": url })).await?;
        let page = self.call("browser_snapshot", json!({})).await?;
        let (name, kind) = (ref_in(&page, "textbox \"Name\"")?, ref_in(&page, "combobox \"Kind\"")?);
        let gift = ref_in(&page, "checkbox \"As a gift\"")?;
        let text = format!("{} {round}", self.name);
        self.call("browser_type", json!({ "ref": name, "text": text })).await?;
        self.call("browser_select_option", json!({ "ref": kind, "values": ["Black"] })).await?;
        self.call("browser_click", json!({ "ref": gift })).await?;
        self.call("browser_evaluate", json!({ "function": "() => document.forms[0].name.value" })).await?;
        self.call("browser_take_screenshot", json!({})).await?;
        self.call("browser_console_messages", json!({})).await?;
        if round.is_multiple_of(5) {
            let url = self.site.url("/page/reading");
            self.call("browser_tabs", json!({ "action": "new", "url": url })).await?;
            self.call("browser_snapshot", json!({})).await?;
            self.call("browser_close", json!({})).await?;
        }
        Ok(())
    }

    async fn call(&self, tool: &str, arguments: Value) -> Result<String> {
        let answer = self.agent.call(tool, arguments).await?;
        self.tally.calls.fetch_add(1, Ordering::Relaxed);
        if answer.is_error {
            self.tally.failed.fetch_add(1, Ordering::Relaxed);
            println!("{tool}: {}", answer.text);
        }
        Ok(answer.text)
    }
}
