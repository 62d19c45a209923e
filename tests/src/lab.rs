//! A whole installation in a temporary folder, on a port of its own: nothing of one lab is seen by another.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tabmux_protocol::message::{Health, Status};
use tabmux_protocol::{EXTENSION_ID, Installation};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::devtools::port_of;
use crate::{DevTools, tabmux_processes};

/// A native host ends with its browser.
const HOSTS_END: Duration = Duration::from_secs(5);

/// A whole installation; dropping it stops its browser and its hub.
pub struct Lab {
    folder: TempDir,
    /// Where it lives.
    pub installation: Installation,
    keep: bool,
}

/// How a browser is launched.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// With a window, on the display of [`Browser::display`] or of the environment.
    pub headed: bool,
    /// The display for the window.
    pub display: Option<String>,
    /// The page in front.
    pub url: Option<String>,
    /// With a debugging port on loopback, for [`Lab::worker`] and [`Lab::popup`].
    pub devtools: bool,
    /// Whether the browser shows its bar while it is debugged, as a person's own does.
    pub debugger_bar: bool,
}

impl Lab {
    /// Makes an installation in which nothing runs.
    pub fn new() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("tabmux-lab-").tempdir()?;
        // Another process could take the port before the hub does; the range is wide enough to make that rare.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let path = |name: &str| folder.path().join(name);
        let installation = Installation {
            port,
            runtime_dir: path("run"),
            state_dir: path("state"),
            config_path: path("config.toml"),
        };
        let lab = Self { folder, installation, keep: false };
        lab.write_script(&Browser::default())?;
        Ok(lab)
    }

    /// Leaves everything running and in place when the lab is dropped.
    pub fn keep(&mut self) -> &Path {
        self.keep = true;
        self.folder.disable_cleanup(true);
        self.folder.path()
    }

    /// A folder for the test's own files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `tabmux` with these arguments, led to this installation and to nothing else of the environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(executable(), arguments)
    }

    /// Another program than the `tabmux` under test with these arguments, in the same environment.
    pub fn command_of(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("HOME", self.folder.path()).envs(self.installation.to_env());
        command.env("TABMUX_BROWSER", self.script());
        for name in ["PATH", "LANG", "DISPLAY", "XAUTHORITY", "TABMUX_LOG"] {
            if let Some(value) = env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs `tabmux` with these arguments to its end.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        Ok(self.command(arguments).stdin(Stdio::null()).output()?)
    }

    /// Runs `tabmux` with these arguments and returns what it printed; a failure is an error with what it said.
    pub fn run_ok(&self, arguments: &[&str]) -> Result<String> {
        succeeded(arguments, self.run(arguments)?)
    }

    /// Launches Chromium with the extension as it lies in the repository; returns what the command printed.
    pub fn launch(&self, browser: &Browser) -> Result<Value> {
        let extension = repository().join("extension");
        let extension = extension.to_string_lossy();
        let mut arguments = vec!["browser", "launch", "--extension", &extension];
        if !browser.headed {
            arguments.push("--headless");
        }
        arguments.extend(browser.url.as_deref());
        let mut command = self.command(&arguments);
        command.envs(browser.display.as_ref().map(|display| ("DISPLAY", display)));
        self.write_script(browser)?;
        let printed =
            succeeded(&arguments, command.stdin(Stdio::null()).output()?).with_context(|| self.logs())?;
        Ok(serde_json::from_str(&printed)?)
    }

    /// The worker of the launched browser's extension; see [`Browser::devtools`].
    pub async fn worker(&self) -> Result<DevTools> {
        DevTools::worker(&self.user_data_dir()).await
    }

    /// The page of the launched browser whose address holds `part`; see [`Browser::devtools`].
    pub async fn page(&self, part: &str) -> Result<DevTools> {
        DevTools::page(&self.user_data_dir(), part).await
    }

    /// The extension's popup, in a tab; see [`Browser::devtools`].
    pub async fn popup(&self) -> Result<DevTools> {
        self.open(&format!("chrome-extension://{EXTENSION_ID}/popup.html")).await
    }

    /// The profile of the launched browser.
    pub fn user_data_dir(&self) -> PathBuf {
        self.installation.state_dir.join("browser")
    }

    /// The debugging port of the launched browser; see [`Browser::devtools`].
    pub fn devtools_port(&self) -> Result<u16> {
        port_of(&self.user_data_dir())
    }

    /// A page in a tab of its own, in front; see [`Browser::devtools`].
    pub async fn open(&self, url: &str) -> Result<DevTools> {
        DevTools::open(&self.user_data_dir(), url).await
    }

    /// The launched browser itself; see [`Browser::devtools`].
    pub async fn browser(&self) -> Result<DevTools> {
        DevTools::browser(&self.user_data_dir()).await
    }

    /// Writes the configuration file.
    pub fn configure(&self, text: &str) -> Result<()> {
        Ok(fs::write(&self.installation.config_path, text)?)
    }

    /// A script that starts the browser with other flags than `tabmux browser launch` gives it, and in the lab's folder:
    /// what a killed browser leaves behind goes with the lab.
    fn write_script(&self, browser: &Browser) -> Result<()> {
        let named = env::var("TABMUX_BROWSER").unwrap_or_else(|_| "chromium".to_owned());
        let debugging = if browser.devtools { "--remote-debugging-port=0" } else { "" };
        let without = if browser.debugger_bar { "--silent-debugger-extension-api" } else { "" };
        // Chromium shows one bar at a time, and root's is about its missing sandbox.
        let bar = if browser.debugger_bar { "--test-type" } else { "" };
        let text = format!(
            "#!/bin/sh\nfor flag do\n  shift\n  [ \"$flag\" = \"{without}\" ] || set -- \"$@\" \"$flag\"\ndone\n\
             TMPDIR='{}' exec {named} {debugging} {bar} \"$@\"\n",
            self.folder.path().display()
        );
        let path = self.script();
        fs::write(&path, text)?;
        Ok(fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?)
    }

    fn script(&self) -> PathBuf {
        self.folder.path().join("browser.sh")
    }

    /// What `tabmux status --json` says.
    pub fn status(&self) -> Result<Status> {
        Ok(serde_json::from_str(&self.run_ok(&["status", "--json"])?)?)
    }

    /// What `GET /health` says; an error if no hub answers.
    pub async fn health(&self) -> Result<Health> {
        Ok(serde_json::from_str(&http_get(self.installation.port, "/health").await?)?)
    }

    /// Every log line of the installation, for the message of a failed test.
    pub fn logs(&self) -> String {
        let Ok(entries) = fs::read_dir(self.installation.log_dir()) else { return "no logs".into() };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        let read = |path: &PathBuf| {
            format!("--- {}\n{}", path.display(), fs::read_to_string(path).unwrap_or_default())
        };
        files.iter().map(read).collect()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        // The hub first: a native host that outlives the browser for a moment then starts no other one.
        let _ = self.run(&["hub", "stop"]);
        let _ = self.run(&["browser", "stop"]);
        // With the folder goes the mark that keeps it from starting one, so that it must be gone before.
        let began_at = Instant::now();
        while began_at.elapsed() < HOSTS_END
            && tabmux_processes(&self.installation, "native-host").is_ok_and(|hosts| !hosts.is_empty())
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What a command printed; a failure is an error with what it said.
fn succeeded(arguments: &[&str], output: Output) -> Result<String> {
    if !output.status.success() {
        bail!("tabmux {arguments:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The body of a GET on loopback; anything but status 200 and 503 is an error.
async fn http_get(port: u16, path: &str) -> Result<String> {
    let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
    if !head.starts_with("HTTP/1.1 200") && !head.starts_with("HTTP/1.1 503") {
        bail!("{path}: {head}");
    }
    Ok(body.to_owned())
}

/// The folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// The executable under test: `TABMUX_BIN`, or the one that lies beside the test's own build.
pub fn executable() -> PathBuf {
    if let Some(path) = env::var_os("TABMUX_BIN") {
        return path.into();
    }
    let beside = env::current_exe().ok().and_then(|own| Some(own.parent()?.parent()?.join("tabmux")));
    match beside.filter(|path| path.is_file()) {
        Some(path) => path,
        None => {
            panic!("no tabmux executable beside the tests: run `cargo xtask test`, or `cargo build` first")
        }
    }
}
