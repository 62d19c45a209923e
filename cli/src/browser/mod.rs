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
use tabmux_protocol::message::{BrowserState, Notice};
use tabmux_protocol::method;

use crate::args::LaunchArgs;
use crate::config::Config;
use crate::{Failure, config, extension, hub, print, runtime};
use process::{Browser, Record};

/// How long a launch may take until the extension is connected.
const CONNECTED_WITHIN: Duration = Duration::from_secs(60);
/// How long a browser may take to leave when it is asked to.
const GONE_WITHIN: Duration = Duration::from_secs(10);

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
    if let Some(record) = Record::read(&installation).filter(Record::is_alive) {
        return already_running(&installation, &config, &record, &user_data_dir);
    }
    make_private_dir(&user_data_dir)?;
    profile::prepare(&installation, &user_data_dir).context("preparing the profile")?;
    let plan = Plan { executable, folder, user_data_dir, headless: args.headless, url: args.url.clone() };
    runtime()?.block_on(start(&installation, &config, &plan))
}

pub(crate) fn stop() -> Result<(), Failure> {
    let (installation, _) = config::load(None)?;
    let Some(record) = Record::read(&installation) else {
        print("No browser was launched by `tabmux browser launch`.");
        return Ok(());
    };
    record.end(GONE_WITHIN)?;
    Record::remove(&installation);
    print(&format!("The browser (pid {}) is stopped.", record.pid));
    Ok(())
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
    tabmux_mcp_client::ensure_hub(installation, &config.client).await?;
    let mut link = hub::connect(installation, config).await?;
    let mut browser = Browser::spawn(&plan.executable, &plan.arguments(), installation)
        .with_context(|| format!("starting {}", plan.executable.display()))?;
    let record = browser.record(&plan.user_data_dir)?;
    record.write(installation)?;
    let connected =
        tokio::time::timeout(CONNECTED_WITHIN, wait_until_connected(&mut link, &mut browser)).await;
    let problem = match connected {
        Ok(Ok(state)) => {
            print(&line(&record, &state, installation, false));
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
async fn wait_until_connected(link: &mut Connection, browser: &mut Browser) -> anyhow::Result<BrowserState> {
    let mut state = link.welcome().browser.clone();
    loop {
        if state.connected && state.pid.is_none_or(|pid| browser.is_or_has(pid)) {
            return Ok(state);
        }
        tokio::select! {
            notification = link.next_notification() => {
                let (name, params) = notification.context("the hub went away while the browser was starting")?;
                if name == method::NOTICE {
                    state = serde_json::from_str::<Notice>(params.get())?.browser.unwrap_or(state);
                }
            }
            status = browser.exited() => {
                anyhow::bail!("the browser exited at once ({status}): see its log, or try another with --browser");
            }
        }
    }
}

fn already_running(
    installation: &Installation,
    config: &Config,
    record: &Record,
    wanted: &Path,
) -> Result<(), Failure> {
    if record.user_data_dir != wanted {
        return Err(Failure::Failed(anyhow!(
            "a browser launched with {} is running (pid {}): stop it with `tabmux browser stop`",
            record.user_data_dir.display(),
            record.pid
        )));
    }
    runtime()?.block_on(async {
        hub::remove_stopped_mark(installation)?;
        tabmux_mcp_client::ensure_hub(installation, &config.client).await?;
        let mut link = hub::connect(installation, config).await?;
        let mut browser = Browser::running(record.clone());
        match tokio::time::timeout(CONNECTED_WITHIN, wait_until_connected(&mut link, &mut browser)).await {
            Ok(state) => {
                print(&line(record, &state?, installation, true));
                Ok(())
            }
            Err(_) => Err(Failure::Failed(anyhow!(
                "the browser (pid {}) runs and its extension does not connect: stop it with `tabmux browser stop`",
                record.pid
            ))),
        }
    })
}

fn line(record: &Record, state: &BrowserState, installation: &Installation, already_running: bool) -> String {
    json!({
        "pid": record.pid,
        "browser": state.name,
        "userDataDir": record.user_data_dir,
        "alreadyRunning": already_running,
        "hub": { "port": installation.port },
    })
    .to_string()
}
