//! The core: named scenarios for each behaviour, and properties over all orders of events. No runtime, no sleep.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

mod browsers;
mod calls;
mod clients;
mod control;
mod drain;
mod fairness;
mod gap;
mod places;
mod properties;
mod status;
mod world;
