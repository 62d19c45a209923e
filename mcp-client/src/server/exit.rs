//! Why an MCP process leaves.

use std::fmt;
use std::time::Duration;

use nix::unistd::getppid;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

/// How often to look whether the agent window's process is still our parent: its end closes stdin as a rule, and this
/// is for the cases in which another process holds the other end.
const LOOK_AT_PARENT: Duration = Duration::from_secs(2);

/// Why an MCP process leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitReason {
    /// Standard input ended: the agent window closed.
    InputClosed,
    /// Nobody reads standard output any more.
    OutputClosed,
    /// A signal asked for it.
    Signal(&'static str),
    /// The process that started this one has gone.
    ParentGone,
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InputClosed => f.write_str("standard input has ended"),
            Self::OutputClosed => f.write_str("standard output is closed"),
            Self::Signal(name) => write!(f, "{name}"),
            Self::ParentGone => f.write_str("the process that started this one has gone"),
        }
    }
}

/// Ends when a signal asks the process to leave, or when its parent has gone.
pub(super) async fn asked_to_leave() -> ExitReason {
    tokio::select! {
        () = arrives(SignalKind::interrupt()) => ExitReason::Signal("SIGINT"),
        () = arrives(SignalKind::terminate()) => ExitReason::Signal("SIGTERM"),
        () = arrives(SignalKind::hangup()) => ExitReason::Signal("SIGHUP"),
        () = orphaned() => ExitReason::ParentGone,
    }
}

async fn arrives(kind: SignalKind) {
    match signal(kind) {
        Ok(mut listener) => {
            listener.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "A signal cannot be listened for");
            std::future::pending::<()>().await;
        }
    }
}

async fn orphaned() {
    let parent = getppid();
    let mut look = interval(LOOK_AT_PARENT);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while getppid() == parent {
        look.tick().await;
    }
}
