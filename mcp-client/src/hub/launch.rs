//! Starts a hub: our own executable as `tabmux hub run --launched`, detached, which reports in one line of JSON.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{env, io};

use serde::Deserialize;
use tabmux_protocol::Installation;
use tabmux_protocol::message::HubFile;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::error::LaunchError;
use crate::detached;

/// The longest report that is read, in bytes.
const REPORT_LIMIT: u64 = 64 * 1024;

/// Starts hubs of one installation.
#[derive(Debug)]
pub(crate) struct Launcher {
    program: io::Result<PathBuf>,
    installation: Installation,
}

/// What a launched hub says on its stdout, once.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Report {
    Ready(HubFile),
    AlreadyRunning(#[expect(dead_code, reason = "always true")] bool),
    Failed { step: String, message: String, fix: String },
}

impl Launcher {
    /// Starts this very program.
    pub(crate) fn of_this_program(installation: &Installation) -> Self {
        Self { program: this_program(), installation: installation.clone() }
    }

    /// Starts a hub and waits for its report, at most `budget`. A hub that runs already is as good as a started one.
    pub(crate) async fn launch(&self, budget: Duration) -> Result<(), LaunchError> {
        let log = self.installation.log_dir().join("hub.log");
        let program = self.program.as_ref().map_err(|error| self.failed("finding our own program", error))?;
        let mut command = detached::command(program, &self.installation, &log)
            .or_else(|error| {
                // A hub without a log serves as well: agents go on with a full disk or a read-only folder.
                tracing::warn!(%error, log = %log.display(), "The hub's log cannot be written");
                detached::command(program, &self.installation, Path::new("/dev/null"))
            })
            .map_err(|error| self.failed("opening the hub's log", &error))?;
        command.args(["hub", "run", "--launched"]).stdout(Stdio::piped());
        let mut child = Command::from(command)
            .spawn()
            .map_err(|error| self.failed(&format!("starting {}", program.display()), &error))?;
        tracing::info!(pid = child.id(), "Launching a hub");
        match timeout(budget, self.report(&mut child)).await {
            Ok(Ok(Report::Ready(file))) => {
                tracing::info!(pid = file.pid, port = file.port, version = file.version, "The hub is ready");
                Ok(())
            }
            Ok(Ok(Report::AlreadyRunning(_))) => Ok(()),
            Ok(Ok(Report::Failed { step, message, fix })) => Err(LaunchError::Start { step, message, fix }),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                Err(self
                    .failed("waiting for its report", &format!("none came within {} ms", budget.as_millis())))
            }
        }
    }

    async fn report(&self, child: &mut Child) -> Result<Report, LaunchError> {
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let read = BufReader::new(stdout.take(REPORT_LIMIT)).read_line(&mut line).await;
            read.map_err(|error| self.failed("reading its report", &error))?;
        }
        if line.is_empty() {
            let status =
                child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
            return Err(self.failed("waiting for its report", &format!("it ended without one ({status})")));
        }
        serde_json::from_str(&line).map_err(|error| self.failed("reading its report", &error))
    }

    fn failed(&self, step: &str, problem: &impl ToString) -> LaunchError {
        let log = self.installation.log_dir().join("hub.log");
        LaunchError::Start {
            step: step.into(),
            message: problem.to_string(),
            fix: format!("look into {} or run `tabmux hub run` to see it happen", log.display()),
        }
    }
}

/// The path of the running program. After an update in place the system shows the old file as deleted; the program of
/// the same name is its successor.
fn this_program() -> io::Result<PathBuf> {
    let path = env::current_exe()?;
    let successor = path.to_str().and_then(|text| text.strip_suffix(" (deleted)")).map(PathBuf::from);
    Ok(successor.filter(|successor| successor.exists()).unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn launch(script: &str, budget_ms: u64) -> (Result<(), String>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("hub"), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(at("hub"), fs::Permissions::from_mode(0o755)).unwrap();
        let installation = Installation {
            port: 1,
            runtime_dir: at("run"),
            state_dir: at("state"),
            config_path: at("config.toml"),
        };
        let launcher = Launcher { program: Ok(at("hub")), installation };
        let launched = launcher.launch(Duration::from_millis(budget_ms)).await;
        (launched.map_err(|error| error.to_string()), folder)
    }

    #[tokio::test]
    async fn a_hub_that_reports_ready_is_launched_with_the_expected_arguments() {
        let report = r#"{"ready":{"pid":7,"startedAt":"2026-11-21T02:00:00Z","port":1,"version":"0.1.0","hubId":"00000000-0000-0000-0000-000000000001"}}"#;
        let (launched, folder) =
            launch(&format!("echo \"$@\" >&2; echo '{report}'; exec >/dev/null"), 5_000).await;
        assert_eq!(launched, Ok(()));
        let log = fs::read_to_string(folder.path().join("state/logs/hub.log")).unwrap();
        assert_eq!(log, "hub run --launched\n");
    }

    #[tokio::test]
    async fn a_hub_that_runs_already_is_as_good_as_a_started_one() {
        assert_eq!(launch(r#"echo '{"alreadyRunning":true}'"#, 5_000).await.0, Ok(()));
    }

    #[tokio::test]
    async fn a_hub_that_fails_says_where_why_and_what_to_do() {
        let report = r#"{"failed":{"step":"port_taken","message":"port 9008 is taken","fix":"free it"}}"#;
        let (launched, _folder) = launch(&format!("echo '{report}'; exit 1"), 5_000).await;
        let text = "the hub could not be started (port_taken): port 9008 is taken: free it";
        assert_eq!(launched, Err(text.into()));
    }

    #[tokio::test]
    async fn a_hub_that_dies_without_a_report_is_noticed_at_once() {
        let (launched, _folder) = launch("exit 7", 60_000).await;
        let error = launched.unwrap_err();
        assert!(error.contains("exit status: 7") && error.contains("hub.log"), "{error}");
    }

    #[tokio::test]
    async fn a_hub_that_never_reports_uses_up_its_time_and_no_more() {
        let (launched, _folder) = launch("exec sleep 5", 50).await;
        let error = launched.unwrap_err();
        assert!(error.contains("none came within 50 ms"), "{error}");
    }
}
