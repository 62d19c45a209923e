//! `tabmux hub …`.

use clap::{Args, Subcommand};

use super::ShowArgs;

/// What can be done with the hub.
#[derive(Debug, Subcommand)]
pub enum HubCommand {
    /// Run the hub in the foreground
    #[command(after_help = "Examples:\n  tabmux hub run\n  TABMUX_LOG=debug tabmux hub run --port 9100")]
    Run(HubRunArgs),
    /// Start the hub in the background, if none runs
    #[command(after_help = "Examples:\n  tabmux hub start")]
    Start,
    /// Stop the hub; agents are told, and it stays stopped until you start it or open an agent window
    #[command(
        after_help = "Examples:\n  tabmux hub stop\n  tabmux hub stop && tabmux status    # exits with 3"
    )]
    Stop,
    /// Replace the running hub by a fresh one; agents go on
    #[command(after_help = "Examples:\n  tabmux hub restart")]
    Restart,
    /// Show the hub's health
    #[command(after_help = "Examples:\n  tabmux hub status\n  tabmux hub status --json | jq .uptimeMs")]
    Status(ShowArgs),
    /// Make the hub a service that starts when you log in (systemd, launchd)
    #[command(
        after_help = "Examples:\n  tabmux hub install --dry-run   # show the file and the commands, change \
                            nothing\n  tabmux hub install"
    )]
    Install(ServiceArgs),
    /// Undo `tabmux hub install`; agents start the hub when they need it, as ever
    #[command(after_help = "Examples:\n  tabmux hub uninstall --dry-run   # show what would be removed\n  \
                            tabmux hub uninstall")]
    Uninstall(ServiceArgs),
}

/// The flags of `tabmux hub install` and `uninstall`.
#[derive(Debug, Args)]
pub struct ServiceArgs {
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
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
    /// Leave at once if the person has stopped the hub
    #[arg(long, hide = true)]
    pub service: bool,
}
