//! Greetings: who does not prove itself is not let in, and is told why and gone at once.

use std::time::Duration;

use serde_json::{Value, json};
use tabmux_hub::Settings;
use tabmux_protocol::frame::request;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::method;

use crate::installation::{NONCE, is_hubs_proof, proof, with_hub};

/// How long a refused connection may still be open.
const GONE: Duration = Duration::from_secs(1);
/// The number of the request behind the greeting.
const BEHIND: u64 = u64::MAX;

/// The first byte is a digit: its lowest bit chooses the extension's path, the next has the harness put a right nonce
/// and proof into the greeting. The rest is the first text that the peer sends.
pub fn hello(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    let door = if mode & 1 == 0 { PeerKind::Client } else { PeerKind::Extension };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    with_hub(Settings::default(), async |hub| {
        let (mut peer, hub_nonce) = hub.dial(door).await.expect("the path is open");
        let proven = (mode & 2 != 0).then(|| with_proof(text, &hub_nonce)).flatten();
        let (greeting, kind) = match &proven {
            Some((greeting, kind)) => (greeting.as_str(), Some(*kind)),
            None => (text, None),
        };
        peer.send(greeting).await;
        // Whoever is refused must not be served what it sent behind its greeting.
        peer.send(&request(BEHIND, method::STATUS, &json!({}))).await;
        let mut answer = peer.next().await.expect("a greeting is answered");
        let is_served = answer["id"] == BEHIND && answer["error"]["data"].is_null();
        if is_served {
            // What a link answers by itself may overtake the core's welcome.
            answer = peer.next().await.expect("a greeting is answered");
        }
        let Some(welcome) = answer.get("result") else {
            let refusal =
                if answer["method"] == method::CLOSING { &answer["params"] } else { &answer["error"] };
            assert!(!is_served, "a peer is served before it is refused");
            assert!(refusal["message"].is_string(), "refused without a reason: {answer}");
            let after = tokio::time::timeout(GONE, peer.next()).await.expect("a refused peer is gone");
            assert_eq!(after, None, "a refused peer is served");
            return;
        };
        let kind = kind.expect("a peer without a proof is let in");
        assert_eq!(kind.path(), door.path(), "a peer is let in through another's door");
        let proof = welcome["proof"].as_str().unwrap();
        assert!(is_hubs_proof(kind, &hub_nonce, proof), "the hub proves itself");
    });
}

/// The greeting with a right nonce and proof, and its kind; `None` if the text is not even like a greeting.
fn with_proof(text: &str, hub_nonce: &str) -> Option<(String, PeerKind)> {
    let mut greeting: Value = serde_json::from_str(text).ok()?;
    let params = greeting.get_mut("params")?.as_object_mut()?;
    let kind: PeerKind = serde_json::from_value(params.get("kind")?.clone()).ok()?;
    params.insert("clientNonce".to_owned(), NONCE.into());
    params.insert("proof".to_owned(), proof(kind, hub_nonce).into());
    Some((greeting.to_string(), kind))
}
