//! Routing overhead: client, hub, a fake extension that answers at once, and back; beside it a bare WebSocket echo.

use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::{Installation, method};
use tabmux_tests::{Lab, Peer, call};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_tungstenite::tungstenite::Message;

use crate::process::{Memory, memory};
use crate::table::{Samples, Table, ms};

/// Connected clients, as in the figure that is aimed at.
pub const CALLERS: usize = 50;
/// Calls a second of all clients together.
const RATE: usize = 200;
/// Calls of each client.
const CALLS: usize = 60;

/// Measures and prints.
pub async fn run() -> Result<()> {
    let browser = FakeBrowser::connect("").await?;
    let lab = &browser.lab;
    let (hub_pid, idle) = (browser.hub_pid, browser.idle);

    let echo = gathered((0..CALLERS).map(async |number| {
        let address = echo_address();
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut socket, _) = tokio_tungstenite::client_async(format!("ws://{address}/"), stream).await?;
        let text = json!({ "jsonrpc": "2.0", "id": 1, "method": "call", "params": call("browser_snapshot", json!({}), None) });
        let text = text.to_string();
        open_loop(number, async || {
            socket.send(Message::text(text.clone())).await?;
            socket.next().await.context("the echo went away")??;
            Ok(())
        })
        .await
    }))
    .await?;
    let routed = gathered((0..CALLERS).map(async |number| {
        let mut peer = Peer::dial(&lab.installation, PeerKind::Client, |_| {}).await?;
        routed((number, &mut peer)).await
    }))
    .await?;

    let mut table = Table::new(
        &format!("Routing, {CALLERS} clients, {RATE} calls/s open loop (ms)"),
        &["", "median", "p99", "median / echo", "p99 / echo"],
    );
    let mut line = |name: &str, samples: &Samples| {
        table.row(&[
            name.to_owned(),
            ms(samples.median()),
            ms(samples.quantile(0.99)),
            format!("{:.1}", samples.median() / echo.median()),
            format!("{:.1}", samples.quantile(0.99) / echo.quantile(0.99)),
        ]);
    };
    line("bare WebSocket echo", &echo);
    line("client, hub, extension and back", &routed);
    println!("\nHub: {:.1} MiB idle, {:.1} MiB after the run.", idle.resident, memory(hub_pid).resident);
    browser.end();
    table.publish("performance.md", "routing")
}

/// A hub with an extension that answers at once.
pub struct FakeBrowser {
    pub lab: Lab,
    hub_pid: u32,
    /// What the hub took before anybody came.
    idle: Memory,
    extension: JoinHandle<Result<()>>,
}

impl FakeBrowser {
    /// Starts the hub with that configuration and connects the extension.
    pub async fn connect(configuration: &str) -> Result<Self> {
        let lab = Lab::new()?;
        lab.configure(configuration)?;
        lab.run_ok(&["hub", "start"])?;
        let hub_pid = lab.health().await?.pid;
        let idle = memory(hub_pid);
        let installation = lab.installation.clone();
        // A thread of its own, so that the extension's side does not share the clients' queue.
        let extension = std::thread::spawn(move || answer_everything(&installation));
        tabmux_tests::wait_until("the fake extension is connected", async || {
            lab.health().await.is_ok_and(|health| health.browser.connected)
        })
        .await;
        Ok(Self { lab, hub_pid, idle, extension })
    }

    /// Stops the hub, and with it the extension.
    pub fn end(self) {
        drop(self.lab);
        let _ = self.extension.join();
    }
}

/// Runs all clients at the same time and gathers their times.
pub async fn gathered(clients: impl IntoIterator<Item: Future<Output = Result<Samples>>>) -> Result<Samples> {
    let mut all = Samples::default();
    for samples in futures_util::future::try_join_all(clients).await? {
        all.extend(samples);
    }
    Ok(all)
}

/// The calls of the client of that number, through the hub to the extension and back.
pub async fn routed((number, peer): (usize, &mut Peer)) -> Result<Samples> {
    open_loop(number, async || {
        let answer = peer.call("browser_snapshot", json!({}), None).await?;
        anyhow::ensure!(answer["result"].is_object(), "{answer}");
        Ok(())
    })
    .await
}

/// Calls at fixed times, however long the one before took, and counts each from the time at which it was due.
async fn open_loop(number: usize, mut once: impl AsyncFnMut() -> Result<()>) -> Result<Samples> {
    let period = Duration::from_secs_f64(CALLERS as f64 / RATE as f64);
    let first = Instant::now() + Duration::from_millis(500) + period.mul_f64(number as f64 / CALLERS as f64);
    let mut due = interval_at(first, period);
    due.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut samples = Samples::default();
    for index in 0..CALLS {
        // The timer's own granularity is 1 ms: what counts begins when it fires.
        let due_at = due.tick().await;
        let began_at =
            if Instant::now() - due_at < Duration::from_millis(2) { Instant::now() } else { due_at };
        once().await?;
        // The first calls warm the sockets.
        if index >= 5 {
            samples.push_time(began_at.elapsed());
        }
    }
    Ok(samples)
}

/// The address of an echo server, which is started with the first question.
fn echo_address() -> std::net::SocketAddr {
    static ADDRESS: std::sync::OnceLock<std::net::SocketAddr> = std::sync::OnceLock::new();
    *ADDRESS.get_or_init(|| {
        let (address_tx, address_rx) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let _ = address_tx.send(listener.local_addr()?);
                loop {
                    let (stream, _) = listener.accept().await?;
                    stream.set_nodelay(true)?;
                    tokio::spawn(async move {
                        let mut socket = tokio_tungstenite::accept_async(stream).await?;
                        while let Some(Ok(message)) = socket.next().await {
                            if message.is_text() {
                                socket.send(message).await?;
                            }
                        }
                        anyhow::Ok(())
                    });
                }
                #[allow(unreachable_code, reason = "gives the block its type")]
                anyhow::Ok(())
            })
        });
        match address_rx.recv() {
            Ok(address) => address,
            Err(error) => panic!("the echo server did not start: {error}"),
        }
    })
}

/// A fake extension: answers every request of the hub's at once, until the hub goes.
fn answer_everything(installation: &Installation) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut peer = Peer::dial(installation, PeerKind::Extension, |_| {}).await?;
        let result = json!({ "content": [{ "type": "text", "text": "- button \"Save\" [ref=e1]" }] });
        loop {
            let frame = peer.next().await?;
            if let (Some(id), true) = (frame["id"].as_u64(), frame["method"] == method::CALL) {
                peer.answer(id, &result).await?;
            } else if let Some(id) = frame["id"].as_u64() {
                peer.answer(id, &json!({})).await?;
            }
        }
    })
}
