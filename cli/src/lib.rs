//! The parts of the command line that read what others wrote: the configuration file, and the messages of the browser.

pub mod config;
pub mod native_message;
