//! The configuration file: whatever it says is either refused, with the line, or a hub can live with it.

use std::time::Duration;

use serde_json::json;
use tabmux_cli::config::Config;
use tabmux_protocol::frame::request;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::method;

use crate::installation::{Hub, with_hub};

/// The input is the file.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Config::parse(text) {
        Ok(config) => with_hub(config.hub, async |hub| {
            // With such settings peers may be sent away; the hub itself must go on.
            for kind in [PeerKind::Extension, PeerKind::Client] {
                let _ = tokio::time::timeout(Duration::from_secs(60), talk(&hub, kind)).await;
            }
        }),
        Err(error) => assert!(!error.to_string().trim().is_empty()),
    }
}

async fn talk(hub: &Hub, kind: PeerKind) -> Option<()> {
    let mut peer = hub.greet(kind).await?;
    let call = json!({
        "callId": "01936b4e-0000-7000-8000-000000000001", "tool": "browser_snapshot", "args": {},
        "deadlineMs": 30_000,
    });
    peer.send(&request(1, method::CALL, &call)).await;
    while peer.next().await.is_some() {}
    Some(())
}
