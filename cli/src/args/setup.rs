//! What is done once: `tabmux setup …`, `tabmux pair` and `tabmux uninstall`.

use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

/// The flags of `tabmux setup`.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  \
        tabmux setup --dry-run               show what would change, and change nothing\n  \
        tabmux setup                         set everything up, after asking\n  \
        tabmux setup --only cursor --yes     one program, without a question\n  \
        tabmux setup --undo                  take the entries out of the programs again"
)]
pub struct SetupArgs {
    /// A part of it alone.
    #[command(subcommand)]
    pub part: Option<SetupCommand>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Take the entries out of the agent programs again
    #[arg(long)]
    pub undo: bool,
    /// This program only, even where it was not found; can be given several times
    #[arg(long, value_name = "NAME", value_enum)]
    pub only: Vec<ProgramId>,
    /// Take out entries of BrowserMCP, Playwright MCP and chrome-devtools-mcp, whose work Tabmux does
    #[arg(long, conflicts_with = "undo")]
    pub replace: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Do not wait until a browser is connected
    #[arg(long, conflicts_with = "undo")]
    pub no_wait: bool,
    /// Print JSON; needs --yes or --dry-run
    #[arg(long)]
    pub json: bool,
}

/// What can be set up by itself.
#[derive(Debug, Subcommand)]
pub enum SetupCommand {
    /// Unpack the extension, register the native host for your browsers, and wait for yours to connect
    #[command(after_help = "Examples:\n  tabmux setup extension\n  tabmux setup extension --no-wait")]
    Extension(SetupExtensionArgs),
}

/// The flags of `tabmux setup extension`.
#[derive(Debug, Args)]
pub struct SetupExtensionArgs {
    /// Do not wait until a browser is connected
    #[arg(long)]
    pub no_wait: bool,
}

/// An agent program that `tabmux setup` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ProgramId {
    /// Claude Desktop
    ClaudeDesktop,
    /// Claude Code
    ClaudeCode,
    /// Cursor
    Cursor,
    /// VS Code
    Vscode,
    /// Windsurf
    Windsurf,
    /// Zed
    Zed,
    /// Codex
    Codex,
    /// Gemini CLI
    Gemini,
}

/// The flags of `tabmux pair`.
#[derive(Debug, Args)]
pub struct PairArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// The flags of `tabmux uninstall`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    tabmux uninstall --dry-run           show what would go, and change nothing\n  \
    tabmux uninstall                     take Tabmux off, keep its settings and data\n  \
    tabmux uninstall --purge --yes       take everything off, without a question")]
pub struct UninstallArgs {
    /// Remove settings, logs and the data of clients, too
    #[arg(long)]
    pub purge: bool,
    /// Show what would go, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print JSON; needs --yes or --dry-run
    #[arg(long)]
    pub json: bool,
}
