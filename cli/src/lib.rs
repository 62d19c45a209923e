//! The parts of the command line that others read, too: its names and flags, from which documents are generated, the
//! configuration file, and the messages of the browser.

pub mod args;
pub mod config;
pub mod native_message;
