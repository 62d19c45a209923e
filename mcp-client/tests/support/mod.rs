//! A made-up hub that greets like the real one, and an agent window without a process.
#![allow(dead_code, clippy::unwrap_used, reason = "test code, of which each file uses a part")]

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tabmux_mcp_client::{ClientSettings, ExitReason, FilesSettings, McpOptions, serve_over};
use tabmux_protocol::message::{Hello, PeerKind};
use tabmux_protocol::proof::{Secret, Side, Transcript};
use tabmux_protocol::{Installation, InstanceId};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// How long anything in a test may take.
pub const SOON: Duration = Duration::from_secs(10);

pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(SOON, future).await.unwrap_or_else(|_| panic!("{what}: not within {SOON:?}"))
}

/// An installation in a folder of its own, with a port that is free or listened on.
pub struct Place {
    pub installation: Installation,
    pub secret: Secret,
    _folder: TempDir,
}

impl Place {
    pub fn new(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let installation = Installation {
            port,
            runtime_dir: at("run"),
            state_dir: at("state"),
            config_path: at("config.toml"),
        };
        installation.prepare_runtime_dir().unwrap();
        let secret = installation.ensure_secret([7; 32]).unwrap();
        Self { installation, secret, _folder: folder }
    }

    /// An installation on whose port nobody listens.
    pub async fn without_hub() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::new(listener.local_addr().unwrap().port())
    }
}

/// A made-up hub.
pub struct FakeHub {
    pub place: Place,
    listener: TcpListener,
}

impl FakeHub {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { place: Place::new(listener.local_addr().unwrap().port()), listener }
    }

    /// A hub at the place of one that has gone.
    pub async fn again(place: Place) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", place.installation.port)).await.unwrap();
        Self { place, listener }
    }

    /// Ends the hub; whoever dials next is refused.
    pub fn end(self) -> Place {
        self.place
    }

    /// Takes the next connection and greets it.
    pub async fn accept(&self) -> Peer {
        let greeting = self.meet().await;
        let client_id = greeting
            .hello
            .client_id
            .map_or("00000000-0000-0000-0000-00000000000c".into(), |id| id.to_string());
        greeting.welcome(&self.place.secret, &client_id).await
    }

    /// Takes the next connection up to its hello, whose proof must be good.
    pub async fn meet(&self) -> Greeting {
        let (stream, _) = soon("a connection", self.listener.accept()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut socket = accept_async(stream).await.unwrap();
        send(
            &mut socket,
            json!({ "jsonrpc": "2.0", "method": "challenge", "params": { "hubNonce": "aabb" } }),
        )
        .await;
        let frame = receive(&mut socket).await.expect("a hello");
        assert_eq!(frame["method"], "hello");
        let hello: Hello = serde_json::from_value(frame["params"].clone()).unwrap();
        let authority = self.place.installation.authority();
        let key = self.place.secret.key(hello.kind);
        let greeting = Greeting { socket, id: frame["id"].clone(), authority, hello };
        assert!(key.verify(Side::Peer, &greeting.transcript(), &greeting.hello.proof), "the peer's proof");
        greeting
    }
}

/// A connection whose hello has come.
pub struct Greeting {
    pub socket: WebSocketStream<TcpStream>,
    pub id: Value,
    pub authority: String,
    pub hello: Hello,
}

impl Greeting {
    pub fn transcript(&self) -> Transcript<'_> {
        Transcript {
            kind: self.hello.kind,
            authority: &self.authority,
            hub_nonce: "aabb",
            client_nonce: &self.hello.client_nonce,
        }
    }

    pub async fn welcome(self, secret: &Secret, client_id: &str) -> Peer {
        let proof = secret.key(self.hello.kind).prove(Side::Hub, &self.transcript());
        let mut result = json!({
            "proof": proof, "protocol": 1, "hubId": "00000000-0000-0000-0000-0000000000aa", "version": "0.1.0",
            "browser": { "connected": true, "bootId": "00000000-0000-0000-0000-0000000000b1", "name": "Chromium 156" },
        });
        if self.hello.kind == PeerKind::Client {
            // As a hub with another window of that label.
            let label = self.hello.label.clone().unwrap_or_else(|| "agent".into());
            let label = if self.hello.client_id.is_some() { label } else { format!("{label} 2") };
            result["colour"] = self.hello.colour.clone().unwrap_or_else(|| "cyan".into()).into();
            result["clientId"] = client_id.into();
            result["resumeToken"] = "resume".into();
            result["label"] = label.into();
        }
        let mut peer = Peer { socket: self.socket, hello: self.hello };
        peer.send(json!({ "jsonrpc": "2.0", "id": self.id, "result": result })).await;
        peer
    }

    pub async fn refuse(mut self, code: &str) {
        let error =
            json!({ "code": -32000, "message": "no", "data": { "code": code, "fix": "do something" } });
        send(&mut self.socket, json!({ "jsonrpc": "2.0", "id": self.id, "error": error })).await;
        let _ = self.socket.close(None).await;
    }
}

/// A greeted connection, seen from the hub.
pub struct Peer {
    socket: WebSocketStream<TcpStream>,
    pub hello: Hello,
}

impl Peer {
    pub async fn send(&mut self, frame: Value) {
        send(&mut self.socket, frame).await;
    }

