//! What a person says to one agent, from the command line and in the popup, holds for that agent and for no other.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_protocol::message::Control;
use tabmux_tests::{Agent, Browser, Lab, Popup, Site, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_agent_finishes_what_runs_waits_through_a_new_hub_and_goes_on_while_the_other_works_throughout()
-> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.ok("browser_navigate", json!({ "url": site.url("/greet?alice") })).await?;
    bob.ok("browser_navigate", json!({ "url": site.url("/greet?bob") })).await?;
    let pause = async {
        wait_until("a call of alice's is at work", async || site.counted("runs") == 1).await;
        let said = lab.run_ok(&["pause", "alice"])?;
        assert!(said.starts_with("alice is paused. 1 running call is finished.\n`tabmux resume "), "{said}");
        let refused = alice.fails("browser_snapshot", json!({})).await?;
        assert!(refused.starts_with("stopped:") && refused.contains("`tabmux resume "), "{refused}");
        lab.page("/greet?alice").await?.evaluate("void dispatchEvent(new Event('go'))").await
    };
    let (ran, paused) = tokio::join!(alice.ok("browser_evaluate", json!({ "function": RUNS })), pause);
    paused?;
    assert!(ran?.contains("\"it ran\""), "what ran was finished");

    lab.run_ok(&["hub", "restart"])?;
    assert!(bob.ok("browser_snapshot", json!({})).await?.contains("Received"), "bob is not meant");
    let again = alice.fails("browser_navigate", json!({ "url": site.url("/greet?again") })).await?;
    assert!(again.starts_with("stopped:"), "the next hub holds to it: {again}");
    assert_eq!(controls(&lab)?, [Control::Paused, Control::Running]);
    let shown = lab.run_ok(&["status"])?;
    assert_eq!(shown.lines().filter(|line| line.contains(" paused ")).count(), 1, "{shown}");
    assert!(alice.ok("hub_status", json!({})).await?.contains("Control: paused by a person"));

    let said = lab.run_ok(&["resume", "alice", "--json"])?;
    let said: Value = serde_json::from_str(&said)?;
    assert_eq!(
        (&said["clients"][0]["control"], &said["clients"][0]["changed"]),
        (&json!("running"), &json!(true))
    );
    let page = alice.ok("browser_snapshot", json!({})).await?;
    assert!(page.contains("/greet?alice"), "its tab is as it was: {page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_agent_loses_its_calls_and_tabs_and_lives_on_to_start_afresh() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.ok("browser_navigate", json!({ "url": site.url("/greet?alice") })).await?;
    bob.ok("browser_navigate", json!({ "url": site.url("/greet?bob") })).await?;
    let stop = async {
        wait_until("a call of alice's is at work", async || site.counted("runs") == 1).await;
        lab.run_ok(&["stop", "alice"])
    };
    let (ended, said) = tokio::join!(alice.fails("browser_evaluate", json!({ "function": RUNS })), stop);
    let (ended, said) = (ended?, said?);
    assert!(ended.starts_with("outcome_unknown:"), "whether it acted is not known: {ended}");
    assert!(said.starts_with("alice is stopped. 1 call was ended. 1 tab is closed.\n"), "{said}");
    let urls = "chrome.tabs.query({}).then((all) => all.map(({ url }) => url).join(' '))";
    wait_until("alice's tab is closed, and nobody else's", async || {
        let urls = async || lab.worker().await?.evaluate(urls).await;
        urls().await.is_ok_and(|urls| {
            let urls = urls.as_str().unwrap_or_default();
            !urls.contains("greet?alice") && urls.contains("greet?bob") && urls.contains("reading")
        })
    })
    .await;
    let refused = alice.fails("browser_navigate", json!({ "url": site.url("/greet?again") })).await?;
    assert!(refused.starts_with("stopped:"), "{refused}");
    assert_eq!(lab.run_ok(&["stop", "alice"])?.lines().next(), Some("alice is stopped already."));
    assert_eq!(controls(&lab)?, [Control::Stopped, Control::Running]);

    lab.run_ok(&["resume", "--all"])?;
    let told = alice.fails("browser_snapshot", json!({})).await?;
    assert!(told.starts_with("no_tab:"), "it starts afresh: {told}");
    alice.ok("browser_navigate", json!({ "url": site.url("/greet?afresh") })).await?;
    assert!(bob.ok("browser_snapshot", json!({})).await?.contains("Received"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_paused_in_the_popup_which_tells_the_truth_and_all_others_go_on() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    for agent in [&alice, &bob] {
        agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    }
    let mut popup = Popup::open(&lab).await?;
    popup.press_in("alice", "Pause").await?;
    wait_until("the popup says that alice is paused", async || {
        popup.text("clients").await.is_ok_and(|text| text.contains("alice (paused)"))
    })
    .await;
    assert_eq!(controls(&lab)?, [Control::Paused, Control::Running]);
    let refused = alice.fails("browser_snapshot", json!({})).await?;
    assert!(refused.starts_with("stopped:") && refused.contains("Resume"), "{refused}");
    assert!(bob.ok("browser_snapshot", json!({})).await?.contains("Order tea"));
    let title = lab.worker().await?.evaluate("chrome.action.getTitle({})").await?;
    assert_eq!(title, "Tabmux: connected, 2 agents, 1 paused or stopped");

    lab.run_ok(&["stop", "bob"])?;
    wait_until("the popup hears of the command line", async || {
        popup.text("clients").await.is_ok_and(|text| text.contains("bob (stopped)0 tabs"))
    })
    .await;
    popup.press_in("alice", "Resume").await?;
    wait_until("alice goes on", async || controls(&lab).is_ok_and(|all| all[0] == Control::Running)).await;
    assert!(alice.ok("browser_snapshot", json!({})).await?.contains("Order tea"), "in the tab that it had");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_not_there_or_not_one_is_an_error_that_lists_what_there_is() -> Result<()> {
    let lab = Lab::new()?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    wait_until("both are greeted", async || lab.status().is_ok_and(|status| status.clients.len() == 2)).await;
    for (arguments, code, parts) in [
        (&["pause", "carol"][..], 1, &["no agent is called `carol`", "alice", "bob"][..]),
        (&["stop", ""], 1, &["alice", "bob"]),
        (&["pause"], 2, &["--all"]),
        (&["resume", "alice", "--all"], 2, &["cannot be used with"]),
    ] {
        let output = lab.run(arguments)?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        for part in parts {
            assert!(said.contains(part), "{arguments:?}: {part}: {said}");
        }
    }
    let instance = lab.status()?.clients[1].instance.clone().context("its instance")?;
    lab.run_ok(&["pause", &instance.0])?;
    assert_eq!(controls(&lab)?, [Control::Running, Control::Paused]);
    alice.close().await?;
    bob.close().await?;
    lab.run_ok(&["hub", "stop"])?;
    assert_eq!(lab.run(&["pause", "--all"])?.status.code(), Some(3), "no hub is started for it");
    Ok(())
}

/// Counts its start on the server and then waits for a word.
const RUNS: &str = "async () => { const go = new Promise((done) => addEventListener('go', done)); \
    await fetch('/count/runs', { method: 'POST' }); await go; return 'it ran'; }";

/// What holds for each agent, by label.
fn controls(lab: &Lab) -> Result<Vec<Control>> {
    Ok(lab.status()?.clients.iter().map(|client| client.control).collect())
}
