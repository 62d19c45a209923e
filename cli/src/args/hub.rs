//! `tabmux hub …`.

use clap::{Args, Subcommand};

use super::StatusArgs;

/// What can be done with the hub.
#[derive(Debug, Subcommand)]
pub enum HubCommand {
    /// Run the hub in the foreground
    Run(HubRunArgs),
    /// Start the hub in the background, if none runs
    Start,
    /// Stop the hub; agents are told, and it stays stopped until you start it or open an agent window
    Stop,
    /// Replace the running hub by a fresh one; agents go on
    Restart,
    /// Show the hub's health
    Status(StatusArgs),
}

/// The flags of `tabmux hub run`.
#[derive(Debug, Args)]
pub struct HubRunArgs {
    /// Port on 127.0.0.1 [default: TABMUX_PORT, the configuration file, or 9008]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Report readiness as one line of JSON and close stdout
    #[arg(long, hide = true)]
    pub launched: bool,
}
