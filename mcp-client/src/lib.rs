//! The MCP server of one agent window, and how any process finds, launches and greets the hub.

pub mod detached;
mod files;
mod hub;
mod link;
mod retry;
mod server;
mod settings;

/// The parts that decide, without IO: what happened and the time go in, and what to do comes out.
pub mod core {
    pub use crate::hub::{Action, Discovery, Event, GiveUp, Policy, State};
    pub use crate::link::{Call, Calls, Conversation, Heard, Loss};
}

pub use files::{FilesSettings, Roots};
pub use hub::{
    ConnectError, Connection, Holder, LaunchError, Launched, OwnHub, Process as HolderProcess, RequestError,
    connect, connect_as_client, ensure_hub,
};
pub use server::{ExitReason, McpOptions, serve_over, serve_stdio, transport};
pub use settings::ClientSettings;
