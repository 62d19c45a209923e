//! `tabmux hub run|start|stop|restart|status`.

use std::fs;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use serde_json::{Value, json};
use tabmux_hub::Stopped;
use tabmux_mcp_client::{ConnectError, Connection, Launched, OwnHub, RequestError};
use tabmux_protocol::installation::{InstallationError, write_private};
use tabmux_protocol::message::{BrowserState, BrowserStatus, HubFile, ShutdownMode, ShutdownParams, Status};
use tabmux_protocol::{HubId, Installation, InstanceId, method};

use crate::config::{Config, ConfigError};
use crate::logging::{self, Who};
use crate::terminal::print;
use crate::{Failure, config, reload, runtime};
use tabmux_cli::args::{HubRunArgs, ShowArgs};

/// How long our own questions to the hub may take.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How often the hub is asked for a browser that may be held in reserve: a start takes about a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(crate) fn run(args: &HubRunArgs) -> Result<(), Failure> {
    let (installation, reading) = match config::read_right(args.port) {
        Ok(loaded) => loaded,
        Err(error) => {
            if args.launched {
                report(&failed("configuration", &error.to_string()));
            }
            return Err(error.into());
        }
    };
    let instance = InstanceId::new(std::process::id(), rand::random());
    let who = if args.launched { Who::LaunchedHub } else { Who::Hub };
    logging::init(&installation, &reading.config.log, &instance, who);
    if args.service && installation.stopped_mark().exists() {
        tracing::info!(
            "The hub was stopped, and stays so: `tabmux hub start` starts it, and so does an agent window"
        );
        return Ok(());
    }
    let launched = args.launched;
    let port = installation.port;
    let (settings, _watcher) = reload::follow(reading);
    let ended = runtime()?.block_on(tabmux_hub::serve(installation, settings, instance, move |file| {
        if launched {
            report(&json!({ "ready": file }));
        } else {
            tracing::info!(port, "Serving; Ctrl-C ends the hub");
        }
    }));
    match ended {
        Ok(Stopped::AlreadyRunning) => {
            if launched {
                report(&json!({ "alreadyRunning": true }));
            } else {
                tracing::info!("A hub of this installation is running already");
            }
            Ok(())
        }
        Ok(Stopped::Drained(_) | Stopped::Signal) => Ok(()),
        Err(error) => {
            if launched {
                report(&failed("start", &error.to_string()));
            }
            tracing::error!(%error, "The hub cannot serve");
            Err(error.into())
        }
    }
}

pub(crate) fn start() -> Result<(), Failure> {
    serve("The hub is started", "The hub is running")
}

/// Makes sure that a hub serves, and says so: by the first words if it was started for that, else by the others.
fn serve(started: &str, running: &str) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    serves_no_other_port(&installation)?;
    remove_stopped_mark(&installation)?;
    let launched = runtime()?.block_on(tabmux_mcp_client::ensure_hub(&installation, &config.client))?;
    let pid = installation.read_hub_file().map_or_else(String::new, |file| format!(", pid {}", file.pid));
    let how = match launched {
        Launched::Started => started,
        Launched::AlreadyServing => running,
    };
    print(&format!("{how} (port {}{pid}).", installation.port));
    Ok(())
}

pub(crate) fn stop() -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    let how = match end(&installation, &config)? {
        true => "The hub is stopped",
        false => "No hub is running",
    };
    print(&format!(
        "{how}. Agents that are open are told so and start none; `tabmux hub start` does, and so does an agent window \
         that you open."
    ));
    Ok(())
}

/// Stops the hub, which stays stopped; `false` if none was running.
pub(crate) fn end(installation: &Installation, config: &Config) -> Result<bool, Failure> {
    leave(installation, config, ShutdownMode::Stop)
}

pub(crate) fn restart() -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    match leave(&installation, &config, ShutdownMode::Restart)? {
        true => serve("The hub is restarted", "The hub is restarted"),
        false => start(),
    }
}

pub(crate) fn status(args: &ShowArgs) -> Result<(), Failure> {
    let status = ask_status()?;
    if args.json {
        print(&serde_json::to_string(&status.hub)?);
    } else {
        print(crate::status::hub_lines(&status.hub).trim_end());
    }
    Ok(())
}

