//! Pages that hang, crash, trap or cannot be read: each call ends soon and says what is the matter.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde_json::{Value, json};
use tabmux_protocol::EXTENSION_ID;
use tabmux_tests::{Agent, Browser, DevTools, Lab, Site, ref_in, wait_until};

const CLOSED: &str = "page_refused: The browser does not let extensions work on this page";
/// No answer about a difficult page takes longer, on a machine that has much else to do.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_huge_hostile_endless_or_no_documents_are_answered_clearly() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;

    open(&agent, &site.url("/page/hostile")).await?;
    let page = soon(&agent, "browser_snapshot", json!({})).await?;
    assert!(page.contains("- heading \"Hostile page\""), "{page}");
    let typed =
        soon(&agent, "browser_type", json!({ "ref": ref_in(&page, "textbox \"Name\"")?, "text": "abc" }));
    assert!(typed.await?.contains("~ textbox \"Name\""));
    soon(&agent, "browser_click", json!({ "ref": ref_in(&page, "button \"Press\"")? })).await?;

    open(&agent, &site.url("/page/huge")).await?;
    let page = soon(&agent, "browser_snapshot", json!({})).await?;
    assert!(page.len() <= 10_500 && page.contains(" more "), "{} bytes", page.len());
    let clicked = soon(&agent, "browser_click", json!({ "ref": ref_in(&page, "button \"Press\"")? })).await?;
    assert!(clicked.contains("~ status: Clicked") && clicked.len() < 2_000, "{clicked}");

    open(&agent, &site.url("/pdf")).await?;
    let page = soon(&agent, "browser_snapshot", json!({})).await?;
    assert!(page.contains("(A PDF in the browser's own viewer") && page.contains("screenshot"), "{page}");

    let refused = refusal(&agent, "browser_navigate", json!({ "url": site.url("/round/0") })).await?;
    assert!(refused.starts_with("page_refused:") && refused.contains("TOO_MANY_REDIRECTS"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_alerts_for_ever_says_what_was_done_and_how_to_leave_it() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;
    open(&agent, &site.url("/page/alerts")).await?;
    let page = soon(&agent, "browser_snapshot", json!({})).await?;
    let button = json!({ "ref": ref_in(&page, "button")? });
    let clicked = refusal(&agent, "browser_click", button).await?;
    assert!(clicked.starts_with("dialog_open: Clicked button \"Alert for ever\""), "{clicked}");
    for _ in 0..3 {
        let again = refusal(&agent, "browser_handle_dialog", json!({ "accept": true })).await?;
        assert!(again.starts_with("dialog_open: Accepted the alert dialog \"Again\"."), "{again}");
        assert!(again.contains("browser_close"), "it says how to get out: {again}");
    }
    soon(&agent, "browser_close", json!({})).await?;
    open(&agent, &site.url("/page/order")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_crashed_is_frozen_or_shows_the_browsers_own_page_can_be_led_on() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    open(&agent, &site.url("/page/order")).await?;
    let mut page = DevTools::page(&lab.user_data_dir(), "/page/order").await?;
    page.command("Page.setWebLifecycleState", json!({ "state": "frozen" })).await?;
    let seen = soon(&agent, "browser_snapshot", json!({})).await?;
    let gift = json!({ "ref": ref_in(&seen, "checkbox \"As a gift\"")? });
    let clicked = soon(&agent, "browser_click", gift).await?;
    assert!(clicked.contains("~ checkbox \"As a gift\" [checked]"), "{clicked}");

    page.command("Page.navigate", json!({ "url": "chrome://version/" })).await?;
    let refused = refusal(&agent, "browser_snapshot", json!({})).await?;
    assert!(refused.starts_with("page_refused:") && refused.contains("browser_navigate"), "{refused}");
    open(&agent, &site.url("/page/reading")).await?;

    let mut page = DevTools::page(&lab.user_data_dir(), "/page/reading").await?;
    // The crash itself is never acknowledged.
    let waits = soon(&agent, "browser_wait_for", json!({ "text": "never there", "time": 60 }));
    let crash = tokio::time::timeout(Duration::from_secs(1), page.command("Page.crash", json!({})));
    let (waited, _) = tokio::join!(waits, crash);
    let waited = waited.expect_err("nothing can be waited for in a page that crashed").to_string();
    assert!(waited.contains("page_refused: The tab's page crashed"), "{waited}");
    let refused = refusal(&agent, "browser_snapshot", json!({})).await?;
    assert!(refused.starts_with("page_refused: The tab's page crashed"), "{refused}");
    soon(&agent, "browser_reload", json!({})).await?;
    assert!(soon(&agent, "browser_snapshot", json!({})).await?.contains("- heading"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_closed_to_extensions_is_told_as_such_and_can_be_left() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    for url in [
        "chrome://version/".to_owned(),
        "chrome://settings/".to_owned(),
        "devtools://devtools/bundled/inspector.html".to_owned(),
        // No extension may work on the store, whether it can be reached or not.
        "https://chromewebstore.google.com/".to_owned(),
        // Attached to all the same.
        format!("view-source:{}", site.url("/page/reading")),
        // The popup, where only the person decides.
        format!("chrome-extension://{EXTENSION_ID}/popup.html"),
    ] {
        open(&agent, &site.url("/page/order")).await?;
        lead_to_closed(&lab, &agent, &url).await?;
        for (tool, args) in [
            ("browser_snapshot", json!({})),
            ("browser_press_key", json!({ "key": "a" })),
            ("browser_take_screenshot", json!({})),
        ] {
            let refused = refusal(&agent, tool, args).await?;
            assert!(refused.starts_with(CLOSED) && refused.contains("browser_navigate"), "{url}: {refused}");
        }
    }
    open(&agent, &site.url("/page/order")).await?;

    // An address that could not be opened is shown as the browser's own page about that.
    let refused = refusal(&agent, "browser_navigate", json!({ "url": "http://127.0.0.1:1/" })).await?;
    assert!(refused.starts_with("page_refused: http://127.0.0.1:1/ could not be opened"), "{refused}");
    let shown = soon(&agent, "browser_snapshot", json!({})).await?;
    assert!(
        shown.starts_with("- URL: http://127.0.0.1:1/\n") && shown.contains("\n- Error page: "),
        "{shown}"
    );
    let pressed = soon(&agent, "browser_press_key", json!({ "key": "a" })).await?;
    assert!(pressed.contains("\n- Error page: "), "{pressed}");
    open(&agent, &site.url("/page/order")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_comes_back_as_it_was_left_has_its_refs_and_answers() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    open(&agent, &site.url("/page/swaps")).await?;
    let page = soon(&agent, "browser_snapshot", json!({})).await?;
    let press = json!({ "ref": ref_in(&page, "button \"Press\"")? });
    for turn in ["Press", "Pressed"] {
        open(&agent, &site.url("/page/order")).await?;
        let stale = refusal(&agent, "browser_click", press.clone()).await?;
        assert!(stale.starts_with("stale_ref:"), "{stale}");
        soon(&agent, "browser_navigate_back", json!({})).await?;
        let back = soon(&agent, "browser_snapshot", json!({})).await?;
        assert!(back.contains("- paragraph: Came back") && back.contains(turn), "{back}");
        if turn == "Press" {
            let clicked = soon(&agent, "browser_click", press.clone()).await?;
            assert!(clicked.contains("~ button \"Pressed\""), "{clicked}");
        }
    }
    Ok(())
}

/// Leads the tab from the order to a page as no agent could, until its agent is told that it is closed.
async fn lead_to_closed(lab: &Lab, agent: &Agent, url: &str) -> Result<()> {
    let mut page = DevTools::page(&lab.user_data_dir(), "/page/order").await?;
    page.command("Page.navigate", json!({ "url": url })).await?;
    let evaluate = json!({ "function": "() => location.href" });
    wait_until("the page is closed", async || {
        agent.fails("browser_evaluate", evaluate.clone()).await.is_ok_and(|said| said.starts_with(CLOSED))
    })
    .await;
    Ok(())
}

async fn open(agent: &Agent, url: &str) -> Result<String> {
    soon(agent, "browser_navigate", json!({ "url": url })).await
}

/// What a tool that works answers with, in good time.
async fn soon(agent: &Agent, tool: &str, args: Value) -> Result<String> {
    let asked_at = Instant::now();
    let text = agent.ok(tool, args).await?;
    anyhow::ensure!(asked_at.elapsed() < SOON, "{tool} took {:?}", asked_at.elapsed());
    Ok(text)
}

/// What a tool that must fail says, in good time.
async fn refusal(agent: &Agent, tool: &str, args: Value) -> Result<String> {
    let asked_at = Instant::now();
    let text = agent.fails(tool, args).await?;
    anyhow::ensure!(asked_at.elapsed() < SOON, "{tool} took {:?}", asked_at.elapsed());
    Ok(text)
}
