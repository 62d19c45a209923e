//! Bad input for every tool, from its row: each mistake is answered for what it is, nothing hangs, nothing of others is
//! told, and the browser works afterwards.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use tabmux_protocol::ErrorCode;
use tabmux_protocol::tools::{ParamKind, TOOLS, TabNeed, Tool};
use tabmux_tests::{Agent, Answer, Browser, Lab, Site, wait_until};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use crate::arguments::{Refs, fitting, needed};

/// No call of these may take longer: a minute is the deadline of most tools.
const PATIENCE: Duration = Duration::from_secs(60);
/// In the address and in the title of another agent's page: no answer to alice may hold it.
const SECRET: &str = "secret-of-bob";

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_the_wrong_kind_a_missing_and_an_unknown_parameter_are_named() -> Result<()> {
    let lab = Lab::new()?;
    let agent = Agent::start(&lab, "alice").await?;
    let refs = Refs::made_up();
    for tool in TOOLS {
        let right = needed(tool, &refs, "http://127.0.0.1/");
        let refused = async |args: Map<String, Value>, name: &str| {
            let shown = Value::Object(args.clone()).to_string();
            let text = agent.fails(tool.name, args.into()).await?;
            let expected = format!("bad_input: {}: ", tool.name);
            ensure!(text.starts_with(&expected) && text.contains(&format!("`{name}")), "{shown}: {text}");
            ensure!(text.len() < 2_000, "{shown}: {} bytes", text.len());
            anyhow::Ok(())
        };
        refused(with(&right, "nonsense", json!(1)), "nonsense").await?;
        for param in tool.all_params() {
            for value in wrong(param.kind) {
                refused(with(&right, param.name, value), param.name).await?;
            }
            if param.required {
                refused(without(&right, param.name), param.name).await?;
            }
            for inner in param.inner() {
                let item = right.get(param.name).and_then(|items| items[0].as_object().cloned());
                let item = item.unwrap_or_default();
                let within = |item: Map<String, Value>| with(&right, param.name, json!([item]));
                let path = format!("{}[0].{}", param.name, inner.name);
                for value in wrong(inner.kind) {
                    refused(within(with(&item, inner.name, value)), &path).await?;
                }
                if inner.required && item.contains_key(inner.name) {
                    refused(within(without(&item, inner.name)), &path).await?;
                }
            }
            if let Some(value) = wrong(param.kind).into_iter().next() {
                let named = json!({ "tool": tool.name, "args": with(&right, param.name, value) });
                let text = agent.fails("hub_call", named).await?;
                let runs = tool.tab != TabNeed::Inner;
                ensure!(!runs || text.contains(&format!("`{}`", param.name)), "by hub_call: {text}");
            }
        }
    }
    hub_serves(&lab).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_character_is_refused_in_every_text_and_the_process_goes_on() -> Result<()> {
    let lab = Lab::new()?;
    let mut child = tokio::process::Command::from(lab.command(&["mcp"]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut input = child.stdin.take().context("stdin")?;
    let mut lines = BufReader::new(child.stdout.take().context("stdout")?).lines();
    let mut ask = async |id: u64, method: &str, params: &str| -> Result<Value> {
        let line =
            format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"{method}\",\"params\":{params}}}\n");
        input.write_all(line.as_bytes()).await?;
        let answer = timeout(PATIENCE, lines.next_line()).await??.context("an answer")?;
        let answer: Value = serde_json::from_str(&answer)?;
        ensure!(answer["id"] == id, "{line}: {answer}");
        Ok(answer)
    };
    let opening = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
                          "clientInfo": { "name": "half", "version": "1" } });
    ask(1, "initialize", &opening.to_string()).await?;
    let texts = TOOLS.iter().flat_map(|tool| {
        let texts = tool.all_params().filter(|param| param.kind == ParamKind::Text);
        texts.map(|param| (tool.name, param.name))
    });
    let mut id = 1;
    for (tool, param) in texts {
        id += 1;
        let params = format!(r#"{{"name":"{tool}","arguments":{{"{param}":"\ud800"}}}}"#);
        let answer = ask(id, "tools/call", &params).await?;
        let refused = answer["error"]["code"] == -32602 || answer["result"]["isError"] == true;
        ensure!(refused, "{params}: {answer}");
    }
    let status = ask(id + 1, "tools/call", r#"{"name":"hub_status","arguments":{}}"#).await?;
    ensure!(status["result"]["isError"] == false, "{status}");
    hub_serves(&lab).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_dead_refs_and_tabs_and_monstrous_texts_harm_nobody() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    let (url, home) = (site.url(&format!("/page/controls?{SECRET}")), site.url("/page/controls"));
    bob.ok("browser_navigate", json!({ "url": url })).await?;
    let renames = json!({ "function": format!("() => {{ document.title = '{SECRET}' }}") });
    bob.ok("browser_evaluate", renames).await?;
    let (of_bob, tab_of_bob) = (Refs::of(&bob).await?, current(&bob).await?);
    let seen_by_bob = bob.ok("browser_get_text", json!({})).await?;

    alice.ok("browser_navigate", json!({ "url": home })).await?;
    let (of_other, dead) = (Refs::of(&alice).await?, current(&alice).await?);
    alice.ok("browser_tabs", json!({ "action": "new", "url": home })).await?;
    alice.ok("browser_close", json!({ "tab": dead })).await?;

    for tool in TOOLS.iter().filter(|tool| !matches!(tool.tab, TabNeed::None | TabNeed::Inner)) {
        alice.ok("browser_navigate", json!({ "url": home })).await?;
        let refs = Refs::of(&alice).await?;
        let mut right = needed(tool, &refs, &home);
        if let Some(time) = tool.params.iter().find(|param| param.name == "time") {
            right.insert(time.name.into(), fitting(tool, time, &refs, &home));
        }
        for param in tool.params.iter().filter(|param| param.name == "ref" || param.name.ends_with("Ref")) {
            for foreign in [&of_bob.button, &of_other.button, "e999999", "f99e1", "e1\0", ""] {
                let code = called(&alice, tool, with(&right, param.name, json!(foreign))).await?;
                // An empty text where a ref may be absent is none: programs fill in what they do not use.
                let absent = foreign.is_empty() && !param.required;
                let refused = matches!(code, Some(ErrorCode::StaleRef | ErrorCode::BadInput));
                ensure!(refused || absent, "{} {}={foreign:?}: {code:?}", tool.name, param.name);
            }
        }
        if tool.tab.takes_one() {
            for foreign in [tab_of_bob.as_str(), &dead, "t999999"] {
                let code = called(&alice, tool, with(&right, "tab", json!(foreign))).await?;
                let refused = matches!(code, Some(ErrorCode::NoTab | ErrorCode::NotYours));
                ensure!(refused || tool.tab == TabNeed::Optional, "{} tab={foreign}: {code:?}", tool.name);
            }
        }
        for param in tool.params.iter().filter(|param| param.kind == ParamKind::Text) {
            for monstrous in ["x".repeat(1_000_000), "\0\u{7}\u{1b}[31m\u{202e}\r\n\u{2028}\u{ffff}".into()] {
                called(&alice, tool, with(&right, param.name, json!(monstrous))).await?;
            }
        }
    }

    alice.ok("browser_navigate", json!({ "url": home })).await?;
    let page = Refs::of(&alice).await?;
    alice.ok("browser_type", json!({ "ref": page.textbox, "text": "works" })).await?;
    assert_eq!(bob.ok("browser_get_text", json!({})).await?, seen_by_bob, "bob's page is as it was");
    assert_eq!(current(&bob).await?, tab_of_bob);
    assert_eq!(lab.status()?.clients.iter().map(|client| client.calls_in_flight).sum::<usize>(), 0);
    Ok(())
}

/// Calls a tool, whatever comes of it, and says the code of its failure.
async fn called(alice: &Agent, tool: &Tool, args: Map<String, Value>) -> Result<Option<ErrorCode>> {
    let mut shown = Value::Object(args.clone()).to_string();
    shown.truncate(200);
    let answer: Answer = timeout(PATIENCE, alice.call(tool.name, args.into()))
        .await
        .with_context(|| format!("{} {shown} is not answered", tool.name))??;
    ensure!(!answer.text.contains(SECRET), "{} {shown} tells of bob: {}", tool.name, answer.text);
    ensure!(answer.text.len() <= 10_000, "{} {shown}: {} bytes", tool.name, answer.text.len());
    let code = answer.code().map(|code| {
        let known = ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code);
        known.with_context(|| format!("{} {shown}: no code: {}", tool.name, answer.text))
    });
    if answer.code() == Some("no_tab") {
        alice.ok("browser_tabs", json!({ "action": "new" })).await?;
    }
    code.transpose()
}

/// A hub that is still starting when the lab goes would stay.
async fn hub_serves(lab: &Lab) {
    wait_until("the hub that the process started serves", async || lab.health().await.is_ok()).await;
}

/// The handle of an agent's current tab.
async fn current(agent: &Agent) -> Result<String> {
    let list = agent.ok("browser_tabs", json!({ "action": "list" })).await?;
    let (_, rest) = list.split_once("(current) [").context("a current tab")?;
    Ok(rest.split(']').next().unwrap_or_default().to_owned())
}

/// Values that a parameter of that kind must not take.
fn wrong(kind: ParamKind) -> Vec<Value> {
    match kind {
        ParamKind::Text => vec![json!(3), json!(true), json!([]), json!({})],
        ParamKind::Number(min, max) => {
            vec![json!("3"), json!(true), json!([3]), json!(min - 1.0), json!(max + 1.0), json!(1e300)]
        }
        ParamKind::Index => vec![json!("3"), json!(-1), json!(1.5), json!(true)],
        ParamKind::Whole(_, max) => {
            vec![json!("3"), json!(-1), json!(1.5), json!(true), json!(max.saturating_add(1).max(max))]
        }
        ParamKind::Flag => vec![json!("true"), json!(1), json!([])],
        ParamKind::OneOf(_) => vec![json!("nonsense"), json!(""), json!(3), json!([])],
        ParamKind::Texts | ParamKind::Files => vec![json!("text"), json!([3]), json!({}), json!(3)],
        ParamKind::SomeOf(_) => vec![json!("text"), json!(["nonsense"]), json!([3]), json!({})],
        ParamKind::Object => vec![json!(3), json!("text"), json!([]), json!("[1]")],
        ParamKind::Values => vec![json!(3), json!("text"), json!({}), json!("{}")],
        ParamKind::Objects(_) => vec![json!("text"), json!([]), json!(["e1"]), json!([3]), json!({})],
    }
}

fn with(args: &Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    let mut args = args.clone();
    args.insert(name.into(), value);
    args
}

fn without(args: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut args = args.clone();
    args.remove(name);
    args
}
