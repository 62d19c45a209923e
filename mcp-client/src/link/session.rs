//! One greeted connection: frames out through a writer of its own, frames in, and the heartbeat.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use serde_json::value::RawValue;
use tabmux_protocol::frame::{self, Frame, Kind};
use tabmux_protocol::message::{BrowserState, CancelParams, Notice, Welcome};
use tabmux_protocol::{BootId, CallId, Refusal, RefusalCode, method};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::calls::Calls;
use crate::hub::{HELLO_ID, Socket, answer_to};

/// How many frames may wait for the socket. The hub reads without pause, so that a full queue means that it hangs.
const FRAMES: usize = 256;
/// How long the goodbye may take to leave.
const GOODBYE: Duration = Duration::from_millis(300);
/// After so many heartbeats without a word from the hub the connection is given up; each of them but the last is a test.
const QUIET_HEARTBEATS: u32 = 3;

/// A greeted connection.
pub(super) struct Session {
    stream: SplitStream<Socket>,
    frames_tx: mpsc::Sender<Message>,
    writer: JoinSet<()>,
    next_id: u64,
    asked: BTreeMap<u64, Asked>,
    browser: BrowserState,
    heartbeat: Duration,
    heartbeat_at: Instant,
    quiet: u32,
}

/// What an answer of the hub will be the answer to.
enum Asked {
    Call(CallId),
    Status(oneshot::Sender<Box<RawValue>>),
    Heartbeat,
}

/// What came of a frame.
pub(super) enum Heard {
    /// Nothing that the others need to know.
    Nothing,
    /// The browser's state changed.
    Browser(BrowserState),
    /// The connection is over.
    Lost(Loss),
}

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Loss {
    /// The hub closed it, or died.
    #[error("the hub closed the connection")]
    Closed,
    /// The hub said why it closes.
    #[error("the hub closed the connection: {0}")]
    Told(Refusal),
    /// The hub does not answer, or does not read.
    #[error("the hub is silent")]
    Silent,
}

impl Loss {
    /// Whether another process speaks under our id: dialling again would take it back, and so on forever.
    pub(super) fn is_displaced(&self) -> bool {
        matches!(self, Self::Told(refusal) if refusal.code == RefusalCode::Displaced)
    }
}

impl Session {
    pub(super) fn new(socket: Socket, welcome: &Welcome, heartbeat: Duration) -> Self {
        let (sink, stream) = socket.split();
        let (frames_tx, frames_rx) = mpsc::channel(FRAMES);
        let mut writer = JoinSet::new();
        writer.spawn(write(sink, frames_rx));
        Self {
            stream,
            frames_tx,
            writer,
            next_id: HELLO_ID + 1,
            asked: BTreeMap::new(),
            browser: welcome.browser.clone(),
            heartbeat,
            heartbeat_at: Instant::now() + heartbeat,
            quiet: 0,
        }
    }

    /// Sends what the time without a connection has left behind.
    pub(super) fn resume(&mut self, calls: &mut Calls) -> Result<(), Loss> {
        for id in calls.take_cancelled() {
            self.send_cancel(id)?;
        }
        for id in calls.to_send() {
            self.send_call(calls, id)?;
        }
        Ok(())
    }

    pub(super) fn send_call(&mut self, calls: &mut Calls, id: CallId) -> Result<(), Loss> {
        let number = self.number();
        let boot_id: Option<BootId> = self.browser.boot_id;
        let text =
            calls.send(id, boot_id, Instant::now(), |params| frame::request(number, method::CALL, params));
        let Some(text) = text else { return Ok(()) };
        self.asked.insert(number, Asked::Call(id));
        self.send(text)
    }

    pub(super) fn send_cancel(&mut self, call_id: CallId) -> Result<(), Loss> {
        self.send(frame::notification(method::CANCEL, &CancelParams { call_id }))
    }

    pub(super) fn ask_status(&mut self, reply: oneshot::Sender<Box<RawValue>>) -> Result<(), Loss> {
        let number = self.number();
        self.asked.insert(number, Asked::Status(reply));
        self.send(frame::request(number, method::STATUS, &json!({})))
    }

    /// Says goodbye and waits a moment until it has left the process.
    pub(super) async fn bye(mut self) {
        let _ = self.send(frame::notification(method::BYE, &json!({})));
        drop(self.frames_tx);
        let _ = timeout(GOODBYE, self.writer.join_next()).await;
    }

