//! A peer at the wire: dials the hub as any kind of peer, with the proof, and then sends and reads frames as they are.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tabmux_protocol::frame::{notification, request, response};
use tabmux_protocol::message::{Challenge, Control, Hello, PeerKind, Welcome};
use tabmux_protocol::proof::{Side, Transcript};
use tabmux_protocol::{BootId, BrowserId, EXTENSION_ID, Installation, InstanceId, PROTOCOL, method};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use uuid::Uuid;

/// How long an answer may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A greeted connection to the hub.
pub struct Peer {
    socket: WebSocketStream<TcpStream>,
    /// What the hub answered to the greeting.
    pub welcome: Welcome,
    next_id: u64,
}

impl Peer {
    /// Dials and greets as that kind; `shape` may change the greeting before it is sent.
    pub async fn dial(
        installation: &Installation,
        kind: PeerKind,
        shape: impl FnOnce(&mut Hello),
    ) -> Result<Self> {
        let mut socket = dial(installation, kind).await?;
        let challenge: Challenge = serde_json::from_value(next(&mut socket).await?["params"].take())?;
        let secret = installation.read_secret()?.context("no secret: does a hub run?")?;
        let nonce = Uuid::new_v4().simple().to_string().repeat(2);
        let authority = installation.authority();
        let transcript =
            Transcript { kind, authority: &authority, hub_nonce: &challenge.hub_nonce, client_nonce: &nonce };
        let key = secret.key(kind);
        let mut hello = greeting(kind, &nonce, key.prove(Side::Peer, &transcript));
        shape(&mut hello);
        socket.send(Message::text(request(0, method::HELLO, &hello))).await?;
        let mut answer = next(&mut socket).await?;
        if answer["error"].is_object() {
            bail!("refused: {}", answer["error"]);
        }
        let welcome: Welcome = serde_json::from_value(answer["result"].take())?;
        anyhow::ensure!(key.verify(Side::Hub, &transcript, &welcome.proof), "the hub's proof is wrong");
        Ok(Self { socket, welcome, next_id: 1 })
    }

    /// Sends a frame as it is.
    pub async fn send(&mut self, text: String) -> Result<()> {
        Ok(self.socket.send(Message::text(text)).await?)
    }

    /// Sends a request and returns its id.
    pub async fn request(&mut self, name: &str, params: &impl Serialize) -> Result<u64> {
        let id = self.next_id;
        self.next_id += 1;
        self.send(request(id, name, params)).await?;
        Ok(id)
    }

    /// Sends a notification.
    pub async fn notify(&mut self, name: &str, params: &impl Serialize) -> Result<()> {
        self.send(notification(name, params)).await
    }

    /// Answers a request of the hub's.
    pub async fn answer(&mut self, id: u64, result: &impl Serialize) -> Result<()> {
        self.send(response(id, result)).await
    }

    /// The next frame. Heartbeats are answered on the way and not returned.
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            let frame = next(&mut self.socket).await?;
            match frame["id"].as_u64() {
                Some(id) if frame["method"] == method::PING => self.answer(id, &json!({})).await?,
                _ => return Ok(frame),
            }
        }
    }

    /// The next frame that is a request or notification of that name; others are passed over.
    pub async fn next_named(&mut self, name: &str) -> Result<Value> {
        loop {
            let frame = self.next().await?;
            if frame["method"] == name {
                return Ok(frame);
            }
        }
    }

    /// The answer to the request of that id; notifications are passed over.
    pub async fn answer_to(&mut self, id: u64) -> Result<Value> {
        loop {
            let frame = self.next().await?;
            if frame["method"].is_null() && frame["id"] == id {
                return Ok(frame);
            }
        }
    }

    /// Calls a tool and returns the hub's answer, a frame with `result` or `error`.
    pub async fn call(&mut self, tool: &str, args: Value, tab: Option<&str>) -> Result<Value> {
        let id = self.request(method::CALL, &call(tool, args, tab)).await?;
        self.answer_to(id).await
    }
}

/// The parameters of a call with an id of its own and 30 s to go.
pub fn call(tool: &str, args: Value, tab: Option<&str>) -> Value {
    let mut params = json!({ "callId": Uuid::now_v7(), "tool": tool, "args": args, "deadlineMs": 30_000 });
    if let Some(tab) = tab {
        params["tab"] = tab.into();
    }
    params
}

async fn dial(installation: &Installation, kind: PeerKind) -> Result<WebSocketStream<TcpStream>> {
    let mut request = format!("ws://{}{}", installation.authority(), kind.path()).into_client_request()?;
    if kind == PeerKind::Extension {
        request.headers_mut().insert("Origin", format!("chrome-extension://{EXTENSION_ID}").parse()?);
    }
    let stream = TcpStream::connect(("127.0.0.1", installation.port)).await?;
    stream.set_nodelay(true)?;
    Ok(tokio_tungstenite::client_async(request, stream).await?.0)
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Value> {
    loop {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.context("the hub is silent")?;
        match message.context("the hub closed the connection")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Close(frame) => bail!("the hub closed the connection: {frame:?}"),
            _ => {}
        }
    }
}

fn greeting(kind: PeerKind, nonce: &str, proof: String) -> Hello {
    let pid = std::process::id();
    let is_extension = kind == PeerKind::Extension;
    Hello {
        kind,
        client_nonce: nonce.to_owned(),
        proof,
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: Some(pid),
        instance: Some(InstanceId::new(pid, Uuid::new_v4().as_fields().0)),
        client_id: None,
        resume_token: None,
        label: None,
        colour: None,
        control: Control::Running,
        agent: None,
        cwd: None,
        role: None,
        session: false,
        browser_id: is_extension.then(|| BrowserId(Uuid::new_v4())),
        boot_id: is_extension.then(|| BootId(Uuid::new_v4())),
        browser: is_extension.then(|| "Chromium of a test".to_owned()),
        tabs: Vec::new(),
        next_tab: is_extension.then_some(1),
        place: None,
    }
}
