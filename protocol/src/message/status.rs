//! What the hub tells about itself: health for scripts, status for people, and the file that leads to it.

use serde::{Deserialize, Serialize};

use super::{BrowserState, Control};
use crate::ids::{ClientId, HubId, InstanceId, TabId};
use crate::version::ProtocolRange;

/// The state of a hub: starting → serving → draining → stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum HubState {
    /// It holds its lock and is binding its port.
    Starting,
    /// It takes calls.
    Serving,
    /// It finishes what is in flight and takes nothing new.
    Draining,
    /// It is gone.
    Stopped,
}

/// The answer to `GET /health`: open to every local process, nothing private in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`, or `draining` (with status 503).
    pub status: String,
    /// The state machine's word for it.
    pub state: HubState,
    /// Always `tabmux`: tells our hub from a stranger on the port.
    pub name: String,
    /// The hub's release.
    pub version: String,
    /// The wire versions that it speaks.
    pub protocol: ProtocolRange,
    /// The hub's instance id.
    pub instance: InstanceId,
    /// The hub's process id.
    pub pid: u32,
    /// How long it has been running, in milliseconds.
    pub uptime_ms: u64,
    /// Whether a browser is connected.
    pub browser: HealthBrowser,
    /// How many greeted MCP processes are connected.
    pub clients: usize,
    /// The ports in use.
    pub ports: Ports,
}

/// The browser's part of [`Health`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HealthBrowser {
    /// Whether an extension is connected.
    pub connected: bool,
}

/// The ports that a hub listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ports {
    /// The hub's own.
    pub hub: u16,
    /// The adapter's for the published BrowserMCP extension, when it runs.
    pub browsermcp: Option<u16>,
}

/// The content of `hub.json` in the runtime folder; it is removed on a clean exit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HubFile {
    /// The hub's process id.
    pub pid: u32,
    /// When it started: RFC 3339, UTC, seconds.
    pub started_at: String,
    /// The port that it listens on.
    pub port: u16,
    /// Its release.
    pub version: String,
    /// Its id.
    pub hub_id: HubId,
}

/// Everything that `tabmux status` shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The hub itself.
    pub hub: HubStatus,
    /// Every browser that is connected, the active one first.
    pub browsers: Vec<BrowserStatus>,
    /// Every client that the hub knows, by label.
    pub clients: Vec<ClientStatus>,
}

/// The hub's part of [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HubStatus {
    /// The hub's id.
    pub hub_id: HubId,
    /// Its instance id.
    pub instance: InstanceId,
    /// Its process id.
    pub pid: u32,
    /// Its release.
    pub version: String,
    /// Its state.
    pub state: HubState,
    /// Its port.
    pub port: u16,
    /// How long it has been running, in milliseconds.
    pub uptime_ms: u64,
    /// Calls in flight.
    pub calls_in_flight: usize,
    /// Of those, the ones that no browser works on: they wait for their turn, or for a browser.
    #[serde(default)]
    pub calls_queued: usize,
    /// Calls answered since the start.
    pub calls_answered: u64,
    /// Of those, the ones that were answered with an error.
    #[serde(default)]
    pub calls_failed: u64,
    /// Answers that nobody waited for.
    pub answers_dropped: u64,
    /// The memory that the hub's process occupies, in bytes, where the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// What keeps the hub from going by the configuration as it stands; absent when nothing does. Told to the command
    /// line alone.
    #[serde(default, skip_serializing_if = "ConfigState::is_in_force")]
    pub config: ConfigState,
}

/// How the configuration stands to a hub that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConfigState {
    /// What is wrong in it, each with its place, at most 20 of them; the hub goes by the last right configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<String>,
    /// The keys that have another value since the hub's start, and for which it has to be restarted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restart: Vec<String>,
}

impl ConfigState {
    /// Whether the hub goes by all of it.
    pub fn is_in_force(&self) -> bool {
        *self == Self::default()
    }
}

/// A browser's part of [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BrowserStatus {
    /// Whether calls go to this one.
    pub active: bool,
    /// What clients are told about it.
    pub state: BrowserState,
    /// The extension's release.
    pub extension_version: String,
    /// How long it has been connected, in milliseconds.
    pub connected_ms: u64,
}

/// A client's part of [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClientStatus {
    /// Its id.
    pub client_id: ClientId,
    /// The instance id of its process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
    /// Its label.
    pub label: String,
    /// The colour of its tab group.
    pub colour: String,
    /// The agent program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Its process id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Whether it is connected; if not, it is within its grace period.
    pub connected: bool,
    /// Whether a person lets it work.
    #[serde(default)]
    pub control: Control,
    /// How long it has been connected, or away, in milliseconds.
    pub since_ms: u64,
    /// Its tabs, in the order of their handles.
    pub tabs: Vec<TabStatus>,
    /// Its calls in flight.
    pub calls_in_flight: usize,
    /// Its calls answered well.
    pub succeeded: u64,
    /// Its calls answered with an error.
    pub failed: u64,
    /// The oldest of its calls in flight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_call: Option<CurrentCall>,
    /// The call that was answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_call: Option<LastCall>,
}

/// A call in flight, as [`ClientStatus`] shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CurrentCall {
    /// The tool.
    pub tool: String,
    /// Where it stands.
    pub phase: CallPhase,
    /// How long ago it came, in milliseconds.
    pub age_ms: u64,
}

/// Where a call in flight stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum CallPhase {
    /// It waits for its turn, or for a browser.
    Waiting,
    /// The browser works on it.
    Running,
    /// The browser that had it is away.
    Lost,
}

/// A call that was answered, as [`ClientStatus`] shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LastCall {
    /// The tool.
    pub tool: String,
    /// Whether it was answered well.
    pub succeeded: bool,
    /// How long ago it was answered, in milliseconds.
    pub ago_ms: u64,
}

/// A tab's part of [`Status`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TabStatus {
    /// Its handle.
    pub tab: TabId,
    /// Its address.
    pub url: String,
    /// Its title.
    pub title: String,
}

/// Asks for [`Status`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct StatusParams {
    /// Whether the asker wants to be told, once, by [`super::Notice::status_changed`], when the answer is out of date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub watch: bool,
}

/// Asks the hub to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShutdownParams {
    /// Whether another hub is to follow.
    pub mode: ShutdownMode,
}

/// Whether another hub follows the one that leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ShutdownMode {
    /// None: clients answer `stopped` until the person starts one.
    Stop,
    /// One follows at once.
    Restart,
}
