//! From the packed archive to the first successful tool call, in a home folder in which nothing of ours is.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tabmux_tests::{Agent, SampleHome, Site, unpack_archive};

use crate::table::{Samples, Table};

const ROUNDS: usize = 5;
/// The aim for the whole of it, in seconds.
const AT_MOST: f64 = 10.0;
const STEPS: [&str; 5] = [
    "the archive is unpacked",
    "`tabmux setup --yes`",
    "`tabmux browser launch --headless`, until it is connected",
    "an agent program starts its entry, until `tools/list` is answered",
    "the first call: a page is opened",
];
/// The step that a person skips whose browser runs and is connected.
const BROWSER: usize = 2;

/// Measures and prints.
pub async fn run() -> Result<()> {
    let site = Site::start().await?;
    let mut steps: [Samples; STEPS.len()] = Default::default();
    let (mut whole, mut without_browser) = (Samples::default(), Samples::default());
    for _ in 0..ROUNDS {
        let took = once(&site).await?;
        for (samples, took) in steps.iter_mut().zip(took) {
            samples.push(took);
        }
        whole.push(took.iter().sum());
        without_browser.push(took.iter().sum::<f64>() - took[BROWSER]);
    }

    let mut table = Table::new(
        &format!("From the archive to the first call, {ROUNDS} rounds (s)"),
        &["step", "median", "worst", "at most", "kept"],
    );
    let mut row = |name: &str, samples: &Samples, at_most: Option<f64>| {
        let (median, worst) = (samples.median(), samples.quantile(1.0));
        let kept = at_most.map(|most| if worst <= most { "yes" } else { "no" });
        let most = at_most.map(|most| format!("{most:.0}"));
        table.row(&[
            name.to_owned(),
            format!("{median:.2}"),
            format!("{worst:.2}"),
            most.unwrap_or_default(),
            kept.unwrap_or_default().to_owned(),
        ]);
    };
    for (name, samples) in STEPS.iter().zip(&steps) {
        row(name, samples, None);
    }
    row("all but the start of the browser", &without_browser, None);
    row("**together**", &whole, Some(AT_MOST));
    table.publish("performance.md", "install")
}

/// What each step took, in seconds.
async fn once(site: &Site) -> Result<[f64; STEPS.len()]> {
    let home = SampleHome::empty()?;
    // The one agent program of this person, which has not been configured.
    fs::create_dir(home.path().join(".codex"))?;
    let mut clock = Clock { since: Instant::now() };

    let tabmux = unpack_archive(&home.beside().join("download"))?.join("tabmux");
    let unpack = clock.lap();
    let output = home.command_of(&tabmux, &["setup", "--yes"]).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{output:?}");
    let setup = clock.lap();
    home.launch(&tabmux)?;
    let browser = clock.lap();
    let entry = home.entries()?.pop().context("setup has written no entry")?;
    let agent = Agent::spawn(entry.start(&home)).await?;
    agent.tools().await?;
    let start = clock.lap();
    let url = site.url("/greet?who=alice");
    let answer = agent.ok("browser_navigate", json!({ "url": url })).await?;
    ensure!(answer.contains(&url), "{answer}");
    let call = clock.lap();

    agent.close().await?;
    Ok([unpack, setup, browser, start, call])
}

/// A stopwatch.
struct Clock {
    since: Instant,
}

impl Clock {
    /// The seconds since the last lap.
    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        now.duration_since(std::mem::replace(&mut self.since, now)).as_secs_f64()
    }
}
