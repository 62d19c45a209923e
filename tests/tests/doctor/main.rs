//! `tabmux doctor` on installations that are really broken: it names the link that is, with a fix, and no other.

mod browsers;
mod hubs;
mod machine;
mod programs;
mod stage;
mod whole;
