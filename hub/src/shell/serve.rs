//! The hub of an installation: its lock, its port, its files, its signals.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tabmux_protocol::installation::{InstallationError, write_private};
use tabmux_protocol::message::{HubFile, ShutdownMode};
use tabmux_protocol::{HubId, Installation, InstanceId};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use uuid::Uuid;

use super::files::Files;
use super::holder::{Holder, holder_of};
use super::server::serve_on;
use crate::core::{Identity, Leave};
use crate::settings::Settings;

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Another hub of this installation holds the lock; nothing was done.
    AlreadyRunning,
    /// The command line asked for it, and the drain is over.
    Drained(ShutdownMode),
    /// A signal asked for it, and the drain is over.
    Signal,
}

/// Why a hub cannot serve, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Something else listens on the port.
    #[error(
        "port_taken: port {port} of 127.0.0.1 is taken{}: end that program, or set another port with `port` in the \
         configuration file or TABMUX_PORT",
        by(holder.as_ref())
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// What is known of the program that holds it.
        holder: Option<Holder>,
    },
    /// The installation's folders or files cannot be used.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// The port cannot be listened on for another reason.
    #[error("port {port} of 127.0.0.1 cannot be listened on: {source}: set another port with TABMUX_PORT")]
    Bind {
        /// The port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The process cannot be told to end.
    #[error("signals cannot be received: {0}: see the limits of this process")]
    Signals(io::Error),
}

/// Runs the hub of an installation until it is told to leave. `on_ready` is called once it serves.
///
/// Everything runs on the caller's runtime; one thread is enough.
pub async fn serve(
    installation: Installation,
    settings: watch::Receiver<Settings>,
    instance: InstanceId,
    on_ready: impl FnOnce(&HubFile),
) -> Result<Stopped, HubError> {
    installation.prepare_runtime_dir()?;
    let Some(lock) = installation.try_hub_lock()? else { return Ok(Stopped::AlreadyRunning) };
    raise_open_files();
    let secret = installation.ensure_secret(rand::random())?;
    let http_token = installation.ensure_http_token(rand::random())?;
    let mut signals = Signals::new().map_err(HubError::Signals)?;
    let (listeners, port) = listen(installation.port).await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let pid = std::process::id();
    let identity = Identity { hub_id: HubId(Uuid::new_v4()), instance, pid, version, port };
    let file = HubFile {
        pid,
        started_at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        port,
        version: identity.version.clone(),
        hub_id: identity.hub_id,
    };
    installation.write_hub_file(&file)?;
    on_ready(&file);
    let mark_stopped = || {
        if let Err(error) = write_private(&installation.stopped_mark(), b"") {
            tracing::error!(%error, "The mark that the hub was stopped cannot be written");
        }
    };
    let mut files = Files::new(installation.clone(), file, (secret.clone(), http_token.clone()), lock);
    let told_to_leave = async {
        tokio::select! {
            () = signals.any() => {}
            () = files.keep() => {}
        }
    };
    let leave =
        serve_on(listeners, identity, secret, http_token, settings, told_to_leave, mark_stopped).await;
    if let Err(error) = fs::remove_file(installation.hub_file_path()) {
        tracing::warn!(%error, "hub.json cannot be removed");
    }
    drop(files);
    tracing::info!(?leave, "The hub has left");
    Ok(match leave {
        Leave::Asked(mode) => Stopped::Drained(mode),
        Leave::Signal => Stopped::Signal,
    })
}

/// The signals that ask a hub to leave. The end of a terminal is one: its process group is told.
struct Signals([Signal; 3]);

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self([
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn any(&mut self) {
        let [terminate, interrupt, hangup] = &mut self.0;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// Listens on 127.0.0.1, which decides who is the hub, and on ::1 where that can be had.
async fn listen(port: u16) -> Result<(Vec<TcpListener>, u16), HubError> {
    let four =
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => HubError::PortTaken { port, holder: holder_of(port) },
            _ => HubError::Bind { port, source },
        })?;
    let port = four.local_addr().map_err(|source| HubError::Bind { port, source })?.port();
    let mut listeners = vec![four];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(six) => listeners.push(six),
        Err(error) => tracing::warn!(%error, port, "The hub listens on 127.0.0.1 only"),
    }
    Ok((listeners, port))
}

/// A thousand clients need more files than many systems give a process at first.
fn raise_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        if soft < hard { setrlimit(Resource::RLIMIT_NOFILE, hard, hard) } else { Ok(()) }
    });
    if let Err(error) = raised {
        tracing::warn!(%error, "The limit of open files cannot be raised");
    }
}

fn by(holder: Option<&Holder>) -> String {
    holder.map(|holder| format!(" by {holder}")).unwrap_or_default()
}
