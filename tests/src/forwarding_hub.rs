//! A hub that forwards whatever it is told to: it proves the secret as ours does, and checks nothing. With it a test
//! sees what the extension refuses by itself.

use std::sync::Arc;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tabmux_protocol::frame::{notification, request, response};
use tabmux_protocol::message::{
    BrowserState, Challenge, ConfigState, Control, Hello, HubFile, HubState, HubStatus, Notice, PeerKind,
    Welcome,
};
use tabmux_protocol::proof::{Secret, Side, Transcript};
use tabmux_protocol::{ClientId, HubId, Installation, InstanceId, PROTOCOL, method};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

/// The forwarding hub of an installation, on its port.
pub struct ForwardingHub {
    to_extension: mpsc::Sender<String>,
    answers: Mutex<mpsc::Receiver<Value>>,
    server: JoinHandle<()>,
}

struct Shared {
    secret: Secret,
    authority: String,
    hub_id: HubId,
    browser: watch::Sender<BrowserState>,
    calls: Mutex<mpsc::Receiver<String>>,
    answered: mpsc::Sender<Value>,
}

impl ForwardingHub {
    /// Takes the installation's port and serves until dropped.
    pub async fn start(installation: &Installation) -> Result<Self> {
        installation.prepare_runtime_dir()?;
        let lock = installation.try_hub_lock()?.context("a hub runs already")?;
        let secret = installation.ensure_secret([7; 32])?;
        let listener = TcpListener::bind(("127.0.0.1", installation.port)).await?;
        let hub_id = HubId(Uuid::new_v4());
        installation.write_hub_file(&HubFile {
            pid: std::process::id(),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            port: installation.port,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            hub_id,
        })?;
        let (to_extension, calls) = mpsc::channel(16);
        let (answered, answers) = mpsc::channel(16);
        let shared = Arc::new(Shared {
            secret,
            authority: installation.authority(),
            hub_id,
            browser: watch::channel(BrowserState::default()).0,
            calls: Mutex::new(calls),
            answered,
        });
        let server = tokio::spawn(async move {
            let _lock = lock;
            while let Ok((stream, _)) = listener.accept().await {
                let shared = shared.clone();
                tokio::spawn(async move {
                    // A peer that goes is no concern of the test; what matters is what it answered before.
                    let _ = serve(stream, &shared).await;
                });
            }
        });
        Ok(Self { to_extension, answers: Mutex::new(answers), server })
    }

    /// Sends a call to the extension in the name of any client, to any tab, and returns the extension's answer.
    pub async fn forward(
        &self,
        client: ClientId,
        tool: &str,
        args: Value,
        tab: Option<&str>,
    ) -> Result<Value> {
        let mut params = crate::peer::call(tool, args, tab);
        params["clientId"] = json!(client);
        params["label"] = json!(client.to_string()[..8]);
        params["colour"] = json!("blue");
        params["readOnly"] = json!(false);
        self.to_extension.send(request(1, method::CALL, &params)).await?;
        self.answers.lock().await.recv().await.context("the extension went away")
    }
}

impl Drop for ForwardingHub {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(stream: TcpStream, shared: &Shared) -> Result<()> {
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    let hub_nonce = Uuid::new_v4().simple().to_string().repeat(2);
    let challenge = notification(method::CHALLENGE, &Challenge { hub_nonce: hub_nonce.clone() });
    socket.send(Message::text(challenge)).await?;
    let frame = next(&mut socket).await?;
    let hello: Hello = serde_json::from_value(frame["params"].clone())?;
    let key = shared.secret.key(hello.kind);
    let authority = &shared.authority;
    let transcript =
        Transcript { kind: hello.kind, authority, hub_nonce: &hub_nonce, client_nonce: &hello.client_nonce };
    let welcome = Welcome {
        proof: key.prove(Side::Hub, &transcript),
        protocol: PROTOCOL.max,
        hub_id: shared.hub_id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        browser: shared.browser.borrow().clone(),
        client_id: None,
        resume_token: None,
        label: None,
        colour: None,
        control: Control::Running,
        next_tab: hello.next_tab,
        place: None,
        clients: Vec::new(),
    };
    socket.send(Message::text(response(frame["id"].as_u64().unwrap_or(0), &welcome))).await?;
    match hello.kind {
        PeerKind::Extension => as_extension(socket, &hello, shared).await,
        PeerKind::Cli | PeerKind::Client => as_cli(socket, shared).await,
    }
}

async fn as_extension(mut socket: WebSocketStream<TcpStream>, hello: &Hello, shared: &Shared) -> Result<()> {
    let state = BrowserState {
        connected: true,
        browser_id: hello.browser_id,
        boot_id: hello.boot_id,
        pid: hello.pid,
        name: hello.browser.clone(),
    };
    shared.browser.send_replace(state);
    let mut calls = shared.calls.lock().await;
    loop {
        tokio::select! {
            Some(call) = calls.recv() => socket.send(Message::text(call)).await?,
            frame = next(&mut socket) => {
                let frame = frame?;
                match (frame["id"].as_u64(), frame["method"].is_null()) {
                    (Some(id), false) => socket.send(Message::text(response(id, &json!({})))).await?,
                    (Some(_), true) => shared.answered.send(frame).await?,
                    _ => {}
                }
            }
        }
    }
}

async fn as_cli(mut socket: WebSocketStream<TcpStream>, shared: &Shared) -> Result<()> {
    let mut browser = shared.browser.subscribe();
    browser.mark_changed();
    loop {
        tokio::select! {
            changed = browser.changed() => {
                changed?;
                let notice = Notice { browser: Some(browser.borrow_and_update().clone()), ..Notice::default() };
                socket.send(Message::text(notification(method::NOTICE, &notice))).await?;
            }
            frame = next(&mut socket) => {
                let frame = frame?;
                let Some(id) = frame["id"].as_u64() else { continue };
                let answer = if frame["method"] == method::STATUS { status(shared) } else { json!({}) };
                socket.send(Message::text(response(id, &answer))).await?;
            }
        }
    }
}

/// What the command line asks while it waits for the browser that it has launched.
fn status(shared: &Shared) -> Value {
    let state = shared.browser.borrow().clone();
    let browser = json!({ "active": true, "state": state, "extensionVersion": "0.1.0", "connectedMs": 0 });
    let browsers = if state.connected { vec![browser] } else { Vec::new() };
    let hub = HubStatus {
        hub_id: shared.hub_id,
        instance: InstanceId::new(std::process::id(), 0),
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        state: HubState::Serving,
        port: 0,
        uptime_ms: 0,
        calls_in_flight: 0,
        calls_queued: 0,
        calls_answered: 0,
        calls_failed: 0,
        answers_dropped: 0,
        memory_bytes: None,
        config: ConfigState::default(),
    };
    json!({ "hub": hub, "browsers": browsers, "clients": [] })
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Value> {
    loop {
        if let Message::Text(text) = socket.next().await.context("closed")?? {
            return Ok(serde_json::from_str(&text)?);
        }
    }
}
