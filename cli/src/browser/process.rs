//! The browser as a process: started detached, known by pid and start time, ended only when it is that very one.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use tabmux_mcp_client::detached;
use tabmux_protocol::Installation;
use tabmux_protocol::installation::write_private;
use tokio::process::Child;

use crate::platform;

/// What is kept about a launched browser, so that `stop` ends it and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// Its process id.
    pub(crate) pid: u32,
    /// When it started, in the system's own words.
    pub(crate) started: String,
    /// Its profile.
    pub(crate) user_data_dir: PathBuf,
}

impl Record {
    /// Reads the record of the browser that was launched last, if there is one.
    pub(crate) fn read(installation: &Installation) -> Option<Self> {
        serde_json::from_slice(&fs::read(record_path(installation)).ok()?).ok()
    }

    /// Writes the record.
    pub(crate) fn write(&self, installation: &Installation) -> anyhow::Result<()> {
        Ok(write_private(&record_path(installation), &serde_json::to_vec(self)?)?)
    }

    /// Forgets the record.
    pub(crate) fn remove(installation: &Installation) {
        let _ = fs::remove_file(record_path(installation));
    }

    /// Whether that very process still runs.
    pub(crate) fn is_alive(&self) -> bool {
        platform::started(self.pid).is_some_and(|started| started == self.started)
    }

    /// Asks the browser to leave, and ends it when it does not within `patience`.
    pub(crate) fn end(&self, patience: Duration) -> anyhow::Result<()> {
        for signal in [Signal::SIGTERM, Signal::SIGKILL] {
            if !self.is_alive() {
                return Ok(());
            }
            platform::signal(self.pid, signal).with_context(|| format!("signalling pid {}", self.pid))?;
            let asked_at = Instant::now();
            while self.is_alive() && asked_at.elapsed() < patience {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
        if self.is_alive() {
            bail!("the browser (pid {}) does not end", self.pid);
        }
        Ok(())
    }
}

/// A browser that is starting or running.
pub(crate) struct Browser {
    /// Its process id.
    pub(crate) pid: u32,
    process: Process,
}

/// How a browser is held.
enum Process {
    /// This very process started it.
    Own(Child),
    /// Another process did.
    Other(Record),
}

impl Browser {
    /// Starts a browser that outlives this process; what it prints goes to its log.
    pub(crate) fn spawn(
        executable: &Path,
        arguments: &[String],
        installation: &Installation,
    ) -> anyhow::Result<Self> {
        let mut command = detached::command(executable, installation, &log_path(installation))?;
        let child = tokio::process::Command::from({
            command.args(arguments);
            command
        })
        .spawn()?;
        let pid = child.id().context("the browser exited at once")?;
        Ok(Self { pid, process: Process::Own(child) })
    }

    /// A browser that another process started.
    pub(crate) fn running(record: Record) -> Self {
        Self { pid: record.pid, process: Process::Other(record) }
    }

    /// Writes down what `stop` needs to know about it.
    pub(crate) fn remember(
        &self,
        user_data_dir: &Path,
        installation: &Installation,
    ) -> anyhow::Result<Record> {
        let started = platform::started(self.pid).with_context(|| {
            format!("the browser exited at once: see {}", log_path(installation).display())
        })?;
        let record = Record { pid: self.pid, started, user_data_dir: user_data_dir.to_owned() };
        record.write(installation)?;
        Ok(record)
    }

    /// Ends a browser that nobody could stop later, since it is not written down.
    pub(crate) async fn kill(&mut self) {
        if let Process::Own(child) = &mut self.process {
            let _ = child.kill().await;
        }
    }

    /// Waits until the browser has exited, and says how, as far as it is known.
    pub(crate) async fn exited(&mut self) -> String {
        /// The system tells of the end of its own children only; after others one has to look.
        const LOOK_EVERY: Duration = Duration::from_millis(100);
        match &mut self.process {
            Process::Own(child) => {
                child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
            }
            Process::Other(record) => {
                while record.is_alive() {
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                "another process had started it".to_owned()
            }
        }
    }
}

/// Whether `other` is the process `pid` or one below it: some browsers are started by a script.
pub(crate) fn is_or_has(pid: u32, other: u32) -> bool {
    /// A bound against a parent chain that turns in a circle while processes come and go.
    const DEPTH: usize = 16;
    std::iter::successors(Some(other), |other| platform::parent(*other)).take(DEPTH).any(|one| one == pid)
}

/// A process with those below it, each with its start.
pub(crate) fn family(pid: u32) -> Vec<(u32, String)> {
    let below = platform::processes().into_iter().filter(|other| is_or_has(pid, *other));
    below.filter_map(|pid| Some((pid, platform::started(pid)?))).collect()
}

/// Waits until none of these processes runs, or for `patience`.
pub(crate) fn wait_until_gone(family: &[(u32, String)], patience: Duration) {
    let began_at = Instant::now();
    let is_alive =
        |(pid, started): &(u32, String)| platform::started(*pid).is_some_and(|other| other == *started);
    while family.iter().any(is_alive) && began_at.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Where the browser's own messages go.
pub(crate) fn log_path(installation: &Installation) -> PathBuf {
    installation.log_dir().join("browser.log")
}

fn record_path(installation: &Installation) -> PathBuf {
    installation.runtime_dir.join("browser.json")
}
