//! Eight agents on one Chromium, each navigating, reading, clicking, evaluating in its own background tab.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

use crate::process::memory;
use crate::table::{Samples, Table, ms};

const AGENTS: usize = 8;
const LASTS: Duration = Duration::from_secs(20);

/// Measures and prints.
pub async fn run() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let hub = lab.health().await?.pid;
    let mut table = Table::new(
        "Agents on one Chromium",
        &[
            "agents",
            "calls/s",
            "median call (ms)",
            "p99 (ms)",
            "wrong pages",
            "failed calls",
            "hub and instances (MiB)",
            "tabs left",
        ],
    );
    for count in [1, AGENTS] {
        let names: Vec<String> = (0..count).map(|number| format!("agent{number}")).collect();
        let agents: Vec<Agent> =
            futures_util::future::try_join_all(names.iter().map(|name| Agent::start(&lab, name))).await?;
        let began_at = Instant::now();
        let runs = agents.iter().zip(&names).map(|(agent, name)| work(agent, name, &site, began_at));
        let results: Vec<Tally> = futures_util::future::try_join_all(runs).await?;
        let seconds = began_at.elapsed().as_secs_f64();
        let used: f64 = std::iter::once(hub)
            .chain(agents.iter().filter_map(Agent::pid))
            .map(|pid| memory(pid).proportional)
            .sum();
        let mut times = Samples::default();
        let (mut calls, mut wrong, mut failed) = (0, 0, 0);
        for tally in results {
            times.extend(tally.times);
            calls += tally.calls;
            wrong += tally.wrong;
            failed += tally.failed;
        }
        for agent in agents {
            agent.close().await?;
        }
        wait_until("all clients are gone", async || {
            lab.status().is_ok_and(|status| status.clients.is_empty())
        })
        .await;
        let left: usize = lab.status()?.clients.iter().map(|client| client.tabs.len()).sum();
        table.row(&[
            count.to_string(),
            format!("{:.1}", calls as f64 / seconds),
            ms(times.median()),
            ms(times.quantile(0.99)),
            wrong.to_string(),
            failed.to_string(),
            format!("{used:.1}"),
            left.to_string(),
        ]);
    }
    table.publish("performance.md", "agents")
}

#[derive(Default)]
struct Tally {
    times: Samples,
    calls: usize,
    wrong: usize,
    failed: usize,
}

async fn work(agent: &Agent, name: &str, site: &Site, began_at: Instant) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut round = 0;
    while began_at.elapsed() < LASTS {
        round += 1;
        let url = site.url(&format!("/page/order?{name}={round}"));
        tally.call(agent, "browser_navigate", json!({ "url": url })).await?;
        let page = tally.call(agent, "browser_snapshot", json!({})).await?;
        let Ok(gift) = ref_in(&page, "checkbox \"As a gift\"") else {
            tally.wrong += 1;
            continue;
        };
        tally.call(agent, "browser_click", json!({ "ref": gift })).await?;
        let script = "() => location.search + document.forms[0].gift.checked";
        let seen = tally.call(agent, "browser_evaluate", json!({ "function": script })).await?;
        if seen != format!("### Result\n\"?{name}={round}true\"") {
            tally.wrong += 1;
        }
    }
    Ok(tally)
}

impl Tally {
    async fn call(&mut self, agent: &Agent, tool: &str, args: serde_json::Value) -> Result<String> {
        let called_at = Instant::now();
        let answer = agent.call(tool, args).await?;
        self.times.push_time(called_at.elapsed());
        self.calls += 1;
        if answer.is_error {
            self.failed += 1;
        }
        Ok(answer.text)
    }
}
