//! The configuration file: whatever is wrong in it has its place, and a hub can live with the rest.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tabmux_cli::config::parse;
use tabmux_protocol::frame::request;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::method;

use crate::installation::{Hub, with_hub};

/// The input is the file.
pub fn config(data: &[u8]) {
    let reading = parse(Path::new("config.toml"), data);
    for mistake in &reading.mistakes.0 {
        assert!(mistake.to_string().starts_with("config.toml:"), "{mistake}");
    }
    with_hub(reading.config.for_hub(), async |hub| {
        // With such settings peers may be sent away; the hub itself must go on.
        for kind in [PeerKind::Extension, PeerKind::Client] {
            let _ = tokio::time::timeout(Duration::from_secs(60), talk(&hub, kind)).await;
        }
    });
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
