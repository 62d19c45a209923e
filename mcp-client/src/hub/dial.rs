//! One attempt at the hub: TCP, WebSocket, challenge, hello, and the hub's own proof before anything is trusted.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use data_encoding::HEXLOWER;
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame::{self, Frame, Kind};
use tabmux_protocol::message::{Challenge, Control, Hello, PeerKind, Welcome};
use tabmux_protocol::proof::{Side, Transcript};
use tabmux_protocol::{
    ClientId, Installation, InstanceId, MAX_FRAME, PROTOCOL, READ_BUFFER, Refusal, RefusalCode, method,
};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message, http::StatusCode};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::error::ConnectError;
use super::holder::Holder;
use super::stream::Guarded;
use crate::ClientSettings;

/// A WebSocket to the hub.
pub(crate) type Socket = WebSocketStream<Guarded>;

/// The frame number of the greeting, the first that we send; later ones count on from here.
pub(crate) const HELLO_ID: u64 = 1;

/// Who dials.
#[derive(Debug, Clone)]
pub(crate) struct Introduction {
    pub(crate) kind: PeerKind,
    pub(crate) instance: Option<InstanceId>,
    pub(crate) resume: Option<(ClientId, String)>,
    /// Whether the id to resume is a named session's.
    pub(crate) session: bool,
    pub(crate) label: Option<String>,
    /// The colour that the hub before gave to the id to resume.
    pub(crate) colour: Option<String>,
    /// Whether a person let the id to resume work, as the hub before told it.
    pub(crate) control: Control,
    pub(crate) agent: Option<String>,
    pub(crate) cwd: Option<PathBuf>,
}

impl Introduction {
    /// The command line, which has nothing to say about itself.
    pub(crate) fn cli() -> Self {
        Self {
            kind: PeerKind::Cli,
            instance: None,
            resume: None,
            session: false,
            label: None,
            colour: None,
            control: Control::Running,
            agent: None,
            cwd: None,
        }
    }

    fn into_hello(self, proof: String, client_nonce: String) -> Hello {
        let (client_id, resume_token) = self.resume.unzip();
        Hello {
            kind: self.kind,
            client_nonce,
            proof,
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            pid: Some(std::process::id()),
            instance: self.instance,
            client_id,
            resume_token,
            label: self.label,
            colour: self.colour,
            control: self.control,
            agent: self.agent,
            cwd: self.cwd.map(|folder| folder.to_string_lossy().into_owned()),
            role: None,
            session: self.session,
            browser_id: None,
            boot_id: None,
            browser: None,
            tabs: Vec::new(),
            next_tab: None,
            place: None,
        }
    }
}

/// Dials the hub of `installation` and greets it. `introduction` is awaited after the hub's challenge: what an agent
/// program calls itself is known a moment after the process starts.
pub(crate) async fn dial(
    installation: &Installation,
    settings: &ClientSettings,
    introduction: impl Future<Output = Introduction>,
) -> Result<(Socket, Welcome), ConnectError> {
    let attempt = Attempt { installation, settings };
    let mut socket = attempt.open().await?;
    let handshake = settings.handshake();
    match timeout(handshake, attempt.greet(&mut socket, introduction)).await {
        Ok(Ok(welcome)) => {
            socket.get_mut().trust();
            Ok((socket, welcome))
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(attempt.silent("greeting", handshake)),
    }
}

struct Attempt<'a> {
    installation: &'a Installation,
    settings: &'a ClientSettings,
}

