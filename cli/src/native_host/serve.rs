//! The host: makes sure that a hub runs, says how to reach it, and says so again at once whenever a hub is back. It
//! holds a connection to the hub, which tells it without polling when the hub goes; a watch on the runtime folder tells
//! it when one comes.

use std::io;
use std::time::Duration;

use nix::unistd::getppid;
use notify::{RecursiveMode, Watcher};
use tabmux_cli::native_message;
use tabmux_mcp_client::{Connection, LaunchError};
use tabmux_protocol::frame::what_is_wrong;
use tabmux_protocol::message::{NativeReply, NativeRequest, PeerKind};
use tabmux_protocol::{Installation, InstanceId};
use tokio::sync::mpsc;

use crate::config::Config;
use crate::logging::{self, Who};
use crate::{Failure, config, runtime};

/// How long to wait before another attempt where nothing announces that it could succeed, such as a port that a
/// stranger holds.
const RETRY_AFTER: Duration = Duration::from_secs(5);

pub(crate) fn serve() -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    let instance = InstanceId::new(std::process::id(), rand::random());
    logging::init(&installation, &config.log, &instance, Who::NativeHost);
    let ended = runtime()?.block_on(Host { installation, config, link: None }.run());
    if let Err(error) = &ended {
        tracing::warn!(%error, "The browser's port is lost");
    }
    // The read on standard input that is still blocked would hold the runtime open.
    std::process::exit(0)
}

struct Host {
    installation: Installation,
    config: Config,
    /// Held so that the hub's end is noticed; nothing is asked over it.
    link: Option<Connection>,
}

impl Host {
    /// Serves until the browser closes the port, even while a hub is being sought: nobody would hear of it.
    async fn run(mut self) -> io::Result<()> {
        let (request_tx, request_rx) = mpsc::channel(8);
        tokio::select! {
            biased;
            ended = read_requests(request_tx) => ended,
            ended = self.attend(request_rx) => ended,
        }
    }

    async fn attend(&mut self, mut request_rx: mpsc::Receiver<NativeRequest>) -> io::Result<()> {
        let (changed_tx, mut changed_rx) = mpsc::channel(1);
        let _watch = self.watch(changed_tx);
        // Set while the extension waits for a hub that could not be had.
        let mut wanted = false;
        loop {
            tokio::select! {
                biased;
                request = request_rx.recv() => match request {
                    Some(NativeRequest::Connect) => wanted = self.answer().await?,
                    None => return Ok(()),
                },
                () = lost(&mut self.link) => {
                    self.link = None;
                    wanted = self.answer().await?;
                }
                Some(()) = changed_rx.recv(), if wanted => wanted = self.look().await?,
                () = tokio::time::sleep(RETRY_AFTER), if wanted => wanted = self.look().await?,
            }
        }
    }

    /// Answers with a hub or with why there is none; `true` if the extension still waits for one.
    async fn answer(&mut self) -> io::Result<bool> {
        let reply = match self.reach().await {
            Ok(reply) => reply,
            Err(Unreachable { message, fix }) => NativeReply::NoHub { message, fix },
        };
        send(&reply).await?;
        Ok(matches!(reply, NativeReply::NoHub { .. }))
    }

    /// Looks again, and speaks only if there is a hub: the extension knows already that there was none.
    async fn look(&mut self) -> io::Result<bool> {
        match self.reach().await {
            Ok(reply) => send(&reply).await.map(|()| false),
            Err(_) => Ok(true),
        }
    }

    async fn reach(&mut self) -> Result<NativeReply, Unreachable> {
        if self.link.is_none() {
            tabmux_mcp_client::ensure_hub(&self.installation, &self.config.client).await?;
            let link = tabmux_mcp_client::connect(&self.installation, &self.config.client).await;
            self.link =
                Some(link.map_err(|error| Unreachable::new(error, "Run `tabmux status` to see why."))?);
        }
        let secret = self.installation.read_secret().map_err(|error| Unreachable::new(error, ""))?;
        let secret = secret
            .ok_or_else(|| Unreachable::new("the hub's secret is gone", "Run `tabmux hub restart`."))?;
        Ok(NativeReply::Hub {
            port: self.installation.port,
            key: secret.key(PeerKind::Extension).to_hex(),
            browser_pid: getppid().as_raw().unsigned_abs(),
        })
    }

    /// Tells of every change in the runtime folder. Where watching is impossible the retry alone finds the next hub.
    fn watch(&self, changed_tx: mpsc::Sender<()>) -> Option<impl Watcher + use<>> {
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Every look at the locks opens and closes files there; taken for a change it would ask for the next look.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                // A full queue holds a change already that has not been looked at.
                let _ = changed_tx.try_send(());
            }
        })
        .ok()?;
        if let Err(error) = self.installation.prepare_runtime_dir() {
            tracing::warn!(%error, "The runtime folder cannot be used");
        }
        match watcher.watch(&self.installation.runtime_dir, RecursiveMode::NonRecursive) {
            Ok(()) => Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "The runtime folder cannot be watched");
                None
            }
        }
    }
}

struct Unreachable {
    message: String,
    fix: String,
}

impl Unreachable {
    fn new(message: impl ToString, fix: &str) -> Self {
        Self { message: message.to_string(), fix: fix.to_owned() }
    }
}

impl From<LaunchError> for Unreachable {
    fn from(error: LaunchError) -> Self {
        Self::new(error, "Run `tabmux hub start`.")
    }
}

/// Ends when the connection to the hub does; without one it never ends.
async fn lost(link: &mut Option<Connection>) {
    match link {
        Some(link) => while link.next_notification().await.is_some() {},
        None => std::future::pending().await,
    }
}

/// Reads messages until the browser closes the port.
async fn read_requests(request_tx: mpsc::Sender<NativeRequest>) -> io::Result<()> {
    let mut stdin = tokio::io::stdin();
    while let Some(message) = native_message::read(&mut stdin).await? {
        match serde_json::from_slice(&message) {
            Ok(request) => {
                if request_tx.send(request).await.is_err() {
                    return Ok(());
                }
            }
            // A newer extension may ask what this host does not know.
            Err(error) => {
                let error = what_is_wrong(&error);
                tracing::warn!(error, "A message of the extension is not understood");
            }
        }
    }
    Ok(())
}

async fn send(reply: &NativeReply) -> io::Result<()> {
    native_message::write(&mut tokio::io::stdout(), &serde_json::to_vec(reply)?).await
}
