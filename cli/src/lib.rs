//! The parts of the command line that others read, too: its names, flags and output, from which documents are generated,
//! the configuration file, the service's files, the messages of the browser, what `setup` and `doctor` print, and a
//! client that tries what agents rely on.

pub mod args;
pub mod config;
pub mod diagnosis;
pub mod native_message;
pub mod outcome;
pub mod output;
pub mod scratch;
pub mod service;
