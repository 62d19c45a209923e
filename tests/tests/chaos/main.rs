//! Agents click in a real browser while everything around them is killed, 200 times: each click counts once, or nobody
//! claims to know; every call is answered; and nothing is left behind.
#![allow(clippy::print_stderr, reason = "a run says what it did, for whoever plays it again")]

mod aftermath;
mod crew;
mod killer;
mod ledger;
mod schedule;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tabmux_tests::{Lab, Site};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::aftermath::Rest;
use crate::crew::{Member, Stage, work};
use crate::killer::Killer;
use crate::ledger::Ledger;
use crate::schedule::{AGENTS, Kill, schedule};

/// The tabs of the agents that were killed last are closed after their grace period.
const SETTLES_WITHIN: Duration = Duration::from_secs(30);
/// What the death of a hub may cost until the next click is answered, in seconds and in the median: what is promised,
/// and three times what is measured.
const HUB_IS_BACK_WITHIN: f64 = 0.3;
/// What all kills together may take, likewise.
const LASTS_AT_MOST: Duration = Duration::from_secs(120);
const NAMES: [&str; AGENTS] = ["alice", "bob", "carol"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_kills_lose_no_click_double_none_and_leave_nothing_behind() -> Result<()> {
    let seed = match std::env::var("TABMUX_SEED") {
        Ok(seed) => seed.parse().context("TABMUX_SEED is a number")?,
        Err(_) => u64::from(std::process::id()),
    };
    let cuts = killer::can_cut();
    eprintln!(
        "seed {seed}; sockets are {}",
        if cuts { "reset by ss -K" } else { "left alone: the hub is stopped" }
    );
    let mut steps = schedule(seed);
    if !cuts {
        for step in steps.iter_mut().filter(|step| step.kill == Kill::Sockets) {
            step.kill = Kill::Pause(200);
        }
    }
    let stage = Arc::new(Stage {
        lab: Lab::new()?,
        site: Site::start().await?,
        ledger: Mutex::new(Ledger::default()),
    });
    // The tabs of a killed process are closed while others go on.
    stage.lab.configure("[hub]\ngrace_ms = 4000\n")?;
    let crew: Vec<Arc<Member>> = NAMES.iter().map(|_| Arc::new(Member::new())).collect();
    let mut killer = Killer::new(stage.clone(), crew.clone()).await?;
    let before = Rest::of(&stage.lab).await?;
    let (stop_tx, stop) = watch::channel(false);
    let mut agents = JoinSet::new();
    for (member, name) in crew.iter().zip(NAMES) {
        agents.spawn(work(stage.clone(), member.clone(), name, stop.clone()));
    }
    let began_at = Instant::now();
    let story = async {
        killer.everybody_works(began_at).await?;
        for (number, step) in steps.iter().enumerate() {
            killer.step(*step).await.with_context(|| format!("step {number}: {step:?}"))?;
        }
        killer.everybody_works(Instant::now()).await.map(drop)
    };
    let ended = tokio::select! {
        ended = story => ended,
        Some(agent) = agents.join_next() => agent?.and_then(|()| anyhow::bail!("an agent ended early")),
    };
    let lasted = began_at.elapsed();
    stop_tx.send_replace(true);
    if ended.is_ok() {
        while let Some(agent) = agents.join_next().await {
            agent??;
        }
    }
    report(&stage, &killer, lasted);
    ended.with_context(|| format!("seed {seed}\n{}", last_lines(&stage.lab)))?;
    let wrong = stage.ledger().wrong(&stage.site);
    assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}\n{}", last_lines(&stage.lab));
    let recovery = median(&killer.first["hub killed"]);
    assert!(recovery < HUB_IS_BACK_WITHIN, "seed {seed}: after a hub's death {recovery} s in the median");
    assert!(lasted < LASTS_AT_MOST, "seed {seed}: {lasted:?}");

    settles(&stage.lab, &before).await.with_context(|| format!("seed {seed}"))
}

/// Waits until everything is as it was before.
async fn settles(lab: &Lab, before: &Rest) -> Result<()> {
    let began_at = Instant::now();
    loop {
        let after = Rest::of(lab).await;
        if after.as_ref().is_ok_and(|after| after == before) {
            return Ok(());
        }
        if began_at.elapsed() > SETTLES_WITHIN {
            anyhow::bail!("this is left behind: {after:#?}\nbefore: {before:#?}");
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn report(stage: &Stage, killer: &Killer, lasted: Duration) {
    let ledger = stage.ledger();
    let (bounds, counted) = ledger.sums(&stage.site);
    eprintln!(
        "{lasted:.1?}, {} calls, {} answered, the slowest after {:.1?}; {counted} clicks counted of {} to {}",
        ledger.calls, ledger.answered, ledger.slowest, bounds.least, bounds.most
    );
    for (error, times) in &ledger.errors {
        eprintln!("  {times:4} x {error}");
    }
    for (name, times) in &killer.first {
        let all = &killer.all[name];
        eprintln!(
            "  {name}: {} measured, next click {:.0} ms in the median (longest {:.0}), of all agents {:.0} ms (longest {:.0})",
            times.len(),
            median(times) * 1e3,
            longest(times) * 1e3,
            median(all) * 1e3,
            longest(all) * 1e3,
        );
    }
}

/// The end of the logs: what happened just before a failure.
fn last_lines(lab: &Lab) -> String {
    const LINES: usize = 300;
    let logs = lab.logs();
    let lines: Vec<&str> = logs.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn longest(times: &[f64]) -> f64 {
    times.iter().copied().fold(0.0, f64::max)
}
