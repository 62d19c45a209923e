//! What a person may set for the processes that dial the hub.

use std::time::Duration;

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tabmux_protocol::tools::{Selection, Tool};

use crate::hub::Policy;

/// The `[client]` table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-applies" = "start"))]
pub struct ClientSettings {
    /// How long opening the TCP connection to the hub may take.
    #[schemars(range(min = 10, max = 60_000))]
    pub connect_ms: u64,
    /// How long the greeting may take after that, proofs included.
    #[schemars(range(min = 10, max = 60_000))]
    pub handshake_ms: u64,
    /// How long it may take until a missing hub serves: finding, launching and greeting together.
    #[schemars(range(min = 100, max = 600_000))]
    pub hub_start_ms: u64,
    /// How long this installation's own hub may take connections and say nothing until it counts as hung and is replaced;
    /// shorter than `hub_wait_ms`, so that calls that wait are served by the next one.
    #[schemars(range(min = 100, max = 3_600_000))]
    pub hub_silent_ms: u64,
    /// How long a call waits for the hub before it is answered with `hub_unavailable`.
    #[schemars(range(max = 3_600_000))]
    pub hub_wait_ms: u64,
    /// The longest that a call may take. A tool's own deadline, of 5 s to 90 s, holds where it is shorter.
    #[schemars(range(min = 100, max = 90_000))]
    pub call_ms: u64,
    /// The first pause between two attempts to reach the hub; it doubles from there, with jitter.
    #[schemars(range(min = 1, max = 60_000))]
    pub retry_initial_ms: u64,
    /// The longest pause between two attempts.
    #[schemars(range(min = 1, max = 600_000))]
    pub retry_max_ms: u64,
    /// How often a silent connection to the hub is tested; two tests without an answer end it.
    #[schemars(range(min = 100, max = 3_600_000))]
    pub heartbeat_ms: u64,
    /// How many calls of one agent window may be unanswered at a time; further ones are answered with `busy`.
    #[schemars(range(min = 1, max = 65_536))]
    pub calls_max: usize,
    /// The sets of tools that agent windows list, as a list of names or as one text with commas; every tool can be called
    /// whatever is listed.
    #[serde(deserialize_with = "selection")]
    #[schemars(with = "Names", extend("default" = "default", "x-items" = "set"))]
    pub tools: Selection,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_ms: 5_000,
            handshake_ms: 5_000,
            hub_start_ms: 10_000,
            hub_silent_ms: 8_000,
            hub_wait_ms: 10_000,
            call_ms: 90_000,
            retry_initial_ms: 10,
            retry_max_ms: 2_000,
            heartbeat_ms: 15_000,
            calls_max: 128,
            tools: Selection::default(),
        }
    }
}

impl ClientSettings {
    pub(crate) fn connect(&self) -> Duration {
        Duration::from_millis(self.connect_ms)
    }

    pub(crate) fn handshake(&self) -> Duration {
        Duration::from_millis(self.handshake_ms)
    }

    /// What a search for the hub may do; with `may_launch` it starts one where there is none, or in place of one that
    /// hangs.
    pub(crate) fn search(&self, may_launch: bool) -> Policy {
        Policy {
            budget: Duration::from_millis(self.hub_start_ms),
            patience: Duration::from_millis(self.hub_silent_ms),
            may_launch,
        }
    }

    /// The same settings for an attempt that is to be over soon, though not at once.
    pub(crate) fn within(&self, time: Duration) -> Self {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(100);
        Self { connect_ms: self.connect_ms.min(ms), handshake_ms: self.handshake_ms.min(ms), ..self.clone() }
    }

    /// How long a call of that tool may take.
    pub fn deadline(&self, tool: &Tool) -> Duration {
        Duration::from_millis(tool.deadline_ms.min(self.call_ms))
    }

    pub(crate) fn hub_wait(&self) -> Duration {
        Duration::from_millis(self.hub_wait_ms)
    }

    /// A zero would spin.
    pub(crate) fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms.max(100))
    }
}

fn selection<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Selection, D::Error> {
    let selection = match Names::deserialize(deserializer)? {
        Names::Text(names) => names.parse(),
        Names::List(names) => Selection::of(names.iter().map(String::as_str)),
    };
    selection.map_err(D::Error::custom)
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "names of sets, as a text or a list of texts")]
enum Names {
    Text(String),
    List(Vec<String>),
}
