//! The transport under the SDK: it never sees a line that it would drop, and writing never fails under it.

use std::convert::Infallible;
use std::sync::{Arc, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{
    ClientJsonRpcMessage, ClientNotification, JsonRpcMessage, RequestId, ServerJsonRpcMessage,
};
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, interval};

use super::line::{Line, Lines};
use super::message::{self, Asked, Received};
use super::repeats::{REMEMBERED, Repeats, Verdict};

pub use super::line::LINE_LIMIT;

/// How many messages may wait for the SDK; further ones wait in the pipe.
const MESSAGES: usize = 64;

/// The stream of messages, shared by the SDK's attempts at opening a session.
#[derive(Clone)]
pub struct LineTransport {
    messages_rx: Arc<Mutex<mpsc::Receiver<ClientJsonRpcMessage>>>,
    output: Output,
}

/// The writing end, shared by answers and refusals.
#[derive(Clone)]
pub struct Output {
    stream: Arc<Mutex<Box<dyn AsyncWrite + Send + Unpin>>>,
    closed_tx: Arc<watch::Sender<bool>>,
    /// What runs and what was answered; locked for no longer than a look into it.
    repeats: Arc<std::sync::Mutex<Repeats>>,
}

impl LineTransport {
    /// A transport, and the sender that [`pump`] feeds it through.
    pub fn new(output: Output) -> (Self, mpsc::Sender<ClientJsonRpcMessage>) {
        let (messages_tx, messages_rx) = mpsc::channel(MESSAGES);
        (Self { messages_rx: Arc::new(Mutex::new(messages_rx)), output }, messages_tx)
    }
}

impl Transport<RoleServer> for LineTransport {
    type Error = Infallible;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Infallible>> + Send + 'static {
        let output = self.output.clone();
        async move {
            output.answer(&message).await;
            Ok(())
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.messages_rx.lock().await.recv().await
    }

    async fn close(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Output {
    /// Writes to this stream.
    pub fn new(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self {
            stream: Arc::new(Mutex::new(Box::new(stream))),
            closed_tx: Arc::new(watch::Sender::new(false)),
            repeats: Arc::default(),
        }
    }

    /// Writes a message of the SDK's: an answer as often as its request came.
    async fn answer(&self, message: &ServerJsonRpcMessage) {
        let Some(line) = line_of(message) else { return };
        let times = match answered_id(message) {
            Some(id) => self.repeats().answer(id, &line, Instant::now()),
            None => 1,
        };
        for _ in 0..times {
            self.write(&line).await;
        }
    }

    /// Writes what is answered here, without the SDK.
    async fn refuse(&self, message: &ServerJsonRpcMessage) {
        if let Some(line) = line_of(message) {
            self.write(&line).await;
        }
    }

    /// Writes a line. A reader that has gone is told of through [`Output::closed`].
    async fn write(&self, line: &[u8]) {
        let mut stream = self.stream.lock().await;
        let written = match stream.write_all(line).await {
            Ok(()) => stream.flush().await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.closed_tx.send_replace(true);
        }
    }

    /// Says whether the request is the SDK's to answer; answers it otherwise.
    async fn admit(&self, asked: Asked) -> bool {
        let Asked { id, fingerprint, is_call, is_initialize } = asked;
        let verdict = {
            let mut repeats = self.repeats();
            if is_initialize {
                repeats.begin_anew();
            }
            repeats.admit(&id, fingerprint, is_call, Instant::now())
        };
        match &verdict {
            Verdict::Run | Verdict::Joined => {}
            Verdict::Again(line) => self.write(line).await,
            Verdict::Conflict => self.refuse(&message::conflict(id.clone())).await,
        }
        if verdict != Verdict::Run {
            tracing::info!(%id, "A request came under the id of another, which it is not run beside");
        }
        verdict == Verdict::Run
    }

    /// Forgets answers when their time is up, at most twice that late; never ends.
    async fn forget(&self) -> Infallible {
        let mut look = interval(REMEMBERED);
        loop {
            look.tick().await;
            self.repeats().forget(Instant::now());
        }
    }

    fn repeats(&self) -> std::sync::MutexGuard<'_, Repeats> {
        self.repeats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when a message could not be written.
    pub async fn closed(&self) {
        let mut closed_rx = self.closed_tx.subscribe();
        // The sender lives as long as `self`.
        let _ = closed_rx.wait_for(|closed| *closed).await.map(drop);
    }
}

/// Reads lines of at most `limit` bytes until the input ends: messages go to the SDK, everything else is answered here.
pub async fn pump(
    input: impl AsyncRead + Unpin,
    limit: usize,
    output: Output,
    messages_tx: mpsc::Sender<ClientJsonRpcMessage>,
) {
    tokio::select! {
        () = read_all(input, limit, &output, messages_tx) => {}
        never = output.forget() => match never {},
    }
}

async fn read_all(
    input: impl AsyncRead + Unpin,
    limit: usize,
    output: &Output,
    messages_tx: mpsc::Sender<ClientJsonRpcMessage>,
) {
    let mut lines = Lines::new(input, limit);
    while let Some(line) = lines.next().await {
        let received = match line {
            Line::Whole(line) => message::read(line),
            Line::TooLong(id) => Received::Answer(Box::new(message::too_long(id, limit))),
        };
        let message = match received {
            Received::Request(asked, message) => {
                if !output.admit(asked).await {
                    continue;
                }
                message
            }
            Received::Message(message) => {
                if let Some(id) = cancelled_id(&message) {
                    output.repeats().cancel(id);
                }
                message
            }
            Received::Answer(answer) => {
                output.refuse(&answer).await;
                continue;
            }
            Received::Nothing => continue,
        };
        if messages_tx.send(*message).await.is_err() {
            return;
        }
    }
}

fn line_of(message: &ServerJsonRpcMessage) -> Option<Vec<u8>> {
    match serde_json::to_vec(message) {
        Ok(mut line) => {
            line.push(b'\n');
            Some(line)
        }
        Err(error) => {
            tracing::error!(%error, "An answer cannot be written as JSON");
            None
        }
    }
}

/// The id of the request that a message answers.
fn answered_id(message: &ServerJsonRpcMessage) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Response(response) => Some(&response.id),
        JsonRpcMessage::Error(error) => error.id.as_ref(),
        JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => None,
    }
}

/// The id of the request that a notification takes back.
fn cancelled_id(message: &ClientJsonRpcMessage) -> Option<&RequestId> {
    match message {
        JsonRpcMessage::Notification(notification) => match &notification.notification {
            ClientNotification::CancelledNotification(cancelled) => cancelled.params.request_id.as_ref(),
            _ => None,
        },
        _ => None,
    }
}
