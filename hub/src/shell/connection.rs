//! One connection from accept to its end: HTTP, the upgrade, the greeting, the link.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use futures_util::StreamExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tabmux_protocol::RefusalCode;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::proof::Secret;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;

use super::admission::{Admitted, Denied, Door, Rules};
use super::greeting::{NotGreeted, greet};
use super::http;
use super::hub_task::{Event, Handle};
use super::link::{Link, part};
use super::listener::AnyStream;
use super::outbox::outbox;
use super::pairing::Pairing;
use super::process;
use super::socket::{self, Socket};
use crate::core::{Identity, Input, LinkId, Vitals};
use crate::metrics;
use crate::settings::Settings;

/// The most that is read of a request before it is refused.
const MAX_REQUEST: usize = 16 * 1024;

/// What every connection needs.
pub(crate) struct Shop {
    pub(crate) identity: Identity,
    pub(crate) started_at: Instant,
    pub(crate) secret: Secret,
    pub(crate) http_token: Secret,
    pub(crate) pairing: Arc<Mutex<Pairing>>,
    pub(crate) settings: watch::Receiver<Settings>,
    pub(crate) vitals: watch::Receiver<Vitals>,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) next_link: AtomicU64,
}

/// An upgrade that was accepted.
struct Upgrading {
    on_upgrade: OnUpgrade,
    door: Door,
    authority: String,
}

/// Serves one connection to its end. `half_open` is its place among those that have not proven themselves, which one that
/// is refused keeps until it is gone; one request and the greeting must be done within the handshake's time.
pub(crate) async fn serve(stream: AnyStream, shop: Arc<Shop>, half_open: OwnedSemaphorePermit) {
    let deadline = Instant::now() + shop.settings.borrow().hub.handshake();
    let Ok(Some(upgrading)) = timeout_at(deadline, serve_http(stream, &shop)).await else { return };
    let Upgrading { on_upgrade, door, authority } = upgrading;
    let Ok(Ok(upgraded)) = timeout_at(deadline, on_upgrade).await else { return };
    let Ok(parts) = upgraded.downcast::<TokioIo<AnyStream>>() else {
        unreachable!("the stream is the one that was served")
    };
    let mut socket = socket::open(parts.io.into_inner(), parts.read_buf.to_vec()).await;
    let greeted = greet(&mut socket, door, &authority, &shop.secret, &shop.pairing, deadline).await;
    match greeted {
        Ok(greeted) => {
            drop(half_open);
            let link = LinkId(shop.next_link.fetch_add(1, Ordering::Relaxed));
            let kind = greeted.kind;
            let join = Input::Join {
                link,
                id: greeted.id,
                proof: greeted.proof,
                protocol: greeted.protocol,
                peer: Box::new(greeted.joining),
            };
            run_link(link, kind, socket, &shop, join).await;
        }
        Err(NotGreeted::Refused { frame, refusal }) => {
            // A greeting that cannot be read may be anything, and its refusal repeats some of it.
            let reason = Some(&refusal.message).filter(|_| refusal.code != RefusalCode::BadHello);
            tracing::warn!(code = %refusal.code, reason, "A peer is refused");
            let _ = shop.events.send(Event::Refused(refusal.code)).await;
            dismiss(socket, frame).await;
        }
        Err(NotGreeted::Paired { frame }) => {
            tracing::info!("A browser is paired");
            dismiss(socket, frame).await;
        }
        Err(NotGreeted::Gone) => {}
    }
}

/// Says the last word to a peer that has no link.
async fn dismiss(socket: Socket, frame: String) {
    let (mut sink, mut source) = socket.split();
    part(&mut sink, &mut source, Some(Message::text(frame))).await;
}

/// Answers one request; an upgrade is returned.
async fn serve_http(stream: AnyStream, shop: &Arc<Shop>) -> Option<Upgrading> {
    let accepted = Arc::new(Mutex::new(None));
    let service = service_fn(async |request| Ok::<_, Infallible>(answer(request, shop, &accepted).await));
    let served = http1::Builder::new()
        .max_buf_size(MAX_REQUEST)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "A request cannot be served");
    }
    accepted.lock().unwrap_or_else(PoisonError::into_inner).take()
}

async fn answer(
    mut request: Request<Incoming>,
    shop: &Shop,
    accepted: &Mutex<Option<Upgrading>>,
) -> Response<String> {
    let rules = {
        let settings = shop.settings.borrow();
        let (hosts, ids) = (&settings.http.allowed_hosts, &settings.hub.allowed_extension_ids);
        Rules::new(shop.identity.port, hosts, ids, shop.http_token.clone())
    };
    match rules.admit(request.method(), request.uri(), request.headers()) {
        Ok(Admitted::Health { readable_by }) => {
            let uptime_ms = u64::try_from(shop.started_at.elapsed().as_millis()).unwrap_or(u64::MAX);
            http::health(&shop.identity, *shop.vitals.borrow(), uptime_ms, readable_by)
        }
        Ok(Admitted::Metrics) => match metrics(shop).await {
            Some(page) => http::metrics(page),
            None => http::denied(Denied::Leaving),
        },
        Ok(Admitted::Socket { door, authority, key }) => {
            let on_upgrade = hyper::upgrade::on(&mut request);
            *accepted.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(Upgrading { on_upgrade, door, authority });
            http::switching(&key)
        }
        Err(denied) => {
            tracing::debug!(?denied, path = request.uri().path(), "A request is refused");
            http::denied(denied)
        }
    }
}

/// The metrics as text; `None` if the hub has left. The text is made beside the thread that serves everybody.
async fn metrics(shop: &Shop) -> Option<String> {
    let (reply, moment) = oneshot::channel();
    shop.events.send(Event::Metrics(reply)).await.ok()?;
    let moment = moment.await.ok()?;
    let identity = shop.identity.clone();
    let write = move || metrics::render(&identity, &moment, &process::usage(), SystemTime::now());
    spawn_blocking(write).await.ok()
}

async fn run_link(id: LinkId, kind: PeerKind, socket: Socket, shop: &Shop, join: Input) {
    let (outbox, unsent) = outbox();
    let (release, released) = oneshot::channel();
    let handle = Handle { outbox: outbox.clone(), release };
    let events = shop.events.clone();
    if events.send(Event::Opened { link: id, handle, join }).await.is_err() {
        return;
    }
    let heartbeat = shop.settings.borrow().hub.heartbeat(kind);
    tracing::info!(link = id.0, kind = kind.as_str(), "A peer is connected");
    let (pairing, port) = (Arc::clone(&shop.pairing), shop.identity.port);
    let link =
        Link { id, kind, socket, heartbeat, pairing, port, events: events.clone(), outbox, unsent, released };
    let reason = Box::pin(link.run()).await;
    tracing::info!(link = id.0, kind = kind.as_str(), ?reason, "A peer is gone");
    let _ = events.send(Event::Ended { link: id, kind, reason }).await;
}
