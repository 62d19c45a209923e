//! `tabmux browser launch` and `tabmux browser stop`: a Chromium with the extension, for machines without a person's
//! own browser, for tests, and for trying things.

mod find;
mod process;
mod profile;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use nix::unistd::geteuid;
use serde_json::json;
use tabmux_mcp_client::Connection;
use tabmux_protocol::Installation;
use tabmux_protocol::installation::make_private_dir;
use tabmux_protocol::message::{BrowserState, BrowserStatus};

use crate::config::Config;
use crate::platform::has_display;
use crate::terminal::print;
use crate::{Failure, config, extension, hub, runtime};
use process::{Browser, Record};
use tabmux_cli::args::LaunchArgs;

/// How long a launch may take until the extension is connected.
const CONNECTED_WITHIN: Duration = Duration::from_secs(60);
/// How long a browser may take to leave when it is asked to.
const GONE_WITHIN: Duration = Duration::from_secs(10);
/// How long the processes below it are waited for when it has left: a viewer that the person opened from it stays.
const FAMILY_GONE_WITHIN: Duration = Duration::from_secs(2);

pub(crate) fn launch(args: &LaunchArgs) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    let executable = find::browser(args.browser.as_deref())?;
    let folder = match &args.extension {
        Some(folder) => std::path::absolute(folder).context("--extension")?,
        None => extension::unpack(&installation).context("unpacking the extension")?,
    };
    let user_data_dir = match &args.user_data_dir {
        Some(folder) => std::path::absolute(folder).context("--user-data-dir")?,
        None => installation.state_dir.join("browser"),
    };
    if let Some(record) = Record::read(&installation).filter(Record::is_alive)
        && already_running(&installation, &config, &record, &user_data_dir)?
    {
        return Ok(());
    }
    if !args.headless && !has_display() {
        return Err(Failure::NoBrowser(
            "there is no display for the browser's window (DISPLAY and WAYLAND_DISPLAY are not set): add --headless"
                .into(),
        ));
    }
    make_private_dir(&user_data_dir)?;
    profile::prepare(&installation, &user_data_dir, &folder).context("preparing the profile")?;
    let plan = Plan { executable, folder, user_data_dir, headless: args.headless, url: args.url.clone() };
    runtime()?.block_on(start(&installation, &config, &plan))
}

pub(crate) fn stop() -> Result<(), Failure> {
    let (installation, _) = config::load(None)?;
    let Some(record) = Record::read(&installation) else {
        print("No browser was launched by `tabmux browser launch`.");
        return Ok(());
    };
    let was_alive = end(&installation)?;
    let how = if was_alive { "is stopped" } else { "had ended already" };
    print(&format!("The browser (pid {}) {how}.", record.pid));
    Ok(())
}

/// The browser that `launch` started, if it runs: its process and its profile root.
pub(crate) fn running_profile(installation: &Installation) -> Option<(u32, PathBuf)> {
    let record = Record::read(installation).filter(Record::is_alive)?;
    Some((record.pid, record.user_data_dir))
}

/// Whether that process is the browser that `launch` started, or belongs to it.
pub(crate) fn is_launched(installation: &Installation, pid: u32) -> bool {
    running_profile(installation).is_some_and(|(own, _)| process::is_or_has(own, pid))
}

/// Ends the browser that `launch` started, and says whether it still ran. The processes below it are gone then, too, as
/// a rule: they write to the profile, and its native host to the installation's folders.
pub(crate) fn end(installation: &Installation) -> anyhow::Result<bool> {
    let Some(record) = Record::read(installation) else { return Ok(false) };
    let was_alive = record.is_alive();
    let family = if was_alive { process::family(record.pid) } else { Vec::new() };
    record.end(GONE_WITHIN)?;
    Record::remove(installation);
    process::wait_until_gone(&family, FAMILY_GONE_WITHIN);
    Ok(was_alive)
}

struct Plan {
    executable: PathBuf,
    folder: PathBuf,
    user_data_dir: PathBuf,
    headless: bool,
    url: Option<String>,
}

