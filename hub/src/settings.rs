//! What a person may set about the hub.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use tabmux_protocol::message::{ConfigState, PeerKind, TabsOnLeave};

use crate::core::{Policy, RateLimit};

/// Everything that a hub reads of the configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// How the hub itself behaves.
    pub hub: HubSettings,
    /// What becomes of agents' tabs.
    pub tabs: TabsSettings,
    /// Who may ask over HTTP.
    pub http: HttpSettings,
    /// What of the person's configuration is not in these settings.
    pub state: ConfigState,
}

/// The `[hub]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-applies" = "now"))]
pub struct HubSettings {
    /// How long a call waits for a browser before it is answered `no_browser`.
    #[schemars(range(max = 3_600_000))]
    pub browser_wait_ms: u64,
    /// How long a lost browser keeps its place before one that is held in reserve takes it: longer than the worker of
    /// an extension takes to come back.
    #[schemars(range(max = 3_600_000))]
    pub reserve_wait_ms: u64,
    /// How long a peer has from connecting to proving itself.
    #[schemars(range(min = 100, max = 60_000))]
    pub handshake_ms: u64,
    /// The time between two heartbeats on an extension's socket, from its next connection on. Its worker dies after 30 s
    /// without a data frame.
    #[schemars(range(min = 10, max = 29_000))]
    pub heartbeat_ms: u64,
    /// The time between two heartbeats on a client's socket, from its next connection on.
    #[schemars(range(min = 10, max = 3_600_000))]
    pub client_heartbeat_ms: u64,
    /// How long a client that lost its connection keeps its label, tabs and calls.
    #[schemars(range(max = 86_400_000))]
    pub grace_ms: u64,
    /// How long a named session (`tabmux mcp --session`) keeps them while no process has taken it up.
    #[schemars(range(max = 2_592_000_000_u64))]
    pub session_grace_ms: u64,
    /// How long calls in flight may take when the hub leaves.
    #[schemars(range(max = 600_000))]
    pub shutdown_ms: u64,
    /// The most calls in flight of one client, those that wait for their turn at the browser included.
    #[schemars(range(min = 1, max = 4_096))]
    pub max_calls_per_client: usize,
    /// The most calls that one client may make within `rate_limit_window_ms`; `0` for as many as it likes. A call that
    /// is sent again is not counted again.
    #[schemars(range(max = 1_000_000))]
    pub rate_limit_calls: usize,
    /// The time over which `rate_limit_calls` are counted.
    #[schemars(range(min = 1, max = 86_400_000))]
    pub rate_limit_window_ms: u64,
    /// The most clients at a time.
    #[schemars(range(min = 1, max = 65_536))]
    pub max_clients: usize,
    /// The most connections that have not proven themselves yet.
    #[schemars(range(min = 1, max = 65_536), extend("x-applies" = "restart"))]
    pub max_half_open: usize,
    /// Extensions that may connect beside the one of this repository, by id.
    #[schemars(inner(regex(pattern = "^[a-p]{32}$")), extend("x-items" = "extension"))]
    pub allowed_extension_ids: Vec<String>,
}

impl Default for HubSettings {
    fn default() -> Self {
        Self {
            browser_wait_ms: 10_000,
            reserve_wait_ms: 5_000,
            handshake_ms: 5_000,
            heartbeat_ms: 15_000,
            client_heartbeat_ms: 30_000,
            grace_ms: 30_000,
            session_grace_ms: 600_000,
            shutdown_ms: 5_000,
            max_calls_per_client: 64,
            rate_limit_calls: 0,
            rate_limit_window_ms: 60_000,
            max_clients: 4_096,
            max_half_open: 256,
            allowed_extension_ids: Vec::new(),
        }
    }
}

/// The `[tabs]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-applies" = "now"))]
pub struct TabsSettings {
    /// What becomes of the tabs of an agent that leaves.
    pub on_leave: TabsOnLeave,
}

/// The `[http]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-applies" = "now"))]
pub struct HttpSettings {
    /// Authorities that a `Host` header may name beside the loopback ones, such as `tabmux.test:9008`.
    #[schemars(inner(regex(pattern = "^[^/@]+:[0-9]+$")), extend("x-items" = "authority"))]
    pub allowed_hosts: Vec<String>,
}

impl From<HubSettings> for Settings {
    /// With the other tables at their defaults.
    fn from(hub: HubSettings) -> Self {
        Self { hub, ..Self::default() }
    }
}

impl Settings {
    /// What the core decides by.
    pub fn policy(&self) -> Policy {
        let hub = &self.hub;
        Policy {
            browser_wait: duration(hub.browser_wait_ms),
            reserve_wait: duration(hub.reserve_wait_ms),
            grace: duration(hub.grace_ms),
            session_grace: duration(hub.session_grace_ms),
            shutdown: hub.shutdown(),
            max_calls_per_client: hub.max_calls_per_client,
            rate_limit: RateLimit { calls: hub.rate_limit_calls, window: duration(hub.rate_limit_window_ms) },
            max_clients: hub.max_clients,
            tabs_on_leave: self.tabs.on_leave,
        }
    }
}

impl HubSettings {
    /// How long calls in flight may take when the hub leaves.
    pub fn shutdown(&self) -> Duration {
        duration(self.shutdown_ms)
    }

    pub(crate) fn handshake(&self) -> Duration {
        duration(self.handshake_ms)
    }

    /// The time between two heartbeats on the socket of that kind of peer; never so short that it would be a flood.
    pub(crate) fn heartbeat(&self, kind: PeerKind) -> Duration {
        let ms = match kind {
            PeerKind::Extension => self.heartbeat_ms,
            PeerKind::Client | PeerKind::Cli => self.client_heartbeat_ms,
        };
        duration(ms.max(10))
    }
}

/// A time of at most 30 days: with longer ones the clock's arithmetic could overflow.
fn duration(ms: u64) -> Duration {
    const THIRTY_DAYS_MS: u64 = 30 * 24 * 3_600 * 1_000;
    Duration::from_millis(ms.min(THIRTY_DAYS_MS))
}
