//! What is done once: `tabmux setup …` and `tabmux pair`.

use clap::{Args, Subcommand};

/// What can be set up.
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

/// The flags of `tabmux pair`.
#[derive(Debug, Args)]
pub struct PairArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
