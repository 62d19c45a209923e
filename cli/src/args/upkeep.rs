//! What keeps an installation in order: `tabmux forget`, `diagnostics`, `completions`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// The flags of `tabmux forget`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tabmux forget                    what is stored about agents that are not connected
  tabmux forget --client research  about the agent of that label, though it is connected
  tabmux forget --all --yes        about all agents, and do not ask")]
pub struct ForgetArgs {
    /// Only this agent, by its label or client id; also if it is connected
    #[arg(long, value_name = "LABEL", conflicts_with = "all")]
    pub client: Option<String>,
    /// All agents, also those that are connected
    #[arg(long)]
    pub all: bool,
    /// Do not ask before
    #[arg(long, short)]
    pub yes: bool,
    /// Print JSON
    #[arg(long, requires = "yes")]
    pub json: bool,
}

/// The flags of `tabmux diagnostics`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tabmux diagnostics                       an archive in this folder, named after the time
  tabmux diagnostics --output /tmp/t.tar.gz

Nothing is sent anywhere. Secrets are left out, addresses cut to their site, \
titles of pages removed; look into the archive before you pass it on.")]
pub struct DiagnosticsArgs {
    /// The archive to write [default: tabmux-diagnostics-TIME.tar.gz in this folder]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The flags of `tabmux completions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tabmux completions bash > ~/.local/share/bash-completion/completions/tabmux
  tabmux completions zsh > ~/.zfunc/_tabmux      (with ~/.zfunc in fpath)
  tabmux completions fish > ~/.config/fish/completions/tabmux.fish")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}
