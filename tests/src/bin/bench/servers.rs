//! MCP servers that do the same through tools of their own: ours, and those that it is compared with.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_tests::{Agent, Lab, ref_in};

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// Ours.
    Tabmux,
    /// `@playwright/mcp`.
    Playwright,
    /// `chrome-devtools-mcp`.
    ChromeDevtools,
}

/// A server at work in a tab of its own.
pub struct Server {
    maker: Maker,
    agent: Agent,
    /// The number of its tab, for the server that wants it with each call.
    page: Option<u64>,
}

/// What a server is asked to do.
#[derive(Debug, Clone, Copy)]
pub enum Deed<'a> {
    /// To an address.
    Navigate(&'a str),
    /// The page as a tree of text.
    Snapshot,
    /// The element of a ref.
    Click(&'a str),
    /// A text into the element of a ref.
    Type(&'a str),
    /// A value that costs nothing.
    Evaluate,
    /// The viewport as JPEG.
    Screenshot,
}

/// The servers that ours is compared with; none unless the run is to compare.
pub fn peers() -> Vec<Maker> {
    if env::var_os(PEERS).is_some() { vec![Maker::Playwright, Maker::ChromeDevtools] } else { Vec::new() }
}

impl Maker {
    /// Its name and version.
    pub fn title(self) -> Result<String> {
        let Some(package) = self.package() else { return Ok("Tabmux".into()) };
        let text = std::fs::read_to_string(folder()?.join("package.json"))?;
        let wanted: Value = serde_json::from_str(&text)?;
        let version = wanted["dependencies"][package].as_str().context("a pinned version")?;
        Ok(format!("{package} {version}"))
    }

    fn package(self) -> Option<&'static str> {
        match self {
            Self::Tabmux => None,
            Self::Playwright => Some("@playwright/mcp"),
            Self::ChromeDevtools => Some("chrome-devtools-mcp"),
        }
    }

    /// The command that starts a peer on the browser of a lab.
    fn command(self, lab: &Lab) -> Result<Command> {
        let endpoint = format!("http://127.0.0.1:{}", lab.devtools_port()?);
        let arguments: &[&str] = match self {
            Self::Tabmux => return Ok(lab.command(&["mcp", "--label", "measured"])),
            Self::Playwright => &["@playwright/mcp/cli.js", "--cdp-endpoint", &endpoint],
            Self::ChromeDevtools => &[
                "chrome-devtools-mcp/build/src/bin/chrome-devtools-mcp.js",
                "--browserUrl",
                &endpoint,
                "--no-usage-statistics",
            ],
        };
        let mut command = Command::new("node");
        command.arg(folder()?.join("node_modules").join(arguments[0])).args(&arguments[1..]);
        // Files that it writes stay in the lab, and it asks nobody whether it is the latest.
        command.current_dir(lab.folder()).env("HOME", lab.folder()).env("CI", "1");
        Ok(command)
    }
}

impl Server {
    /// Starts it on the browser of a lab, in a tab of its own.
    pub async fn start(maker: Maker, lab: &Lab) -> Result<Self> {
        let agent = Agent::spawn(maker.command(lab)?).await?;
        let mut page = None;
        match maker {
            Maker::Tabmux => {}
            Maker::Playwright => drop(agent.ok("browser_tabs", json!({ "action": "new" })).await?),
            Maker::ChromeDevtools => {
                let pages = agent.ok("new_page", json!({ "url": "about:blank" })).await?;
                let own =
                    pages.lines().find(|line| line.contains("[selected]")).context("a page of its own")?;
                page = own.split_once(':').and_then(|(number, _)| number.trim().parse().ok());
            }
        }
        Ok(Self { maker, agent, page })
    }

    /// Has it done, and returns the answer's text.
    pub async fn call(&self, deed: Deed<'_>) -> Result<String> {
        let (tool, mut arguments) = match self.maker {
            Maker::Tabmux => ours(deed),
            Maker::Playwright => playwright(deed),
            Maker::ChromeDevtools => chrome_devtools(deed),
        };
        if let Some(page) = self.page {
            arguments["pageId"] = json!(page);
        }
        self.agent.ok(tool, arguments).await
    }

    /// The ref in the first line of its snapshot that holds `part`.
    pub fn ref_in(&self, snapshot: &str, part: &str) -> Result<String> {
        if self.maker != Maker::ChromeDevtools {
            return ref_in(snapshot, part);
        }
        let line = snapshot
            .lines()
            .find(|line| line.contains(part))
            .with_context(|| format!("no {part}: {snapshot}"))?;
        let uid = line.trim_start().strip_prefix("uid=").and_then(|rest| rest.split(' ').next());
        Ok(uid.with_context(|| format!("no uid: {line}"))?.to_owned())
    }

    /// Our agent, for what only we have.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Ends it.
    pub async fn close(self) -> Result<()> {
        self.agent.close().await.map(drop)
    }
}

fn ours(deed: Deed<'_>) -> (&'static str, Value) {
    match deed {
        Deed::Navigate(url) => ("browser_navigate", json!({ "url": url })),
        Deed::Snapshot => ("browser_snapshot", json!({})),
        Deed::Click(at) => ("browser_click", json!({ "ref": at })),
        Deed::Type(at) => ("browser_type", json!({ "ref": at, "text": TEXT })),
        Deed::Evaluate => ("browser_evaluate", json!({ "function": FUNCTION })),
        Deed::Screenshot => ("browser_take_screenshot", json!({})),
    }
}

fn playwright(deed: Deed<'_>) -> (&'static str, Value) {
    match deed {
        Deed::Click(at) => ("browser_click", json!({ "target": at })),
        Deed::Type(at) => ("browser_type", json!({ "target": at, "text": TEXT })),
        Deed::Screenshot => ("browser_take_screenshot", json!({ "type": "jpeg", "scale": "css" })),
        alike => ours(alike),
    }
}

fn chrome_devtools(deed: Deed<'_>) -> (&'static str, Value) {
    match deed {
        Deed::Navigate(url) => ("navigate_page", json!({ "type": "url", "url": url })),
        Deed::Snapshot => ("take_snapshot", json!({})),
        Deed::Click(at) => ("click", json!({ "uid": at })),
        Deed::Type(at) => ("fill", json!({ "uid": at, "value": TEXT })),
        Deed::Evaluate => ("evaluate_script", json!({ "function": FUNCTION })),
        Deed::Screenshot => ("take_screenshot", json!({ "format": "jpeg", "quality": 80 })),
    }
}

/// Where the peers are installed.
fn folder() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    anyhow::ensure!(
        folder.join("node_modules").is_dir(),
        "run `cargo xtask bench snapshots --peers`, which installs them"
    );
    Ok(folder)
}

const TEXT: &str = "abc";
const FUNCTION: &str = "() => 1";
/// Set by `cargo xtask bench --peers`.
const PEERS: &str = "TABMUX_PEERS";
