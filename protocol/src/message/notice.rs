//! What the hub tells its peers unasked, and what the extension tells the hub.

use serde::{Deserialize, Serialize};

use super::Control;
use crate::ids::{BootId, BrowserId, ClientId, TabId};

/// The state of the active browser, as clients see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BrowserState {
    /// Whether an extension is connected.
    pub connected: bool,
    /// The profile's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_id: Option<BrowserId>,
    /// The id of this life of the extension's memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<BootId>,
    /// The browser's process id, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The browser's name and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What the hub tells clients and command lines; each field is there when it has news.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The browser came, went, or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<BrowserState>,
    /// The hub is about to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarting: Option<Restarting>,
    /// What the hub last answered to `status` with `watch` is out of date.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub status_changed: bool,
    /// Client: a person paused, stopped or resumed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Control>,
}

/// Says that the hub is leaving and when to look for the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Restarting {
    /// When to dial again, in milliseconds; absent when the hub was stopped for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_in_ms: Option<u64>,
}

/// Whether calls go to a browser. One is active at a time; the others wait in reserve until it stays away, or until the
/// person chooses one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// Calls go to it.
    Active,
    /// Calls go to another one.
    Reserve,
}

/// Tells the extension its place whenever that changes, and one in reserve which browser is active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlaceNotice {
    /// Its place.
    pub place: Place,
    /// In reserve: the browser that calls go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<ActiveBrowser>,
}

/// The active browser, as the popup of one in reserve shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActiveBrowser {
    /// Its name and version, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its process id, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// A client as the extension's popup shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClientSummary {
    /// The client.
    pub client_id: ClientId,
    /// Its label, unique in the hub.
    pub label: String,
    /// The colour of its tab group.
    pub colour: String,
    /// Whether its MCP process is connected.
    pub connected: bool,
    /// Whether a person lets it work.
    #[serde(default, skip_serializing_if = "Control::is_running")]
    pub control: Control,
}

/// The clients that the hub knows, whenever they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ClientsNotice {
    /// All of them, in the order of their ids.
    pub clients: Vec<ClientSummary>,
}

/// What becomes of a client's tabs when it leaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum TabsOnLeave {
    /// They are closed.
    #[default]
    Close,
    /// They stay and become the person's.
    Keep,
}

/// Tells the extension that a client has left for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LeaveParams {
    /// The client.
    pub client_id: ClientId,
    /// What becomes of its tabs.
    pub tabs: TabsOnLeave,
}

/// What happened in the browser to a tab of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExtensionEvent {
    /// What happened.
    pub event: EventKind,
    /// The tab.
    pub tab: TabId,
    /// The tab's owner.
    pub client_id: ClientId,
    /// Its address, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its title, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The kinds of [`ExtensionEvent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// The tab is there and belongs to the client.
    TabCreated,
    /// The tab's address or title changed.
    TabChanged,
    /// The tab is gone.
    TabClosed,
    /// The person took the tab; it belongs to no client any more.
    TakenOver,
}
