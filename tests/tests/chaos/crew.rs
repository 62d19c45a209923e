//! Agents that click, and go on after whatever happens to them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tabmux_tests::{Agent, Answer, Lab, Outcome, Site};
use tokio::sync::watch;

use crate::ledger::Ledger;

/// What agents and killer share.
pub struct Stage {
    pub lab: Lab,
    pub site: Site,
    pub ledger: Mutex<Ledger>,
}

impl Stage {
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the killer sees of an agent.
pub struct Member {
    /// Its process while it runs.
    pid: Mutex<Option<u32>>,
    /// When the last click that was answered well began and ended.
    clicked: watch::Sender<Option<(Instant, Instant)>>,
}

impl Member {
    pub fn new() -> Self {
        Self { pid: Mutex::new(None), clicked: watch::channel(None).0 }
    }

    /// Kills its process; one that is starting is left alone.
    pub fn kill(&self) -> Result<()> {
        if let Some(pid) = *self.pid() {
            kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGKILL)?;
        }
        Ok(())
    }

    /// Waits until a click that began after `since` is answered well, and says when that was.
    pub async fn clicks_again(&self, since: Instant) -> Result<Instant> {
        let mut clicked = self.clicked.subscribe();
        let clicked = clicked.wait_for(|click| click.is_some_and(|(began_at, _)| began_at >= since)).await?;
        clicked.map(|(_, ended_at)| ended_at).context("a click")
    }

    fn pid(&self) -> MutexGuard<'_, Option<u32>> {
        self.pid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An agent program: it starts its MCP process again whenever that has died, until it is told to stop.
pub async fn work(
    stage: Arc<Stage>,
    member: Arc<Member>,
    name: &'static str,
    mut stop: watch::Receiver<bool>,
) -> Result<()> {
    for life in 1.. {
        let mut worker = Worker {
            agent: Agent::start(&stage.lab, name).await?,
            stage: stage.clone(),
            button: None,
            counts_as: format!("{name}-{life}"),
        };
        *member.pid() = worker.agent.pid();
        loop {
            if *stop.borrow_and_update() {
                worker.agent.close().await?;
                return Ok(());
            }
            let began_at = Instant::now();
            match worker.click().await? {
                Step::Clicked => {
                    member.clicked.send_replace(Some((began_at, Instant::now())));
                }
                Step::Disturbed => {}
                Step::Dead => break,
            }
        }
        *member.pid() = None;
    }
    Ok(())
}

/// One life of an MCP process.
struct Worker {
    agent: Agent,
    stage: Arc<Stage>,
    /// The ref of its page's button.
    button: Option<String>,
    /// The name under which the page counts.
    counts_as: String,
}

enum Step {
    Clicked,
    Disturbed,
    Dead,
}

impl Worker {
    /// Clicks once; before that it opens its page if need be.
    async fn click(&mut self) -> Result<Step> {
        let button = match self.button.take() {
            Some(button) => button,
            None => {
                let url = self.stage.site.url(&format!("/page/clicks?name={}", self.counts_as));
                match self.call("browser_navigate", json!({ "url": url })).await? {
                    None => return Ok(Step::Dead),
                    Some(answer) if answer.is_error => return Ok(Step::Disturbed),
                    Some(_) => {}
                }
                match self.call("browser_snapshot", json!({})).await? {
                    None => return Ok(Step::Dead),
                    Some(answer) if answer.is_error => return Ok(Step::Disturbed),
                    Some(answer) => answer.ref_of("button \"Count\"")?,
                }
            }
        };
        let answer = self.call("browser_click", json!({ "ref": button })).await?;
        self.stage.ledger().click(&self.counts_as, answer.as_ref(), &self.stage.site);
        Ok(match answer {
            None => Step::Dead,
            Some(answer) if answer.is_error => Step::Disturbed,
            Some(_) => {
                self.button = Some(button);
                Step::Clicked
            }
        })
    }

    /// Calls a tool; no answer means that the process was killed.
    async fn call(&mut self, tool: &str, arguments: Value) -> Result<Option<Answer>> {
        let called_at = Instant::now();
        let outcome = self.agent.call_or_death(tool, arguments).await?;
        let answer = match outcome {
            Outcome::Answered(answer) => Some(answer),
            Outcome::Unanswered => None,
        };
        self.stage.ledger().enter(tool, answer.as_ref(), called_at.elapsed());
        Ok(answer)
    }
}
