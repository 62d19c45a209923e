//! The link to one greeted peer: frames in, frames out, a heartbeat, and a reason why it ended.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tabmux_protocol::frame::{self, FrameError};
use tabmux_protocol::message::{PairingCodeOutput, PeerKind};
use tabmux_protocol::pairing::PairingCode;
use tabmux_protocol::{Refusal, RefusalCode, method};
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{Interval, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::decode::{Decoded, HEARTBEAT, decode};
use super::encode;
use super::hub_task::Event;
use super::outbox::{Outbox, Queued, Unsent};
use super::pairing::{CODE_HOLDS, Pairing};
use super::socket::Socket;
use crate::core::{Input, LinkId};

/// How long a peer has for reading why it is sent away. Its connection is gone within a second.
const FAREWELL: Duration = Duration::from_millis(900);
/// How many heartbeats may go unanswered.
const MAX_MISSES: u32 = 2;

/// Why a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The peer closed it.
    PeerClosed,
    /// The connection broke.
    Broken,
    /// The peer sent what is not a frame.
    Malformed,
    /// The peer did not answer the heartbeat.
    Silent,
    /// The peer does not read what it is sent.
    SlowReader,
    /// The core ended it.
    Ended,
    /// The hub is gone.
    HubGone,
}

impl CloseReason {
    /// The word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PeerClosed => "peer_closed",
            Self::Broken => "broken",
            Self::Malformed => "malformed",
            Self::Silent => "silent",
            Self::SlowReader => "slow_reader",
            Self::Ended => "ended",
            Self::HubGone => "hub_gone",
        }
    }
}

/// What a link is made of.
pub(crate) struct Link {
    pub(crate) id: LinkId,
    pub(crate) kind: PeerKind,
    pub(crate) socket: Socket,
    pub(crate) heartbeat: Duration,
    pub(crate) pairing: Arc<Mutex<Pairing>>,
    /// The hub's port, which a pairing code leads to.
    pub(crate) port: u16,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) outbox: Outbox,
    pub(crate) unsent: Unsent,
    /// Ends when the core lets go of the link.
    pub(crate) released: oneshot::Receiver<()>,
}

impl Link {
    /// Carries frames both ways until the link ends, and closes the connection.
    pub(crate) async fn run(self) -> CloseReason {
        let Self { id, kind, socket, heartbeat, pairing, port, events, outbox, mut unsent, released } = self;
        let (mut sink, mut source) = socket.split();
        let misses = AtomicU32::new(0);
        let mut ticks = interval_at(tokio::time::Instant::now() + heartbeat, heartbeat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let reader =
            Reader { id, kind, pairing: &pairing, port, events: &events, outbox: &outbox, misses: &misses };
        let abandoned = async {
            let _ = released.await;
            sleep(FAREWELL).await;
        };
        // What was written last is the answer to a peer's close; what the peer sent last is still taken in.
        let writer = Writer { id, events: &events, stall: heartbeat * (MAX_MISSES + 1), misses: &misses };
        let reason = tokio::select! {
            biased;
            reason = writer.write(&mut sink, &mut unsent, &mut ticks) => reason,
            // Before the reading, which a peer that floods us never lets wait.
            () = abandoned => CloseReason::Ended,
            reason = reader.read(&mut source) => reason,
        };
        let farewell = refusal_of(reason).map(|refusal| Message::text(encode::closing(&refusal)));
        part(&mut sink, &mut source, farewell).await;
        reason
    }
}

/// Sends the last frame, closes, and waits a little for the peer to have read it: a connection that is dropped with
/// something unread on it takes the last frames with it.
pub(crate) async fn part(
    sink: &mut SplitSink<Socket, Message>,
    source: &mut SplitStream<Socket>,
    last: Option<Message>,
) {
    let parting = async {
        if let Some(last) = last {
            let _ = sink.feed(last).await;
        }
        let _ = sink.close().await;
        while let Some(Ok(_)) = source.next().await {}
    };
    let _ = timeout(FAREWELL, parting).await;
}

/// The writing half of a link.
struct Writer<'l> {
    id: LinkId,
    events: &'l mpsc::Sender<Event>,
    /// How long the socket may take nothing before the peer counts as one that does not read.
    stall: Duration,
    misses: &'l AtomicU32,
}

impl Writer<'_> {
    /// Writes what is queued, as much at a time as there is, and the heartbeat.
    async fn write(
        &self,
        sink: &mut SplitSink<Socket, Message>,
        unsent: &mut Unsent,
        ticks: &mut Interval,
    ) -> CloseReason {
        loop {
            let written = tokio::select! {
                // The heartbeat first: a busy queue must not put it off.
                biased;
                _ = ticks.tick() => {
                    if self.misses.fetch_add(1, Ordering::Relaxed) >= MAX_MISSES {
                        return CloseReason::Silent;
                    }
                    let ping = Message::text(frame::request(HEARTBEAT, method::PING, &json!({})));
                    self.in_time(sink.send(ping)).await
                }
                next = unsent.next() => match next {
                    Some(queued) => self.write_batch(sink, unsent, queued).await,
                    None => Err(CloseReason::HubGone),
                },
            };
            if let Err(reason) = written {
                return reason;
            }
        }
    }

    /// Writes everything that is queued, and tells the core how many calls were in it. The end is an error, too.
    async fn write_batch(
        &self,
        sink: &mut SplitSink<Socket, Message>,
        unsent: &mut Unsent,
        first: Queued,
    ) -> Result<(), CloseReason> {
        let mut calls = 0;
        let mut next = Some(first);
        while let Some(queued) = next {
            calls += usize::from(matches!(queued, Queued::Call(_)));
            match queued {
                Queued::Frame(text) | Queued::Call(text) => {
                    let size = text.len();
                    let fed = self.in_time(sink.feed(Message::text(text))).await;
                    unsent.written(size);
                    fed?;
                }
                Queued::Close(refusal) => {
                    if let Some(refusal) = refusal {
                        self.in_time(sink.feed(Message::text(encode::closing(&refusal)))).await?;
                    }
                    self.in_time(sink.flush()).await?;
                    return Err(CloseReason::Ended);
                }
            }
            next = unsent.try_next();
        }
        self.in_time(sink.flush()).await?;
        if calls > 0 {
            let written = Event::Input(Input::Written { link: self.id, calls });
            // The core waits for nobody, so that this does not wait long. Of a core that is gone the last words may
            // still be in the queue.
            let _ = self.events.send(written).await;
        }
        Ok(())
    }

    async fn in_time(&self, write: impl Future<Output = Result<(), Error>>) -> Result<(), CloseReason> {
        match timeout(self.stall, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(CloseReason::Broken),
            Err(_) => Err(CloseReason::SlowReader),
        }
    }
}

