//! The middle of the chain: who holds the port, whether our hub runs, and whether it answers and proves itself.

use std::io;
use std::time::{Duration, Instant};

use serde_json::json;
use tabmux_mcp_client::{ConnectError, Holder, OwnHub, RequestError};
use tabmux_protocol::error::sentence;
use tabmux_protocol::message::{HubFile, Status};
use tabmux_protocol::{DEFAULT_PORT, Installation, RefusalCode, method};

use super::quoted;
use super::round::Finding;
use crate::config::Config;
use crate::release::VERSION;
use crate::{hub, platform, runtime};

/// How long a hub may take to each of: the connection, the greeting, the answer. One that works takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is to be seen of the hub from outside, gathered at one moment.
#[derive(Debug)]
pub(super) struct Seen {
    port: u16,
    dialled: Result<Greeted, ConnectError>,
    /// The running hub of this installation, where the system proves that it is.
    own: Option<HubFile>,
    /// What `hub.json` says, whoever wrote it.
    written: Option<HubFile>,
    is_stopped: bool,
    has_secret: bool,
    holder: Option<Holder>,
    holder_by_ipv6: Option<Holder>,
    /// The runtime folder of the process that holds the port.
    holders_folder: Option<String>,
    /// Why none could be started, where that was asked for.
    launch: Option<String>,
    config_path: String,
    took: Duration,
}

/// A hub that has proven itself.
#[derive(Debug)]
struct Greeted {
    version: String,
    protocol: u32,
    took: Duration,
    status: Result<Status, RequestError>,
}

/// What was found out about three links at once.
#[derive(Debug)]
pub(super) struct Findings {
    pub(super) port: Finding,
    pub(super) hub: Finding,
    pub(super) greeting: Finding,
    pub(super) status: Option<Status>,
    pub(super) took: Duration,
}

/// Looks at port and hub; with `start` a missing hub is started first.
pub(super) fn look(installation: &Installation, config: &Config, start: bool) -> io::Result<Findings> {
    let runtime = runtime()?;
    let mut seen = runtime.block_on(gather(installation, config));
    if start && seen.may_be_started() {
        let launched = hub::remove_stopped_mark(installation).map_err(anyhow::Error::from).and_then(|()| {
            Ok(runtime.block_on(tabmux_mcp_client::ensure_hub(installation, &config.client))?)
        });
        seen = Seen {
            launch: launched.err().map(|error| error.to_string()),
            ..runtime.block_on(gather(installation, config))
        };
    }
    Ok(seen.judge())
}

async fn gather(installation: &Installation, config: &Config) -> Seen {
    let began_at = Instant::now();
    let dialled = greet(installation, config).await;
    let port = installation.port;
    let own = OwnHub::find(installation);
    let written = installation.read_hub_file();
    let holder = Holder::of_port(port);
    let pid = holder.as_ref().and_then(|holder| Some(holder.process.as_ref()?.pid));
    Seen {
        port,
        dialled,
        own: written.clone().filter(|file| own.is_some_and(|own| own.hub_id() == file.hub_id)),
        written,
        is_stopped: installation.stopped_mark().exists(),
        has_secret: !matches!(installation.read_secret(), Ok(None)),
        holders_folder: pid.and_then(|pid| platform::variable_of(pid, "TABMUX_RUNTIME_DIR")),
        holder,
        holder_by_ipv6: Holder::of_port_by_ipv6(port),
        launch: None,
        config_path: quoted(&installation.config_path),
        took: began_at.elapsed(),
    }
}

async fn greet(installation: &Installation, config: &Config) -> Result<Greeted, ConnectError> {
    let patience_ms = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
    let mut hasty = config.client.clone();
    hasty.connect_ms = hasty.connect_ms.min(patience_ms);
    hasty.handshake_ms = hasty.handshake_ms.min(patience_ms);
    let began_at = Instant::now();
    let mut link = tabmux_mcp_client::connect(installation, &hasty).await?;
    let took = began_at.elapsed();
    let (version, protocol) = (link.welcome().version.clone(), link.welcome().protocol);
    let status = link.request(method::STATUS, &json!({}), PATIENCE).await;
    Ok(Greeted { version, protocol, took, status })
}