/// What the running hub is asked with. Of a file that is wrong the rest counts, since the hub goes by the last right
/// configuration and says so; where no hub runs, what is wrong is an error.
pub(crate) fn for_asking() -> Result<(Installation, Config), Failure> {
    let (mut installation, reading) = config::read()?;
    if reading.mistakes.0.is_empty() {
        serves_no_other_port(&installation)?;
        return Ok((installation, reading.config));
    }
    let file = installation.read_hub_file().filter(|_| reading.mistakes.are_in_file());
    match file {
        Some(file) if installation.try_hub_lock()?.is_none() => {
            installation.port = file.port;
            Ok((installation, reading.config))
        }
        _ => Err(ConfigError::from(reading.mistakes).into()),
    }
}

/// Asks the running hub for everything that it shows.
pub(crate) fn ask_status() -> Result<Status, Failure> {
    let (installation, config) = for_asking()?;
    runtime()?.block_on(async {
        let mut link = connect(&installation, &config).await?;
        Ok(link.request(method::STATUS, &json!({}), ANSWER_WITHIN).await?)
    })
}

/// Greets the running hub as the command line; starts none.
pub(crate) async fn connect(
    installation: &Installation,
    config: &Config,
) -> Result<Connection, ConnectError> {
    tabmux_mcp_client::connect(installation, &config.client).await
}

/// Greets the hub as the command line, and starts one first if there is none.
pub(crate) async fn reach(installation: &Installation, config: &Config) -> anyhow::Result<Connection> {
    tabmux_mcp_client::ensure_hub(installation, &config.client).await?;
    Ok(connect(installation, config).await?)
}

