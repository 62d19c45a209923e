//! Crowds and gluttons: half-open sockets, floods of connections, floods of requests, readers that never read.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tabmux_protocol::frame::request;
use tabmux_protocol::message::PeerKind::{Client, Extension};
use tabmux_protocol::method;
use tabmux_tests::{Peer, wait_until};

use crate::stage::Stage;
use crate::wire::{TEXT, Wire, masked, upgrade};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_half_open_sockets_are_bounded_told_and_forgotten() -> Result<()> {
    let stage = Stage::start("[hub]\nhandshake_ms = 3000\n").await?;
    let (mut held, mut told) = (Vec::new(), 0);
    for number in 0..1_000 {
        let mut wire = Wire::connect(stage.port()).await?;
        let sent = if number % 2 == 0 { upgrade(stage.port(), "/client", "") } else { "GET /he".to_owned() };
        wire.send(sent.as_bytes()).await?;
        held.push(wire);
        if number % 100 == 0 {
            stage.is_unaffected("a hundred more half-open sockets").await?;
        }
    }
    for mut wire in held {
        told += usize::from(wire.rest().await?.contains(r#""error":"too_many""#));
    }
    // Some are gone by their time before the last ones come; far more than the limit are never held at once.
    ensure!(told > 0, "whoever comes while 256 are half open is told so");
    let late = Peer::dial(stage.installation(), Client, |_| {}).await.context("there is room again")?;
    drop(late);
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_connections_of_every_kind_leaves_the_hub_as_it_was() -> Result<()> {
    let stage = Stage::start("").await?;
    let port = stage.port();
    for round in 0..10 {
        for number in 0..100 {
            let mut wire = Wire::connect(port).await?;
            let sent = match number % 4 {
                0 => Vec::new(),
                1 => format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").into_bytes(),
                2 => upgrade(port, "/client", "").into_bytes(),
                _ => vec![0xff; 64],
            };
            wire.send(&sent).await?;
        }
        stage.is_unaffected(&format!("{round} hundred connections")).await?;
    }
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn greeted_peers_that_come_and_go_leave_nothing_behind() -> Result<()> {
    let stage = Stage::start("[hub]\ngrace_ms = 100\nmax_clients = 20\n").await?;
    let mut crowd = Vec::new();
    let refused = loop {
        match Peer::dial(stage.installation(), Client, |_| {}).await {
            Ok(peer) if crowd.len() < 40 => crowd.push(peer),
            Ok(_) => anyhow::bail!("more clients than the hub takes"),
            Err(error) => break error.to_string(),
        }
    };
    ensure!(crowd.len() == 19 && refused.contains("too_many"), "{} and {refused}", crowd.len());
    drop(crowd);
    wait_until("the hub has forgotten them", async || {
        stage.lab.health().await.is_ok_and(|health| health.clients == 1)
    })
    .await;
    for _ in 0..50 {
        drop(Wire::greeted(stage.installation(), &stage.secret, Extension).await?);
    }
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_asks_and_never_reads_is_closed_and_slows_only_itself() -> Result<()> {
    let stage = Stage::start("").await?;
    let mut wire = Wire::greeted(stage.installation(), &stage.secret, Client).await?;
    let question = masked(TEXT, request(1, method::STATUS, &json!({})).as_bytes()).repeat(500);
    // The answers fill the sockets and then the queue; when the hub has let go, nothing more can be sent.
    let flood = async {
        loop {
            if wire.try_send(&question).await.is_err() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), flood).await.with_context(|| stage.lab.logs())?;
    stage.is_unaffected("a reader that never reads").await?;
    ensure!(
        stage.lab.logs().contains("A peer does not read what it is sent")
            || stage.lab.logs().contains("SlowReader")
    );
    drop(wire);
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_trickles_in_is_closed_as_silence() -> Result<()> {
    let stage = Stage::start("[hub]\nclient_heartbeat_ms = 300\n").await?;
    let mut wire = Wire::greeted(stage.installation(), &stage.secret, Client).await?;
    // A frame of 16 MiB is announced, and a byte of it comes now and then.
    let mut sent = masked(TEXT, &[]);
    sent.truncate(1);
    sent.extend([0x80 | 127, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    wire.send(&sent).await?;
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    while wire.try_send(b" ").await.is_ok() {
        pace.tick().await;
        if let Some(code) = wire.refusal_so_far() {
            ensure!(code == "silent", "{code}");
            break;
        }
    }
    drop(wire);
    stage.is_unaffected("a slow frame").await?;
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn large_frames_of_one_peer_do_not_hold_up_another() -> Result<()> {
    let stage = Stage::start("").await?;
    let mut wire = Wire::greeted(stage.installation(), &stage.secret, Client).await?;
    let ping = request(1, method::PING, &json!({ "pad": "x".repeat(8 * 1024 * 1024) }));
    for _ in 0..4 {
        wire.text(&ping).await?;
        ensure!(wire.answer_to(1).await?.context("an answer")?["result"].is_object());
    }
    drop(wire);
    stage.is_unaffected("large frames").await?;
    stage.end().await
}
