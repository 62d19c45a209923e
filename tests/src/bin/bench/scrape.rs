//! What it costs to read the metrics of a hub with a thousand clients: the answer, and the calls meanwhile.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tabmux_protocol::Installation;
use tabmux_protocol::message::PeerKind;
use tabmux_tests::Peer;
use tokio::task::JoinSet;

use crate::routing::{CALLERS, FakeBrowser, gathered, routed};
use crate::table::{Samples, Table, ms};

/// All connected clients, those that call included.
const CLIENTS: usize = 1_000;
const ROUNDS: usize = 2;
/// Prometheus reads every 15 s or so.
const PERIOD: Duration = Duration::from_millis(100);

/// Measures and prints.
pub async fn run() -> Result<()> {
    // A peer of ours takes a hub that says nothing for 20 s for a dead one.
    let browser = FakeBrowser::connect("[hub]\nclient_heartbeat_ms = 10_000\n").await?;
    let installation = &browser.lab.installation;
    let mut idle = JoinSet::new();
    for _ in CALLERS..CLIENTS {
        let mut peer = dial(installation).await?;
        // It answers the heartbeats.
        idle.spawn(async move { while peer.next().await.is_ok() {} });
    }
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        callers.push(dial(installation).await?);
    }

    // What a thousand greetings leave to be done is no cost of reading.
    gathered(callers.iter_mut().enumerate().map(routed)).await?;
    let (mut alone, mut beside, mut scrapes) = <(Samples, Samples, Scrapes)>::default();
    // In turn, so that what else the machine does falls on both.
    for _ in 0..ROUNDS {
        alone.extend(gathered(callers.iter_mut().enumerate().map(routed)).await?);
        let is_over = Arc::new(AtomicBool::new(false));
        let scraper = {
            let (installation, is_over) = (installation.clone(), Arc::clone(&is_over));
            thread::spawn(move || scrape_until(&installation, &is_over))
        };
        beside.extend(gathered(callers.iter_mut().enumerate().map(routed)).await?);
        is_over.store(true, Ordering::Relaxed);
        let Ok(read) = scraper.join() else { anyhow::bail!("the scraper has panicked") };
        let Scrapes { times, bytes } = read?;
        scrapes.times.extend(times);
        scrapes.bytes = bytes;
    }
    ensure!(idle.len() == CLIENTS - CALLERS && idle.try_join_next().is_none(), "a client has gone");

    let mut table =
        Table::new(&format!("Reading the metrics, {CLIENTS} clients (ms)"), &["", "median", "p99", "KiB"]);
    let mut row = |name: &str, samples: &Samples, size: &str| {
        table.row(&[name.to_owned(), ms(samples.median()), ms(samples.quantile(0.99)), size.to_owned()]);
    };
    row("a call, nobody reads the metrics", &alone, "-");
    row("a call, they are read ten times a second", &beside, "-");
    row("an answer of `/metrics`", &scrapes.times, &(scrapes.bytes / 1024).to_string());
    drop((idle, callers));
    browser.end();
    table.publish("performance.md", "scrape")
}

async fn dial(installation: &Installation) -> Result<Peer> {
    Peer::dial(installation, PeerKind::Client, |hello| {
        hello.label = Some("an agent window".into());
        hello.agent = Some("bench 1.0.0".into());
    })
    .await
}

/// The answers that were read.
#[derive(Default)]
struct Scrapes {
    times: Samples,
    /// How large the last one was.
    bytes: usize,
}

/// Reads again and again; on a thread of its own, so that the calls wait for the hub alone.
fn scrape_until(installation: &Installation, is_over: &AtomicBool) -> Result<Scrapes> {
    let token = installation.read_http_token()?.context("a token")?.to_hex();
    let authority = installation.authority();
    let request = format!(
        "GET /metrics HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    let mut scrapes = Scrapes::default();
    while !is_over.load(Ordering::Relaxed) {
        let began_at = Instant::now();
        let mut socket = TcpStream::connect(&authority)?;
        socket.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer)?;
        scrapes.times.push_time(began_at.elapsed());
        ensure!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
        scrapes.bytes = answer.len();
        thread::sleep(PERIOD.saturating_sub(began_at.elapsed()));
    }
    Ok(scrapes)
}
