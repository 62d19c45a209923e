//! `tabmux config …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show every key, its value and where that comes from
    #[command(after_help = "\
Examples:
  tabmux config show
  tabmux config show hub.grace_ms
  tabmux --set hub.grace_ms=5000 config show --json")]
    Show(ConfigShowArgs),
    /// Check the configuration and tell every mistake with its line
    #[command(after_help = "\
Examples:
  tabmux config check
  tabmux config check ./config.toml
  tabmux config check --json")]
    Check(ConfigCheckArgs),
}

/// The flags of `tabmux config show`.
#[derive(Debug, Args)]
pub struct ConfigShowArgs {
    /// Only the value of this key, such as hub.grace_ms
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The flags of `tabmux config check`.
#[derive(Debug, Args)]
pub struct ConfigCheckArgs {
    /// This file alone [default: the file in use, with environment and flags]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