/// The reading half of a link.
struct Reader<'l> {
    id: LinkId,
    kind: PeerKind,
    pairing: &'l Mutex<Pairing>,
    port: u16,
    events: &'l mpsc::Sender<Event>,
    outbox: &'l Outbox,
    misses: &'l AtomicU32,
}

impl Reader<'_> {
    /// Hands every frame to the core until the peer ends it, or sends what is none.
    async fn read(&self, source: &mut SplitStream<Socket>) -> CloseReason {
        while let Some(message) = source.next().await {
            let text = match message {
                Ok(Message::Text(text)) => text,
                Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => continue,
                // A process that ends closes its socket without saying so.
                Ok(Message::Close(_))
                | Err(
                    Error::ConnectionClosed | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake),
                ) => {
                    return CloseReason::PeerClosed;
                }
                Ok(Message::Binary(_)) | Err(Error::Capacity(_) | Error::Protocol(_) | Error::Utf8(_)) => {
                    return CloseReason::Malformed;
                }
                Err(_) => return CloseReason::Broken,
            };
            self.misses.store(0, Ordering::Relaxed);
            match self.decode(text).await {
                Ok(Decoded::Input(input)) => {
                    // A full queue lets the peer wait, and nobody else.
                    if self.events.send(Event::Input(input)).await.is_err() {
                        return CloseReason::HubGone;
                    }
                }
                Ok(Decoded::Reply(frame)) => {
                    if self.outbox.push(frame).is_err() {
                        return CloseReason::SlowReader;
                    }
                }
                Ok(Decoded::Pair { id }) => {
                    if self.outbox.push(self.open_pairing(id)).is_err() {
                        return CloseReason::SlowReader;
                    }
                }
                Ok(Decoded::Ignored) => {}
                Err(error) => {
                    tracing::warn!(link = self.id.0, %error, "A peer sent what is not a frame");
                    return CloseReason::Malformed;
                }
            }
        }
        CloseReason::PeerClosed
    }

    /// Opens a pairing code and answers with it. It is in no log line and nowhere else.
    fn open_pairing(&self, id: u64) -> String {
        let code = PairingCode::from_bytes(rand::random());
        let output = PairingCodeOutput {
            code: code.shown(self.port),
            expires_in_ms: u64::try_from(CODE_HOLDS.as_millis()).unwrap_or(u64::MAX),
        };
        let now = tokio::time::Instant::now().into_std();
        self.pairing.lock().unwrap_or_else(PoisonError::into_inner).open(code, now);
        tracing::info!(link = self.id.0, "A pairing code is open");
        frame::response(id, &output)
    }

    /// Reads a frame; a large one beside the thread that serves everybody.
    async fn decode(&self, text: Utf8Bytes) -> Result<Decoded, FrameError> {
        /// From here on reading takes far longer than going to another thread and back.
        const LARGE: usize = 1024 * 1024;
        let (kind, id, is_large) = (self.kind, self.id, text.len() > LARGE);
        let read = move || {
            let bytes: &Bytes = text.as_ref();
            decode(text.as_str(), bytes, kind, id)
        };
        if is_large { spawn_blocking(read).await.unwrap_or(Ok(Decoded::Ignored)) } else { read() }
    }
}

/// What a peer is told when the link itself, and not the core, ended it.
fn refusal_of(reason: CloseReason) -> Option<Refusal> {
    let (code, message, fix) = match reason {
        CloseReason::Malformed => (
            RefusalCode::Malformed,
            "a message was not a JSON-RPC frame in a text of at most 64 MiB",
            "send frames as docs/protocol.md says",
        ),
        CloseReason::Silent => (
            RefusalCode::Silent,
            "the heartbeat was not answered",
            "connect again, and answer `ping` requests",
        ),
        CloseReason::SlowReader => return Some(slow_reader()),
        CloseReason::PeerClosed | CloseReason::Broken | CloseReason::Ended | CloseReason::HubGone => {
            return None;
        }
    };
    Some(Refusal { code, message: message.to_owned(), fix: fix.to_owned() })
}

/// What a peer is told that lets its queue run full.
pub(crate) fn slow_reader() -> Refusal {
    Refusal {
        code: RefusalCode::SlowReader,
        message: "more frames were waiting than the hub keeps for one peer".to_owned(),
        fix: "connect again, and read faster than answers come".to_owned(),
    }
}
