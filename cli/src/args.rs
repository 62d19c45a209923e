//! The command line: names, flags and help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tabmux_protocol::tools::Selection;

/// Lets many AI agents share one real browser without getting in each other's way.
#[derive(Debug, Parser)]
#[command(name = "tabmux", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve one agent window over stdio (MCP); agent programs start this
    Mcp(McpArgs),
    /// Run, start, stop or look at the hub
    #[command(subcommand)]
    Hub(HubCommand),
    /// Launch or stop a browser that has the extension
    #[command(subcommand)]
    Browser(BrowserCommand),
    /// Set up the browser side
    #[command(subcommand)]
    Setup(SetupCommand),
    /// Print a code that connects a browser in which native messaging does not work (Snap, Flatpak)
    Pair(PairArgs),
    /// Show hub, browser, clients, their tabs and calls
    Status(StatusArgs),
    /// Serve the extension's native-messaging port; browsers start this
    #[command(hide = true)]
    NativeHost {
        /// What the browser passes: the extension's origin
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        _from_browser: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// Name for this window's tab group [default: the session's, or the agent program's name]
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,
    /// Go on with the tabs of the last window of this session; they stay for 10 minutes when it closes
    #[arg(long, value_name = "NAME", value_parser = session_name)]
    pub(crate) session: Option<String>,
    /// Sets of tools to list, with commas between: default, input, network, storage, emulation, devtools, vision,
    /// profile; or `browsermcp` alone for the twelve of BrowserMCP; all others can be called all the same
    /// [default: `tools` under `[client]` in the configuration file, or `default`]
    #[arg(long, value_name = "SETS")]
    pub(crate) tools: Option<Selection>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HubCommand {
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

#[derive(Debug, Args)]
pub(crate) struct HubRunArgs {
    /// Port on 127.0.0.1 [default: TABMUX_PORT, the configuration file, or 9008]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Report readiness as one line of JSON and close stdout
    #[arg(long, hide = true)]
    pub(crate) launched: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BrowserCommand {
    /// Launch a browser with the extension and wait until it is connected
    Launch(LaunchArgs),
    /// Stop the browser that `launch` started
    Stop,
}

#[derive(Debug, Args)]
pub(crate) struct LaunchArgs {
    /// Without a window
    #[arg(long)]
    pub(crate) headless: bool,
    /// Profile folder [default: one of this installation's own]
    #[arg(long, value_name = "DIR")]
    pub(crate) user_data_dir: Option<PathBuf>,
    /// The browser's executable [default: TABMUX_BROWSER, or the first Chromium on PATH]
    #[arg(long, value_name = "PATH")]
    pub(crate) browser: Option<PathBuf>,
    /// Load the extension from this folder, for its own development
    #[arg(long, value_name = "DIR")]
    pub(crate) extension: Option<PathBuf>,
    /// Page to open in front
    #[arg(value_name = "URL")]
    pub(crate) url: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SetupCommand {
    /// Unpack the extension, register the native host for your browsers, and wait for yours to connect
    Extension(SetupExtensionArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SetupExtensionArgs {
    /// Do not wait until a browser is connected
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PairArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A name that a person can see and type.
fn session_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().count() > 64 {
        return Err("a session's name has 1 to 64 characters".into());
    }
    if text.chars().any(char::is_control) {
        return Err("a session's name has no control characters".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_sessions_can_be_seen_and_typed() {
        for name in ["a", "work \u{1f980} two", &"x".repeat(64)] {
            assert_eq!(session_name(name).as_deref(), Ok(name));
        }
        for name in ["", "  ", "a\nb", "a\u{7f}", &"x".repeat(65)] {
            assert!(session_name(name).is_err(), "{name:?}");
        }
    }
}
