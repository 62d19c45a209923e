//! Tabs that the browser or the person does something to: they stay their owner's and work again.

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_tab_keeps_its_owner_and_heals() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let page = agent.ok("browser_snapshot", json!({})).await?;
    let gift = ref_in(&page, "checkbox \"As a gift\"")?;
    let mut worker = lab.worker().await?;
    let own = format!("(await chrome.tabs.query({{ url: '{}' }}))[0]", site.url("/page/order"));
    let discardable = worker.evaluate(&format!("(async () => {own}.autoDiscardable)()")).await?;
    assert_eq!(discardable, false, "Chromium does not discard an agent's tab by itself");

    // Attached, as after any call, and detached, as after ten minutes without one.
    for before in ["", "await chrome.debugger.detach({ tabId: tab.id });"] {
        let discard = format!(
            "(async () => {{ const tab = {own}; {before} const other = await chrome.tabs.discard(tab.id); \
             return [other.id !== tab.id, (await chrome.tabs.get(other.id)).discarded]; }})()"
        );
        let discarded = worker.evaluate(&discard).await?;
        assert_eq!(discarded[1], true, "it is discarded, under another id or the same: {discarded}");
        let stale = agent.fails("browser_click", json!({ "ref": gift })).await?;
        assert!(stale.starts_with("stale_ref:"), "{stale}");
        let text =
            agent.ok("browser_evaluate", json!({ "function": "() => [location.pathname, innerWidth > 0]" }));
        assert_eq!(text.await?, "### Result\n[\"/page/order\",true]");
        let page = agent.ok("browser_snapshot", json!({})).await?;
        agent.ok("browser_click", json!({ "ref": ref_in(&page, "checkbox \"As a gift\"")? })).await?;
        let list = agent.ok("browser_tabs", json!({ "action": "list" })).await?;
        assert!(list.starts_with("- 0: (current) [t1]") && list.lines().count() == 1, "{list}");
        let discardable = worker.evaluate(&format!("(async () => {own}.autoDiscardable)()")).await?;
        assert_eq!(discardable, false, "the tab in its place is kept, too");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_discarded_has_the_size_again_that_its_agent_gave_it() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    agent.ok("browser_resize", json!({ "width": 640, "height": 480 })).await?;
    let mut worker = lab.worker().await?;
    let own = format!("(await chrome.tabs.query({{ url: '{}' }}))[0]", site.url("/page/order"));
    let discard = format!("(async () => (await chrome.tabs.discard({own}.id)).discarded)()");
    let size = json!({ "function": "() => [innerWidth, innerHeight]" });
    assert_eq!(worker.evaluate(&discard).await?, true);
    assert_eq!(agent.ok("browser_evaluate", size.clone()).await?, "### Result\n[640,480]", "healed, behind");
    // The person looks at the tab, which has the window's size from then on, and at another one again.
    let front = format!(
        "(async () => {{ const [before] = await chrome.tabs.query({{ active: true }}); \
         await chrome.tabs.update({own}.id, {{ active: true }}); return before.id; }})()"
    );
    let before = worker.evaluate(&front).await?;
    assert_eq!(agent.ok("browser_evaluate", size.clone()).await?, "### Result\n[640,480]", "in front");
    worker.evaluate(&format!("chrome.tabs.update({before}, {{ active: true }}).then(() => 1)")).await?;
    assert_eq!(worker.evaluate(&discard).await?, true);
    assert_eq!(agent.ok("browser_evaluate", size).await?, "### Result\n[640,480]", "healed again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_result_of_a_form_is_not_sent_again() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/form") })).await?;
    let page = agent.ok("browser_snapshot", json!({})).await?;
    agent.ok("browser_click", json!({ "ref": ref_in(&page, "button \"Place the order\"")? })).await?;
    assert!(agent.ok("browser_snapshot", json!({})).await?.contains("Your order is placed"));
    let discard = format!(
        "(async () => {{ const [tab] = await chrome.tabs.query({{ url: '{}' }}); \
         return (await chrome.tabs.discard(tab.id)).discarded; }})()",
        site.url("/posted")
    );
    assert_eq!(lab.worker().await?.evaluate(&discard).await?, true);
    // The browser's own page says what a reload would do.
    let page = agent.ok("browser_snapshot", json!({})).await?;
    assert_eq!(site.counted("posted"), 1, "the form was sent once");
    assert!(page.contains("Confirm Form Resubmission"), "{page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_goes_to_an_unknown_scheme_costs_nothing() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/schemes") })).await?;
    let page = agent.ok("browser_snapshot", json!({})).await?;
    let click = async |button: &str| {
        let target = ref_in(&page, &format!("button \"{button}\""))?;
        agent.ok("browser_click", json!({ "ref": target })).await
    };
    let clicked = click("Frame to an unknown scheme").await?;
    assert!(clicked.starts_with("Clicked"), "{clicked}");
    assert!(clicked.contains("- Other program: the page asked for tabmux-nowhere:frame."), "{clicked}");
    click("Count").await?;
    wait_until("the click after it has counted", async || site.counted("schemes") == 1).await;
    let state = agent.ok("browser_evaluate", json!({ "function": "() => document.visibilityState" })).await?;
    assert_eq!(state, "### Result\n\"visible\"", "focus emulation is asserted again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_the_browsers_own_is_told_by_the_click_that_it_swallows() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    let click = async |button: &str| {
        let page = agent.ok("browser_snapshot", json!({})).await?;
        let target = ref_in(&page, &format!("button \"{button}\""))?;
        agent.call("browser_click", json!({ "ref": target })).await
    };
    agent.ok("browser_navigate", json!({ "url": site.url("/page/schemes") })).await?;
    let clicked = click("Page to an unknown scheme").await?.text;
    assert!(clicked.starts_with("Clicked"), "{clicked}");
    assert!(clicked.contains("- Other program: the page asked for tabmux-nowhere:page."), "{clicked}");
    // Chromium chooses at which of a page's wishes it asks the person; from then on it takes all input for itself.
    wait_until("the browser asks", async || {
        click("Page to an unknown scheme").await.is_ok_and(|answer| answer.is_error)
    })
    .await;
    let refused = click("Count").await?;
    assert!(
        refused.is_error && refused.text.starts_with("not_actionable: button \"Count\""),
        "{}",
        refused.text
    );
    assert!(refused.text.contains("passed nothing of it on to the page"), "{}", refused.text);
    assert_eq!(site.counted("schemes"), 0, "the page heard nothing");
    // As the answer says.
    agent.ok("browser_navigate", json!({ "url": "about:blank" })).await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/schemes") })).await?;
    click("Count").await?;
    wait_until("the click has counted", async || site.counted("schemes") == 1).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_over_several_sites_keeps_tab_owner_and_speed() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let (agent, other) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    // The application, the other site that asks for the name, and back with what it granted.
    let back = site.url("/greet?who=alice");
    let login =
        format!("{}?to={}", site.other_site_url("/redirect"), back.replace(':', "%3A").replace('?', "%3F"));
    let leave = format!("() => {{ location.href = {}; }}", json!(login));
    agent.ok("browser_evaluate", json!({ "function": leave })).await?;
    let page = agent.ok("browser_snapshot", json!({})).await?;
    assert!(page.contains("who: alice"), "{page}");
    let list = agent.ok("browser_tabs", json!({ "action": "list" })).await?;
    assert!(list.starts_with("- 0: (current) [t1]") && list.lines().count() == 1, "{list}");
    let state = agent.ok("browser_evaluate", json!({ "function": "() => document.visibilityState" })).await?;
    assert_eq!(state, "### Result\n\"visible\"");
    let refused = other.fails("browser_snapshot", json!({ "tab": "t1" })).await?;
    assert!(refused.starts_with("not_yours:"), "{refused}");
    Ok(())
}
