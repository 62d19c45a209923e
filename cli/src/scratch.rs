//! A client of our own for a moment: it greets the running hub as agents do, works in a tab of its own in the
//! background, and leaves nothing behind. `tabmux doctor` and `tabmux test` try with it what agents rely on.

use std::io;
use std::time::Duration;

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tabmux_mcp_client::{ClientSettings, ConnectError, Connection, RequestError};
use tabmux_protocol::message::{BrowserState, CallParams, Content, Status, ToolResult};
use tabmux_protocol::tools;
use tabmux_protocol::{CallId, Installation, ToolError, method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::config::Config;

/// How long a question that needs no browser may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long after a call's deadline the hub's own answer is waited for.
const BACKSTOP: Duration = Duration::from_secs(2);
/// How long the farewell may take, the closing of tabs included.
const FAREWELL: Duration = Duration::from_secs(5);

/// A client that is greeted. [`Scratch::leave`] closes its tab; one that is dropped loses it when the hub has waited
/// for it in vain.
#[derive(Debug)]
pub struct Scratch {
    connection: Connection,
    settings: ClientSettings,
    page: Option<Page>,
    may_have_tab: bool,
}

/// Why a call of ours has no result.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The hub did not answer.
    #[error(transparent)]
    Hub(RequestError),
    /// It was answered with an error, as an agent would be.
    #[error("{}", .0.to_string().trim_end())]
    Tool(ToolError),
    /// The answer is not of the expected shape.
    #[error("the answer is not understood: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// There is no page for the tab.
    #[error("a page for the tab cannot be served on 127.0.0.1: {0}")]
    Page(io::Error),
}

impl Scratch {
    /// Greets the running hub as a client of that name; starts none.
    pub async fn greet(
        installation: &Installation,
        config: &Config,
        label: &str,
    ) -> Result<Self, ConnectError> {
        let connection = tabmux_mcp_client::connect_as_client(installation, &config.client, label).await?;
        Ok(Self { connection, settings: config.client.clone(), page: None, may_have_tab: false })
    }

    /// The state of the browser, as the hub told it in its greeting.
    pub fn browser(&self) -> &BrowserState {
        &self.connection.welcome().browser
    }

    /// Asks the hub for what it tells a client; no browser takes part.
    pub async fn ask_hub(&mut self) -> Result<Status, ScratchError> {
        let asked = self.connection.request(method::STATUS, &json!({}), ANSWER_WITHIN).await;
        asked.map_err(ScratchError::Hub)
    }

    /// Opens a background tab with a page of our own, which needs no network, and waits until it is ready.
    pub async fn open_tab(&mut self) -> Result<String, ScratchError> {
        let page = match self.page.take() {
            Some(page) => page,
            None => Page::serve().await.map_err(ScratchError::Page)?,
        };
        let url = page.url.clone();
        self.page = Some(page);
        self.may_have_tab = true;
        self.call("browser_navigate", &json!({ "url": url })).await
    }

    /// Calls a tool and returns the text of its answer; it takes as long as the tool may.
    pub async fn call(&mut self, tool: &str, args: &Value) -> Result<String, ScratchError> {
        let args = to_raw_value(args)?;
        let deadline = tools::find(tool).map_or(ANSWER_WITHIN, |tool| self.settings.deadline(tool));
        let params = CallParams {
            call_id: CallId(Uuid::now_v7()),
            tool: tool.into(),
            args: &args,
            tab: None,
            deadline_ms: deadline.as_millis().try_into().unwrap_or(u64::MAX),
            boot_id: None,
            resend: false,
        };
        let answer: Box<RawValue> =
            match self.connection.request(method::CALL, &params, deadline + BACKSTOP).await {
                Ok(answer) => answer,
                Err(RequestError::Refused { error, .. }) => {
                    return Err(ScratchError::Tool(error.into_tool_error()));
                }
                Err(error) => return Err(ScratchError::Hub(error)),
            };
        let result: ToolResult<'_> = serde_json::from_str(answer.get())?;
        let texts = result.content.iter().filter_map(|content| match content {
            Content::Text { text } => Some(text.as_ref()),
            Content::Image { .. } | Content::File { .. } => None,
        });
        Ok(texts.collect::<Vec<_>>().join("\n"))
    }

    /// Closes its tab and leaves for good.
    pub async fn leave(mut self) {
        if self.may_have_tab {
            // Where the hub keeps the tabs of those who leave, ours would stay.
            let _ = tokio::time::timeout(FAREWELL, self.call("browser_close", &json!({}))).await;
        }
        self.connection.leave(FAREWELL).await;
    }
}

/// A page that is served for as long as this lives, to whoever asks on loopback.
#[derive(Debug)]
pub struct Page {
    url: String,
    _serving: JoinSet<()>,
}

impl Page {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Serves it on a port of its own.
    pub async fn serve() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut answers = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                answers.spawn(answer(stream));
                while answers.try_join_next().is_some() {}
            }
        });
        Ok(Self { url, _serving: serving })
    }
}

/// Answers whatever is asked with the page. A browser also opens connections on which it asks nothing.
async fn answer(mut stream: TcpStream) -> io::Result<()> {
    let mut request = [0; 4096];
    let mut length = 0;
    while !request[..length].ends_with(b"\r\n\r\n") && length < request.len() {
        match stream.read(&mut request[length..]).await? {
            0 => return Ok(()),
            read => length += read,
        }
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close";
    let answer = format!("{head}\r\nContent-Length: {}\r\n\r\n{PAGE}", PAGE.len());
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// The title of the page that is opened.
pub const TITLE: &str = "Tabmux tries itself";
/// What a person reads who looks at the tab, and what can be looked at and clicked in it.
const PAGE: &str = "<!doctype html><html lang=en><title>Tabmux tries itself</title><link rel=icon href=data:,>\
    <h1>Tabmux tries itself</h1><p>This tab closes by itself.</p>\
    <button onclick=\"textContent = 'Pressed'\">Press</button></html>";
