//! Pairing over real sockets: the code for the command line, the sealed key for the extension, and nobody else.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[allow(dead_code)]
mod support;

use futures_util::SinkExt;
use serde_json::{Value, json};
use support::{Peer, TestHub, next, secret};
use tabmux_hub::HubSettings;
use tabmux_protocol::frame::request;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::method;
use tabmux_protocol::pairing::{Exchange, PairingCode};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn a_code_of_the_command_line_pairs_one_extension_once() {
    let hub = TestHub::start(HubSettings::default()).await;
    let mut cli = hub.greet(PeerKind::Cli).await;
    let shown = ask(&mut cli).await;
    assert_eq!(shown["expiresInMs"], 300_000);
    let (code, port) = PairingCode::parse(shown["code"].as_str().unwrap()).unwrap();
    assert_eq!(port, hub.port, "the code leads to the hub's own port");

    let (answer, hub_nonce) = pair(&hub, PeerKind::Extension, &code.id(), &nonce()).await;
    let authority = format!("127.0.0.1:{}", hub.port);
    let exchange = Exchange { authority: &authority, hub_nonce: &hub_nonce, nonce: &nonce() };
    let sealed = answer["result"]["sealed"].as_str().unwrap();
    let key = code.open(sealed, &exchange).unwrap();
    assert_eq!(key.to_hex(), secret().key(PeerKind::Extension).to_hex(), "the extension's key and no other");

    let again = refused(&hub, &code.id()).await;
    assert!(again["message"].as_str().unwrap().contains("used already"), "{again}");
    assert!(again["data"]["fix"].as_str().unwrap().contains("tabmux pair"), "{again}");
}

#[tokio::test]
async fn a_second_code_replaces_the_first_and_wrong_ones_end_it() {
    let hub = TestHub::start(HubSettings::default()).await;
    let unknown = refused(&hub, &PairingCode::from_bytes([1; 16]).id()).await;
    assert!(unknown["message"].as_str().unwrap().contains("does not know"), "{unknown}");

    let mut cli = hub.greet(PeerKind::Cli).await;
    let first = code_of(&ask(&mut cli).await);
    let second = code_of(&ask(&mut cli).await);
    assert!(first != second, "each is drawn afresh");
    refused(&hub, &first.id()).await;
    for wrong in ["", "zz", &first.id().to_uppercase(), &"0".repeat(32)] {
        refused(&hub, wrong).await;
    }
    let ended = refused(&hub, &second.id()).await;
    assert!(ended["message"].as_str().unwrap().contains("tried too often"), "{ended}");
}

#[tokio::test]
async fn only_the_command_line_is_given_a_code_and_only_the_extensions_door_takes_one() {
    let hub = TestHub::start(HubSettings::default()).await;
    for kind in [PeerKind::Client, PeerKind::Extension] {
        let mut peer = hub.greet(kind).await;
        let id = peer.request(method::PAIR, &json!({})).await;
        let answer = peer.answer_to(id).await;
        assert_eq!(answer["error"]["code"], -32601, "{kind:?}: {answer}");
    }
    let code = code_of(&ask(&mut hub.greet(PeerKind::Cli).await).await);
    let (answer, _) = pair(&hub, PeerKind::Client, &code.id(), &nonce()).await;
    assert_eq!(answer["error"]["data"]["code"], "bad_hello", "{answer}");
    for wrong in ["", "b2", &"B2".repeat(32)] {
        let (answer, _) = pair(&hub, PeerKind::Extension, &code.id(), wrong).await;
        assert_eq!(answer["error"]["data"]["code"], "bad_hello", "{wrong}: {answer}");
    }
    let (answer, _) = pair(&hub, PeerKind::Extension, &code.id(), &nonce()).await;
    assert!(answer["result"]["sealed"].is_string(), "none of this has used the code up: {answer}");
}

async fn ask(cli: &mut Peer) -> Value {
    let id = cli.request(method::PAIR, &json!({})).await;
    cli.answer_to(id).await["result"].take()
}

fn code_of(output: &Value) -> PairingCode {
    PairingCode::parse(output["code"].as_str().unwrap()).unwrap().0
}

/// What the hub answers to a pairing, after which it closes, and its nonce.
async fn pair(hub: &TestHub, kind: PeerKind, id: &str, nonce: &str) -> (Value, String) {
    let (mut raw, hub_nonce) = hub.dial(kind).await;
    let params = json!({ "pairingId": id, "nonce": nonce });
    raw.send(Message::text(request(1, method::PAIR, &params))).await.unwrap();
    let answer = next(&mut raw).await.unwrap();
    assert_eq!(next(&mut raw).await, None, "the connection ends");
    (answer, hub_nonce)
}

async fn refused(hub: &TestHub, id: &str) -> Value {
    let (mut answer, _) = pair(hub, PeerKind::Extension, id, &nonce()).await;
    assert_eq!(answer["error"]["data"]["code"], "bad_pairing", "{answer}");
    answer["error"].take()
}

fn nonce() -> String {
    "b2".repeat(32)
}
