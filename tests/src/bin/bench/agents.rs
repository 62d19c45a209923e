//! Agents on one Chromium, each in its own background tab: on pages that are ready at once, which shows what the machine
//! can do, and on pages that wait, where agents must not wait for each other.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

use crate::process::memory;
use crate::table::{Samples, Table, ms};

/// What agents work on; each kind is worked on by one agent first, and then by several.
struct Work {
    pages: &'static str,
    agents: usize,
    lasts: Duration,
    round: Round,
}

/// What an agent does again and again: it returns whether it saw its own page and nothing else.
#[derive(Clone, Copy)]
enum Round {
    /// Navigates, reads, clicks, evaluates.
    Ready,
    /// Navigates, reads, clicks, waits for what comes after a timer, a request and a timer, evaluates.
    Waiting,
}

const WORK: [Work; 2] = [
    Work { pages: "ready at once", agents: 8, lasts: Duration::from_secs(20), round: Round::Ready },
    Work { pages: "that wait", agents: 10, lasts: Duration::from_secs(60), round: Round::Waiting },
];

/// Measures and prints.
pub async fn run() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    wait_until("the person's page is in front", async || site.counted("front") > 0).await;
    let mut table = Table::new(
        "Agents on one Chromium",
        &[
            "pages",
            "agents",
            "calls/s",
            "of one agent",
            "median call (ms)",
            "p99 (ms)",
            "wrong pages",
            "failed calls",
            "front lost",
            "hub and instances (MiB)",
            "tabs left",
        ],
    );
    for work in &WORK {
        let mut alone = None;
        for count in [1, work.agents] {
            let seen = together(&lab, &site, work, count).await?;
            let rate = seen.tally.calls as f64 / seen.seconds;
            let alone = *alone.get_or_insert(rate);
            table.row(&[
                work.pages.to_owned(),
                count.to_string(),
                format!("{rate:.1}"),
                format!("{:.1} x", rate / alone),
                ms(seen.tally.times.median()),
                ms(seen.tally.times.quantile(0.99)),
                seen.tally.wrong.to_string(),
                seen.tally.failed.to_string(),
                seen.front_lost.to_string(),
                format!("{:.1}", seen.memory),
                seen.tabs_left.to_string(),
            ]);
            ensure!(seen.tally.wrong == 0, "an agent saw a page that is not its own");
            ensure!(seen.front_lost == 0, "the person's page was hidden for more than 100 ms");
        }
    }
    table.publish("performance.md", "agents")
}

/// What was seen of agents that work together.
struct Seen {
    tally: Tally,
    seconds: f64,
    front_lost: u64,
    memory: f64,
    tabs_left: usize,
}

async fn together(lab: &Lab, site: &Site, work: &Work, count: usize) -> Result<Seen> {
    let names: Vec<String> = (0..count).map(|number| format!("agent{number}")).collect();
    let agents: Vec<Agent> =
        futures_util::future::try_join_all(names.iter().map(|name| Agent::start(lab, name))).await?;
    let hidden = site.counted("hidden-long");
    let began_at = Instant::now();
    let runs = agents.iter().zip(&names).map(|(agent, name)| repeat(agent, name, site, work, began_at));
    let mut tally = Tally::default();
    for other in futures_util::future::try_join_all(runs).await? {
        tally.add(other);
    }
    let seconds = began_at.elapsed().as_secs_f64();
    let front_lost = site.counted("hidden-long") - hidden;
    let pids = std::iter::once(lab.health().await?.pid).chain(agents.iter().filter_map(Agent::pid));
    let memory = pids.map(|pid| memory(pid).proportional).sum();
    for agent in agents {
        agent.close().await?;
    }
    wait_until("all clients are gone", async || lab.status().is_ok_and(|status| status.clients.is_empty()))
        .await;
    let tabs_left = lab.status()?.clients.iter().map(|client| client.tabs.len()).sum();
    Ok(Seen { tally, seconds, front_lost, memory, tabs_left })
}

async fn repeat(agent: &Agent, name: &str, site: &Site, work: &Work, began_at: Instant) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut round = 0;
    while began_at.elapsed() < work.lasts {
        round += 1;
        let own = format!("{name}={round}");
        let right = match work.round {
            Round::Ready => tally.order(agent, site, &own).await?,
            Round::Waiting => tally.wait(agent, site, &own).await?,
        };
        tally.wrong += usize::from(!right);
    }
    Ok(tally)
}

#[derive(Default)]
struct Tally {
    times: Samples,
    calls: usize,
    wrong: usize,
    failed: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.calls += other.calls;
        self.wrong += other.wrong;
        self.failed += other.failed;
    }

    async fn order(&mut self, agent: &Agent, site: &Site, own: &str) -> Result<bool> {
        let url = site.url(&format!("/page/order?{own}"));
        self.call(agent, "browser_navigate", json!({ "url": url })).await?;
        let page = self.call(agent, "browser_snapshot", json!({})).await?;
        let Ok(gift) = ref_in(&page, "checkbox \"As a gift\"") else { return Ok(false) };
        self.call(agent, "browser_click", json!({ "ref": gift })).await?;
        let script = "() => location.search + document.forms[0].gift.checked";
        let seen = self.call(agent, "browser_evaluate", json!({ "function": script })).await?;
        Ok(seen == format!("### Result\n\"?{own}true\""))
    }

    async fn wait(&mut self, agent: &Agent, site: &Site, own: &str) -> Result<bool> {
        let url = site.url(&format!("/page/waits?{own}"));
        self.call(agent, "browser_navigate", json!({ "url": url })).await?;
        let page = self.call(agent, "browser_snapshot", json!({})).await?;
        let Ok(ask) = ref_in(&page, "button \"Ask\"") else { return Ok(false) };
        self.call(agent, "browser_click", json!({ "ref": ask })).await?;
        self.call(agent, "browser_wait_for", json!({ "text": format!("Answer for {own}.") })).await?;
        let script = "() => document.getElementById('status').textContent";
        let seen = self.call(agent, "browser_evaluate", json!({ "function": script })).await?;
        Ok(seen == format!("### Result\n\"Answer for {own}.\""))
    }

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