impl Attempt<'_> {
    async fn open(&self) -> Result<Socket, ConnectError> {
        let port = self.installation.port;
        let connect = self.settings.connect();
        let stream = match timeout(connect, TcpStream::connect(("127.0.0.1", port))).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                return Err(ConnectError::Absent { port });
            }
            Ok(Err(error)) => return Err(ConnectError::Broken(error.to_string())),
            Err(_) => return Err(self.silent("connecting", connect)),
        };
        stream.set_nodelay(true).map_err(|error| ConnectError::Broken(error.to_string()))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_FRAME))
            .max_frame_size(Some(MAX_FRAME));
        let url = format!("ws://{}{}", self.installation.authority(), PeerKind::Client.path());
        let handshake = self.settings.handshake();
        let opened = client_async_with_config(url, Guarded::new(stream), Some(config));
        match timeout(handshake, opened).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(WsError::Http(answer))) if answer.status() == StatusCode::SERVICE_UNAVAILABLE => {
                Err(ConnectError::Broken("it is leaving".into()))
            }
            // A hub that ends closes without a word; anything that answers otherwise is no hub.
            Ok(Err(WsError::Io(error))) => Err(ConnectError::Broken(error.to_string())),
            Ok(Err(error)) => Err(self.stranger(&error.to_string())),
            Err(_) => Err(self.silent("WebSocket handshake", handshake)),
        }
    }

    async fn greet(
        &self,
        socket: &mut Socket,
        introduction: impl Future<Output = Introduction>,
    ) -> Result<Welcome, ConnectError> {
        let challenge = self.challenge(&next_text(socket).await?)?;
        let introduction = introduction.await;
        let kind = introduction.kind;
        let secret = self.installation.read_secret()?;
        let secret = secret.ok_or_else(|| self.foreign())?;
        let key = secret.key(kind);
        let authority = self.installation.authority();
        let client_nonce = HEXLOWER.encode(&rand::random::<[u8; 32]>());
        let transcript = Transcript {
            kind,
            authority: &authority,
            hub_nonce: &challenge.hub_nonce,
            client_nonce: &client_nonce,
        };
        let proof = key.prove(Side::Peer, &transcript);
        let hello = introduction.into_hello(proof, client_nonce.clone());
        let sent = socket.send(Message::text(frame::request(HELLO_ID, method::HELLO, &hello))).await;
        sent.map_err(|error| ConnectError::Broken(error.to_string()))?;
        let welcome: Welcome = self.answer(&next_text(socket).await?)?;
        if !key.verify(Side::Hub, &transcript, &welcome.proof) {
            let port = self.installation.port;
            return Err(ConnectError::Forged { port, holder: Holder::of_port(port) });
        }
        Ok(welcome)
    }

    fn challenge(&self, text: &str) -> Result<Challenge, ConnectError> {
        let not_ours = || self.stranger("its first words are not a hub's");
        let frame = Frame::parse(text).map_err(|_| not_ours())?;
        match frame.kind() {
            Ok(Kind::Notification { method: method::CHALLENGE, params: Some(params) }) => {
                serde_json::from_str(params.get()).map_err(|_| not_ours())
            }
            // A hub that is full or leaving may say so before its challenge.
            _ => Err(closing(&frame).map_or_else(not_ours, ConnectError::Refused)),
        }
    }

    fn answer<'t, T: Deserialize<'t>>(&self, text: &'t str) -> Result<T, ConnectError> {
        let not_ours = || self.stranger("it answers a greeting unlike a hub");
        let frame: Frame<'t> = Frame::parse(text).map_err(|_| not_ours())?;
        if let Some(refusal) = closing(&frame) {
            return Err(ConnectError::Refused(refusal));
        }
        if let Some(error) = frame.error {
            return Err(match RpcError::parse(error).into_refusal() {
                Some(refusal) if refusal.code == RefusalCode::BadProof => self.foreign(),
                Some(refusal) => ConnectError::Refused(refusal),
                None => not_ours(),
            });
        }
        let result = frame.result.filter(|_| frame.id == Some(HELLO_ID)).ok_or_else(not_ours)?;
        serde_json::from_str(result.get()).map_err(|_| not_ours())
    }

    fn stranger(&self, problem: &str) -> ConnectError {
        let port = self.installation.port;
        ConnectError::Stranger { port, holder: Holder::of_port(port), problem: problem.into() }
    }

    fn foreign(&self) -> ConnectError {
        let port = self.installation.port;
        ConnectError::Foreign { port, holder: Holder::of_port(port) }
    }

    fn silent(&self, step: &'static str, within: Duration) -> ConnectError {
        let port = self.installation.port;
        let within_ms = within.as_millis().try_into().unwrap_or(u64::MAX);
        ConnectError::Silent { port, holder: Holder::of_port(port), step, within_ms }
    }
}

/// The reason in a hub's last words.
fn closing(frame: &Frame<'_>) -> Option<Refusal> {
    frame.method.as_deref().filter(|name| *name == method::CLOSING)?;
    serde_json::from_str(frame.params?.get()).ok()
}

/// The next text frame; control frames are the library's business.
async fn next_text(socket: &mut Socket) -> Result<String, ConnectError> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Close(_))) | None => return Err(ConnectError::Broken("it hung up".into())),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(ConnectError::Broken(error.to_string())),
        }
    }
}
