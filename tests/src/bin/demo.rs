//! `cargo xtask demo`: the main job on real input. A hub, a real Chromium with the extension, and two agents that work
//! at the same time, each in tabs of its own.
#![allow(clippy::print_stdout, reason = "the account is what the demo is for")]

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let flags: Vec<String> = env::args().skip(1).collect();
    let flag = |name: &str| flags.iter().any(|flag| flag == name);
    let output =
        PathBuf::from(env::var_os("TABMUX_DEMO_OUTPUT").context("run this through `cargo xtask demo`")?);
    fs::create_dir_all(&output)?;

    let began_at = Instant::now();
    let site = Site::start().await?;
    let mut lab = Lab::new()?;
    let stage = Stage { began_at, output };

    let launched = lab.launch(&Browser {
        headed: flag("--headed"),
        url: Some(site.url("/page/reading")),
        ..Browser::default()
    })?;
    stage.say("hub", &format!("serves on port {} (found none, so one was started)", lab.installation.port));
    stage.say(
        "browser",
        &format!(
            "{} is connected, pid {}",
            launched["browser"].as_str().unwrap_or("a browser"),
            launched["pid"]
        ),
    );

    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    stage.say("agents", "two MCP clients have opened a `tabmux mcp` process each");

    let (alice_tab, bob_tab) = tokio::try_join!(
        stage.order(&alice, "alice", &site, Order { name: "Alice", kind: "Green", gift: true }),
        stage.order(&bob, "bob", &site, Order { name: "Bob", kind: "Black", gift: false }),
    )?;
    stage.isolation(&alice, "alice", &alice_tab, &bob_tab).await?;
    stage.isolation(&bob, "bob", &bob_tab, &alice_tab).await?;

    println!("\n{}", lab.run_ok(&["status"])?);
    if flag("--keep") {
        let folder = lab.keep().to_owned();
        keep(&lab, &site, &folder).await?;
        return Ok(());
    }
    for agent in [alice, bob] {
        agent.close().await?;
    }
    stage.say("end", "both windows closed; their tabs are closed, hub and browser stop");
    Ok(())
}

struct Stage {
    began_at: Instant,
    output: PathBuf,
}

struct Order {
    name: &'static str,
    kind: &'static str,
    gift: bool,
}

impl Stage {
    fn say(&self, who: &str, what: &str) {
        println!("{:7.3} s  {who:8} {what}", self.began_at.elapsed().as_secs_f64());
    }

    /// Calls a tool and tells of it with its time.
    async fn step(
        &self,
        agent: &Agent,
        who: &str,
        tool: &str,
        arguments: serde_json::Value,
    ) -> Result<String> {
        let called_at = Instant::now();
        let text = agent.ok(tool, arguments).await?;
        let first = text.lines().next().unwrap_or_default().to_owned();
        self.say(who, &format!("{tool:24} {:6.1} ms  {first}", called_at.elapsed().as_secs_f64() * 1e3));
        Ok(text)
    }

    /// Fills the order form, sends it, waits for the answer and takes a picture; returns the handle of its tab.
    async fn order(&self, agent: &Agent, who: &str, site: &Site, order: Order) -> Result<String> {
        self.step(agent, who, "browser_navigate", json!({ "url": site.url("/page/order") })).await?;
        let page = self.step(agent, who, "browser_snapshot", json!({})).await?;
        let (name, kind) = (ref_in(&page, "textbox \"Name\"")?, ref_in(&page, "combobox \"Kind\"")?);
        self.step(agent, who, "browser_type", json!({ "element": "Name", "ref": name, "text": order.name }))
            .await?;
        let values = [order.kind];
        self.step(
            agent,
            who,
            "browser_select_option",
            json!({ "element": "Kind", "ref": kind, "values": values }),
        )
        .await?;
        if order.gift {
            let gift = ref_in(&page, "checkbox \"As a gift\"")?;
            self.step(agent, who, "browser_click", json!({ "element": "As a gift", "ref": gift })).await?;
        }
        let button = ref_in(&page, "button \"Place the order\"")?;
        self.step(agent, who, "browser_click", json!({ "element": "Place the order", "ref": button }))
            .await?;
        let thanks = format!("Thank you, {}: {} tea", order.name, order.kind);
        self.step(agent, who, "browser_wait_for", json!({ "text": thanks })).await?;
        self.picture(agent, who).await?;
        let tabs = self.step(agent, who, "browser_tabs", json!({ "action": "list" })).await?;
        ensure!(
            tabs.lines().count() == 1 && tabs.contains(order.name),
            "{who} sees more than its own tab: {tabs}"
        );
        let handle = tabs.split(['[', ']']).nth(1).context("a tab handle")?;
        Ok(handle.to_owned())
    }

    async fn picture(&self, agent: &Agent, who: &str) -> Result<()> {
        let called_at = Instant::now();
        let answer = agent.call("browser_take_screenshot", json!({})).await?;
        let image = answer.images.first().with_context(|| format!("no picture: {}", answer.text))?;
        let path = self.output.join(format!("{who}.jpg"));
        fs::write(&path, &image.bytes)?;
        let ms = called_at.elapsed().as_secs_f64() * 1e3;
        self.say(who, &format!("{:24} {ms:6.1} ms  {}", "browser_take_screenshot", path.display()));
        Ok(())
    }

    /// Shows that one agent can neither see nor touch the other's tab.
    async fn isolation(&self, agent: &Agent, who: &str, own: &str, other: &str) -> Result<()> {
        let refused = agent.fails("browser_snapshot", json!({ "tab": other })).await?;
        ensure!(refused.starts_with("not_yours:"), "{who} reached {other}: {refused}");
        self.say(who, &format!("has {own}; asked for {other} and was refused: {refused}"));
        Ok(())
    }
}

/// Leaves hub and browser running, with the pages served until Ctrl-C.
async fn keep(lab: &Lab, site: &Site, folder: &Path) -> Result<()> {
    println!("\nHub and browser go on. To look at them, in another shell:");
    for (name, value) in lab.installation.to_env() {
        println!("  export {name}={}", value.to_string_lossy());
    }
    println!("  tabmux status");
    println!("The pages are served at {} until Ctrl-C; then:", site.url("/page/order"));
    println!("  tabmux browser stop; tabmux hub stop; rm -r {}", folder.display());
    Ok(tokio::signal::ctrl_c().await?)
}
