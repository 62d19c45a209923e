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
