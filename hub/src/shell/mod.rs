//! The shell around the core: sockets, HTTP, greetings, frames, signals. It decides nothing that a core input could.

mod admission;
mod connection;
mod decode;
mod encode;
mod files;
mod greeting;
mod holder;
mod http;
mod hub_task;
mod link;
mod listener;
mod memory;
mod outbox;
mod pairing;
mod process;
mod serve;
mod server;
mod socket;

pub use decode::{Decoded, HEARTBEAT, decode};
pub use encode::{closing, encode, refusal};
pub use holder::Holder;
pub use listener::{Listener, Stream};
pub use serve::{HubError, Stopped, serve};
pub use server::serve_on;
