//! A hub that listens to streams in memory, and sockets to it.

use std::future::{Future, pending};
use std::io;
use std::pin::pin;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tabmux_hub::core::Identity;
use tabmux_hub::{Listener, Settings, serve_on};
use tabmux_protocol::frame::request;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::proof::{Secret, Side, Transcript};
use tabmux_protocol::{EXTENSION_ID, HubId, InstanceId, PROTOCOL, method};
use tokio::io::{DuplexStream, duplex};
use tokio::runtime::Builder;
use tokio::select;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

/// The authority that peers of this hub dial.
pub(crate) const AUTHORITY: &str = "127.0.0.1:9008";
/// The nonce of every greeting.
pub(crate) const NONCE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
/// What fits into a stream before its writer waits, in bytes: more than an input has.
const PIPE: usize = 64 * 1024;

/// The way to the hub.
pub(crate) struct Hub {
    streams_tx: mpsc::Sender<DuplexStream>,
}

/// Runs `visit` beside a hub with these settings. The clock is virtual.
pub(crate) fn with_hub<F: Future<Output = ()>>(settings: impl Into<Settings>, visit: impl FnOnce(Hub) -> F) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (streams_tx, streams_rx) = mpsc::channel(8);
        let identity = Identity {
            hub_id: HubId(Uuid::from_u128(1)),
            instance: InstanceId::new(1, 2),
            pid: 1,
            version: "0.1.0".to_owned(),
            port: 9008,
        };
        let serving = serve_on(
            vec![Streams(streams_rx)],
            identity,
            secret(),
            http_token(),
            watch::channel(settings.into()).1,
            pending(),
            || {},
        );
        let mut visit = pin!(visit(Hub { streams_tx }));
        select! {
            biased;
            () = &mut visit => return,
            // The command line may have asked it to leave.
            _ = serving => {}
        }
        visit.await;
    });
}

impl Hub {
    /// A connection on which nothing was said; `None` once the hub has left.
    pub(crate) async fn connect(&self) -> Option<DuplexStream> {
        let (ours, theirs) = duplex(PIPE);
        self.streams_tx.send(theirs).await.ok()?;
        Some(ours)
    }

    /// A socket on the path of that kind, and the hub's nonce; `None` if the hub does not open one.
    pub(crate) async fn dial(&self, kind: PeerKind) -> Option<(Peer, String)> {
        let mut request = format!("ws://{AUTHORITY}{}", kind.path()).into_client_request().unwrap();
        if kind == PeerKind::Extension {
            let origin = format!("chrome-extension://{EXTENSION_ID}");
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let (socket, _) = client_async(request, self.connect().await?).await.ok()?;
        let mut peer = Peer { socket };
        let challenge = peer.next().await?;
        assert_eq!(challenge["method"], method::CHALLENGE);
        Some((peer, challenge["params"]["hubNonce"].as_str().unwrap().to_owned()))
    }

    /// A peer that the hub has let in.
    pub(crate) async fn greet(&self, kind: PeerKind) -> Option<Peer> {
        let (mut peer, hub_nonce) = self.dial(kind).await?;
        // What a peer may leave out is left out, but for what an extension must say.
        let mut hello = json!({
            "kind": kind, "clientNonce": NONCE, "proof": proof(kind, &hub_nonce), "protocol": PROTOCOL,
            "version": "0.1.0",
        });
        if kind == PeerKind::Extension {
            hello["browserId"] = Uuid::from_u128(2).to_string().into();
            hello["bootId"] = Uuid::from_u128(3).to_string().into();
        }
        peer.send(&request(0, method::HELLO, &hello)).await;
        let welcome = peer.next().await?;
        welcome["result"].is_object().then_some(peer)
    }
}

/// One socket to the hub.
pub(crate) struct Peer {
    socket: WebSocketStream<DuplexStream>,
}

impl Peer {
    /// Sends a text; one that the hub does not take any more is lost.
    pub(crate) async fn send(&mut self, text: &str) {
        let _ = self.socket.send(Message::text(text)).await;
    }

    /// Sends bytes that are no text.
    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        let _ = self.socket.send(Message::binary(bytes.to_vec())).await;
    }

    /// The next frame; `None` when the hub has closed the connection.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The next frame within that time.
    pub(crate) async fn next_within(&mut self, limit: Duration) -> Option<Value> {
        timeout(limit, self.next()).await.ok()?
    }
}

/// The proof with which a peer of that kind is let in.
pub(crate) fn proof(kind: PeerKind, hub_nonce: &str) -> String {
    secret().key(kind).prove(Side::Peer, &transcript(kind, hub_nonce))
}

/// Whether that is the hub's own proof.
pub(crate) fn is_hubs_proof(kind: PeerKind, hub_nonce: &str, proof: &str) -> bool {
    secret().key(kind).verify(Side::Hub, &transcript(kind, hub_nonce), proof)
}

fn transcript(kind: PeerKind, hub_nonce: &str) -> Transcript<'_> {
    Transcript { kind, authority: AUTHORITY, hub_nonce, client_nonce: NONCE }
}

fn http_token() -> Secret {
    Secret::from_bytes([8; 32])
}

fn secret() -> Secret {
    Secret::from_bytes([7; 32])
}

/// The hub's listener.
struct Streams(mpsc::Receiver<DuplexStream>);

impl Listener for Streams {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<DuplexStream> {
        match self.0.recv().await {
            Some(stream) => Ok(stream),
            None => pending().await,
        }
    }
}
