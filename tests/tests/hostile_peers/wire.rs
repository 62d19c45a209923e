//! A connection on which everything may be sent: bytes, requests, and WebSocket frames that no library would make.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::proof::{Secret, Side, Transcript};
use tabmux_protocol::{EXTENSION_ID, Installation, frame, method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use uuid::Uuid;

/// Everything that does not belong is closed within this time, silence included.
pub const CLOSED_WITHIN: Duration = Duration::from_secs(8);

/// The first byte of a whole text frame, of the others, and the bit that a frame is the last of its message.
pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
pub const PING: u8 = 0x89;
pub const FIN: u8 = 0x80;

/// One TCP connection to the hub.
pub struct Wire {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Wire {
    pub async fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// A socket that is upgraded and not greeted, and the hub's nonce.
    pub async fn open(installation: &Installation, kind: PeerKind) -> Result<(Self, String)> {
        let mut wire = Self::connect(installation.port).await?;
        wire.send(upgrade(installation.port, kind.path(), origin_of(kind)).as_bytes()).await?;
        let end = loop {
            match wire.read.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(at) => break at + 4,
                None if wire.read_some().await? => {}
                None => bail!("no upgrade: {}", String::from_utf8_lossy(&wire.read)),
            }
        };
        let head = String::from_utf8(wire.read.drain(..end).collect())?;
        anyhow::ensure!(head.starts_with("HTTP/1.1 101"), "{head}");
        let challenge = wire.next().await?.context("a challenge")?;
        let nonce = challenge["params"]["hubNonce"].as_str().context("the hub's nonce")?.to_owned();
        Ok((wire, nonce))
    }

    /// A greeted socket.
    pub async fn greeted(installation: &Installation, secret: &Secret, kind: PeerKind) -> Result<Self> {
        let (mut wire, hub_nonce) = Self::open(installation, kind).await?;
        let hello = hello(secret, kind, &installation.authority(), &hub_nonce);
        wire.text(&frame::request(0, method::HELLO, &hello)).await?;
        let answer = wire.next().await?.context("a welcome")?;
        anyhow::ensure!(answer["result"]["proof"].is_string(), "{answer}");
        Ok(wire)
    }

    /// Sends bytes; a hub that has closed meanwhile is no failure of a hostile peer.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let _ =
            timeout(CLOSED_WITHIN, self.stream.write_all(bytes)).await.context("the hub reads nothing")?;
        Ok(())
    }

    /// Sends bytes as long as the hub takes them; an error says that it has closed.
    pub async fn try_send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Sends a text as one masked frame.
    pub async fn text(&mut self, text: &str) -> Result<()> {
        self.send(&masked(TEXT, text.as_bytes())).await
    }

    /// The next text frame; `None` at the end of the connection, which the hub's closing frame is, too.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some((head, payload)) = self.take_frame() {
                match head & 0x0f {
                    1 => return Ok(Some(serde_json::from_slice(&payload)?)),
                    8 => return Ok(None),
                    _ => continue,
                }
            }
            if !self.read_some().await? {
                return Ok(None);
            }
        }
    }

    /// The answer to the request of that id; `None` at the end of the connection.
    pub async fn answer_to(&mut self, id: u64) -> Result<Option<Value>> {
        while let Some(frame) = self.next().await? {
            if frame["id"] == id && frame["method"].is_null() {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    /// The code of a refusal among what has come until now.
    pub fn refusal_so_far(&mut self) -> Option<String> {
        while self.stream.try_read_buf(&mut self.read).is_ok_and(|count| count > 0) {}
        while let Some((_, payload)) = self.take_frame() {
            let frame: Value = serde_json::from_slice(&payload).unwrap_or_default();
            if frame["method"] == method::CLOSING {
                return frame["params"]["code"].as_str().map(str::to_owned);
            }
        }
        None
    }

    /// Reads to the end of the connection, which must come; returns the code of the last refusal on the way.
    pub async fn refusal(&mut self) -> Result<Option<String>> {
        let mut code = None;
        while let Some(frame) = self.next().await? {
            let told = [&frame["error"]["data"]["code"], &frame["params"]["code"]];
            code = told.into_iter().find_map(|code| code.as_str().map(str::to_owned)).or(code);
        }
        Ok(code)
    }

    /// Everything that comes until the end of the connection, which must come.
    pub async fn rest(&mut self) -> Result<String> {
        while self.read_some().await? {}
        Ok(String::from_utf8_lossy(&self.read).into_owned())
    }

    /// Reads what is there; `false` at the end. A connection that is reset is at its end, too.
    async fn read_some(&mut self) -> Result<bool> {
        let read = timeout(CLOSED_WITHIN, self.stream.read_buf(&mut self.read)).await;
        Ok(read.context("the hub neither speaks nor closes")?.is_ok_and(|count| count > 0))
    }

    /// A whole frame of the hub's: its first byte and its payload.
    fn take_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let (head, short) = (*self.read.first()?, *self.read.get(1)?);
        let (start, length) = match short {
            126 => (4, u64::from(u16::from_be_bytes(self.read.get(2..4)?.try_into().ok()?))),
            127 => (10, u64::from_be_bytes(self.read.get(2..10)?.try_into().ok()?)),
            short => (2, u64::from(short)),
        };
        let end = start + usize::try_from(length).ok()?;
        let payload = self.read.get(start..end)?.to_vec();
        self.read.drain(..end);
        Some((head, payload))
    }
}

/// The request of an upgrade, with more header lines, each with its end.
pub fn upgrade(port: u16, path: &str, more: impl AsRef<str>) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{UPGRADE}{}\r\n", more.as_ref())
}

/// The header lines of an upgrade.
pub const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                           Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// The header line with the origin of that kind of peer.
pub fn origin_of(kind: PeerKind) -> String {
    match kind {
        PeerKind::Extension => format!("Origin: chrome-extension://{EXTENSION_ID}\r\n"),
        PeerKind::Client | PeerKind::Cli => String::new(),
    }
}

/// A frame as a client must send it.
pub fn masked(head: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![head];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | short as u8),
        medium @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend((medium as u16).to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    // A mask of zeros leaves the payload as it is.
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// The head of a frame that announces so much and sends nothing of it.
pub fn announced(head: u8, length: u64) -> Vec<u8> {
    let mut bytes = vec![head, 0x80 | 127];
    bytes.extend(length.to_be_bytes());
    bytes.extend([0; 4]);
    bytes
}

/// A greeting that is right.
pub fn hello(secret: &Secret, kind: PeerKind, authority: &str, hub_nonce: &str) -> Value {
    let nonce = Uuid::new_v4().simple().to_string().repeat(2);
    let mut hello = json!({
        "kind": kind, "clientNonce": nonce, "protocol": { "min": 1, "max": 1 }, "version": "0.1.0",
        "proof": prove(secret, kind, Side::Peer, authority, hub_nonce, &nonce),
    });
    if kind == PeerKind::Extension {
        hello["browserId"] = json!(Uuid::new_v4());
        hello["bootId"] = json!(Uuid::new_v4());
        hello["nextTab"] = json!(1);
    }
    hello
}

/// The proof of one side with the key of that kind.
pub fn prove(
    secret: &Secret,
    kind: PeerKind,
    side: Side,
    authority: &str,
    hub_nonce: &str,
    client_nonce: &str,
) -> String {
    secret.key(kind).prove(side, &Transcript { kind, authority, hub_nonce, client_nonce })
}
