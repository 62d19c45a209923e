//! What must hold whatever bytes come. Each target takes any input and panics where a property fails; libFuzzer looks
//! for such an input (`cargo xtask fuzz`), and the inputs under `corpus/` are tried with every `cargo test`.
//!
//! The targets call the code that ships, through what it offers to everybody: the hub's listens to streams in memory,
//! on a clock that stands still while there is work and jumps ahead when there is none, so that a deadline of hours is
//! over in microseconds and what never ends is seen.
#![allow(clippy::unwrap_used, reason = "a property that fails ends the run")]

mod config;
mod frame;
mod hello;
mod http;
mod hub;
mod hub_file;
mod installation;
mod mcp;
mod native;

pub use config::config;
pub use frame::frame;
pub use hello::hello;
pub use http::http;
pub use hub::hub;
pub use hub_file::hub_file;
pub use mcp::mcp;
pub use native::native;

/// A target: a property of every input.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its folder under `corpus/`.
pub const TARGETS: [(&str, Target); 8] = [
    ("config", config),
    ("frame", frame),
    ("hello", hello),
    ("http", http),
    ("hub", hub),
    ("hub_file", hub_file),
    ("mcp", mcp),
    ("native", native),
];
