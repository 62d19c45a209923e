//! `tabmux test`: so many calls through the running hub, and how long they took.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tabmux_cli::args::TestArgs;
use tabmux_cli::output::{TestFailure, TestOutput, TestTarget};
use tabmux_cli::scratch::{Scratch, ScratchError};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::terminal::{BAD, BOLD, GOOD, WARN, paint, print};
use crate::{Failure, config, hub, plain, runtime};

/// What agents of a test are called.
const LABEL: &str = "tabmux test";
/// No more kinds of failures than this are told.
const FAILURES: usize = 5;

pub(crate) fn run(args: &TestArgs) -> Result<(), Failure> {
    let output = runtime()?.block_on(measure(args))?;
    if args.json {
        print(&serde_json::to_string(&output)?);
    } else {
        print(&for_people(&output));
    }
    if output.failed == 0 && !output.interrupted { Ok(()) } else { Err(Failure::Shown(1)) }
}

async fn measure(args: &TestArgs) -> Result<TestOutput, Failure> {
    let (installation, config) = config::load(None)?;
    hub::serves_no_other_port(&installation)?;
    let (stop_tx, stop_rx) = watch::channel(false);
    let bar = bar(args.calls);
    let mut agents = Vec::new();
    let mut problem = None;
    for _ in 0..args.concurrency.min(args.calls) {
        let mut agent = Scratch::greet(&installation, &config, LABEL).await?;
        let opened = match agent.browser().connected {
            true => agent.open_tab().await.map(drop),
            false => Ok(()),
        };
        agents.push(agent);
        if let Err(error) = opened {
            problem = Some(anyhow!("no tab could be opened for the test: {error}"));
            break;
        }
    }
    let target = match agents.iter().all(|agent| agent.browser().connected) {
        true => TestTarget::Browser,
        false => TestTarget::Hub,
    };
    let left = Arc::new(AtomicU32::new(if problem.is_some() { 0 } else { args.calls }));
    let began_at = Instant::now();
    let mut working = JoinSet::new();
    for agent in agents {
        working.spawn(work(agent, target, Arc::clone(&left), stop_rx.clone(), bar.clone()));
    }
    let mut answers = Answers::default();
    let mut interrupted = false;
    loop {
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c(), if !interrupted => {
                interrupted = true;
                // Those who work still close their tabs.
                let _ = stop_tx.send(true);
            }
            done = working.join_next() => match done {
                Some(done) => answers.add(done?),
                None => break,
            }
        }
    }
    bar.finish_and_clear();
    match problem {
        Some(problem) => Err(Failure::Failed(problem)),
        None => Ok(answers.summary(args, target, interrupted, began_at)),
    }
}

/// Calls until nothing is left, or it is stopped, or the hub is gone.
async fn work(
    mut agent: Scratch,
    target: TestTarget,
    left: Arc<AtomicU32>,
    mut stop_rx: watch::Receiver<bool>,
    bar: ProgressBar,
) -> Answers {
    let mut answers = Answers::default();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        let began_at = Instant::now();
        let answer = tokio::select! {
            biased;
            _ = stop_rx.wait_for(|stop| *stop) => break,
            answer = call(&mut agent, target) => answer,
        };
        answers.last_at = Some(Instant::now());
        bar.inc(1);
        match answer {
            Ok(()) => answers.times.push(began_at.elapsed()),
            Err(error) => {
                *answers.failures.entry(error.to_string()).or_default() += 1;
                if matches!(error, ScratchError::Hub(_)) {
                    break;
                }
            }
        }
    }
    agent.leave().await;
    answers
}

async fn call(agent: &mut Scratch, target: TestTarget) -> Result<(), ScratchError> {
    match target {
        TestTarget::Browser => agent.call("browser_snapshot", &json!({})).await.map(drop),
        TestTarget::Hub => agent.ask_hub().await.map(drop),
    }
}

/// What came back.
#[derive(Debug, Default)]
struct Answers {
    /// How long each call took that was answered well.
    times: Vec<Duration>,
    /// How often each error came.
    failures: BTreeMap<String, u32>,
    last_at: Option<Instant>,
}

