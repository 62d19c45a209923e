//! The MCP server: both generations of MCP over a stream of lines, and the calls behind it.

mod answer;
mod counters;
mod exit;
mod further;
mod handler;
mod identity;
mod line;
mod logged;
mod message;
mod repeats;
mod request_id;
mod resources;
mod serve;
mod status;
mod stdio;
pub mod transport;

pub use exit::ExitReason;
pub use serve::{McpOptions, serve_over, serve_stdio};
