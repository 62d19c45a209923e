//! `tabmux browser …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What can be done with a browser.
#[derive(Debug, Subcommand)]
pub enum BrowserCommand {
    /// Launch a browser with the extension and wait until it is connected
    #[command(
        after_help = "Examples:\n  tabmux browser launch\n  tabmux browser launch --headless https://example.com\n  tabmux browser launch --user-data-dir ~/agents-profile"
    )]
    Launch(LaunchArgs),
    /// Stop the browser that `launch` started
    #[command(after_help = "Examples:\n  tabmux browser stop")]
    Stop,
}

/// The flags of `tabmux browser launch`.
#[derive(Debug, Args)]
pub struct LaunchArgs {
    /// Without a window
    #[arg(long)]
    pub headless: bool,
    /// Profile folder [default: one of this installation's own]
    #[arg(long, value_name = "DIR")]
    pub user_data_dir: Option<PathBuf>,
    /// The browser's executable [default: TABMUX_BROWSER, or the first Chromium on PATH]
    #[arg(long, value_name = "PATH")]
    pub browser: Option<PathBuf>,
    /// Load the extension from this folder, for its own development
    #[arg(long, value_name = "DIR")]
    pub extension: Option<PathBuf>,
    /// Page to open in front
    #[arg(value_name = "URL")]
    pub url: Option<String>,
}
