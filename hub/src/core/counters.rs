//! What the hub counts for its metrics, and all that they tell of one moment.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tabmux_protocol::error::RpcError;
use tabmux_protocol::message::{HubState, PeerKind};
use tabmux_protocol::tools;
use tabmux_protocol::{ClientId, ErrorCode};

use super::Hub;
use super::calls::Phase;
use super::hub::Peer;
use super::io::Outcome;

/// The upper bounds of the classes of durations, in milliseconds: from an answer out of the browser's memory to the
/// longest deadline of any tool.
pub const BOUNDS_MS: [u64; 15] =
    [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 90_000];
/// The tool that stands for all that are none of the table's: callers choose names, and the table bounds them.
const OTHER: &str = "other";
/// How a call ended that was answered well.
pub const OK: &str = "ok";
/// How a call ended whose error has no code of ours.
const ERROR: &str = "error";

/// What was counted since the hub's start.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    /// By tool.
    pub tools: BTreeMap<&'static str, ToolCounters>,
    /// Calls that were sent to a browser for another time.
    pub resent: u64,
    /// Requests for a call that was in flight.
    pub joined: u64,
    /// Requests for a call that was answered before.
    pub remembered: u64,
    /// Calls that were handed back to their client, unsent.
    pub handed_back: u64,
    /// Peers that were welcome, by kind.
    pub welcome: BTreeMap<&'static str, u64>,
    /// Of those, the ones that the hub knew.
    pub back: BTreeMap<&'static str, u64>,
}

/// What was counted of one tool.
#[derive(Debug, Clone, Default)]
pub struct ToolCounters {
    /// The calls that were answered, by [`OK`] or the code of their error.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// How long those took that were not refused at once.
    pub durations: Durations,
    /// The bytes of their results.
    pub bytes: u64,
}

/// How often something took how long.
#[derive(Debug, Clone, Default)]
pub struct Durations {
    /// How often within each bound of [`BOUNDS_MS`] and above the one before it, and above all of them.
    pub counts: [u64; BOUNDS_MS.len() + 1],
    /// All together.
    pub sum: Duration,
}

/// Everything that the metrics tell of one moment.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// What was counted.
    pub counters: Counters,
    /// How long the hub has been running.
    pub uptime: Duration,
    /// Whether it is about to leave.
    pub is_draining: bool,
    /// Whether the active browser is connected.
    pub browser_connected: bool,
    /// How many browsers are held in reserve.
    pub browsers_in_reserve: usize,
    /// How many connections there are, by kind.
    pub connections: BTreeMap<&'static str, usize>,
    /// How many tabs clients have.
    pub tabs: usize,
    /// Calls that a browser works on.
    pub calls_running: usize,
    /// Calls that wait for their turn at a browser that is there.
    pub calls_queued: usize,
    /// Calls that wait for a browser.
    pub calls_without_browser: usize,
    /// Answers and events that were nobody's.
    pub answers_dropped: u64,
    /// Every client that the hub knows.
    pub clients: Vec<ClientMetrics>,
}

/// What the metrics tell of one client.
#[derive(Debug, Clone)]
pub struct ClientMetrics {
    /// Its id.
    pub id: ClientId,
    /// The instance id of its process, as it says.
    pub instance: Option<String>,
    /// Its label.
    pub label: String,
    /// The agent program, as it says.
    pub agent: Option<String>,
    /// Whether it is connected.
    pub is_connected: bool,
    /// Its calls in flight.
    pub in_flight: usize,
    /// Its calls that were answered well.
    pub succeeded: u64,
    /// Its calls that were answered with an error.
    pub failed: u64,
    /// The bytes of its results.
    pub bytes: u64,
    /// Its tabs.
    pub tabs: usize,
    /// How long ago a call of its was answered.
    pub idle: Option<Duration>,
}

impl Counters {
    /// Counts a call that was refused as it came.
    pub(super) fn refused(&mut self, tool: &str, code: ErrorCode) {
        let tool = tools::find(tool).map_or(OTHER, |tool| tool.name);
        *self.tools.entry(tool).or_default().outcomes.entry(code.as_str()).or_default() += 1;
    }

    /// Counts a call that was answered, with the time that it took.
    pub(super) fn answered(&mut self, tool: &'static str, outcome: &Outcome, took: Duration) {
        let counters = self.tools.entry(tool).or_default();
        *counters.outcomes.entry(word_for(outcome)).or_default() += 1;
        counters.durations.add(took);
        counters.bytes += bytes_of(outcome);
    }

    /// Counts a peer that is let in.
    pub(super) fn joined_by(&mut self, kind: PeerKind, was_known: bool) {
        *self.welcome.entry(kind.as_str()).or_default() += 1;
        if was_known {
            *self.back.entry(kind.as_str()).or_default() += 1;
        }
    }
}

impl Durations {
    fn add(&mut self, took: Duration) {
        let class = BOUNDS_MS.partition_point(|bound| Duration::from_millis(*bound) < took);
        self.counts[class] += 1;
        self.sum += took;
    }
}

