//! Why there is no connection to a hub, with what to do about it.

use tabmux_protocol::error::sentence;
use tabmux_protocol::installation::InstallationError;
use tabmux_protocol::{ErrorCode, Refusal, RefusalCode, ToolError};

use super::holder::Holder;

/// Why the hub could not be greeted.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens on the port.
    #[error("no hub listens on 127.0.0.1:{port}: start one with `tabmux hub start`")]
    Absent {
        /// The port.
        port: u16,
    },
    /// The installation's files cannot be used.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// Something that is not our hub listens on the port.
    #[error(
        "port {port} is taken by {}, which is not the hub of this installation ({problem}): end that program \
         yourself, or set another port with TABMUX_PORT or in the configuration file",
        Holder::in_words(.holder.as_ref())
    )]
    Stranger {
        /// The port.
        port: u16,
        /// Who listens there, where the system shows it.
        holder: Option<Holder>,
        /// By what it gave itself away.
        problem: String,
    },
    /// A hub listens on the port whose secret is not this installation's.
    #[error(
        "port {port} is held by {}, which is the hub of another installation or user, or one that was started with \
         another secret: set another port with TABMUX_PORT or in the configuration file; if the hub is yours, \
         `tabmux hub restart` gives it the secret of today, or end that program yourself",
        Holder::in_words(.holder.as_ref())
    )]
    Foreign {
        /// The port.
        port: u16,
        /// Who listens there, where the system shows it.
        holder: Option<Holder>,
    },
    /// What listens on the port speaks like a hub and does not know the secret.
    #[error(
        "port {port} is held by {}, which calls itself a hub and cannot prove it: no call was sent to it; find out \
         what it is before you go on",
        Holder::in_words(.holder.as_ref())
    )]
    Forged {
        /// The port.
        port: u16,
        /// Who listens there, where the system shows it.
        holder: Option<Holder>,
    },
    /// What listens on the port takes connections and says nothing.
    #[error(
        "{} holds port {port} and did not answer within {within_ms} ms ({step}): if it is this installation's hub, \
         `tabmux hub restart` ends it and starts another; else end that program yourself",
        Holder::in_words(.holder.as_ref())
    )]
    Silent {
        /// The port.
        port: u16,
        /// Who listens there, where the system shows it.
        holder: Option<Holder>,
        /// What it did not answer.
        step: &'static str,
        /// How long it was waited for, in milliseconds.
        within_ms: u64,
    },
    /// The hub does not let us in.
    #[error("the hub refused: {0}")]
    Refused(Refusal),
    /// The connection broke in the middle of the greeting: a hub that comes or goes.
    #[error("the connection to the hub broke while greeting: {0}")]
    Broken(String),
}

/// Why no hub could be had.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The person stopped the hub.
    #[error("the hub was stopped with `tabmux hub stop`: start it with `tabmux hub start`")]
    Stopped,
    /// A hub is there, or something in its place, and cannot be greeted.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The hub could not be started.
    #[error("the hub could not be started ({step}): {message}: {fix}")]
    Start {
        /// What it was doing.
        step: String,
        /// What happened.
        message: String,
        /// What to do.
        fix: String,
    },
    /// The time for finding or starting a hub was used up.
    #[error(
        "no hub could be had within {budget_ms} ms; the time went into {step}: run `tabmux hub start` to see why"
    )]
    OutOfTime {
        /// The step that used most of it.
        step: &'static str,
        /// The whole time, in milliseconds.
        budget_ms: u64,
    },
}

impl ConnectError {
    /// Whether nobody listens: there is no hub, as opposed to one that cannot be greeted.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent { .. })
    }

    /// Whether a further attempt may well succeed by itself.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::Refused(refusal) => refusal.code == RefusalCode::Draining,
            _ => false,
        }
    }

    /// Whether something took the connection and said nothing.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Silent { .. })
    }

    /// Whether a hub listens that does not know this installation's secret.
    pub fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign { .. })
    }

    /// Whether the hub and we have no version of the wire in common.
    pub(crate) fn is_version(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == RefusalCode::Version)
    }

    /// Whether the hub does not take our client id up again.
    pub(crate) fn is_bad_resume(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.code == RefusalCode::BadResume)
    }
}

impl LaunchError {
    /// The error in an agent's words: what happened, then what to do next.
    pub(crate) fn to_tool_error(&self) -> ToolError {
        let code = if matches!(self, Self::Stopped) { ErrorCode::Stopped } else { ErrorCode::HubUnavailable };
        let fix = match self {
            Self::Stopped => "Ask the person to run `tabmux hub start`, then call again.",
            _ => "Tell the person if this persists; hub_status shows the state of the connection.",
        };
        ToolError::new(code, sentence(&self.to_string()), fix)
    }
}
