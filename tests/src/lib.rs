//! The harness of the end-to-end tests, the demo and the benchmarks: whole installations in folders of their own, real
//! browsers, real MCP clients, and pages for them to work on.

mod agent;
mod lab;
mod site;
mod wait;

pub use agent::{Agent, Answer, Image, ref_in};
pub use lab::{Browser, Lab};
pub use site::Site;
pub use wait::wait_until;
