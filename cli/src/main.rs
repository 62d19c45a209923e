//! The one executable: parses the command line and calls.

mod browser;
mod config_commands;
mod control;
mod diagnostics;
mod doctor;
mod extension;
mod forget;
mod health;
mod hub;
mod hub_service;
mod logging;
mod logs;
mod mcp;
mod native_host;
mod pair;
mod plain;
mod platform;
mod release;
mod reload;
mod setup;
mod status;
mod table;
mod terminal;
mod trial;

use std::fmt;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tabmux_cli::config;
use tabmux_mcp_client::{ConnectError, LaunchError};
use tabmux_protocol::message::ControlAction;

use tabmux_cli::args::{BrowserCommand, Cli, Command, ConfigCommand, HubCommand};

/// How a command ended badly; the numbers are stable (DESIGN, "Formats that others rely on"). It is no `Error` itself, so
/// that every error can become one.
#[derive(Debug)]
enum Failure {
    /// Anything without a number of its own.
    Failed(anyhow::Error),
    /// The command cannot be run as it was given.
    Usage(String),
    /// No hub answers.
    NoHub(String),
    /// There is no browser to work with.
    NoBrowser(String),
    /// The hub, or a stranger on its port, refused us.
    Refused(String),
    /// The command has shown what is wrong; nothing but the number is left to say.
    Shown(u8),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => f.write_str(&with_causes(error)),
            Self::Usage(text) | Self::NoHub(text) | Self::NoBrowser(text) | Self::Refused(text) => {
                f.write_str(text)
            }
            Self::Shown(code) => write!(f, "exit code {code}"),
        }
    }
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::NoHub(_) => 3,
            Self::NoBrowser(_) => 4,
            Self::Refused(_) => 5,
            Self::Shown(code) => *code,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        if let Some(connect) = error.downcast_ref::<ConnectError>() {
            return hub::failure_of_connect(connect);
        }
        if let Some(launch) = error.downcast_ref::<LaunchError>() {
            return match launch {
                LaunchError::Connect(connect) => hub::failure_of_connect(connect),
                other => Self::NoHub(other.to_string()),
            };
        }
        Self::Failed(error)
    }
}

/// An error and what led to it, each thing said once: many errors tell of their cause in their own text.
fn with_causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(cause.trim_end()) {
            text = format!("{text}: {cause}");
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn main() -> ExitCode {
    // A usage error ends here with 2, help and version with 0: clap's own numbers, and ours.
    let cli = Cli::parse();
    let done = config::apply_flags(&cli.set).map_err(Failure::from).and_then(|()| run(cli.command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Shown(code)) => ExitCode::from(code),
        Err(failure) => {
            let name = terminal::paint(terminal::BAD, "tabmux:");
            terminal::tell(&format!("{name} {}", plain::lines(&failure.to_string())));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Mcp(args) => mcp::serve(args),
        Command::Hub(HubCommand::Run(args)) => hub::run(&args),
        Command::Hub(HubCommand::Start) => hub::start(),
        Command::Hub(HubCommand::Stop) => hub::stop(),
        Command::Hub(HubCommand::Restart) => hub::restart(),
        Command::Hub(HubCommand::Status(args)) => hub::status(&args),
        Command::Hub(HubCommand::Install(args)) => hub_service::install(&args),
        Command::Hub(HubCommand::Uninstall(args)) => hub_service::uninstall(&args),
        Command::Browser(BrowserCommand::Launch(args)) => browser::launch(&args),
        Command::Browser(BrowserCommand::Stop) => browser::stop(),
        Command::Setup(args) => setup::run(&args),
        Command::Uninstall(args) => setup::uninstall(&args),
        Command::Pair(args) => pair::run(&args),
        Command::Status(args) => status::show(&args),
        Command::Doctor(args) => doctor::examine(&args),
        Command::Clients(args) => status::clients(&args),
        Command::Tabs(args) => status::tabs(&args),
        Command::Health(args) => health::show(&args),
        Command::Pause(args) => control::run(ControlAction::Pause, &args),
        Command::Resume(args) => control::run(ControlAction::Resume, &args),
        Command::Stop(args) => control::run(ControlAction::Stop, &args),
        Command::Config(ConfigCommand::Show(args)) => config_commands::show(&args),
        Command::Config(ConfigCommand::Check(args)) => config_commands::check(&args),
        Command::Logs(args) => logs::show(&args),
        Command::Test(args) => trial::run(&args),
        Command::Forget(args) => forget::run(&args),
        Command::Diagnostics(args) => diagnostics::gather(&args),
        Command::Completions(args) => {
            clap_complete::generate(args.shell, &mut Cli::command(), "tabmux", &mut std::io::stdout());
            Ok(())
        }
        Command::NativeHost { .. } => native_host::serve(),
    }
}

/// The single-threaded runtime on which every command runs.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn a_cause_that_the_error_tells_of_already_is_not_said_twice() {
        let error = Err::<(), _>(anyhow!("no space left\n")).context("writing /a: no space left");
        let error = error.context("unpacking the extension").unwrap_err();
        assert_eq!(with_causes(&error), "unpacking the extension: writing /a: no space left");
    }
}
