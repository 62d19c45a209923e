//! Where the time of one call goes: MCP, hub and sockets, extension, protocol, page.

use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_protocol::message::PeerKind;
use tabmux_tests::{Agent, Browser, Lab, Peer, Site, ref_in};

use crate::table::{Samples, head, ms, row};

const CALLS: usize = 60;

/// Measures and prints.
pub async fn run() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let agent = Agent::start(&lab, "stages").await?;
    let mut wire =
        Peer::dial(&lab.installation, PeerKind::Client, |hello| hello.label = Some("wire".into())).await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    wire.call("browser_navigate", json!({ "url": site.url("/page/order") }), None).await?;
    let page = agent.ok("browser_snapshot", json!({})).await?;
    let seen = wire.call("browser_snapshot", json!({}), None).await?;
    let seen = seen["result"]["content"][0]["text"].as_str().context("a snapshot")?.to_owned();

    head(
        "Stages of one call, medians (ms): background tab, small form page",
        &["tool", "whole call", "MCP", "hub and sockets", "extension", "protocol", "page"],
    );
    let navigate = json!({ "url": site.url("/page/order") });
    let of = |text: &str, part: &str| ref_in(text, part);
    let button = "checkbox \"As a gift\"";
    let cases: [(&str, Value, Value); 6] = [
        ("browser_evaluate", json!({ "function": "() => 1" }), json!({ "function": "() => 1" })),
        ("browser_snapshot", json!({}), json!({})),
        ("browser_click", json!({ "ref": of(&page, button)? }), json!({ "ref": of(&seen, button)? })),
        (
            "browser_type",
            json!({ "ref": of(&page, "textbox \"Name\"")?, "text": "abc" }),
            json!({ "ref": of(&seen, "textbox \"Name\"")?, "text": "abc" }),
        ),
        ("browser_take_screenshot", json!({}), json!({})),
        ("browser_navigate", navigate.clone(), navigate),
    ];
    for (tool, over_mcp, over_wire) in cases {
        let (mut whole, mut wired, mut total, mut protocol, mut in_page) = (
            Samples::default(),
            Samples::default(),
            Samples::default(),
            Samples::default(),
            Samples::default(),
        );
        for _ in 0..CALLS {
            let called_at = Instant::now();
            let answer = agent.call(tool, over_mcp.clone()).await?;
            anyhow::ensure!(!answer.is_error, "{}", answer.text);
            whole.push_time(called_at.elapsed());
            let called_at = Instant::now();
            let answer = wire.call(tool, over_wire.clone(), None).await?;
            wired.push_time(called_at.elapsed());
            let timing = &answer["result"]["timing"];
            total.push(timing["totalMs"].as_f64().with_context(|| format!("no timing: {answer}"))?);
            protocol.push(timing["protocolMs"].as_f64().unwrap_or(0.0));
            in_page.push(timing["pageMs"].as_f64().unwrap_or(0.0));
        }
        row(&[
            tool.to_owned(),
            ms(whole.median()),
            ms(whole.median() - wired.median()),
            ms(wired.median() - total.median()),
            ms(total.median() - protocol.median()),
            ms(protocol.median() - in_page.median()),
            ms(in_page.median()),
        ]);
    }
    Ok(())
}
