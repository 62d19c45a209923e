//! The greeting: challenge, hello, welcome.

use serde::{Deserialize, Serialize};

use super::{BrowserState, ClientSummary, Control, Place};
use crate::ids::{BootId, BrowserId, ClientId, HubId, InstanceId, TabId};
use crate::version::ProtocolRange;

/// The kind of a peer; each has a door and a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PeerKind {
    /// The MCP process of an agent window.
    Client,
    /// The browser's extension.
    Extension,
    /// Our own command line, and the native-messaging host.
    Cli,
}

impl PeerKind {
    /// The kind as it is written on the wire and into proofs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Extension => "extension",
            Self::Cli => "cli",
        }
    }

    /// The path on which the hub takes this kind.
    pub fn path(self) -> &'static str {
        match self {
            Self::Client | Self::Cli => "/client",
            Self::Extension => "/extension",
        }
    }
}

/// The hub's first frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Challenge {
    /// 32 random bytes in hex, drawn for this connection.
    pub hub_nonce: String,
}

/// The peer's first frame: who it is, and the proof that it knows the secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// What the peer is.
    pub kind: PeerKind,
    /// 32 random bytes in hex, drawn for this connection.
    pub client_nonce: String,
    /// HMAC-SHA256 in hex over `peer|kind|authority|hubNonce|clientNonce`.
    pub proof: String,
    /// The wire versions that the peer speaks.
    pub protocol: ProtocolRange,
    /// The peer's release.
    pub version: String,
    /// The peer's process id; for an extension the browser's, where its native host told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The peer's instance id, for logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<InstanceId>,
    /// Client: the id to take up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Client: the token that came with that id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_token: Option<String>,
    /// Client: the name for its tab group, the one that it had when it takes an id up again; the hub makes it unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Client: the colour that its tab group had, when it takes an id up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Client: whether a person let it work, when it takes an id up again; the hub's own word counts before.
    #[serde(default, skip_serializing_if = "Control::is_running")]
    pub control: Control,
    /// Client: the agent program and its version, as it told over MCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Client: its working folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Client: the role that it was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Client: whether it is a named session: its id follows from a name, so that a later process may take it up, and
    /// the hub keeps it for longer while nobody does.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session: bool,
    /// Extension: the profile's id, kept in its local storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser_id: Option<BrowserId>,
    /// Extension: the id of this life of its memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<BootId>,
    /// Extension: the browser's name and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// Extension: every tab that some client owns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tabs: Vec<OwnedTab>,
    /// Extension: the number of the next tab handle that it would mint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_tab: Option<u64>,
    /// Extension: the place that it had with the hub before this one, in this life of its memory: a hub that follows
    /// waits for the browser that was active before it takes one that was in reserve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// A tab and its owner, as the extension has it stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OwnedTab {
    /// The tab's handle.
    pub tab: TabId,
    /// Its owner.
    pub client_id: ClientId,
    /// Its address.
    #[serde(default)]
    pub url: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
}

/// The hub's answer to a good greeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// HMAC-SHA256 in hex over `hub|kind|authority|hubNonce|clientNonce`: the hub's own proof.
    pub proof: String,
    /// The wire version that is spoken from here on.
    pub protocol: u32,
    /// The hub's id.
    pub hub_id: HubId,
    /// The hub's release.
    pub version: String,
    /// The state of the browser.
    pub browser: BrowserState,
    /// Client: its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// Client: what takes that id up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_token: Option<String>,
    /// Client: its label, made unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Client: the colour of its tab group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Client: whether a person lets it work.
    #[serde(default, skip_serializing_if = "Control::is_running")]
    pub control: Control,
    /// Extension: the number of the next tab handle, above all that the hub has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_tab: Option<u64>,
    /// Extension: whether calls go to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Extension: the clients that the hub knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientSummary>,
}
