//! A greeted connection for whoever asks the hub a few questions: the command line and the native host.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame::{self, Frame, Kind};
use tabmux_protocol::message::Welcome;
use tabmux_protocol::method;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::dial::{HELLO_ID, Socket};

/// How many notifications are kept while an answer is awaited; the oldest go first.
const NOTIFICATIONS_KEPT: usize = 256;

/// A greeted connection to the hub; dropping it ends it.
#[derive(Debug)]
pub struct Connection {
    socket: Socket,
    welcome: Welcome,
    next_id: u64,
    notifications: VecDeque<(String, Box<RawValue>)>,
}

/// Why the hub gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The connection ended.
    #[error("the hub closed the connection: `tabmux status` shows whether one runs")]
    Closed,
    /// The time was up.
    #[error("the hub did not answer `{method}` within {} ms: its log may say why", .within.as_millis())]
    Timeout {
        /// What was asked.
        method: String,
        /// How long the answer was waited for.
        within: Duration,
    },
    /// The hub answered with an error.
    #[error("the hub refused `{method}`: {}", .error.message)]
    Refused {
        /// What was asked.
        method: String,
        /// What it said.
        error: RpcError,
    },
    /// The answer is not of the expected shape.
    #[error("the hub's answer to `{method}` is not understood: {source}")]
    Unreadable {
        /// What was asked.
        method: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

enum Incoming {
    Answer(u64, Result<Box<RawValue>, RpcError>),
    Notification(String, Box<RawValue>),
    Nothing,
}

impl Connection {
    pub(crate) fn new(socket: Socket, welcome: Welcome) -> Self {
        Self { socket, welcome, next_id: HELLO_ID + 1, notifications: VecDeque::new() }
    }

    /// What the hub said about itself in its greeting.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Asks the hub and waits for its answer, at most `deadline`.
    pub async fn request<T: DeserializeOwned>(
        &mut self,
        method: &str,
        params: &impl Serialize,
        deadline: Duration,
    ) -> Result<T, RequestError> {
        let id = self.next_id;
        self.next_id += 1;
        let text = frame::request(id, method, params);
        let method = method.to_owned();
        match timeout(deadline, self.exchange(id, text)).await {
            Err(_) => Err(RequestError::Timeout { method, within: deadline }),
            Ok(None) => Err(RequestError::Closed),
            Ok(Some(Err(error))) => Err(RequestError::Refused { method, error }),
            Ok(Some(Ok(result))) => serde_json::from_str(result.get())
                .map_err(|source| RequestError::Unreadable { method, source }),
        }
    }

    /// The next notification, method and parameters; `None` when the hub has closed the connection. Dropping the future
    /// loses none.
    pub async fn next_notification(&mut self) -> Option<(String, Box<RawValue>)> {
        if let Some(kept) = self.notifications.pop_front() {
            return Some(kept);
        }
        loop {
            if let Incoming::Notification(method, params) = self.receive().await? {
                return Some((method, params));
            }
        }
    }

    /// Says that a client goes for good, and waits until the hub has heard it and closed the connection, at most `deadline`.
    pub async fn leave(mut self, deadline: Duration) {
        let parting = async {
            if self.socket.send(Message::text(frame::notification(method::BYE, &json!({})))).await.is_ok() {
                while self.receive().await.is_some() {}
            }
        };
        // A hub that is gone, or does not read, misses the client later.
        let _ = timeout(deadline, parting).await;
    }

    async fn exchange(&mut self, id: u64, text: String) -> Option<Result<Box<RawValue>, RpcError>> {
        self.socket.send(Message::text(text)).await.ok()?;
        loop {
            match self.receive().await? {
                Incoming::Answer(answered, outcome) if answered == id => return Some(outcome),
                Incoming::Notification(method, params) => {
                    if self.notifications.len() == NOTIFICATIONS_KEPT {
                        self.notifications.pop_front();
                    }
                    self.notifications.push_back((method, params));
                }
                // The answer to a question that was given up.
                Incoming::Answer(..) | Incoming::Nothing => {}
            }
        }
    }

    /// Reads one frame and answers the hub's own questions.
    async fn receive(&mut self) -> Option<Incoming> {
        let text = match self.socket.next().await? {
            Ok(Message::Text(text)) => text,
            Ok(_) => return Some(Incoming::Nothing),
            Err(_) => return None,
        };
        let Ok(frame) = Frame::parse(&text) else { return Some(Incoming::Nothing) };
        Some(match frame.kind() {
            Ok(Kind::Response { id, outcome }) => {
                Incoming::Answer(id, outcome.map(ToOwned::to_owned).map_err(RpcError::parse))
            }
            Ok(Kind::Notification { method, params }) => {
                match params.map_or_else(no_params, |p| Ok(p.to_owned())) {
                    Ok(params) => Incoming::Notification(method.to_owned(), params),
                    Err(_) => Incoming::Nothing,
                }
            }
            Ok(Kind::Request { id, method, .. }) => {
                self.socket.send(Message::text(answer_to(id, method))).await.ok()?;
                Incoming::Nothing
            }
            Err(_) => Incoming::Nothing,
        })
    }
}

/// What a peer of the hub answers to the hub's requests: the heartbeat is all that it knows.
pub(crate) fn answer_to(id: u64, method: &str) -> String {
    if method == method::PING {
        return frame::response(id, &json!({}));
    }
    let message = format!("a client does not know `{method:.40}`");
    frame::error_response(id, &RpcError::protocol(RpcError::METHOD_NOT_FOUND, message))
}

fn no_params() -> serde_json::Result<Box<RawValue>> {
    to_raw_value(&json!({}))
}
