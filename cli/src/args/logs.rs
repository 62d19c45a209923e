//! `tabmux logs`.

use clap::{Args, ValueEnum};

/// The flags of `tabmux logs`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tabmux logs                           the newest 50 lines of hub, agents and native hosts
  tabmux logs 200 --level warn          warnings and errors only
  tabmux logs --follow --instance 4711  what the process 4711 goes on to write
  tabmux logs 1000 --json | jq -r 'select(.level == \"ERROR\") | .message'")]
pub struct LogsArgs {
    /// How many lines, the newest
    #[arg(value_name = "N", default_value_t = 50)]
    pub lines: usize,
    /// Go on with what is written from here on, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Only lines of this process: its instance id, or how that begins
    #[arg(long, value_name = "ID")]
    pub instance: Option<String>,
    /// Only lines of this level and of worse ones
    #[arg(long, value_name = "LEVEL", value_enum, ignore_case = true)]
    pub level: Option<LogLevel>,
    /// Print JSON, an object a line
    #[arg(long)]
    pub json: bool,
}

/// How much a line of the log matters; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum LogLevel {
    /// A mistake in Tabmux, or lost work.
    Error,
    /// What a person may want to look at.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// Every frame.
    Trace,
}

impl LogLevel {
    /// The level that a line names.
    pub fn named(text: &str) -> Option<Self> {
        Self::from_str(text, true).ok()
    }
}
