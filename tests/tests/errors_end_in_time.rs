//! Whatever goes wrong, a call ends in bounded time with its code and the next step.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::method;
use tabmux_tests::{Agent, Browser, Lab, Peer, Site, call, ref_in};

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_of_a_page_has_its_code_and_the_next_step() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;

    fails(&agent, "browser_snapshot", json!({}), "no_tab:").await?;
    fails(&agent, "browser_take_screenshot", json!({}), "no_tab:").await?;
    fails(&agent, "browser_close", json!({}), "no_tab:").await?;
    fails(&agent, "browser_snapshot", json!({ "tab": "t99" }), "no_tab:").await?;
    fails(&agent, "browser_navigate", json!({}), "bad_input: browser_navigate: `url` is missing").await?;
    fails(&agent, "browser_navigate", json!({ "url": 7 }), "bad_input: browser_navigate: `url` must be text")
        .await?;
    fails(&agent, "browser_navigate", json!({ "url": "javascript:alert(1)" }), "page_refused:").await?;
    fails(&agent, "browser_navigate", json!({ "url": "file:///etc/passwd" }), "page_refused:").await?;
    fails(&agent, "browser_navigate", json!({ "url": "http://127.0.0.1:1/" }), "page_refused:").await?;

    agent.ok("browser_navigate", json!({ "url": site.url("/page/stubborn") })).await?;
    let page = agent.ok("browser_snapshot", json!({})).await?;
    fails(&agent, "browser_click", json!({ "ref": "e9999" }), "stale_ref:").await?;
    fails(&agent, "browser_click", json!({ "ref": "nonsense" }), "bad_input:").await?;
    let click = async |part: &str| {
        fails(&agent, "browser_click", json!({ "ref": ref_in(&page, part)? }), "not_actionable:").await
    };
    assert!(click("button \"Disabled\"").await?.contains("disabled"));
    assert!(click("button \"Covered\"").await?.contains("cover"));
    let heading = ref_in(&page, "button \"Covered\"")?;
    let typed = agent.fails("browser_type", json!({ "ref": heading, "text": "x" })).await?;
    assert!(typed.starts_with("not_actionable:") || typed.starts_with("bad_input:"), "{typed}");
    let kind = ref_in(&page, "combobox \"Kind\"")?;
    let unknown =
        fails(&agent, "browser_select_option", json!({ "ref": kind, "values": ["Purple"] }), "bad_input:")
            .await?;
    assert!(
        unknown.contains("Purple") && unknown.contains("Green"),
        "the options that there are are named: {unknown}"
    );
    fails(&agent, "browser_press_key", json!({ "key": "NoSuchKey" }), "bad_input:").await?;
    fails(
        &agent,
        "browser_evaluate",
        json!({ "function": "() => { throw new Error('on purpose') }" }),
        "bad_input:",
    )
    .await?;
    fails(&agent, "browser_evaluate", json!({ "function": "() => {" }), "bad_input:").await?;
    fails(&agent, "browser_wait_for", json!({}), "bad_input:").await?;
    fails(&agent, "browser_wait_for", json!({ "text": "never there", "time": 0.3 }), "timeout:").await?;

    // An element that goes after it was seen, and one that becomes another.
    let gone = ref_in(&page, "button \"Goes away\"")?;
    agent
        .ok("browser_evaluate", json!({ "function": "() => document.getElementById('goes').remove()" }))
        .await?;
    fails(&agent, "browser_click", json!({ "ref": gone }), "stale_ref:").await?;
    let changes = ref_in(&page, "button \"Keep\"")?;
    agent
        .ok(
            "browser_evaluate",
            json!({ "function": "() => { document.getElementById('keep').textContent = 'Delete'; }" }),
        )
        .await?;
    fails(&agent, "browser_click", json!({ "ref": changes }), "stale_ref:").await?;
    assert_eq!(site.counted("deleted"), 0, "the changed button was not clicked");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dialog_blocks_its_own_tab_only_and_can_be_answered() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    tokio::try_join!(
        alice.ok("browser_navigate", json!({ "url": site.url("/page/stubborn") })),
        bob.ok("browser_navigate", json!({ "url": site.url("/page/order") })),
    )?;
    let page = alice.ok("browser_snapshot", json!({})).await?;
    let asks = ref_in(&page, "button \"Asks\"")?;

    let clicked = alice.call("browser_click", json!({ "ref": asks })).await?;
    assert!(clicked.text.contains("dialog"), "the click tells of the dialog: {}", clicked.text);
    let pending = fails(&alice, "browser_snapshot", json!({}), "dialog_open:").await?;
    assert!(pending.contains("Really?") && pending.contains("browser_handle_dialog"), "{pending}");
    assert!(bob.ok("browser_snapshot", json!({})).await?.contains("Order tea"), "bob's tab is not delayed");
    alice.ok("browser_handle_dialog", json!({ "accept": true })).await?;
    let answer = alice
        .ok("browser_evaluate", json!({ "function": "() => document.getElementById('said').textContent" }));
    assert_eq!(answer.await?, "### Result\n\"true\"");

    // A dialog that a script opens must not hang the script's own call.
    fails(&alice, "browser_evaluate", json!({ "function": "() => alert('stop')" }), "dialog_open:").await?;
    alice.ok("browser_handle_dialog", json!({ "accept": true })).await?;
    fails(&alice, "browser_handle_dialog", json!({ "accept": true }), "bad_input:").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_page_is_waited_for_and_a_closed_tab_ends_what_waits_in_it() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;
    let opened = agent.ok("browser_navigate", json!({ "url": site.url("/slow/800") })).await?;
    assert!(opened.contains("Slow"), "the page is there when the call ends: {opened}");

    let waits = agent.call("browser_wait_for", json!({ "text": "never there", "time": 30 }));
    let closes = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let close = json!({ "function": "() => { setTimeout(() => window.close(), 0); }" });
        agent
            .call("browser_tabs", json!({ "action": "close", "index": 0 }))
            .await
            .map(|answer| (answer, close))
    };
    let asked_at = Instant::now();
    let (waited, closed) = tokio::join!(waits, closes);
    assert!(!closed?.0.is_error);
    let waited = waited?;
    assert!(waited.text.starts_with("no_tab:") || waited.text.starts_with("cancelled:"), "{}", waited.text);
    assert!(asked_at.elapsed() < Duration::from_secs(10), "it ended with the tab, not with its deadline");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_script_ends_with_its_call_and_frees_the_tab() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let mut wire = Peer::dial(&lab.installation, PeerKind::Client, |_| {}).await?;
    let opened = wire.call("browser_navigate", json!({ "url": site.url("/page/order") }), None).await?;
    assert!(opened["result"].is_object(), "{opened}");
    let mut endless = call("browser_evaluate", json!({ "function": "() => { for (;;) {} }" }), None);
    endless["deadlineMs"] = json!(500);
    let id = wire.request(method::CALL, &endless).await?;
    let ended = wire.answer_to(id).await?;
    assert_eq!(ended["error"]["data"]["code"], "timeout", "{ended}");
    let next = wire.call("browser_evaluate", json!({ "function": "() => 1 + 1" }), None).await?;
    assert_eq!(next["result"]["content"][0]["text"], "### Result\n2", "{next}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_browser_a_call_waits_a_short_while_and_says_what_to_do() -> Result<()> {
    let lab = Lab::new()?;
    std::fs::write(&lab.installation.config_path, "[hub]\nbrowser_wait_ms = 300\n")?;
    let agent = Agent::start(&lab, "alice").await?;
    let asked_at = Instant::now();
    let refused = agent.fails("browser_navigate", json!({ "url": "http://127.0.0.1/" })).await?;
    assert!(refused.starts_with("no_browser:") && refused.contains("tabmux browser launch"), "{refused}");
    assert!(asked_at.elapsed() < Duration::from_secs(5));
    let status = agent.ok("hub_status", json!({})).await?;
    assert!(status.to_lowercase().contains("browser"), "{status}");
    let output = lab.command(&["browser", "launch"]).env("TABMUX_BROWSER", "/nowhere/chromium").output()?;
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Calls a tool that must fail with that beginning, a next step, and well before its deadline.
async fn fails(agent: &Agent, tool: &str, args: Value, beginning: &str) -> Result<String> {
    let asked_at = Instant::now();
    let text = agent.fails(tool, args.clone()).await?;
    assert!(text.starts_with(beginning), "{tool} {args}: expected {beginning} got {text}");
    assert!(asked_at.elapsed() < Duration::from_secs(15), "{tool} {args} took {:?}", asked_at.elapsed());
    assert!(text.trim_end().ends_with('.'), "{tool} {args}: full sentences, the last one what to do: {text}");
    Ok(text)
}
