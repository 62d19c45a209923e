//! One greeted connection: frames out through a writer of its own, frames in, and what they mean.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::value::RawValue;
use tabmux_protocol::CallId;
use tabmux_protocol::message::Welcome;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::calls::Calls;
use super::conversation::{Conversation, Heard, Loss};
use crate::hub::Socket;

/// How many frames may wait for the socket. The hub reads without pause, so that a full queue means that it hangs.
const FRAMES: usize = 256;
/// How long the goodbye may take to leave.
const GOODBYE: Duration = Duration::from_millis(300);

/// A greeted connection.
pub(super) struct Session {
    conversation: Conversation,
    stream: SplitStream<Socket>,
    frames_tx: mpsc::Sender<Message>,
    writer: JoinSet<()>,
}

impl Session {
    pub(super) fn new(socket: Socket, welcome: &Welcome, heartbeat: Duration) -> Self {
        let (sink, stream) = socket.split();
        let (frames_tx, frames_rx) = mpsc::channel(FRAMES);
        let mut writer = JoinSet::new();
        writer.spawn(write(sink, frames_rx));
        let conversation = Conversation::new(welcome, heartbeat, Instant::now());
        Self { conversation, stream, frames_tx, writer }
    }

    /// Sends what the time without a connection has left behind.
    pub(super) fn resume(&mut self, calls: &mut Calls) -> Result<(), Loss> {
        self.conversation.resume(calls, Instant::now());
        self.flush()
    }

    pub(super) fn send_call(&mut self, calls: &mut Calls, id: CallId) -> Result<(), Loss> {
        self.conversation.send_call(calls, id, Instant::now());
        self.flush()
    }

    pub(super) fn send_cancel(&mut self, call_id: CallId) -> Result<(), Loss> {
        self.conversation.send_cancel(call_id);
        self.flush()
    }

    pub(super) fn ask_status(&mut self, reply: oneshot::Sender<Box<RawValue>>) -> Result<(), Loss> {
        self.conversation.ask_status(reply);
        self.flush()
    }

    /// Says goodbye and waits a moment until it has left the process.
    pub(super) async fn bye(mut self) {
        self.conversation.bye();
        self.close().await;
    }

    /// Takes the calls back that nobody waits for any more, and goes without a goodbye.
    pub(super) async fn pause(mut self, calls: &Calls) {
        for id in calls.to_send() {
            self.conversation.send_cancel(id);
        }
        self.close().await;
    }

    async fn close(mut self) {
        let _ = self.flush();
        drop(self.frames_tx);
        let _ = timeout(GOODBYE, self.writer.join_next()).await;
    }

    /// When to call [`Session::beat`] next.
    pub(super) fn next_beat(&self) -> Instant {
        self.conversation.next_beat()
    }

    /// Tests a connection that has been silent for a heartbeat.
    pub(super) fn beat(&mut self) -> Result<(), Loss> {
        self.conversation.beat(Instant::now())?;
        self.flush()
    }

    /// Waits for the next frame and acts on it. Dropping the future loses none.
    pub(super) async fn hear(&mut self, calls: &mut Calls) -> Heard {
        match self.stream.next().await {
            Some(Ok(Message::Text(text))) => {
                let heard = self.conversation.hear(&text, calls, Instant::now());
                self.flush().map_or_else(Heard::Lost, |()| heard)
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Heard::Lost(Loss::Closed),
            Some(Ok(_)) => Heard::Nothing,
        }
    }

    /// Hands what the conversation wants sent to the writer.
    fn flush(&mut self) -> Result<(), Loss> {
        while let Some(text) = self.conversation.poll_frame() {
            self.frames_tx.try_send(Message::text(text)).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => Loss::Silent,
                mpsc::error::TrySendError::Closed(_) => Loss::Closed,
            })?;
        }
        Ok(())
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
