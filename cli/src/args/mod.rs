//! The command line: names, flags and help texts. A group of commands has a file of its own.

mod browser;
mod config;
mod control;
mod doctor;
mod hub;
mod logs;
mod mcp;
mod setup;
mod trial;
mod upkeep;
mod watch;

use clap::{Parser, Subcommand};

pub use browser::{BrowserCommand, LaunchArgs};
pub use config::{ConfigCheckArgs, ConfigCommand, ConfigShowArgs};
pub use control::ControlArgs;
pub use doctor::DoctorArgs;
pub use hub::{HubCommand, HubRunArgs, ServiceArgs};
pub use logs::{LogLevel, LogsArgs};
pub use mcp::McpArgs;
pub use setup::{PairArgs, ProgramId, SetupArgs, SetupCommand, SetupExtensionArgs, UninstallArgs};
pub use trial::TestArgs;
pub use upkeep::{CompletionsArgs, DiagnosticsArgs, ForgetArgs};
pub use watch::{ShowArgs, StatusArgs};

/// Lets many AI agents share one real browser without getting in each other's way.
#[derive(Debug, Parser)]
#[command(name = "tabmux", version)]
pub struct Cli {
    /// Set a key of the configuration for this command and for what it starts, such as hub.grace_ms=5000
    #[arg(long, global = true, value_name = "KEY=VALUE", hide_short_help = true)]
    pub set: Vec<String>,
    #[command(subcommand)]
    /// What is to be done.
    pub command: Command,
}

/// What `tabmux` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve one agent window over stdio (MCP); agent programs start this
    #[command(
        after_help = "Examples:\n  tabmux mcp\n  tabmux mcp --label research --tools default,network\n  tabmux mcp --session shopping"
    )]
    Mcp(McpArgs),
    /// Run, start, stop or look at the hub
    #[command(subcommand)]
    Hub(HubCommand),
    /// Launch or stop a browser that has the extension
    #[command(subcommand)]
    Browser(BrowserCommand),
    /// Set up your agent programs and your browser
    Setup(SetupArgs),
    /// Take Tabmux off this machine
    Uninstall(UninstallArgs),
    /// Print a code that connects a browser in which native messaging does not work (Snap, Flatpak)
    #[command(after_help = "Examples:\n  tabmux pair\n  tabmux pair --json | jq -r .code")]
    Pair(PairArgs),
    /// Show hub, browser, agents, their tabs and calls
    Status(StatusArgs),
    /// Check every link from this program to a page, with a fix for what is broken
    Doctor(DoctorArgs),
    /// List the agents with what they do
    #[command(after_help = "Examples:\n  tabmux clients\n  tabmux clients --json | jq -r '.[].label'")]
    Clients(ShowArgs),
    /// List the tabs of all agents
    #[command(
        after_help = "Examples:\n  tabmux tabs\n  tabmux tabs --json | jq -r '.[] | select(.label == \"research\") | .url'"
    )]
    Tabs(ShowArgs),
    /// Ask the hub over HTTP whether it is well
    #[command(
        after_help = "Examples:\n  tabmux health\n  tabmux health --json | jq .browser.connected\n\nExit codes: 0 it is well, \
                             1 it is about to leave, 3 no hub runs, 5 something else answers."
    )]
    Health(ShowArgs),
    /// Pause an agent: what it has running is finished, and nothing further is run
    #[command(after_help = control::PAUSE)]
    Pause(ControlArgs),
    /// Let an agent go on that was paused or stopped
    #[command(after_help = control::RESUME)]
    Resume(ControlArgs),
    /// Stop an agent: its calls are ended, its tabs closed, and nothing further is run
    #[command(after_help = control::STOP)]
    Stop(ControlArgs),
    /// Show the configuration, or check it
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show what hub, agents and native hosts have logged
    Logs(LogsArgs),
    /// Make calls through the running hub, and measure them
    Test(TestArgs),
    /// Remove what is stored about agents: the files of their answers, and their logs
    Forget(ForgetArgs),
    /// Gather what a bug report needs in one archive, without secrets; nothing is sent
    Diagnostics(DiagnosticsArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Serve the extension's native-messaging port; browsers start this
    #[command(hide = true)]
    NativeHost {
        /// What the browser passes: the extension's origin
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        _from_browser: Vec<String>,
    },
}
