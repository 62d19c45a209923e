//! `cargo xtask bench`: measures, and prints tables with the baseline of the same run beside. Machines are shared and
//! noisy: read medians and ratios.
#![allow(clippy::print_stdout, reason = "the tables are what the benchmark is for")]

mod agents;
mod calls;
mod idle;
mod install;
mod miniwob;
mod process;
mod raw;
mod routing;
mod scrape;
mod servers;
mod snapshots;
mod soak;
mod start;
mod table;

use anyhow::Result;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    // It takes its minutes, so that it runs only when it is named.
    if let Some(at) = wanted.iter().position(|name| name == "soak") {
        wanted.remove(at);
        let minutes = std::env::var("TABMUX_MINUTES").map_or(Ok(10), |minutes| minutes.parse())?;
        soak::run(minutes).await?;
        if wanted.is_empty() {
            return Ok(());
        }
    }
    let wants = |what: &str| wanted.is_empty() || wanted.iter().any(|name| name == what);
    if wants("routing") {
        routing::run().await?;
    }
    if wants("scrape") {
        scrape::run().await?;
    }
    if wants("start") {
        start::run().await?;
    }
    if wants("install") {
        install::run().await?;
    }
    if wants("calls") {
        calls::run().await?;
    }
    if wants("snapshots") {
        snapshots::run().await?;
    }
    if wants("miniwob") {
        miniwob::run().await?;
    }
    if wants("agents") {
        agents::run().await?;
    }
    if wants("idle") {
        idle::run().await?;
    }
    Ok(())
}