impl Plan {
    /// The flags, each measured (CHROME.md).
    fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = [
            // Without it current builds ignore `--load-extension`.
            "--disable-features=DisableLoadExtensionCommandLineSwitch",
            // Nothing leaves the machine but what agents and people browse.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-quic",
            "--no-first-run",
            "--no-default-browser-check",
            // Tabs come back after the browser was killed, and no bar shifts the pages.
            "--restore-last-session",
            "--hide-crash-restore-bubble",
            "--silent-debugger-extension-api",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--user-data-dir={}", self.user_data_dir.display()));
        arguments.push(format!("--load-extension={}", self.folder.display()));
        if self.headless {
            arguments.extend(["--headless=new".to_owned(), "--disable-gpu".to_owned()]);
        }
        if geteuid().is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        arguments.push(self.url.clone().unwrap_or_else(|| "about:blank".to_owned()));
        arguments
    }
}

async fn start(installation: &Installation, config: &Config, plan: &Plan) -> Result<(), Failure> {
    hub::remove_stopped_mark(installation)?;
    let link = hub::reach(installation, config).await?;
    let mut browser = Browser::spawn(&plan.executable, &plan.arguments(), installation)
        .with_context(|| format!("starting {}", plan.executable.display()))?;
    let record = match browser.remember(&plan.user_data_dir, installation) {
        Ok(record) => record,
        Err(error) => {
            browser.kill().await;
            return Err(error.into());
        }
    };
    let waiting = wait_until_connected(link, &mut browser, installation, config);
    let problem = match tokio::time::timeout(CONNECTED_WITHIN, waiting).await {
        Ok(Ok(browser)) => {
            tell(&record, &browser, installation, false);
            return Ok(());
        }
        Ok(Err(error)) => error,
        Err(_) => anyhow!(
            "the browser runs and its extension did not connect within {} s: see {}",
            CONNECTED_WITHIN.as_secs(),
            process::log_path(installation).display()
        ),
    };
    let _ = record.end(GONE_WITHIN);
    Record::remove(installation);
    Err(Failure::Failed(problem))
}

/// Waits for the hub's word that the extension of this very browser is connected: another one may have been before.
async fn wait_until_connected(
    link: Connection,
    browser: &mut Browser,
    installation: &Installation,
    config: &Config,
) -> anyhow::Result<BrowserStatus> {
    let pid = browser.pid;
    let is_it = |state: &BrowserState| state.pid.is_none_or(|other| process::is_or_has(pid, other));
    tokio::select! {
        connected = hub::browser_connected(link, installation, config, is_it) => connected,
        status = browser.exited() => Err(anyhow!(
            "the browser ended before its extension was connected ({status}): see {}, end another browser that runs \
             with the same profile, or name another with --browser",
            process::log_path(installation).display()
        )),
    }
}

/// Waits until the browser that runs is connected; `false` if it ended meanwhile, as one that was just killed does.
fn already_running(
    installation: &Installation,
    config: &Config,
    record: &Record,
    wanted: &Path,
) -> Result<bool, Failure> {
    if record.user_data_dir != wanted {
        return Err(Failure::Failed(anyhow!(
            "a browser launched with {} is running (pid {}): stop it with `tabmux browser stop`",
            record.user_data_dir.display(),
            record.pid
        )));
    }
    runtime()?.block_on(async {
        hub::remove_stopped_mark(installation)?;
        let link = hub::reach(installation, config).await?;
        let mut browser = Browser::running(record.clone());
        let waiting = wait_until_connected(link, &mut browser, installation, config);
        match tokio::time::timeout(CONNECTED_WITHIN, waiting).await {
            Ok(Ok(browser)) => {
                tell(record, &browser, installation, true);
                Ok(true)
            }
            Ok(Err(_)) if !record.is_alive() => Ok(false),
            Ok(Err(error)) => Err(Failure::Failed(error)),
            Err(_) => Err(Failure::Failed(anyhow!(
                "the browser (pid {}) runs and its extension did not connect within {} s: stop it with `tabmux browser stop`",
                record.pid,
                CONNECTED_WITHIN.as_secs()
            ))),
        }
    })
}

/// Prints the one line of a launch; a person whose agents use another browser is told so beside it.
fn tell(record: &Record, browser: &BrowserStatus, installation: &Installation, already_running: bool) {
    if !browser.active {
        eprintln!(
            "tabmux: this browser is in reserve, since agents use another one: press \"Use this browser\" in its Tabmux \
             popup, or end the other one (`tabmux status` shows both)."
        );
    }
    let line = json!({
        "pid": record.pid,
        "browser": browser.state.name,
        "userDataDir": record.user_data_dir,
        "alreadyRunning": already_running,
        "hub": { "port": installation.port },
    });
    print(&line.to_string());
}