impl Hub {
    /// Everything that the metrics tell.
    pub fn metrics(&self, now: Instant) -> Metrics {
        let mut connections = BTreeMap::from(
            [PeerKind::Client, PeerKind::Cli, PeerKind::Extension].map(|kind| (kind.as_str(), 0)),
        );
        for peer in self.links.values() {
            *connections.entry(kind_of(*peer).as_str()).or_default() += 1;
        }
        let browsers = connections[PeerKind::Extension.as_str()];
        let is_waiting = |phase: Phase| !matches!(phase, Phase::Sent(..));
        let without =
            self.calls.by_id.values().filter(|call| is_waiting(call.phase) && !self.awaits_its_turn(call));
        let calls_without_browser = without.count();
        let browser_connected = self.active_link().is_some();
        let mut tabs = self.tabs.counts();
        Metrics {
            counters: self.counters.clone(),
            uptime: now.saturating_duration_since(self.started_at),
            is_draining: self.state != HubState::Serving,
            browser_connected,
            browsers_in_reserve: browsers - usize::from(browser_connected),
            connections,
            tabs: tabs.values().sum(),
            calls_running: self.calls.at_extension(),
            calls_queued: self.calls.len() - self.calls.at_extension() - calls_without_browser,
            calls_without_browser,
            answers_dropped: self.dropped,
            clients: self
                .roster
                .iter()
                .map(|client| ClientMetrics {
                    id: client.id,
                    instance: client.instance.as_ref().map(|instance| instance.0.clone()),
                    label: client.label.clone(),
                    agent: client.agent.clone(),
                    is_connected: client.link.is_some(),
                    in_flight: client.in_flight,
                    succeeded: client.succeeded,
                    failed: client.failed,
                    bytes: client.bytes,
                    tabs: tabs.remove(&client.id).unwrap_or_default(),
                    idle: client.last_call.map(|last| now.saturating_duration_since(last.at)),
                })
                .collect(),
        }
    }
}

fn kind_of(peer: Peer) -> PeerKind {
    match peer {
        Peer::Client(_) => PeerKind::Client,
        Peer::Cli => PeerKind::Cli,
        Peer::Extension(_) => PeerKind::Extension,
    }
}

/// The bytes of a result; an error is short.
pub(super) fn bytes_of(outcome: &Outcome) -> u64 {
    match outcome {
        Outcome::Done(payload) => payload.len() as u64,
        Outcome::Failed(_) | Outcome::Refused(_) => 0,
    }
}

/// How a call ended, in a word of a closed set.
fn word_for(outcome: &Outcome) -> &'static str {
    /// No error of ours is longer: one that is, is not read.
    const LONGEST: usize = 64 * 1024;
    let code = match outcome {
        Outcome::Done(_) => return OK,
        Outcome::Refused(error) => Some(error.code),
        Outcome::Failed(payload) if payload.len() > LONGEST => None,
        Outcome::Failed(payload) => {
            let error: Option<RpcError> = serde_json::from_str(payload.as_str()).ok();
            let code = error.and_then(|error| error.data).map(|data| data.code);
            ErrorCode::ALL.iter().copied().find(|known| code.as_deref() == Some(known.as_str()))
        }
    };
    code.map_or(ERROR, ErrorCode::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use tabmux_protocol::ToolError;

    use super::*;
    use crate::core::Payload;

    #[test]
    fn a_duration_counts_in_the_first_class_that_holds_it() {
        let mut durations = Durations::default();
        for ms in [0, 1, 2, 90_000, 90_001] {
            durations.add(Duration::from_millis(ms));
        }
        assert_eq!(durations.counts, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(durations.sum, Duration::from_millis(180_004));
    }

    #[test]
    fn tools_and_outcomes_are_of_closed_sets_whatever_comes() {
        let payload = |text: String| Payload::copied(&RawValue::from_string(text).unwrap());
        let failed = |code: &str| {
            Outcome::Failed(payload(format!(r#"{{"code":-32000,"message":"","data":{{"code":"{code}"}}}}"#)))
        };
        assert_eq!(word_for(&failed("stale_ref")), "stale_ref");
        for outcome in
            [failed("invented"), Outcome::Failed(payload("7".into())), failed(&"x".repeat(100_000))]
        {
            assert_eq!(word_for(&outcome), "error");
        }
        let refused = Outcome::Refused(ToolError::new(ErrorCode::Busy, "", ""));
        assert_eq!((word_for(&refused), bytes_of(&refused)), ("busy", 0));
        let mut counters = Counters::default();
        for number in 0..1_000 {
            counters.refused(&format!("tool_{number}"), ErrorCode::BadInput);
        }
        counters.refused("browser_screenshot", ErrorCode::RateLimited);
        assert_eq!(counters.tools.keys().copied().collect::<Vec<_>>(), ["browser_take_screenshot", "other"]);
        assert_eq!(counters.tools["other"].outcomes["bad_input"], 1_000);
    }
}
