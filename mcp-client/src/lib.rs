//! The MCP server of one agent window, and how any process finds, launches and greets the hub.

pub mod detached;
mod hub;
mod link;
mod retry;
mod server;
mod settings;

pub use hub::{ConnectError, Connection, Holder, LaunchError, Launched, RequestError, connect, ensure_hub};
pub use server::{ExitReason, McpOptions, serve_over, serve_stdio};
pub use settings::ClientSettings;
