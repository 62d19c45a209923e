//! A hub on a port of its own, and peers that speak to it at the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use tabmux_hub::core::{Identity, Leave};
use tabmux_hub::{Settings, serve_on};
use tabmux_protocol::frame::{notification, request, response};
use tabmux_protocol::message::{Control, Hello, PeerKind, Welcome};
use tabmux_protocol::proof::{Secret, Side, Transcript};
use tabmux_protocol::{BootId, BrowserId, EXTENSION_ID, HubId, InstanceId, PROTOCOL, method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use uuid::Uuid;

/// How long anything may take before a test fails.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The stream under a test's own socket.
pub type Raw = WebSocketStream<TcpStream>;

/// A hub that serves until it is dropped.
pub struct TestHub {
    pub port: u16,
    pub marked: Arc<AtomicBool>,
    signal: Option<oneshot::Sender<()>>,
    task: JoinHandle<Leave>,
}

impl TestHub {
    pub async fn start(settings: impl Into<Settings>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let identity = Identity {
            hub_id: HubId(Uuid::new_v4()),
            instance: InstanceId::new(1, 2),
            pid: 1,
            version: "0.1.0".into(),
            port,
        };
        let (signal, signalled) = oneshot::channel::<()>();
        let marked = Arc::new(AtomicBool::new(false));
        let mark = Arc::clone(&marked);
        let task = tokio::spawn(serve_on(
            vec![listener],
            identity,
            secret(),
            http_token(),
            watch::channel(settings.into()).1,
            async move {
                // A test that keeps the sender never signals; one that drops the hub aborts it.
                if signalled.await.is_err() {
                    std::future::pending::<()>().await;
                }
            },
            move || mark.store(true, Ordering::SeqCst),
        ));
        Self { port, marked, signal: Some(signal), task }
    }

    pub fn signal(&mut self) {
        self.signal.take().unwrap().send(()).unwrap();
    }

    pub async fn left(&mut self) -> Leave {
        timeout(PATIENCE, &mut self.task).await.expect("the hub leaves").unwrap()
    }

    /// Sends a request as it is and returns everything that comes back until the end of the connection.
    pub async fn http(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer").unwrap();
        String::from_utf8(answer).unwrap()
    }

    pub async fn health(&self) -> (u16, Value) {
        let answer =
            self.http(&format!("GET /health HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", self.port)).await;
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap())
    }

    /// A socket that has not been greeted, and the hub's nonce.
    pub async fn dial(&self, kind: PeerKind) -> (Raw, String) {
        let url = format!("ws://127.0.0.1:{}{}", self.port, kind.path());
        let mut request = url.into_client_request().unwrap();
        if kind == PeerKind::Extension {
            let origin = format!("chrome-extension://{EXTENSION_ID}");
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut raw, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        let challenge = next(&mut raw).await.unwrap();
        assert_eq!(challenge["method"], method::CHALLENGE);
        (raw, challenge["params"]["hubNonce"].as_str().unwrap().to_owned())
    }

    /// Greets; the error is what the hub answered.
    pub async fn try_greet(&self, kind: PeerKind, shape: impl FnOnce(&mut Hello)) -> Result<Peer, Value> {
        let (mut raw, hub_nonce) = self.dial(kind).await;
        let mut hello = self.hello(kind, &hub_nonce);
        shape(&mut hello);
        raw.send(Message::text(request(7, method::HELLO, &hello))).await.unwrap();
        let mut answer = next(&mut raw).await.unwrap();
        assert_eq!(answer["id"], 7);
        if answer["error"].is_object() {
            assert_eq!(next(&mut raw).await, None, "the hub closes what it refused");
            return Err(answer["error"].take());
        }
        let welcome: Welcome = serde_json::from_value(answer["result"].take()).unwrap();
        let transcript = Transcript {
            kind,
            authority: &format!("127.0.0.1:{}", self.port),
            hub_nonce: &hub_nonce,
            client_nonce: &hello.client_nonce,
        };
        assert!(secret().key(kind).verify(Side::Hub, &transcript, &welcome.proof), "the hub proves itself");
        Ok(Peer { raw, welcome, next_id: 1 })
    }

    pub async fn greet(&self, kind: PeerKind) -> Peer {
        self.try_greet(kind, |_| {}).await.unwrap()
    }

    /// A greeting that is right.
    pub fn hello(&self, kind: PeerKind, hub_nonce: &str) -> Hello {
        let client_nonce = "0123456789abcdef".repeat(4);
        let authority = format!("127.0.0.1:{}", self.port);
        let transcript = Transcript { kind, authority: &authority, hub_nonce, client_nonce: &client_nonce };
        let is_extension = kind == PeerKind::Extension;
        Hello {
            kind,
            proof: secret().key(kind).prove(Side::Peer, &transcript),
            client_nonce,
            protocol: PROTOCOL,
            version: "0.1.0".into(),
            pid: Some(4711),
            instance: None,
            client_id: None,
            resume_token: None,
            label: None,
            colour: None,
            control: Control::Running,
            agent: None,
            cwd: None,
            role: None,
            session: false,
            browser_id: is_extension.then(|| BrowserId(Uuid::from_u128(1))),
            boot_id: is_extension.then(|| BootId(Uuid::from_u128(2))),
            browser: is_extension.then(|| "Chromium of a test".into()),
            tabs: Vec::new(),
            next_tab: is_extension.then_some(1),
            place: None,
        }
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A greeted peer.
pub struct Peer {
    pub raw: Raw,
    pub welcome: Welcome,
    next_id: u64,
}

impl Peer {
    pub async fn send(&mut self, text: String) {
        self.raw.send(Message::text(text)).await.unwrap();
    }

    pub async fn request(&mut self, name: &str, params: &impl Serialize) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.send(request(id, name, params)).await;
        id
    }

    pub async fn notify(&mut self, name: &str, params: &impl Serialize) {
        self.send(notification(name, params)).await;
    }

    pub async fn answer(&mut self, id: &Value, result: &impl Serialize) {
        self.send(response(id.as_u64().unwrap(), result)).await;
    }

    /// The next frame; `None` when the hub has closed the connection.
    pub async fn next(&mut self) -> Option<Value> {
        next(&mut self.raw).await
    }

    /// The next frame of that method.
    pub async fn next_named(&mut self, name: &str) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("closed before `{name}`"));
            if frame["method"] == name {
                return frame;
            }
        }
    }

    /// The answer to that request.
    pub async fn answer_to(&mut self, id: u64) -> Value {
        loop {
            let frame = self.next().await.expect("an answer before the end");
            if frame["id"] == id && frame["method"].is_null() {
                return frame;
            }
        }
    }
}

pub fn call(tool: &str) -> Value {
    json!({ "callId": Uuid::now_v7(), "tool": tool, "args": {}, "deadlineMs": 30_000 })
}

pub async fn next(raw: &mut Raw) -> Option<Value> {
    loop {
        match timeout(PATIENCE, raw.next()).await.expect("the hub is silent") {
            Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

pub fn http_token() -> Secret {
    Secret::from_bytes([8; 32])
}

pub fn secret() -> Secret {
    Secret::from_bytes([7; 32])
}
