//! The hub's metrics in Prometheus' text format 0.0.4.

mod page;
mod render;
mod table;

pub use table::{FAMILIES, Family, Kind};

pub(crate) use render::{Moment, Process, render};