impl Answers {
    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        for (error, count) in other.failures {
            *self.failures.entry(error).or_default() += count;
        }
        self.last_at = self.last_at.max(other.last_at);
    }

    fn summary(
        mut self,
        args: &TestArgs,
        target: TestTarget,
        interrupted: bool,
        began_at: Instant,
    ) -> TestOutput {
        self.times.sort_unstable();
        let succeeded = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        let failed = self.failures.values().sum::<u32>();
        let calls = succeeded + failed;
        let elapsed = self.last_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(began_at));
        let total: Duration = self.times.iter().sum();
        let mut failures: Vec<TestFailure> =
            self.failures.into_iter().map(|(error, count)| TestFailure { error, count }).collect();
        failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
        failures.truncate(FAILURES);
        TestOutput {
            target,
            concurrency: args.concurrency,
            requested: args.calls,
            calls,
            succeeded,
            failed,
            success_rate: share(f64::from(succeeded), f64::from(calls)),
            average_ms: share(total.as_secs_f64() * 1_000.0, f64::from(succeeded)),
            p50_ms: percentile(&self.times, 50),
            p99_ms: percentile(&self.times, 99),
            max_ms: percentile(&self.times, 100),
            elapsed_ms: milliseconds(elapsed),
            requests_per_second: share(f64::from(calls), elapsed.as_secs_f64()),
            interrupted,
            failures,
        }
    }
}

/// The part of a whole, to three places; nothing of nothing is nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { (part / whole * 1_000.0).round() / 1_000.0 } else { 0.0 }
}

/// The time within which so many of a hundred were answered (nearest rank), of sorted times.
fn percentile(times: &[Duration], percent: usize) -> f64 {
    let rank = (times.len() * percent).div_ceil(100);
    times.get(rank.saturating_sub(1)).copied().map_or(0.0, milliseconds)
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// Shown on a terminal only, on standard error.
fn bar(calls: u32) -> ProgressBar {
    const LINE: &str = "{bar:30} {pos} of {len} calls, {per_sec}, {eta} to go";
    let bar = ProgressBar::new(calls.into());
    if let Ok(style) = ProgressStyle::with_template(LINE) {
        bar.set_style(style);
    }
    bar
}

fn for_people(output: &TestOutput) -> String {
    let TestOutput { calls, succeeded, failed, concurrency, .. } = output;
    let to = match output.target {
        TestTarget::Browser => "through the hub to the browser and back",
        TestTarget::Hub => "to the hub and back: no browser is connected",
    };
    let verdict = match (failed, output.interrupted) {
        (_, true) => paint(WARN, &format!("Ended after {calls} of {} calls", output.requested)),
        (0, false) => paint(GOOD, &format!("All {calls} calls were answered well")),
        (_, false) => paint(BAD, &format!("{failed} of {calls} calls failed")),
    };
    let mut text = format!(
        "{verdict}, {to}.\n\n  {BOLD}Succeeded{BOLD:#}    {succeeded} ({:.1} %), {failed} failed\n  {BOLD}Average{BOLD:#}      {:.1} ms\n  \
         {BOLD}Half within{BOLD:#}  {:.1} ms (p50)\n  {BOLD}99 % within{BOLD:#}  {:.1} ms (p99), the longest {:.1} ms\n  \
         {BOLD}Rate{BOLD:#}         {:.1} requests per second, {concurrency} at a time",
        output.success_rate * 100.0,
        output.average_ms,
        output.p50_ms,
        output.p99_ms,
        output.max_ms,
        output.requests_per_second
    );
    for TestFailure { error, count } in &output.failures {
        text += &format!("\n\n{count} times: {}", plain::lines(error));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!([50, 99, 100].map(|percent| percentile(&times, percent)), [100.0, 198.0, 200.0]);
        assert_eq!(percentile(&times[..1], 99), 1.0);
        assert_eq!(percentile(&[], 99), 0.0);
    }

    #[test]
    fn what_failed_counts_and_takes_no_part_in_the_times() {
        let args = TestArgs { calls: 10, concurrency: 2, json: false };
        let began_at = Instant::now();
        let mut answers = Answers::default();
        answers.add(Answers {
            times: vec![Duration::from_millis(4), Duration::from_millis(2)],
            failures: BTreeMap::from([("busy".to_owned(), 1)]),
            last_at: Some(began_at + Duration::from_millis(500)),
        });
        answers.add(Answers { failures: BTreeMap::from([("busy".to_owned(), 1)]), ..Answers::default() });
        let summary = answers.summary(&args, TestTarget::Hub, true, began_at);
        assert_eq!((summary.calls, summary.succeeded, summary.failed), (4, 2, 2));
        assert_eq!((summary.success_rate, summary.average_ms, summary.max_ms), (0.5, 3.0, 4.0));
        assert_eq!(summary.requests_per_second, 8.0);
        assert_eq!(summary.failures, [TestFailure { error: "busy".into(), count: 2 }]);
        assert!(for_people(&summary).contains("Ended after 4 of 10 calls"));
    }
}