/// Waits until a browser that `is_it` is connected, be it the one that agents use or one in reserve. A hub that restarts
/// or dies meanwhile is replaced, as for everybody else.
pub(crate) async fn browser_connected(
    mut link: Connection,
    installation: &Installation,
    config: &Config,
    is_it: impl Fn(&BrowserState) -> bool,
) -> anyhow::Result<BrowserStatus> {
    loop {
        match link.request::<Status>(method::STATUS, &json!({}), ANSWER_WITHIN).await {
            Ok(status) => {
                let found = status.browsers.into_iter().find(|browser| is_it(&browser.state));
                if let Some(browser) = found {
                    return Ok(browser);
                }
            }
            Err(RequestError::Closed | RequestError::Timeout { .. }) => {
                link = reach(installation, config).await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        // The hub tells at once of a browser that agents are to use, and of one in reserve it does not tell.
        let news = tokio::time::timeout(LOOK_EVERY, link.next_notification());
        if let Ok(None) = news.await {
            link = reach(installation, config).await?;
        }
    }
}

/// Takes away the mark that the person stopped the hub.
pub(crate) fn remove_stopped_mark(installation: &Installation) -> io::Result<()> {
    match fs::remove_file(installation.stopped_mark()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Tells a person what it means that the hub could not be greeted.
pub(crate) fn failure_of_connect(error: &ConnectError) -> Failure {
    if error.is_absent() {
        return Failure::NoHub("no hub is running: start it with `tabmux hub start`".into());
    }
    match error {
        ConnectError::Installation(_) => Failure::Failed(anyhow!(error.to_string())),
        _ => Failure::Refused(error.to_string()),
    }
}

/// Asks the hub to leave and waits until it is gone; `false` if none was running. One that hangs, or knows another secret
/// than the `token` file of today, is ended if it is certain that it is ours.
fn leave(installation: &Installation, config: &Config, mode: ShutdownMode) -> Result<bool, Failure> {
    let mut serving = installation.clone();
    if let Some(file) = on_another_port(installation)? {
        serving.port = file.port;
    }
    runtime()?.block_on(async {
        let mut link = match connect(&serving, config).await {
            Ok(link) => link,
            Err(error) if error.is_absent() => {
                if mode == ShutdownMode::Stop {
                    installation.prepare_runtime_dir()?;
                    mark_stopped(installation)?;
                }
                return Ok(false);
            }
            Err(error) if error.is_silent() || error.is_foreign() => {
                return end_hung(&serving, config, mode, error.into()).await.map(|()| true);
            }
            Err(error) => return Err(error.into()),
        };
        let asked = link.welcome().hub_id;
        match link.request::<Value>(method::SHUTDOWN, &ShutdownParams { mode }, ANSWER_WITHIN).await {
            Ok(_) => {}
            Err(error @ RequestError::Timeout { .. }) => {
                return end_hung(&serving, config, mode, error.into()).await.map(|()| true);
            }
            Err(error) => return Err(error.into()),
        }
        drop(link);
        let patience = config.hub.shutdown() + ANSWER_WITHIN;
        let asked_at = Instant::now();
        while !has_left(installation, asked)? {
            if asked_at.elapsed() > patience {
                let problem = anyhow!(
                    "the hub was asked to leave and is still there after {} s: its log in {} may say why",
                    patience.as_secs(),
                    installation.log_dir().display()
                );
                return end_hung(&serving, config, mode, problem.into()).await.map(|()| true);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(true)
    })
}

/// Ends the hub that cannot be asked, if it is certain that it is ours and on that port; otherwise `problem` stands.
async fn end_hung(
    serving: &Installation,
    config: &Config,
    mode: ShutdownMode,
    problem: Failure,
) -> Result<(), Failure> {
    let own = OwnHub::find(serving).filter(|hub| hub.port() == serving.port);
    let Some(own) = own else { return Err(problem) };
    eprintln!("tabmux: the hub (pid {}) cannot be asked to leave and is ended.", own.pid());
    if mode == ShutdownMode::Stop {
        // Before it is gone, since agents start another one.
        mark_stopped(serving)?;
    }
    if own.end(config.hub.shutdown()).await {
        return Ok(());
    }
    Err(Failure::Failed(anyhow!(
        "the hub (pid {}) is still there after SIGKILL: the system holds it, see `ps -o stat,wchan {}`",
        own.pid(),
        own.pid()
    )))
}

/// Leaves the mark that the person stopped the hub.
fn mark_stopped(installation: &Installation) -> Result<(), InstallationError> {
    write_private(&installation.stopped_mark(), b"")
}

/// Refuses to go on where this installation's hub serves another port: nobody would find it, and no second one can be
/// started.
pub(crate) fn serves_no_other_port(installation: &Installation) -> Result<(), Failure> {
    let Some(HubFile { pid, port, .. }) = on_another_port(installation)? else { return Ok(()) };
    Err(Failure::Refused(format!(
        "this installation's hub serves port {port} (pid {pid}), and port {} was asked for: `tabmux hub restart` moves \
         it there, or set TABMUX_PORT or `port` in the configuration file to {port}",
        installation.port
    )))
}

/// The running hub of this installation if it serves another port, as after `tabmux hub run --port` or a change of the
/// configuration.
fn on_another_port(installation: &Installation) -> Result<Option<HubFile>, InstallationError> {
    let Some(file) = installation.read_hub_file().filter(|file| file.port != installation.port) else {
        return Ok(None);
    };
    Ok(if installation.try_hub_lock()?.is_none() { Some(file) } else { None })
}

/// Whether that hub is gone. Its lock alone does not tell: a running agent may have the next hub up, holding the same
/// lock, before anybody looks.
fn has_left(installation: &Installation, hub: HubId) -> Result<bool, InstallationError> {
    let replaced = installation.read_hub_file().is_some_and(|file| file.hub_id != hub);
    Ok(replaced || installation.try_hub_lock()?.is_some())
}

fn failed(step: &str, message: &str) -> Value {
    json!({ "failed": { "step": step, "message": message, "fix": "run `tabmux hub run` to see it happen" } })
}

/// Tells the launcher, which reads one line. It may have gone.
fn report(line: &Value) {
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{line}");
    let _ = stdout.flush();
    // The launcher waits for the end of the line, not of the pipe; the pipe must not stay open for the hub's life.
    if let Ok(null) = fs::File::options().write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdout(null);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_has_left_when_its_lock_is_free_or_the_next_one_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().as_os_str().to_owned();
        let installation = Installation::from_env(|name| (name == "HOME").then(|| home.clone())).unwrap();
        installation.prepare_runtime_dir().unwrap();
        let file = |id: u8| {
            let text = format!(
                r#"{{"pid":7,"startedAt":"2026-11-21T02:00:00Z","port":1,"version":"0.1.0",
                    "hubId":"00000000-0000-0000-0000-00000000000{id}"}}"#
            );
            serde_json::from_str::<HubFile>(&text).unwrap()
        };
        let asked = file(1).hub_id;
        let held = installation.try_hub_lock().unwrap().unwrap();
        assert!(!has_left(&installation, asked).unwrap(), "nobody has written who holds the lock");
        installation.write_hub_file(&file(1)).unwrap();
        assert!(!has_left(&installation, asked).unwrap());
        installation.write_hub_file(&file(2)).unwrap();
        assert!(has_left(&installation, asked).unwrap(), "another hub holds the lock");
        installation.write_hub_file(&file(1)).unwrap();
        drop(held);
        assert!(has_left(&installation, asked).unwrap(), "killed, it leaves its file behind");
    }
}
