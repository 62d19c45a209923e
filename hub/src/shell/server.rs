//! The hub on listeners that are bound already: accepts, serves, drains.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use futures_util::FutureExt;
use tabmux_protocol::proof::Secret;
use tokio::io::AsyncWriteExt;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::connection::{self, Shop};
use super::hub_task;
use super::listener::{Listener, Stream};
use crate::core::{Hub, Identity, Leave};
use crate::settings::Settings;

/// How many inputs may wait for the core; whoever sends one more waits.
const MAX_EVENTS: usize = 1024;
/// How long connections have for ending when the hub leaves: a little more than a link's farewell.
const LAST_CALL: Duration = Duration::from_millis(1_200);
/// How long the hub waits before it accepts again when the system refuses more connections.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves what these listeners accept until `signal` or the command line ends it and the drain is over. `mark_stopped` is called
/// when the person wants no other hub to follow, before anybody is told. `secret` is what peers prove, `http_token` what
/// opens the metrics. Settings that change hold from the next decision and the next connection on.
pub async fn serve_on(
    listeners: Vec<impl Listener>,
    identity: Identity,
    secret: Secret,
    http_token: Secret,
    settings: watch::Receiver<Settings>,
    signal: impl Future<Output = ()>,
    mark_stopped: impl FnMut(),
) -> Leave {
    let started_at = Instant::now();
    let policy = settings.borrow().policy();
    let hub = Hub::new(policy, identity.clone(), started_at.into_std());
    let (vitals_tx, vitals) = watch::channel(hub.vitals());
    let (events, events_rx) = mpsc::channel(MAX_EVENTS);
    let max_half_open = settings.borrow().hub.max_half_open;
    let half_open = Arc::new(Semaphore::new(max_half_open.min(Semaphore::MAX_PERMITS)));
    let next_link = AtomicU64::new(1);
    let pairing = Arc::default();
    let shop = Arc::new(Shop {
        identity,
        started_at,
        secret,
        http_token,
        pairing,
        settings: settings.clone(),
        vitals,
        events,
        next_link,
    });
    let (closing_tx, closing) = watch::channel(false);
    let mut acceptors = JoinSet::new();
    for listener in listeners {
        acceptors.spawn(accept(listener, Arc::clone(&shop), Arc::clone(&half_open), closing.clone()));
    }
    drop(shop);
    let leave = hub_task::run(hub, events_rx, &vitals_tx, settings, signal, mark_stopped).await;
    closing_tx.send_replace(true);
    while acceptors.join_next().await.is_some() {}
    leave
}

/// Accepts until the hub leaves, and then gives the connections a moment to end.
async fn accept(
    mut listener: impl Listener,
    shop: Arc<Shop>,
    half_open: Arc<Semaphore>,
    mut closing: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = closing.changed() => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "A connection's task has failed");
                }
            }
            accepted = listener.accept() => match accepted {
                Ok(stream) => match Arc::clone(&half_open).try_acquire_owned() {
                    Ok(place) => {
                        connections.spawn(connection::serve(Box::new(stream), Arc::clone(&shop), place));
                    }
                    Err(_) => turn_away(stream),
                },
                Err(error) => {
                    tracing::warn!(%error, "A connection cannot be accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    drop(shop);
    let ending = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(LAST_CALL, ending).await;
}

/// Says that too many connections are waiting to prove themselves, as far as that can be said without waiting.
fn turn_away(mut stream: impl Stream) {
    const BODY: &str = r#"{"error":"too_many","message":"Too many connections are half open."}"#;
    tracing::warn!("A connection is turned away: too many are half open");
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{BODY}",
        BODY.len()
    );
    let _ = stream.write_all(answer.as_bytes()).now_or_never();
}
