//! What a person may set about the hub.

use std::time::Duration;

use serde::Deserialize;
use tabmux_protocol::message::{PeerKind, TabsOnLeave};

use crate::core::{Policy, RateLimit};

/// The `[hub]` table of the configuration file; durations in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HubSettings {
    /// How long a call waits for a browser before it is answered `no_browser`.
    pub browser_wait_ms: u64,
    /// How long a lost browser keeps its place before one that is held in reserve takes it: longer than the worker of
    /// an extension takes to come back.
    pub reserve_wait_ms: u64,
    /// How long a peer has from connecting to proving itself.
    pub handshake_ms: u64,
    /// The time between two heartbeats on an extension's socket. Its worker dies after 30 s without a data frame.
    pub heartbeat_ms: u64,
    /// The time between two heartbeats on a client's socket.
    pub client_heartbeat_ms: u64,
    /// How long a client that lost its connection keeps its label, tabs and calls.
    pub grace_ms: u64,
    /// How long a named session (`tabmux mcp --session`) keeps them while no process has taken it up.
    pub session_grace_ms: u64,
    /// How long calls in flight may take when the hub leaves.
    pub shutdown_ms: u64,
    /// The most calls in flight of one client, those that wait for their turn at the browser included.
    pub max_calls_per_client: usize,
    /// The most calls that one client may make within `rate_limit_window_ms`; `0` for as many as it likes. A call that
    /// is sent again is not counted again.
    pub rate_limit_calls: usize,
    /// The time over which `rate_limit_calls` are counted.
    pub rate_limit_window_ms: u64,
    /// The most clients at a time.
    pub max_clients: usize,
    /// The most connections that have not proven themselves yet.
    pub max_half_open: usize,
    /// What becomes of the tabs of a client that leaves: `close` or `keep`.
    pub tabs_on_leave: TabsOnLeave,
    /// Authorities that a `Host` header may name beside the loopback ones, such as `tabmux.test:9008`.
    pub allowed_hosts: Vec<String>,
    /// Extensions that may connect beside the one of this repository, by id.
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
            tabs_on_leave: TabsOnLeave::Close,
            allowed_hosts: Vec::new(),
            allowed_extension_ids: Vec::new(),
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

    /// What the core decides by.
    pub fn policy(&self) -> Policy {
        Policy {
            browser_wait: duration(self.browser_wait_ms),
            reserve_wait: duration(self.reserve_wait_ms),
            grace: duration(self.grace_ms),
            session_grace: duration(self.session_grace_ms),
            shutdown: self.shutdown(),
            max_calls_per_client: self.max_calls_per_client,
            rate_limit: RateLimit {
                calls: self.rate_limit_calls,
                window: duration(self.rate_limit_window_ms),
            },
            max_clients: self.max_clients,
            tabs_on_leave: self.tabs_on_leave,
        }
    }
}

/// A time of at most 30 days: with longer ones the clock's arithmetic could overflow.
fn duration(ms: u64) -> Duration {
    const THIRTY_DAYS_MS: u64 = 30 * 24 * 3_600 * 1_000;
    Duration::from_millis(ms.min(THIRTY_DAYS_MS))
}