impl Seen {
    fn may_be_started(&self) -> bool {
        matches!(&self.dialled, Err(error) if error.is_absent()) && self.own.is_none()
    }

    fn judge(self) -> Findings {
        let port = self.judge_port();
        let hub = match port.is_broken() {
            true => Finding::skipped("another program holds its port"),
            false => self.judge_hub(),
        };
        let greeting = match (port.is_broken(), hub.is_broken()) {
            (true, _) => Finding::skipped("another program holds the hub's port"),
            (_, true) => Finding::skipped("the hub is not as it should be"),
            _ => self.judge_greeting(),
        };
        let status = self.dialled.ok().and_then(|greeted| greeted.status.ok());
        Findings { port, hub, greeting, status, took: self.took }
    }

    fn judge_port(&self) -> Finding {
        let port = self.port;
        let holder = Holder::in_words(self.holder.as_ref());
        let end_it = match self.holder.as_ref().and_then(|holder| holder.process.as_ref()) {
            Some(process) => format!("End that program (`kill {}`)", process.pid),
            None => "End that program".to_owned(),
        };
        let other = if port < u16::MAX - 10 { port + 10 } else { DEFAULT_PORT };
        let another_port = format!("set another port (`port = {other}` in {})", self.config_path);
        match &self.dialled {
            Err(ConnectError::Absent { .. }) => Finding::ok(format!("{port} is free")),
            _ if self.is_ours_at_the_port() => {
                self.judge_ipv6(Finding::ok(format!("{port}, held by the hub")))
            }
            // Where the system does not show who holds a port, it may be our own with a secret of before.
            Err(ConnectError::Foreign { .. }) if self.holder.is_none() => Finding::fail(
                format!("{port} is held by a hub that knows another secret"),
                format!("`tabmux hub restart` if it is yours; else {another_port}."),
            ),
            Err(ConnectError::Foreign { .. }) => {
                let whose = match &self.holders_folder {
                    Some(folder) => format!("the hub of another installation, {folder}"),
                    None => "a hub of another user or installation".to_owned(),
                };
                Finding::fail(
                    format!("{port} is held by {holder}, {whose}"),
                    format!("Stop that hub, as its owner, or {another_port}."),
                )
            }
            Err(ConnectError::Forged { .. }) => Finding::fail(
                format!("{port} is held by {holder}, which calls itself a hub and cannot prove it"),
                format!("Find out what it is before you go on. {end_it}, or {another_port}."),
            ),
            Err(ConnectError::Silent { .. }) => Finding::fail(
                format!("{port} is held by {holder}, which is not our hub and says nothing"),
                format!("{end_it}, or {another_port}."),
            ),
            Err(ConnectError::Stranger { problem, .. }) => Finding::fail(
                format!("{port} is held by {holder}, which is no hub"),
                format!("{end_it}, or {another_port}."),
            )
            .with_details(vec![format!("It gave itself away: {problem}.")]),
            // What greets like a hub, though not whose it is: the greeting tells the rest.
            _ => Finding::ok(format!("{port}, held by {holder}")),
        }
    }

    /// Programs that dial `localhost` may meet who holds the port there.
    fn judge_ipv6(&self, ok: Finding) -> Finding {
        let pid = |holder: &Holder| holder.process.as_ref().map(|process| process.pid);
        let ours = self.holder.as_ref().and_then(pid);
        match self.holder_by_ipv6.as_ref() {
            Some(other) if pid(other).is_some() && pid(other) != ours => Finding::warn(
                format!("{}, held by the hub, and for IPv6 by {}", self.port, Holder::in_words(Some(other))),
                "Nothing of Tabmux dials by IPv6; scripts of yours should dial 127.0.0.1 and not `localhost`.",
            ),
            _ => ok,
        }
    }

