//! Where the time of one call goes: MCP, hub and sockets, extension, protocol, page; and what the browser alone takes.

use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_protocol::message::PeerKind;
use tabmux_tests::{Agent, Browser, Lab, Peer, Site, ref_in};

use crate::raw::{Deed, Raw};
use crate::table::{Samples, Table, ms, short};

const CALLS: usize = 60;
/// A frame of a display, in milliseconds.
const FRAME: f64 = 16.7;

/// One kind of call: on which page, on which of its lines, what the browser alone would do, and the most that it may take.
struct Case {
    name: &'static str,
    page: &'static str,
    tool: &'static str,
    line: &'static str,
    raw: Deed<'static>,
    /// So many times what the browser alone takes, and so many milliseconds.
    most: (f64, f64),
}

const CASES: [Case; 9] = [
    case("evaluate", ORDER, "browser_evaluate", "", Deed::Evaluate, (0.0, 4.0)),
    case("snapshot", ORDER, "browser_snapshot", "", Deed::Walk, (0.0, 8.0)),
    case(
        "click, the page does nothing",
        ORDER,
        "browser_click",
        "checkbox \"As a gift\"",
        Deed::Click("[name=gift]"),
        (0.0, 15.0),
    ),
    case(
        "click, the page answers",
        ANSWERS,
        "browser_click",
        "button \"Answer\"",
        Deed::Click("button"),
        (0.0, 60.0),
    ),
    case(
        "type, the page does nothing",
        ORDER,
        "browser_type",
        "textbox \"Name\"",
        Deed::Type("[name=name]"),
        (0.0, 15.0),
    ),
    case(
        "type, the page answers",
        ANSWERS,
        "browser_type",
        "textbox \"Said\"",
        Deed::Type("[name=said]"),
        (0.0, 60.0),
    ),
    case("screenshot", ORDER, "browser_take_screenshot", "", Deed::Screenshot, (1.2, 0.0)),
    case("navigate", ORDER, "browser_navigate", "", Deed::Navigate(""), (1.3, FRAME)),
    case("snapshot of 1,000 rows", TABLE, "browser_snapshot", "", Deed::Walk, (1.5, 0.0)),
];

/// Measures and prints.
pub async fn run() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let mut stage = Stage {
        agent: Agent::start(&lab, "calls").await?,
        wire: Peer::dial(&lab.installation, PeerKind::Client, |hello| hello.label = Some("wire".into()))
            .await?,
        raw: Raw::open(&lab, &site.url(ORDER)).await?,
        site,
    };
    let mut stages = Table::new(
        "Stages of one call, medians (ms), in a background tab",
        &["call", "whole call", "MCP", "hub and sockets", "extension", "protocol", "page"],
    );
    let mut measured = Vec::new();
    for case in &CASES {
        let times = stage.measure(case).await?;
        stages.row(&times.stages(case.name));
        measured.push((case, times));
    }
    let mut beside = Table::new(
        "Calls beside the browser alone, medians (ms)",
        &["call", "whole call", "browser alone", "ratio", "at most", "kept"],
    );
    for (case, Times { whole, raw, .. }) in &measured {
        let (whole, raw) = (whole.median(), raw.median());
        let most = case.most.0 * raw + case.most.1;
        let kept = if whole <= most { "yes" } else { "no" };
        beside.row(&[case.name.into(), ms(whole), ms(raw), short(whole / raw), short(most), kept.into()]);
    }
    stages.publish("performance.md", "calls")?;
    beside.publish("performance.md", "calls beside the browser")
}

struct Stage {
    agent: Agent,
    wire: Peer,
    raw: Raw,
    site: Site,
}

impl Stage {
    async fn measure(&mut self, case: &Case) -> Result<Times> {
        let url = self.site.url(case.page);
        let (over_mcp, over_wire) = self.arguments(case, &url).await?;
        let raw = if case.tool == "browser_navigate" { Deed::Navigate(&url) } else { case.raw };
        self.raw.run(Deed::Navigate(&url)).await?;
        let mut times = Times::default();
        for _ in 0..CALLS {
            times.raw.times(1, async || self.raw.run(raw).await).await?;
            times.whole.times(1, async || self.agent.ok(case.tool, over_mcp.clone()).await).await?;
            let called_at = Instant::now();
            let answer = self.wire.call(case.tool, over_wire.clone(), None).await?;
            times.wired.push_time(called_at.elapsed());
            let timing = &answer["result"]["timing"];
            times.total.push(timing["totalMs"].as_f64().with_context(|| format!("no timing: {answer}"))?);
            times.protocol.push(timing["protocolMs"].as_f64().unwrap_or(0.0));
            times.page.push(timing["pageMs"].as_f64().unwrap_or(0.0));
        }
        Ok(times)
    }

    /// Leads both tabs to the page; what a call of the case takes in each.
    async fn arguments(&mut self, case: &Case, url: &str) -> Result<(Value, Value)> {
        let to = json!({ "url": url });
        self.agent.ok("browser_navigate", to.clone()).await?;
        self.wire.call("browser_navigate", to.clone(), None).await?;
        let fixed = match case.tool {
            "browser_navigate" => to,
            "browser_evaluate" => json!({ "function": "() => 1" }),
            _ => json!({}),
        };
        if case.line.is_empty() {
            return Ok((fixed.clone(), fixed));
        }
        let page = self.agent.ok("browser_snapshot", json!({})).await?;
        let seen = self.wire.call("browser_snapshot", json!({}), None).await?;
        let seen = seen["result"]["content"][0]["text"].as_str().context("a snapshot")?;
        let arguments = |text: &str| -> Result<Value> {
            let mut arguments = json!({ "ref": ref_in(text, case.line)? });
            if case.tool == "browser_type" {
                arguments["text"] = json!("abc");
            }
            Ok(arguments)
        };
        Ok((arguments(&page)?, arguments(seen)?))
    }
}

/// What calls of one kind took.
#[derive(Default)]
struct Times {
    raw: Samples,
    whole: Samples,
    wired: Samples,
    total: Samples,
    protocol: Samples,
    page: Samples,
}

impl Times {
    fn stages(&self, name: &str) -> Vec<String> {
        let [whole, wired, total, protocol, page] =
            [&self.whole, &self.wired, &self.total, &self.protocol, &self.page].map(Samples::median);
        let parts = [whole, whole - wired, wired - total, total - protocol, protocol - page, page];
        std::iter::once(name.to_owned()).chain(parts.map(ms)).collect()
    }
}

const fn case(
    name: &'static str,
    page: &'static str,
    tool: &'static str,
    line: &'static str,
    raw: Deed<'static>,
    most: (f64, f64),
) -> Case {
    Case { name, page, tool, line, raw, most }
}

const ORDER: &str = "/page/order";
const ANSWERS: &str = "/page/answers";
const TABLE: &str = "/corpus/table-1000";
