//! What a policy may do: call our tools and read their text.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{Node, Page};
use crate::Agent;

/// An agent at one task; it counts what it costs.
pub struct Hands<'a> {
    agent: &'a Agent,
    goal: &'a str,
    calls: Cell<usize>,
    bytes: Cell<usize>,
}

/// How long a page may take to show what a policy waits for.
const PATIENCE: Duration = Duration::from_secs(20);

impl<'a> Hands<'a> {
    pub(super) fn new(agent: &'a Agent, goal: &'a str) -> Self {
        Self { agent, goal, calls: Cell::new(0), bytes: Cell::new(0) }
    }

    /// How many calls were made, and how many bytes of text they answered.
    pub(super) fn cost(&self) -> (usize, usize) {
        (self.calls.get(), self.bytes.get())
    }

    /// Takes a snapshot.
    pub async fn look(&self) -> Result<Page> {
        Page::read(&self.call("browser_snapshot", json!({})).await?, self.goal)
    }

    /// Takes snapshots until one shows what is looked for.
    pub async fn look_until(&self, what: &str, shows: impl Fn(&Page) -> bool) -> Result<Page> {
        let began_at = Instant::now();
        loop {
            let page = self.look().await?;
            if shows(&page) {
                return Ok(page);
            }
            if began_at.elapsed() > PATIENCE {
                bail!("{what}: it did not appear in {page:#?}");
            }
        }
    }

    /// The ref of what a snapshot shows at last.
    pub async fn look_for(&self, what: &str, find: impl Fn(&Page) -> Option<&Node>) -> Result<String> {
        let page = self.look_until(what, |page| find(page).is_some()).await?;
        Ok(find(&page).with_context(|| format!("no {what}"))?.reference()?.to_owned())
    }

    /// Clicks.
    pub async fn click(&self, reference: &str) -> Result<()> {
        self.call("browser_click", json!({ "ref": reference })).await.map(drop)
    }

    /// Clicks the button of that name.
    pub async fn press_button(&self, page: &Page, name: &str) -> Result<()> {
        self.click(page.one("button", name)?.reference()?).await
    }

    /// Moves the mouse onto an element.
    pub async fn hover(&self, reference: &str) -> Result<()> {
        self.call("browser_hover", json!({ "ref": reference })).await.map(drop)
    }

    /// Replaces what a field holds.
    pub async fn write(&self, reference: &str, text: &str) -> Result<()> {
        self.call("browser_type", json!({ "ref": reference, "text": text })).await.map(drop)
    }

    /// Types key by key and presses Enter.
    pub async fn enter(&self, reference: &str, text: &str) -> Result<()> {
        let args = json!({ "ref": reference, "text": text, "slowly": true, "submit": true });
        self.call("browser_type", args).await.map(drop)
    }

    /// Presses a key.
    pub async fn key(&self, key: &str) -> Result<()> {
        self.call("browser_press_key", json!({ "key": key })).await.map(drop)
    }

    /// Selects options of a native list.
    pub async fn choose(&self, reference: &str, values: &[&str]) -> Result<()> {
        self.call("browser_select_option", json!({ "ref": reference, "values": values })).await.map(drop)
    }

    async fn call(&self, tool: &str, args: Value) -> Result<String> {
        let text = self.agent.ok(tool, args).await?;
        self.calls.set(self.calls.get() + 1);
        self.bytes.set(self.bytes.get() + text.len());
        Ok(text)
    }
}