    fn is_ours_at_the_port(&self) -> bool {
        self.dialled.is_ok() || self.own.as_ref().is_some_and(|own| own.port == self.port)
    }

    fn judge_hub(&self) -> Finding {
        let start = "`tabmux hub start`, or `tabmux doctor --start` to check what comes after it, too.";
        if let Some(own) = &self.own {
            let HubFile { pid, port, version, started_at, .. } = own;
            if *port == self.port {
                return Finding::ok(format!("pid {pid}, {version}, since {started_at}"));
            }
            return Finding::fail(
                format!("it serves port {port} (pid {pid}), and port {} is asked for", self.port),
                format!("`tabmux hub restart` moves it; or set the port back to {port}."),
            );
        }
        if !matches!(&self.dialled, Err(error) if error.is_absent()) {
            return Finding::ok("something listens; the system does not show more of it");
        }
        if let Some(error) = &self.launch {
            return Finding::fail("none runs, and none can be started", "`tabmux hub run` shows it happen.")
                .with_details(vec![sentence(error)]);
        }
        if self.is_stopped {
            return Finding::warn("you stopped it, so that agents start none", start);
        }
        match &self.written {
            Some(file) => Finding::warn(
                format!("none runs; the last one (pid {}) was killed or broke down", file.pid),
                start,
            )
            .with_details(vec!["An agent window or the browser starts the next one by itself.".to_owned()]),
            None => Finding::warn("none runs; an agent window or the browser starts one by itself", start),
        }
    }

    fn judge_greeting(&self) -> Finding {
        let pid = self.own.as_ref().map_or_else(String::new, |own| format!(" (pid {})", own.pid));
        let restart = "`tabmux hub restart`: agents wait for the next one and go on.";
        let greeted = match &self.dialled {
            Ok(greeted) => greeted,
            Err(ConnectError::Absent { .. }) if self.own.is_some() => {
                return Finding::fail(format!("the hub{pid} runs and does not listen on its port"), restart);
            }
            Err(ConnectError::Absent { .. }) => return Finding::skipped("no hub runs"),
            Err(ConnectError::Installation(_)) => {
                return Finding::skipped("without the secret nothing can be proven");
            }
            Err(ConnectError::Foreign { .. }) if !self.has_secret => {
                return Finding::skipped("without the secret nothing can be proven");
            }
            Err(ConnectError::Foreign { .. }) => {
                return Finding::fail(
                    format!("the hub{pid} was started with another secret than that of the `token` file"),
                    restart,
                );
            }
            Err(ConnectError::Silent { step, within_ms, .. }) => {
                return Finding::fail(
                    format!(
                        "the hub{pid} took the connection and did not answer within {within_ms} ms ({step})"
                    ),
                    restart,
                );
            }
            Err(ConnectError::Refused(refusal)) if refusal.code == RefusalCode::Draining => {
                return Finding::warn("the hub is leaving", "Run `tabmux doctor` again in a moment.");
            }
            Err(ConnectError::Refused(refusal)) => {
                return Finding::fail(
                    format!("the hub refused: {}", refusal.message),
                    sentence(&refusal.fix),
                );
            }
            Err(error) => return Finding::fail(error.to_string(), restart),
        };
        if let Err(error) = &greeted.status {
            return Finding::fail(format!("the hub{pid} let us in and then: {error}"), restart);
        }
        if let Some(finding) = of_another_release(&greeted.version) {
            return finding;
        }
        let ms = greeted.took.as_secs_f64() * 1_000.0;
        Finding::ok(format!("proven on both sides in {ms:.1} ms, protocol {}", greeted.protocol))
    }
}

fn of_another_release(version: &str) -> Option<Finding> {
    (version != VERSION).then(|| {
        Finding::warn(
            format!("the hub is {version} and this is {VERSION}"),
            "`tabmux hub restart` with the newer of the two; agents go on.",
        )
    })
}

