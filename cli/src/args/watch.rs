//! What a person looks at: `tabmux status`, `clients`, `tabs`, `health`.

use clap::Args;

/// The flags of the commands that show something.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The flags of `tabmux status`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tabmux status            hub, browser, agents and their tabs
  tabmux status --watch    the same, kept up to date until Ctrl-C
  tabmux status --json | jq .hub.callsAnswered")]
pub struct StatusArgs {
    /// Keep it up to date until Ctrl-C; without a terminal, a line for each change
    #[arg(long, short)]
    pub watch: bool,
    /// Print JSON; with --watch an object a line
    #[arg(long)]
    pub json: bool,
}
