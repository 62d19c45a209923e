//! The link of one agent window to the hub: kept up in the background, and calls carried over it.

mod calls;
mod conversation;
mod session;
mod task;

use std::sync::Arc;

use serde_json::value::RawValue;
use tabmux_protocol::message::{BrowserState, ProgressParams, Welcome};
use tabmux_protocol::tools::{Args, Tool};
use tabmux_protocol::{CallId, ClientId, ErrorCode, ToolError};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

pub use calls::Calls;
pub use conversation::{Conversation, Heard, Loss};
pub(crate) use task::{Identity, Start, run};

use crate::hub::{LaunchError, State};

/// How many commands may wait for the link; the link does nothing that waits, so that they never pile up.
const COMMANDS: usize = 256;

/// A handle on the link.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    commands_tx: mpsc::Sender<Command>,
    view_rx: watch::Receiver<View>,
}

/// What is asked of the link.
#[derive(Debug)]
pub(crate) enum Command {
    /// Carry a call; it is answered in any case.
    Call(Box<Call>),
    /// Take a call back; it is not answered any more.
    Cancel(CallId),
    /// Ask the hub for its status; dropped without an answer where there is no hub.
    Status(oneshot::Sender<Box<RawValue>>),
    /// Say goodbye for good.
    Bye(oneshot::Sender<()>),
}

/// A call on its way to the hub.
#[derive(Debug)]
pub struct Call {
    /// Its id, the same through every retry.
    pub id: CallId,
    /// The row of the table of tools.
    pub tool: &'static Tool,
    /// The arguments, checked against that row.
    pub args: Args,
    /// When the agent program asked for it.
    pub arrived_at: Instant,
    /// Until when the hub is to answer.
    pub deadline: Instant,
    /// Takes the one answer.
    pub reply: oneshot::Sender<Result<Box<RawValue>, ToolError>>,
    /// There when the agent wants to hear how far the call has come.
    pub progress_tx: Option<mpsc::Sender<ProgressParams>>,
}

/// The link as others see it.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) state: State,
    /// Why there is no hub, while there is none.
    pub(crate) problem: Option<Arc<LinkError>>,
    pub(crate) client_id: Option<ClientId>,
    /// The label that the hub gave.
    pub(crate) label: Option<String>,
    pub(crate) hub_version: Option<String>,
    pub(crate) browser: BrowserState,
}

/// Why the link is down.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// No hub could be had.
    #[error(transparent)]
    NoHub(#[from] LaunchError),
    /// Another process speaks under this window's id.
    #[error(
        "another process took over this agent window's client id, as a second window of the same --session does: go on \
         there, or restart this MCP server"
    )]
    Displaced,
}

impl LinkError {
    fn to_tool_error(&self) -> ToolError {
        match self {
            Self::NoHub(error) => error.to_tool_error(),
            Self::Displaced => ToolError::new(
                ErrorCode::HubUnavailable,
                "Another process took over this agent window's client id, as a second window of the same --session does.",
                "Go on in that window, or ask the person to restart this MCP server, which takes the id back.",
            ),
        }
    }
}

impl View {
    fn begin() -> Self {
        Self {
            state: State::Seek,
            problem: None,
            client_id: None,
            label: None,
            hub_version: None,
            browser: BrowserState::default(),
        }
    }

    fn welcomed(&mut self, welcome: &Welcome) {
        self.state = State::Ready;
        self.problem = None;
        self.client_id = welcome.client_id;
        self.label.clone_from(&welcome.label);
        self.hub_version = Some(welcome.version.clone());
        self.browser.clone_from(&welcome.browser);
    }
}

impl Link {
    /// A handle, and what [`run`] needs to stand behind it.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Command>, watch::Sender<View>) {
        let (commands_tx, commands_rx) = mpsc::channel(COMMANDS);
        let (view_tx, view_rx) = watch::channel(View::begin());
        (Self { commands_tx, view_rx }, commands_rx, view_tx)
    }

    /// Sends a command; `false` if the link has ended, as it does when the process leaves.
    pub(crate) async fn send(&self, command: Command) -> bool {
        self.commands_tx.send(command).await.is_ok()
    }

    /// How the link stands.
    pub(crate) fn view(&self) -> View {
        self.view_rx.borrow().clone()
    }
}
