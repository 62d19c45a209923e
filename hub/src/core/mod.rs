//! The hub as a pure state machine: inputs and the time go in, outputs and the next deadline come out. No runtime, no
//! clock, no randomness; every race is a list of inputs.

mod browser;
mod call;
mod calls;
mod control;
mod counters;
mod dispatch;
mod drain;
mod gap;
mod hub;
mod io;
mod leave;
mod memory;
mod payload;
mod place;
mod queue;
mod rate;
mod refusals;
mod roster;
mod status;
mod tabs;
mod timers;

pub use counters::{BOUNDS_MS, ClientMetrics, Counters, Durations, Metrics, OK, ToolCounters};
pub use hub::{Hub, Policy, Vitals};
pub use io::{
    ClientJoin, ExtensionJoin, Identity, Input, Joining, Leave, LinkId, Message, NewCall, Outcome,
    OutgoingCall, Output,
};
pub use payload::Payload;
pub use rate::RateLimit;
pub use timers::Reason;