    /// When to call [`Session::beat`] next.
    pub(super) fn next_beat(&self) -> Instant {
        self.heartbeat_at
    }

    /// Tests a connection that has been silent for a heartbeat.
    pub(super) fn beat(&mut self) -> Result<(), Loss> {
        self.heartbeat_at = Instant::now() + self.heartbeat;
        self.quiet += 1;
        if self.quiet >= QUIET_HEARTBEATS {
            return Err(Loss::Silent);
        }
        let number = self.number();
        self.asked.insert(number, Asked::Heartbeat);
        self.send(frame::request(number, method::PING, &json!({})))
    }

    /// Waits for the next frame and acts on it. Dropping the future loses none.
    pub(super) async fn hear(&mut self, calls: &mut Calls) -> Heard {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => {
                self.quiet = 0;
                self.take(&text, calls)
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Heard::Lost(Loss::Closed),
            Some(Ok(_)) => Heard::Nothing,
        }
    }

    fn take(&mut self, text: &str, calls: &mut Calls) -> Heard {
        let parsed = Frame::parse(text);
        let kind =
            parsed.as_ref().map_err(ToString::to_string).and_then(|f| f.kind().map_err(|e| e.to_string()));
        match kind {
            Ok(Kind::Response { id, outcome }) => {
                self.answered(id, outcome, calls);
                Heard::Nothing
            }
            Ok(Kind::Notification { method, params }) => self.told(method, params, calls),
            Ok(Kind::Request { id, method, .. }) => match self.send(answer_to(id, method)) {
                Ok(()) => Heard::Nothing,
                Err(loss) => Heard::Lost(loss),
            },
            Err(error) => {
                tracing::warn!(%error, "Ignoring a frame of the hub that is not understood");
                Heard::Nothing
            }
        }
    }

    fn answered(&mut self, number: u64, outcome: Result<&RawValue, &RawValue>, calls: &mut Calls) {
        match (self.asked.remove(&number), outcome) {
            (Some(Asked::Call(id)), outcome) => calls.answer(id, outcome),
            (Some(Asked::Status(reply)), Ok(status)) => {
                // Whoever asked may have stopped waiting.
                let _ = reply.send(status.to_owned());
            }
            (Some(Asked::Status(_) | Asked::Heartbeat), _) => {}
            (None, _) => tracing::debug!(number, "Dropping an answer to nothing that was asked"),
        }
    }

    fn told(&mut self, method: &str, params: Option<&RawValue>, calls: &Calls) -> Heard {
        let params = params.map_or("{}", RawValue::get);
        match method {
            method::PROGRESS => match serde_json::from_str(params) {
                Ok(progress) => calls.progress(progress),
                Err(error) => tracing::warn!(%error, method, "Ignoring a notice that is not understood"),
            },
            method::NOTICE => match serde_json::from_str::<Notice>(params) {
                Ok(notice) => return self.noticed(notice),
                Err(error) => tracing::warn!(%error, method, "Ignoring a notice that is not understood"),
            },
            method::CLOSING => {
                let loss = serde_json::from_str(params).map_or(Loss::Closed, Loss::Told);
                return Heard::Lost(loss);
            }
            _ => tracing::debug!(method, "Ignoring a notification that a newer hub may send"),
        }
        Heard::Nothing
    }

    fn noticed(&mut self, notice: Notice) -> Heard {
        if let Some(restarting) = notice.restarting {
            tracing::info!(retry_in_ms = restarting.retry_in_ms, "The hub is about to leave");
        }
        match notice.browser {
            Some(browser) => {
                self.browser.clone_from(&browser);
                Heard::Browser(browser)
            }
            None => Heard::Nothing,
        }
    }

    fn send(&self, text: String) -> Result<(), Loss> {
        self.frames_tx.try_send(Message::text(text)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Loss::Silent,
            mpsc::error::TrySendError::Closed(_) => Loss::Closed,
        })
    }

    fn number(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

/// Writes what is queued, several frames a flush where several wait; ends with the queue or the socket.
async fn write(mut sink: SplitSink<Socket, Message>, mut frames_rx: mpsc::Receiver<Message>) {
    while let Some(message) = frames_rx.recv().await {
        if sink.feed(message).await.is_err() {
            return;
        }
        while let Ok(message) = frames_rx.try_recv() {
            if sink.feed(message).await.is_err() {
                return;
            }
        }
        if sink.flush().await.is_err() {
            return;
        }
    }
    let _ = sink.close().await;
}
