//! What commands print with `--json` beside the hub's own messages: stable, and documented in docs/command-line.md.

use serde::{Deserialize, Serialize};
use tabmux_protocol::message::{ClientStatus, TabStatus};
use tabmux_protocol::{ClientId, TabId};

/// A tab, as `tabmux tabs --json` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClientTab {
    /// Its handle.
    pub tab: TabId,
    /// The label of its owner.
    pub label: String,
    /// The id of its owner.
    pub client_id: ClientId,
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
}

impl ClientTab {
    /// The tabs of a client.
    pub fn of(client: &ClientStatus) -> Vec<Self> {
        let tab = |tab: &TabStatus| Self {
            tab: tab.tab,
            label: client.label.clone(),
            client_id: client.client_id,
            title: tab.title.clone(),
            url: tab.url.clone(),
        };
        client.tabs.iter().map(tab).collect()
    }
}

/// A line of `tabmux status --watch --json` while there is no hub that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct NoHub {
    /// Why there is none, and what to do.
    pub problem: String,
}

/// What `tabmux test --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestOutput {
    /// Who answered the calls.
    pub target: TestTarget,
    /// How many calls were made at the same time.
    pub concurrency: u32,
    /// How many calls were asked for.
    pub requested: u32,
    /// How many were answered, well or not.
    pub calls: u32,
    /// How many of those were answered well.
    pub succeeded: u32,
    /// How many of those failed.
    pub failed: u32,
    /// The part that was answered well, from 0 to 1.
    pub success_rate: f64,
    /// How long a call took that was answered well, on average, in milliseconds; so are the next three.
    pub average_ms: f64,
    /// Within which time half of them were answered.
    pub p50_ms: f64,
    /// Within which time 99 of 100 were answered.
    pub p99_ms: f64,
    /// How long the longest took.
    pub max_ms: f64,
    /// How long all calls took together, in milliseconds.
    pub elapsed_ms: f64,
    /// How many calls were answered in a second.
    pub requests_per_second: f64,
    /// Whether the person ended it before its end.
    pub interrupted: bool,
    /// The errors that came most often, at most five.
    pub failures: Vec<TestFailure>,
}

/// Who answers the calls of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum TestTarget {
    /// The browser.
    Browser,
    /// The hub, since no browser is connected.
    Hub,
}

/// An error of a test's calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TestFailure {
    /// What was said.
    pub error: String,
    /// How often.
    pub count: u32,
}

/// What `tabmux forget --json` prints: what was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ForgetOutput {
    /// How many agents' folders.
    pub agents: usize,
    /// How many log files.
    pub logs: usize,
    /// How many files in all, logs among them.
    pub files: usize,
    /// How many bytes they had.
    pub bytes: u64,
}

/// What `tabmux diagnostics --json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DiagnosticsOutput {
    /// The archive.
    pub archive: String,
    /// The names of the files in it.
    pub files: Vec<String>,
}
