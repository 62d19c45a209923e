//! The extension's worker, asked and told things over the browser's own debugging port.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tabmux_protocol::EXTENSION_ID;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// How long the worker may take to be there, or to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A page or worker of the browser. While it is held, the browser lets the worker live for ever.
pub struct DevTools {
    socket: WebSocketStream<TcpStream>,
    next_id: u64,
    events: Vec<Value>,
}

impl DevTools {
    /// Reaches the browser itself, which knows of every page and worker without keeping one alive.
    pub async fn browser(user_data_dir: &Path) -> Result<Self> {
        let text = fs::read_to_string(user_data_dir.join("DevToolsActivePort"))?;
        let path = text.lines().nth(1).context("a port without a path")?;
        Self::connect(port_of(user_data_dir)?, &format!("ws://127.0.0.1{path}")).await
    }

    /// Reaches the extension's worker in the browser of that profile; the worker must be running.
    pub async fn worker(user_data_dir: &Path) -> Result<Self> {
        let is_worker = |target: &Value| {
            target["type"] == "service_worker"
                && target["url"].as_str().is_some_and(|url| url.contains(EXTENSION_ID))
        };
        Self::target(user_data_dir, is_worker).await
    }

    /// Reaches the first page whose address holds `part`.
    pub async fn page(user_data_dir: &Path, part: &str) -> Result<Self> {
        let is_it = |target: &Value| {
            target["type"] == "page" && target["url"].as_str().is_some_and(|url| url.contains(part))
        };
        Self::target(user_data_dir, is_it).await
    }

    /// Opens a page in a tab of its own and reaches it.
    pub async fn open(user_data_dir: &Path, url: &str) -> Result<Self> {
        let port = port_of(user_data_dir)?;
        let target = ask(port, &format!("PUT /json/new?{url}")).await?;
        Self::attach(port, &target).await
    }

    async fn attach(port: u16, target: &Value) -> Result<Self> {
        let url = target["webSocketDebuggerUrl"].as_str().context("a target without an address")?;
        Self::connect(port, url).await
    }

    async fn target(user_data_dir: &Path, is_it: impl Fn(&Value) -> bool) -> Result<Self> {
        let sought_at = Instant::now();
        loop {
            if let Ok(port) = port_of(user_data_dir)
                && let Ok(targets) = ask(port, "GET /json/list").await
                && let Some(target) = targets.as_array().into_iter().flatten().find(|target| is_it(target))
            {
                return Self::attach(port, target).await;
            }
            if sought_at.elapsed() > PATIENCE {
                bail!("the browser shows no such target within {PATIENCE:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn connect(port: u16, url: &str) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await?;
        Ok(Self { socket, next_id: 1, events: Vec::new() })
    }

    /// The addresses of all pages; asked of the browser itself.
    pub async fn pages(&mut self) -> Result<Vec<String>> {
        let targets = self.targets("page").await?;
        Ok(targets.iter().filter_map(|target| target["url"].as_str().map(str::to_owned)).collect())
    }

    /// Ends the extension's worker, if it runs; asked of the browser itself.
    pub async fn stop_worker(&mut self) -> Result<()> {
        let workers = self.targets("service_worker").await?;
        let ours = |target: &&Value| target["url"].as_str().is_some_and(|url| url.contains(EXTENSION_ID));
        if let Some(worker) = workers.iter().find(ours) {
            self.command("Target.closeTarget", json!({ "targetId": worker["targetId"] })).await?;
        }
        Ok(())
    }

    /// The events that came before the last answer and were not taken yet, oldest first.
    pub fn take_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }

    async fn targets(&mut self, kind: &str) -> Result<Vec<Value>> {
        let mut answer = self.command("Target.getTargets", json!({})).await?;
        let mut targets: Vec<Value> = serde_json::from_value(answer["targetInfos"].take())?;
        targets.retain(|target| target["type"] == kind);
        Ok(targets)
    }

    /// The value of an expression, which may be a promise.
    pub async fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.command("Runtime.evaluate", params).await?;
        if answer["exceptionDetails"].is_object() {
            bail!("{expression}: {}", answer["exceptionDetails"]);
        }
        Ok(answer["result"]["value"].clone())
    }

    /// Runs a command of the debugging protocol.
    pub async fn command(&mut self, method: &str, params: Value) -> Result<Value> {
        let id = self.send(method, params).await?;
        self.answer(id, method).await
    }

    /// Runs commands that are sent together, and answers what the last of them does.
    pub async fn commands(&mut self, commands: &[(&str, Value)]) -> Result<Value> {
        let mut sent = Vec::new();
        for (method, params) in commands {
            sent.push((self.send(method, params.clone()).await?, method));
        }
        let mut last = Value::Null;
        for (id, method) in sent {
            last = self.answer(id, method).await?;
        }
        Ok(last)
    }

    /// Waits for an event, if it has not come already, and takes it and all before it.
    pub async fn event(&mut self, method: &str) -> Result<Value> {
        loop {
            if let Some(at) = self.events.iter().position(|event| event["method"] == method) {
                return Ok(self.events.drain(..=at).next_back().unwrap_or_default()["params"].take());
            }
            let message = self.receive(method).await?;
            self.events.push(message);
        }
    }

    async fn send(&mut self, method: &str, params: Value) -> Result<u64> {
        let id = self.next_id;
        self.next_id += 1;
        let command = json!({ "id": id, "method": method, "params": params });
        self.socket.send(Message::text(command.to_string())).await?;
        Ok(id)
    }

    async fn answer(&mut self, id: u64, method: &str) -> Result<Value> {
        loop {
            let mut answer = self.receive(method).await?;
            if answer["id"] == id {
                anyhow::ensure!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return Ok(answer["result"].take());
            }
            if answer["method"].is_string() {
                self.events.push(answer);
            }
        }
    }

    async fn receive(&mut self, awaited: &str) -> Result<Value> {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            let message =
                frame.with_context(|| format!("no answer to {awaited}"))?.context("it is gone")??;
            if let Message::Text(text) = message {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }
}

/// The port that the browser chose, as it wrote it into its profile.
pub fn port_of(user_data_dir: &Path) -> Result<u16> {
    let text = fs::read_to_string(user_data_dir.join("DevToolsActivePort"))?;
    Ok(text.lines().next().unwrap_or_default().parse()?)
}

/// What the browser answers to a method and path.
async fn ask(port: u16, what: &str) -> Result<Value> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("{what} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // The browser keeps the connection open, so that its own word says where the answer ends.
    loop {
        if let Some(body) = body_of(&answer) {
            return Ok(serde_json::from_slice(body)?);
        }
        if socket.read_buf(&mut answer).await? == 0 {
            bail!("the browser's answer to {what} ends early");
        }
    }
}

/// The body of an answer, once all of it is there.
fn body_of(answer: &[u8]) -> Option<&[u8]> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&answer[..end]).ok()?.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().ok()?;
    answer[end..].get(..length)
}
