//! A real call: what an entry names is started as agent programs start it, and asked as they ask.

use std::env;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tabmux_cli::outcome::CheckOutcome;
use tabmux_cli::scratch::Page;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use super::edit::Server;

/// What clients pass on of their own environment: the official SDKs pass no more.
const ENVIRONMENT: [&str; 6] = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];
/// How long an answer may take; that of a page waits for the page.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How long the process may take to find or start its hub.
const HUB_WITHIN: Duration = Duration::from_secs(20);
/// How often it is asked meanwhile: it answers at once, with what it knows.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Starts what `server` says and tries it; what went wrong is in the outcome.
pub(super) async fn check(server: &Server) -> CheckOutcome {
    let mut outcome = CheckOutcome { command: command(server), ..CheckOutcome::default() };
    match tried(server, &mut outcome).await {
        Ok(()) => outcome.ok = true,
        Err(error) => outcome.problem = Some(format!("{error:#}")),
    }
    outcome
}

/// The outcome where it does not come to a call.
pub(super) fn failed(server: &Server, error: &anyhow::Error) -> CheckOutcome {
    CheckOutcome { command: command(server), problem: Some(format!("{error:#}")), ..CheckOutcome::default() }
}

fn command(server: &Server) -> Vec<String> {
    [&server.command].into_iter().chain(&server.args).cloned().collect()
}

async fn tried(server: &Server, outcome: &mut CheckOutcome) -> anyhow::Result<()> {
    let started_at = Instant::now();
    let mut agent = Agent::start(server)?;
    agent.open().await?;
    let tools = agent.ask("tools/list", json!({})).await?;
    outcome.tools = tools["tools"].as_array().map_or(0, Vec::len);
    outcome.listed_ms = milliseconds(started_at);
    let status = agent.status_with_hub().await?;
    outcome.hub_ms = Some(milliseconds(started_at));
    let browser = status.lines().find_map(|line| line.strip_prefix("Browser: connected"));
    if let Some(name) = browser {
        outcome.browser = Some(name.trim_matches([' ', '(', ')']).to_owned());
        let page = Page::serve().await.context("serving a page on 127.0.0.1")?;
        let opened_at = Instant::now();
        agent.call("browser_navigate", json!({ "url": page.url() })).await.context("opening a page")?;
        outcome.page_ms = Some(milliseconds(opened_at));
        agent.call("browser_close", json!({})).await.context("closing the page")?;
    }
    agent.close().await;
    Ok(())
}

fn milliseconds(since: Instant) -> u64 {
    since.elapsed().as_millis().try_into().unwrap_or(u64::MAX)
}

/// An agent window as a program opens one.
struct Agent {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    asked: u64,
}

impl Agent {
    fn start(server: &Server) -> anyhow::Result<Self> {
        let mut command = Command::new(&server.command);
        command.args(&server.args).env_clear();
        for name in ENVIRONMENT {
            command.envs(env::var_os(name).map(|value| (name, value)));
        }
        command.envs(&server.env).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().with_context(|| format!("starting {}", server.command))?;
        let stdin = child.stdin.take().context("its standard input")?;
        let stdout = child.stdout.take().context("its standard output")?;
        Ok(Self { child, stdin, lines: BufReader::new(stdout).lines(), asked: 0 })
    }

    async fn open(&mut self) -> anyhow::Result<()> {
        let about = json!({ "name": "tabmux setup", "version": env!("CARGO_PKG_VERSION") });
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": about });
        self.ask("initialize", params).await?;
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await
    }

    /// The text of `hub_status` once the process has its hub.
    async fn status_with_hub(&mut self) -> anyhow::Result<String> {
        let asked_at = Instant::now();
        loop {
            let status = self.call("hub_status", json!({})).await?;
            let link = status.lines().find_map(|line| line.strip_prefix("Link: ")).unwrap_or_default();
            if link.starts_with("ready") {
                return Ok(status);
            }
            if link.starts_with("failed") || asked_at.elapsed() > HUB_WITHIN {
                bail!("it has no hub: {link}");
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The text of a tool's answer.
    async fn call(&mut self, tool: &str, arguments: Value) -> anyhow::Result<String> {
        let result = self.ask("tools/call", json!({ "name": tool, "arguments": arguments })).await?;
        let blocks = result["content"].as_array().into_iter().flatten();
        let text: Vec<&str> = blocks.filter_map(|block| block["text"].as_str()).collect();
        let text = text.join("\n");
        if result["isError"] == true {
            bail!("{text}");
        }
        Ok(text)
    }

    async fn ask(&mut self, method: &str, params: Value) -> anyhow::Result<Value> {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).await?;
        let answered = timeout(ANSWER_WITHIN, self.answer(id)).await;
        let answered =
            answered.with_context(|| format!("{method} is not answered within {ANSWER_WITHIN:?}"))?;
        answered.with_context(|| method.to_owned())
    }

    async fn send(&mut self, message: &Value) -> anyhow::Result<()> {
        let sent = self.stdin.write_all(format!("{message}\n").as_bytes()).await;
        sent.context("it ended at once")
    }

    async fn answer(&mut self, id: u64) -> anyhow::Result<Value> {
        while let Some(line) = self.lines.next_line().await? {
            let mut message: Value =
                serde_json::from_str(&line).with_context(|| format!("it said {line:?}"))?;
            if message["id"] != id {
                continue;
            }
            if let Some(error) = message["error"]["message"].as_str() {
                bail!("{error}");
            }
            return Ok(message["result"].take());
        }
        bail!("it ended ({}): run it in a terminal to see why", self.child.wait().await?)
    }

    /// Closes the window and waits until its process is gone.
    async fn close(self) {
        let Self { mut child, stdin, .. } = self;
        drop(stdin);
        let _ = timeout(ANSWER_WITHIN, child.wait()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(script: &str) -> Server {
        let args = vec!["-c".to_owned(), script.to_owned()];
        Server { name: "tabmux".into(), command: "/bin/sh".into(), args, ..Server::default() }
    }

    #[tokio::test]
    async fn what_does_not_start_or_ends_or_fails_is_told() {
        let missing = Server { command: "/nowhere/tabmux".into(), ..Server::default() };
        let problem = check(&missing).await.problem.unwrap();
        assert!(problem.starts_with("starting /nowhere/tabmux: "), "{problem}");
        let problem = check(&server("read line; exit 3")).await.problem.unwrap();
        assert!(problem.contains("initialize") && problem.contains("exit status: 3"), "{problem}");
        let outcome = check(&server("echo hello; cat >/dev/null")).await;
        assert!(!outcome.ok && outcome.problem.unwrap().contains("it said \"hello\""));
    }
}
