//! The one that kills.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tabmux_tests::{Browser, DevTools, is_running, wait_until};

use crate::crew::{Member, Stage};
use crate::schedule::{Kill, Step};

/// How long agents may take until all of them work again, whatever was killed; recovery itself is printed, not asserted.
const RECOVERS_WITHIN: Duration = Duration::from_secs(60);

/// Strikes, and measures how long agents need afterwards.
pub struct Killer {
    stage: Arc<Stage>,
    crew: Vec<Arc<Member>>,
    browser: u32,
    devtools: DevTools,
    /// Seconds from a kill to the next answered click of any agent, and of all of them, by kind.
    pub first: BTreeMap<&'static str, Vec<f64>>,
    pub all: BTreeMap<&'static str, Vec<f64>>,
}

impl Killer {
    /// Launches the browser.
    pub async fn new(stage: Arc<Stage>, crew: Vec<Arc<Member>>) -> Result<Self> {
        let (browser, devtools) = launch(&stage).await?;
        let (first, all) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { stage, crew, browser, devtools, first, all })
    }

    /// Waits until every agent works.
    pub async fn everybody_works(&self, since: Instant) -> Result<(Duration, Duration)> {
        let again = try_join_all(self.crew.iter().map(|member| member.clicks_again(since)));
        let again = tokio::time::timeout(RECOVERS_WITHIN, again).await;
        let again =
            again.with_context(|| format!("an agent did not work again within {RECOVERS_WITHIN:?}"))??;
        let took = again.iter().map(|at| at.duration_since(since));
        Ok((took.clone().min().unwrap_or_default(), took.max().unwrap_or_default()))
    }

    /// One step of the schedule.
    pub async fn step(&mut self, step: Step) -> Result<()> {
        tokio::time::sleep(step.after).await;
        let struck_at = self.strike(step.kill).await?;
        if !step.recovers {
            return Ok(());
        }
        let (first, all) = self.everybody_works(struck_at).await?;
        let name = name(step.kill);
        self.first.entry(name).or_default().push(first.as_secs_f64());
        self.all.entry(name).or_default().push(all.as_secs_f64());
        Ok(())
    }

    /// Strikes, and says when.
    async fn strike(&mut self, what: Kill) -> Result<Instant> {
        match what {
            Kill::Hub => {
                let pid = self.hub().await?;
                let now = Instant::now();
                signal(pid, Signal::SIGKILL)?;
                return Ok(now);
            }
            Kill::Mcp(number) => self.crew[number].kill()?,
            Kill::Sockets => cut(self.stage.lab.installation.port)?,
            Kill::Worker => self.devtools.stop_worker().await?,
            Kill::Pause(ms) => {
                let pid = self.hub().await?;
                signal(pid, Signal::SIGSTOP)?;
                tokio::time::sleep(Duration::from_millis(ms)).await;
                signal(pid, Signal::SIGCONT)?;
            }
            Kill::Reload => {
                // The worker goes with the word, so that it leaves after the answer.
                let reload = "setTimeout(() => chrome.runtime.reload())";
                // The step before may have ended the worker that was just found.
                wait_until("the worker heard of its reload", async || match self.stage.lab.worker().await {
                    Ok(mut worker) => worker.evaluate(reload).await.is_ok(),
                    Err(_) => false,
                })
                .await;
            }
            Kill::Browser => {
                let now = Instant::now();
                signal(self.browser, Signal::SIGKILL)?;
                wait_until("the browser has ended", async || !is_running(self.browser)).await;
                (self.browser, self.devtools) = launch(&self.stage).await?;
                return Ok(now);
            }
        }
        Ok(Instant::now())
    }

    /// The hub that serves; while there is none, agents are bringing one up.
    async fn hub(&self) -> Result<u32> {
        let mut pid = None;
        wait_until("a hub serves", async || {
            pid = self.stage.lab.health().await.ok().map(|health| health.pid);
            pid.is_some()
        })
        .await;
        pid.context("a hub")
    }
}

/// Whether this machine lets us reset the sockets of others, as root may where the kernel has `INET_DIAG_DESTROY`.
pub fn can_cut() -> bool {
    let reset = || -> Result<bool> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let mut near = std::net::TcpStream::connect(("127.0.0.1", port))?;
        let (far, _) = listener.accept()?;
        far.set_read_timeout(Some(Duration::from_millis(500)))?;
        near.set_read_timeout(Some(Duration::from_millis(500)))?;
        cut(port)?;
        let read = std::io::Read::read(&mut near, &mut [0]);
        Ok(read.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock))
    };
    reset().unwrap_or(false)
}

/// Resets every socket to that port; the one that listens stays.
fn cut(port: u16) -> Result<()> {
    let port = format!(":{port}");
    let arguments = ["-K", "-t", "-n", "state", "established", "dport", "=", &port];
    let output = Command::new("ss").args(arguments).output().context("ss of iproute2 is needed")?;
    anyhow::ensure!(output.status.success(), "ss: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

async fn launch(stage: &Stage) -> Result<(u32, DevTools)> {
    let browser = Browser { devtools: true, ..Browser::default() };
    let line = tokio::task::block_in_place(|| stage.lab.launch(&browser))?;
    let pid = line["pid"].as_u64().context("the browser's pid")?;
    Ok((u32::try_from(pid)?, stage.lab.browser().await?))
}

fn signal(pid: u32, signal: Signal) -> Result<()> {
    Ok(kill(Pid::from_raw(i32::try_from(pid)?), signal)?)
}

fn name(kill: Kill) -> &'static str {
    match kill {
        Kill::Hub => "hub killed",
        Kill::Mcp(_) => "MCP process killed",
        Kill::Sockets => "sockets reset",
        Kill::Worker => "worker ended",
        Kill::Pause(_) => "hub stood still",
        Kill::Reload => "extension reloaded",
        Kill::Browser => "browser killed",
    }
}
