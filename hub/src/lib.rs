//! The hub: the daemon that owns the one socket to the browser and through which many agents share it.
//!
//! [`core`] decides and knows neither sockets nor clocks; the shell around it translates frames into inputs and
//! outputs into frames.

pub mod core;
pub mod metrics;
mod settings;
mod shell;

/// Frames as the core's inputs, and the core's outputs as frames.
pub mod wire {
    pub use crate::shell::{Decoded, HEARTBEAT, closing, decode, encode, refusal};
}

pub use settings::{HttpSettings, HubSettings, Settings, TabsSettings};
pub use shell::{Holder, HubError, Listener, Stopped, Stream, serve, serve_on};