    pub async fn answer(&mut self, frame: &Value, result: Value) {
        self.send(json!({ "jsonrpc": "2.0", "id": frame["id"], "result": result })).await;
    }

    pub async fn answer_text(&mut self, frame: &Value, text: &str) {
        self.answer(frame, json!({ "content": [{ "type": "text", "text": text }] })).await;
    }

    /// Waits until the other side has taken in everything so far; the heartbeat is answered in order.
    pub async fn settle(&mut self) {
        self.send(json!({ "jsonrpc": "2.0", "id": 900, "method": "ping" })).await;
        let pong = self.receive().await.expect("a pong");
        assert_eq!((&pong["id"], &pong["result"]), (&json!(900), &json!({})));
    }

    /// The next frame; `None` when the other side has closed.
    pub async fn receive(&mut self) -> Option<Value> {
        receive(&mut self.socket).await
    }

    /// The next frame, which must have this method.
    pub async fn expect(&mut self, method: &str) -> Value {
        let frame = self.receive().await.unwrap_or_else(|| panic!("the connection ended before `{method}`"));
        assert_eq!(frame["method"], method, "{frame}");
        frame
    }
}

pub async fn send(socket: &mut WebSocketStream<TcpStream>, frame: Value) {
    socket.send(Message::text(frame.to_string())).await.unwrap();
}

async fn receive(socket: &mut WebSocketStream<TcpStream>) -> Option<Value> {
    loop {
        match soon("a frame", socket.next()).await {
            Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

/// An agent window: the other side of an MCP server.
pub struct Window {
    input: Option<DuplexStream>,
    output: Option<BufReader<DuplexStream>>,
    server: JoinHandle<ExitReason>,
    leave_tx: Option<oneshot::Sender<ExitReason>>,
    next_id: u64,
}

impl Window {
    pub fn open(place: &Place) -> Self {
        Self::open_with(place, quick())
    }

    pub fn open_with(place: &Place, settings: ClientSettings) -> Self {
        let options = McpOptions {
            label: None,
            session: None,
            instance: InstanceId::new(12345, 0xa1b2_c3d4),
            files: FilesSettings::default(),
        };
        Self::open_as(place, settings, options)
    }

    pub fn open_as(place: &Place, settings: ClientSettings, options: McpOptions) -> Self {
        let (input, theirs_in) = tokio::io::duplex(1 << 20);
        let (output, theirs_out) = tokio::io::duplex(1 << 20);
        let (leave_tx, leave_rx) = oneshot::channel();
        let leave = async {
            match leave_rx.await {
                Ok(reason) => reason,
                Err(_) => std::future::pending().await,
            }
        };
        let server = serve_over(theirs_in, theirs_out, place.installation.clone(), settings, options, leave);
        Self {
            input: Some(input),
            output: Some(BufReader::new(output)),
            server: tokio::spawn(server),
            leave_tx: Some(leave_tx),
            next_id: 100,
        }
    }

    pub async fn write(&mut self, text: &str) {
        self.input.as_mut().unwrap().write_all(text.as_bytes()).await.unwrap();
    }

    pub async fn send(&mut self, message: Value) {
        self.write(&format!("{message}\n")).await;
    }

    /// The next message; `None` at the end.
    pub async fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        soon("a message", self.output.as_mut().unwrap().read_line(&mut line)).await.unwrap();
        if line.is_empty() { None } else { Some(serde_json::from_str(&line).unwrap()) }
    }

    /// Sends a request and says its id.
    pub async fn ask(&mut self, method: &str, params: Value) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await;
        id
    }

    /// Sends a request and returns the message that answers it, which must be the next.
    pub async fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params).await;
        let answer = self.receive().await.expect("an answer");
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    pub async fn initialize(&mut self) -> Value {
        let params = json!({
            "protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": { "name": "test-agent", "version": "1.0" },
        });
        let answer = self.request("initialize", params).await;
        self.send(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        answer
    }

    pub async fn ask_call(&mut self, tool: &str, arguments: Value) -> u64 {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await
    }

    /// Calls a tool and returns the text of its answer.
    pub async fn call(&mut self, tool: &str, arguments: Value) -> String {
        let id = self.ask_call(tool, arguments).await;
        let answer = self.receive().await.expect("an answer");
        assert_eq!(answer["id"], id, "{answer}");
        text_of(&answer)
    }

    /// Closes the input, as a window that closes does, and waits until the server has left.
    pub async fn close(mut self) -> ExitReason {
        self.close_input();
        self.ended().await
    }

    pub fn close_input(&mut self) {
        self.input = None;
    }

    pub fn close_output(&mut self) {
        self.output = None;
    }

    pub fn leave(&mut self, reason: ExitReason) {
        self.leave_tx.take().unwrap().send(reason).unwrap();
    }

    pub async fn ended(self) -> ExitReason {
        soon("the server's end", self.server).await.unwrap()
    }
}

pub fn text_of(answer: &Value) -> String {
    answer["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("no text in {answer}"))
        .to_owned()
}

/// Settings under which a failure is a failure soon.
pub fn quick() -> ClientSettings {
    ClientSettings { retry_initial_ms: 1, retry_max_ms: 20, ..ClientSettings::default() }
}

/// What every request of the newer generation carries.
pub fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "new", "version": "2" },
    })
}