#[cfg(test)]
mod tests {
    use tabmux_cli::diagnosis::Verdict;
    use tabmux_protocol::{HubId, Refusal};

    use super::*;

    fn seen(dialled: Result<Greeted, ConnectError>) -> Seen {
        Seen {
            port: 9008,
            dialled,
            own: Some(hub_file(9008)),
            written: Some(hub_file(9008)),
            is_stopped: false,
            has_secret: true,
            holder: None,
            holder_by_ipv6: None,
            holders_folder: None,
            launch: None,
            config_path: "/config.toml".into(),
            took: Duration::ZERO,
        }
    }

    fn hub_file(port: u16) -> HubFile {
        HubFile {
            pid: 7,
            started_at: "2026-11-21T02:00:00Z".into(),
            port,
            version: VERSION.into(),
            hub_id: HubId(uuid::Uuid::nil()),
        }
    }

    /// A hub that breaks off after its greeting.
    fn greeted() -> Greeted {
        Greeted {
            version: VERSION.into(),
            protocol: 1,
            took: Duration::ZERO,
            status: Err(RequestError::Closed),
        }
    }

    /// The verdicts on port, hub and greeting.
    fn verdicts(seen: Seen) -> (Verdict, Verdict, Verdict) {
        let Findings { port, hub, greeting, .. } = seen.judge();
        (port.verdict, hub.verdict, greeting.verdict)
    }

    #[test]
    fn of_three_links_the_first_that_is_broken_is_blamed() {
        use Verdict::{Fail, Ok, Skipped, Warn};
        let absent = || ConnectError::Absent { port: 9008 };
        let foreign = || ConnectError::Foreign { port: 9008, holder: None };
        let refused = |code| {
            let refusal = Refusal { code, message: "no".into(), fix: "wait".into() };
            seen(Err(ConnectError::Refused(refusal)))
        };
        let without_hub = |error| Seen { own: None, written: None, ..seen(Err(error)) };
        for (what, seen, expected) in [
            ("it does not listen", seen(Err(absent())), (Ok, Ok, Fail)),
            ("none runs", without_hub(absent()), (Ok, Warn, Skipped)),
            ("it knows another secret", seen(Err(foreign())), (Ok, Ok, Fail)),
            ("another's", without_hub(foreign()), (Fail, Skipped, Skipped)),
            ("no secret", Seen { has_secret: false, ..seen(Err(foreign())) }, (Ok, Ok, Skipped)),
            (
                "a liar",
                without_hub(ConnectError::Forged { port: 9008, holder: None }),
                (Fail, Skipped, Skipped),
            ),
            ("another wire", refused(RefusalCode::Version), (Ok, Ok, Fail)),
            ("it is leaving", refused(RefusalCode::Draining), (Ok, Ok, Warn)),
            ("elsewhere", Seen { own: Some(hub_file(1)), ..seen(Err(absent())) }, (Ok, Fail, Skipped)),
            ("silent in the middle", seen(Result::Ok(greeted())), (Ok, Ok, Fail)),
        ] {
            assert_eq!(verdicts(seen), expected, "{what}");
        }
    }

    #[test]
    fn a_hub_of_another_release_is_told_of() {
        assert_eq!(of_another_release(VERSION), None);
        let finding = of_another_release("0.0.1").unwrap();
        assert!(finding.verdict == Verdict::Warn && finding.seen.contains("0.0.1"), "{finding:?}");
    }

    #[test]
    fn a_stranger_who_is_met_by_ipv6_alone_is_a_warning() {
        let holder = |pid| {
            let process = tabmux_mcp_client::HolderProcess { pid, program: "python3".into() };
            Some(Holder { uid: 0, process: Some(process) })
        };
        let seen = Seen { holder: holder(7), holder_by_ipv6: holder(8), ..seen(Ok(greeted())) };
        let port = seen.judge().port;
        assert_eq!(port.verdict, Verdict::Warn);
        assert!(port.seen.contains("python3 (pid 8)"), "{port:?}");
    }
}
