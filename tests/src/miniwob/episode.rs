//! One episode of a task: begun with a seed, played by its policy, and rewarded by the page.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Hands, Task};
use crate::{Agent, Site};

/// What became of an episode.
#[derive(Debug)]
pub struct Score {
    /// What the page gave, before it took off for the time: 1 for a task that was solved.
    pub reward: f64,
    /// From the moment at which the page poses its problem to the answer to the policy's last call.
    pub took: Duration,
    /// How many calls the policy made.
    pub calls: usize,
    /// How many bytes of text they answered.
    pub bytes: usize,
}

impl Score {
    /// Whether all that was asked for was done: some tasks give a part of the reward for a part of it.
    pub fn is_solved(&self) -> bool {
        self.reward >= 1.0
    }
}

/// The folder of the pages beside the test's own build.
pub fn pages() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let found =
        own.ancestors().map(|folder| folder.join("miniwob-1.1.0/miniwob/html")).find(|path| path.is_dir());
    found.context(
        "the pages of MiniWoB++ are not there: `cargo xtask test` and `cargo xtask bench miniwob` fetch them \
         (package miniwob 1.1.0 of the Python package index)",
    )
}

/// Plays an episode in the agent's current tab. The site serves [`pages`].
pub async fn play(agent: &Agent, site: &Site, task: &Task, seed: u32) -> Result<Score> {
    let url = site.url(&format!("/files/miniwob/{}.html", task.name));
    agent.ok("browser_navigate", json!({ "url": url })).await?;
    let begun = evaluate(agent, &format!("() => {{ const seed = 'tabmux {seed}'; {BEGIN} }}")).await?;
    let goal = begun.as_str().with_context(|| format!("a goal: {begun}"))?;
    let hands = Hands::new(agent, goal);
    let began_at = Instant::now();
    (task.policy)(&hands, goal).await.with_context(|| format!("{} with seed {seed}: {goal:?}", task.name))?;
    let took = began_at.elapsed();
    let reward = evaluate(agent, REWARD).await?;
    let reward = reward.as_f64().with_context(|| format!("a reward: {reward}"))?;
    let (calls, bytes) = hands.cost();
    Ok(Score { reward, took, calls, bytes })
}

async fn evaluate(agent: &Agent, function: &str) -> Result<Value> {
    let text = agent.ok("browser_evaluate", json!({ "function": function })).await?;
    let value = text.strip_prefix("### Result\n").with_context(|| format!("a result: {text}"))?;
    Ok(serde_json::from_str(value)?)
}

/// Poses the problem and tells the goal. The page's time limit of some 10 s is made ten minutes, because machines are
/// loaded.
const BEGIN: &str = "
    Math.seedrandom(seed);
    core.EPISODE_MAX_TIME = 600_000;
    core.startEpisodeReal();
    const goal = core.getUtterance();
    return goal.utterance ?? goal;";

/// The reward when the episode has ended, which may be a moment after the last input; 0 if it does not end.
const REWARD: &str = "async () => {
    const until = performance.now() + 5_000;
    while (!WOB_DONE_GLOBAL && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
    return WOB_DONE_GLOBAL ? WOB_RAW_REWARD_GLOBAL : 0;
}";
