//! What a person looks at: `tabmux status`.

use clap::Args;

/// The flags of the commands that show something.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
