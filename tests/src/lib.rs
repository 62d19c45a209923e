//! The harness of the end-to-end tests, the demo and the benchmarks: whole installations in folders of their own, real
//! browsers, real MCP clients, and pages for them to work on.

mod agent;
mod corpus;
mod devtools;
mod display;
mod forwarding_hub;
mod lab;
pub mod miniwob;
mod packages;
mod peer;
mod popup;
mod processes;
mod proxy;
mod sample_home;
mod site;
mod terminal;
mod wait;

pub use agent::{Agent, Answer, Image, Outcome, ref_in};
pub use corpus::{CorpusPage, Search, corpus};
pub use devtools::DevTools;
pub use display::Display;
pub use forwarding_hub::ForwardingHub;
pub use lab::{Browser, Lab, executable, repository};
pub use packages::{package, packages, unpack_archive};
pub use peer::{Peer, call};
pub use popup::Popup;
pub use processes::{Process, descriptors, is_running, processes, tabmux_processes, zombies};
pub use proxy::Proxy;
pub use sample_home::{BROKEN, Item, SAMPLES, SampleHome, StartedBy};
pub use site::Site;
pub use terminal::Terminal;
pub use wait::wait_until;
