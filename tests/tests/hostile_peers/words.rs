//! Names and texts that try to forge lines of the log and of the person's terminal.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tabmux_protocol::InstanceId;
use tabmux_protocol::frame::request;
use tabmux_protocol::message::PeerKind::{Client, Extension};
use tabmux_protocol::method;
use tabmux_tests::{Peer, call, wait_until};

use crate::stage::Stage;
use crate::wire::{Wire, hello, origin_of, upgrade};

/// A line of its own, a cleared screen, colours, a title, and text that runs backwards.
const FORGED: &str = "x\n[2026-01-01 00:00:00] [ERROR] [1-0] forged\r\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}\u{2066}\u{2028}\u{85}y";

#[tokio::test(flavor = "multi_thread")]
async fn no_name_forges_a_line_of_the_log_or_of_the_terminal() -> Result<()> {
    let stage = Stage::start("").await?;
    let mut forger = Peer::dial(stage.installation(), Client, |hello| {
        hello.label = Some(FORGED.into());
        hello.agent = Some(FORGED.into());
        hello.cwd = Some(FORGED.into());
        hello.version = FORGED.into();
        hello.instance = Some(InstanceId(FORGED.into()));
    })
    .await?;
    let id = forger.request(method::CALL, &call(FORGED, json!({}), None)).await?;
    let answer = forger.answer_to(id).await?;
    ensure!(answer["error"].is_object(), "there is no such tool: {answer}");
    forger.send(request(77, FORGED, &json!({}))).await?;
    forger.answer_to(77).await?;
    let mut browser = Peer::dial(stage.installation(), Extension, |hello| {
        hello.browser = Some(FORGED.into());
        hello.version = FORGED.into();
    })
    .await?;
    let owner = forger.welcome.client_id.context("an id")?;
    let tab =
        json!({ "event": "tabCreated", "tab": "t9", "clientId": owner, "url": FORGED, "title": FORGED });
    browser.notify(method::EVENT, &tab).await?;
    for (field, value) in [("version", json!(FORGED)), ("kind", json!(FORGED)), ("clientId", json!(FORGED))] {
        let (mut wire, hub_nonce) = Wire::open(stage.installation(), Client).await?;
        let mut greeting = hello(&stage.secret, Client, &stage.installation().authority(), &hub_nonce);
        greeting[field] = value;
        greeting["protocol"] = json!({ "min": 98, "max": 99 });
        wire.text(&request(1, method::HELLO, &greeting)).await?;
        ensure!(wire.refusal().await?.is_some(), "{field}");
    }
    for path in ["/%0a%5bERROR%5d", "/\u{202e}", "/a\u{9b}b"] {
        let mut wire = Wire::connect(stage.port()).await?;
        wire.send(upgrade(stage.port(), path, origin_of(Client)).as_bytes()).await?;
        wire.rest().await?;
    }

    let mut shown = String::new();
    wait_until("status shows the client and the browser", async || {
        shown = stage.lab.run_ok(&["status"]).unwrap_or_default();
        shown.matches("forged").count() >= 3
    })
    .await;
    ensure!(is_plain(&shown), "{shown:?}");
    let forged = |line: &str| line.starts_with("[2026") || line.starts_with('y');
    ensure!(!shown.lines().any(forged), "{shown}");

    let mut seen = 0;
    for entry in fs::read_dir(stage.installation().log_dir())?.flatten() {
        let log = fs::read_to_string(entry.path())?;
        ensure!(is_plain(&log), "{log:?}");
        for line in log.lines() {
            ensure!(line.starts_with("[20") && !line.starts_with("[2026-01-01 00:00:00]"), "{line}");
        }
        seen += log.matches("[ERROR] [1-0]").count();
    }
    ensure!(seen > 0, "some of it is logged, in its own line");
    drop((forger, browser));
    stage.end().await
}

/// Whether nothing in it moves, colours or turns what is around it.
fn is_plain(text: &str) -> bool {
    let is_harmful = |c: char| {
        (c.is_control() && c != '\n')
            || ('\u{2028}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    !text.contains(is_harmful)
}
