//! Frames and requests that a greeted peer has no business to send.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tabmux_protocol::frame::{notification, request};
use tabmux_protocol::message::PeerKind::{self, Cli, Client, Extension};
use tabmux_protocol::method;

use crate::stage::Stage;
use crate::wire::{BINARY, CLOSE, FIN, PING, TEXT, Wire, announced, hello, masked};

/// A case: its name, what a greeted client sends, and the code with which its connection is closed.
type Row = (&'static str, fn() -> Vec<u8>, Option<&'static str>);

const MALFORMED: Option<&str> = Some("malformed");

const FRAMES: &[Row] = &[
    ("a binary frame", || masked(BINARY, b"{}"), MALFORMED),
    ("a text that is no UTF-8", || masked(TEXT, &[b'{', 0xc0, 0x80, b'}']), MALFORMED),
    ("half a character at a message's end", || masked(TEXT, &[0xe2, 0x82]), MALFORMED),
    ("a frame that is not masked", || vec![TEXT, 2, b'{', b'}'], MALFORMED),
    ("a reserved bit", || masked(TEXT | 0x40, b"{}"), MALFORMED),
    ("all reserved bits", || masked(TEXT | 0x70, b"{}"), MALFORMED),
    ("an unknown kind of frame", || masked(FIN | 0x3, b"{}"), MALFORMED),
    ("an unknown control frame", || masked(FIN | 0xb, b""), MALFORMED),
    ("a ping of 126 bytes", || masked(PING, &[0; 126]), MALFORMED),
    ("a ping in pieces", || masked(PING & !FIN, b"ab"), MALFORMED),
    ("a piece of nothing", || masked(FIN, b"{}"), MALFORMED),
    ("a message within a message", || [masked(TEXT & !FIN, b"{"), masked(TEXT, b"{}")].concat(), MALFORMED),
    ("a close of one byte", || masked(CLOSE, b"x"), MALFORMED),
    ("a close with a code that there is not", || masked(CLOSE, &[0, 1]), None),
    ("a frame announced above 64 MiB", || announced(TEXT, 64 * 1024 * 1024 + 1), MALFORMED),
    ("a frame announced of 2^63 bytes", || announced(TEXT, 1 << 63), MALFORMED),
    ("what is not JSON", || text("hello?"), MALFORMED),
    ("an empty text", || text(""), MALFORMED),
    ("a list of requests", || text(&format!("[{}]", request(1, method::PING, &json!({})))), MALFORMED),
    ("a number", || text("1"), MALFORMED),
    ("nesting of 100,000 levels", || text(&"[".repeat(100_000)), MALFORMED),
    ("a negative number of a request", || text(r#"{"jsonrpc":"2.0","id":-1,"method":"ping"}"#), MALFORMED),
    (
        "a number beyond 64 bits",
        || text(r#"{"jsonrpc":"2.0","id":18446744073709551616,"method":"ping"}"#),
        MALFORMED,
    ),
    ("a number with a fraction", || text(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#), MALFORMED),
    ("a number that is a text", || text(r#"{"jsonrpc":"2.0","id":"1","method":"ping"}"#), MALFORMED),
    ("a method twice", || text(r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"status"}"#), MALFORMED),
    ("neither a method nor an answer", || text(r#"{"jsonrpc":"2.0","id":1}"#), MALFORMED),
    ("a farewell", || masked(CLOSE, &[3, 0xe8]), None),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_frame_closes_its_own_connection_with_the_reason() -> Result<()> {
    let stage = Stage::start("").await?;
    let mut wrong = Vec::new();
    for (name, sent, expected) in FRAMES {
        for kind in [Client, Extension, Cli] {
            let mut wire = Wire::greeted(stage.installation(), &stage.secret, kind).await?;
            wire.send(&sent()).await?;
            let code = wire.refusal().await.unwrap_or_else(|error| Some(error.to_string()));
            if code.as_deref() != *expected {
                wrong.push(format!("{name} of {kind:?}: {code:?} and not {expected:?}"));
            }
        }
        stage.is_unaffected(name).await?;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greeted_peer_is_served_what_is_its_own_and_nothing_else() -> Result<()> {
    let stage = Stage::start("").await?;
    let call =
        json!({ "callId": uuid::Uuid::now_v7(), "tool": "browser_snapshot", "args": {}, "deadlineMs": 1000 });
    // The kind, what it asks for, with what, and the number of the error.
    let rows: Vec<(PeerKind, &str, Value, i64)> = vec![
        (Client, method::SHUTDOWN, json!({ "mode": "stop" }), -32601),
        (Client, method::PAIR, json!({}), -32601),
        (Client, method::LEAVE, json!({ "clientId": uuid::Uuid::from_u128(1), "tabs": "close" }), -32601),
        (Client, method::HELLO, json!({}), -32601),
        (Client, "eval", json!({}), -32601),
        (Client, "__proto__", json!({}), -32601),
        (Client, "", json!({}), -32601),
        (Client, method::CALL, json!({}), -32602),
        (Client, method::CALL, json!(["browser_snapshot"]), -32602),
        (Client, method::CALL, with(&call, "callId", json!("../../etc/passwd")), -32602),
        (Client, method::CALL, with(&call, "deadlineMs", json!(-1)), -32602),
        (Client, method::CALL, with(&call, "tab", json!("t-1")), -32602),
        (Extension, method::CALL, call.clone(), -32601),
        (Extension, method::STATUS, json!({}), -32601),
        (Extension, method::SHUTDOWN, json!({ "mode": "stop" }), -32601),
        (Extension, method::PAIR, json!({}), -32601),
        (Cli, method::CALL, call.clone(), -32601),
        (Cli, method::SHUTDOWN, json!({ "mode": "explode" }), -32602),
    ];
    for (kind, name, params, number) in rows {
        let mut wire = Wire::greeted(stage.installation(), &stage.secret, kind).await?;
        wire.text(&request(5, name, &params)).await?;
        let answer = wire.answer_to(5).await?.context("an answer")?;
        ensure!(answer["error"]["code"] == number, "{name} of {kind:?}: {answer}");
        stage.is_unaffected(name).await?;
    }
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_the_other_side_is_passed_over() -> Result<()> {
    let stage = Stage::start("").await?;
    let mut wire = Wire::greeted(stage.installation(), &stage.secret, Client).await?;
    let strange = [
        notification(
            method::EVENT,
            &json!({ "event": "tabCreated", "tab": "t1", "clientId": uuid::Uuid::from_u128(1) }),
        ),
        notification(method::CLIENTS, &json!({ "clients": [] })),
        notification(method::NOTICE, &json!({ "restarting": { "retryInMs": 1 } })),
        notification(method::CLOSING, &json!({ "code": "bad_proof", "message": "go", "fix": "away" })),
        notification(method::CHALLENGE, &json!({ "hubNonce": "00" })),
        notification(method::ACTIVATE, &json!({})),
        notification(method::CANCEL, &json!({ "callId": "not an id" })),
        notification(method::PROGRESS, &json!({ "callId": uuid::Uuid::now_v7(), "progress": 1e308 })),
        notification("unknown", &json!({})),
        // Answers to what was never asked.
        r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":18446744073709551615,"error":{"code":1,"message":"x"}}"#.to_owned(),
    ];
    for text in &strange {
        wire.text(text).await?;
    }
    // The greeting's own number, a second time, and the largest one that there is.
    for id in [0, u64::MAX] {
        wire.text(&request(id, method::PING, &json!({}))).await?;
        let answer = wire.answer_to(id).await?.context("the connection is held")?;
        ensure!(answer["result"].is_object(), "{answer}");
    }
    let again = hello(&stage.secret, Client, &stage.installation().authority(), "00");
    wire.text(&request(9, method::HELLO, &again)).await?;
    ensure!(
        wire.answer_to(9).await?.context("an answer")?["error"]["code"] == -32601,
        "one greeting is enough"
    );
    // A message in a thousand pieces is a message.
    let ping = request(10, method::PING, &json!({ "pad": " ".repeat(1_000) }));
    let pieces: Vec<&[u8]> = ping.as_bytes().chunks(1).collect();
    for (at, piece) in pieces.iter().enumerate() {
        let kind = if at == 0 { 0x1 } else { 0x0 };
        let last = if at + 1 == pieces.len() { FIN } else { 0 };
        wire.send(&masked(last | kind, piece)).await?;
    }
    ensure!(wire.answer_to(10).await?.context("an answer")?["result"].is_object());
    // What is nested is passed over as deep as it goes, and so are the arguments of a call on their way to the browser.
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    wire.text(&format!(r#"{{"jsonrpc":"2.0","id":11,"method":"ping","params":{nested}}}"#)).await?;
    ensure!(wire.answer_to(11).await?.context("an answer")?["result"].is_object());
    drop(wire);
    stage.is_unaffected("what belongs to the other side").await?;
    stage.end().await
}

fn with(call: &Value, field: &str, value: Value) -> Value {
    let mut call = call.clone();
    call[field] = value;
    call
}

fn text(text: &str) -> Vec<u8> {
    masked(TEXT, text.as_bytes())
}
