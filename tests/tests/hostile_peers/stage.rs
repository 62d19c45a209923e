//! A hub's process with a browser's stand-in and a good client that calls all the time.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use tabmux_protocol::Installation;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::proof::Secret;
use tabmux_tests::{Lab, Peer, wait_until};
use tokio::task::JoinHandle;

/// How long a call of the good client may take, whatever others do.
const UNAFFECTED: Duration = Duration::from_secs(3);
/// How many calls of the good client are awaited after each case.
const CALLS: u64 = 2;

/// The stage on which hostile peers appear.
pub struct Stage {
    pub lab: Lab,
    pub secret: Secret,
    hub_pid: u32,
    descriptors: usize,
    answered: Arc<AtomicU64>,
    workers: [JoinHandle<Result<()>>; 2],
    /// What must be nowhere: the installation's own, and what a case adds.
    private: Vec<String>,
}

impl Stage {
    /// Starts a hub with this configuration, and the good client.
    pub async fn start(config: &str) -> Result<Self> {
        let lab = Lab::new()?;
        fs::write(&lab.installation.config_path, config)?;
        // At this level everything is logged that can be.
        let started = lab.command(&["hub", "start"]).env("TABMUX_LOG", "trace").output()?;
        ensure!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        let hub_pid = lab.health().await?.pid;
        let secret = lab.installation.read_secret()?.context("the hub has written its secret")?;
        let extension = Peer::dial(&lab.installation, PeerKind::Extension, |_| {}).await?;
        let client =
            Peer::dial(&lab.installation, PeerKind::Client, |hello| hello.label = Some("good".into()))
                .await?;
        let mut private = vec![secret.to_hex()];
        private.extend(
            [PeerKind::Client, PeerKind::Extension, PeerKind::Cli].map(|kind| secret.key(kind).to_hex()),
        );
        private.extend(client.welcome.resume_token.clone());
        private.extend([client.welcome.proof.clone(), extension.welcome.proof.clone()]);
        let answered = Arc::new(AtomicU64::new(0));
        let workers =
            [tokio::spawn(answer(extension)), tokio::spawn(call_all_the_time(client, Arc::clone(&answered)))];
        let mut stage = Self { lab, secret, hub_pid, descriptors: 0, answered, workers, private };
        stage.is_unaffected("nothing").await?;
        stage.descriptors = stage.open_descriptors()?;
        Ok(stage)
    }

    pub fn installation(&self) -> &Installation {
        &self.lab.installation
    }

    pub fn port(&self) -> u16 {
        self.lab.installation.port
    }

    /// Adds a text that must be found nowhere at the end.
    pub fn keep_private(&mut self, text: impl Into<String>) {
        self.private.push(text.into());
    }

    /// The good client's calls are answered as ever.
    pub async fn is_unaffected(&self, case: &str) -> Result<()> {
        let before = self.answered.load(Ordering::Relaxed);
        wait_until(&format!("calls of the good client after: {case}"), async || {
            self.answered.load(Ordering::Relaxed) >= before + CALLS
                || self.workers.iter().any(JoinHandle::is_finished)
        })
        .await;
        ensure!(!self.workers.iter().any(JoinHandle::is_finished), "the good client ended after: {case}");
        Ok(())
    }

    /// The hub is the same process, has let go of everything, and nothing private has come out.
    pub async fn end(self) -> Result<()> {
        self.is_unaffected("everything").await?;
        ensure!(self.lab.health().await?.pid == self.hub_pid, "the hub is the one that was started");
        wait_until("the hub holds no descriptor more than before", async || {
            self.open_descriptors().is_ok_and(|open| open <= self.descriptors)
        })
        .await;
        let health = serde_json::to_string(&self.lab.health().await?)?;
        let (logs, arguments) = (self.lab.logs(), arguments_of_all());
        for text in self.private.iter().filter(|text| !text.is_empty()) {
            for (place, content) in [("a log", &logs), ("an argument", &arguments), ("the health", &health)] {
                if content.contains(text) {
                    bail!("{place} holds what is private: {text:.6}…");
                }
            }
        }
        let is_error = |line: &str| line.split(' ').nth(2) == Some("[ERROR]") || line.contains("panicked at");
        ensure!(!logs.lines().any(is_error), "{logs}");
        for worker in &self.workers {
            worker.abort();
        }
        Ok(())
    }

    fn open_descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.hub_pid))?.count())
    }
}

/// Answers every call as a browser would.
async fn answer(mut extension: Peer) -> Result<()> {
    loop {
        let frame = extension.next().await?;
        let Some(id) = frame["id"].as_u64().filter(|_| !frame["method"].is_null()) else { continue };
        let text = format!("done for {}", frame["params"]["clientId"]);
        extension.answer(id, &json!({ "content": [{ "type": "text", "text": text }] })).await?;
    }
}

async fn call_all_the_time(mut client: Peer, answered: Arc<AtomicU64>) -> Result<()> {
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    loop {
        pace.tick().await;
        let asked_at = Instant::now();
        let answer: Value = client.call("browser_snapshot", json!({}), None).await?;
        ensure!(answer["result"].is_object(), "{answer}");
        ensure!(asked_at.elapsed() < UNAFFECTED, "a call took {:?}", asked_at.elapsed());
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// The arguments of every process that can be seen.
fn arguments_of_all() -> String {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let read = |folder: fs::DirEntry| fs::read(folder.path().join("cmdline")).unwrap_or_default();
    processes.map(|process| String::from_utf8_lossy(&read(process)).into_owned()).collect()
}
