//! The transport under the SDK: it never sees a line that it would drop, and writing never fails under it.

use std::convert::Infallible;
use std::sync::Arc;

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Mutex, mpsc, watch};

use super::line::{LINE_LIMIT, Line, Lines};
use super::message::{self, Received};

/// How many messages may wait for the SDK; further ones wait in the pipe.
const MESSAGES: usize = 64;

/// The stream of messages, shared by the SDK's attempts at opening a session.
#[derive(Clone)]
pub(super) struct LineTransport {
    messages_rx: Arc<Mutex<mpsc::Receiver<ClientJsonRpcMessage>>>,
    output: Output,
}

/// The writing end, shared by answers and refusals.
#[derive(Clone)]
pub(super) struct Output {
    stream: Arc<Mutex<Box<dyn AsyncWrite + Send + Unpin>>>,
    closed_tx: Arc<watch::Sender<bool>>,
}

impl LineTransport {
    /// A transport, and the sender that [`pump`] feeds it through.
    pub(super) fn new(output: Output) -> (Self, mpsc::Sender<ClientJsonRpcMessage>) {
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
            output.send(&message).await;
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
    pub(super) fn new(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self {
            stream: Arc::new(Mutex::new(Box::new(stream))),
            closed_tx: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Writes a message as one line. A reader that has gone is told of through [`Output::closed`].
    async fn send(&self, message: &ServerJsonRpcMessage) {
        let mut line = match serde_json::to_vec(message) {
            Ok(line) => line,
            Err(error) => {
                tracing::error!(%error, "An answer cannot be written as JSON");
                return;
            }
        };
        line.push(b'\n');
        let mut stream = self.stream.lock().await;
        let written = match stream.write_all(&line).await {
            Ok(()) => stream.flush().await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.closed_tx.send_replace(true);
        }
    }

    /// Ends when a message could not be written.
    pub(super) async fn closed(&self) {
        let mut closed_rx = self.closed_tx.subscribe();
        // The sender lives as long as `self`.
        let _ = closed_rx.wait_for(|closed| *closed).await.map(drop);
    }
}

/// Reads lines until the input ends: messages go to the SDK, everything else is answered here.
pub(super) async fn pump(
    input: impl AsyncRead + Unpin,
    output: Output,
    messages_tx: mpsc::Sender<ClientJsonRpcMessage>,
) {
    let mut lines = Lines::new(input);
    while let Some(line) = lines.next().await {
        let received = match line {
            Line::Whole(line) => message::read(line),
            Line::TooLong(id) => Received::Answer(Box::new(message::too_long(id, LINE_LIMIT))),
        };
        match received {
            Received::Message(message) => {
                if messages_tx.send(*message).await.is_err() {
                    return;
                }
            }
            Received::Answer(answer) => output.send(&answer).await,
            Received::Nothing => {}
        }
    }
}
