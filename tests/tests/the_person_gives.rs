//! What is the person's own reaches an agent by the person's word in the popup, and by nothing else.

use anyhow::Result;
use serde_json::{Value, json};
use tabmux_tests::{Agent, Browser, Lab, Popup, Site, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_the_persons_tabs_once_they_allow_it_and_no_longer_than_they_do() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let private = lab.browser().await?.command("Target.createBrowserContext", json!({})).await?;
    let secret = json!({ "url": site.url("/greet?secret"), "browserContextId": private["browserContextId"] });
    lab.browser().await?.command("Target.createTarget", secret).await?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    bob.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let front = lab.worker().await?.evaluate(FRONT).await?;
    for agent in [&alice, &bob, &alice] {
        let told = agent.fails("browser_person_tabs", json!({})).await?;
        assert!(told.starts_with("not_permitted:") && told.contains("press Allow"), "{told}");
    }
    assert_eq!(lab.worker().await?.evaluate(FRONT).await?, front, "nothing came to the front to ask");
    assert_eq!(badge(&lab).await?, json!(["?", "Tabmux: alice asks you for something"]));

    let mut popup = Popup::open(&lab).await?;
    assert_eq!(popup.text("waiting").await?, "2 requests wait.");
    popup.press_in("alice asks to see your open tabs", "Allow").await?;
    wait_until("one request is left", async || {
        popup.text("waiting").await.is_ok_and(|text| text == "1 request waits.")
    })
    .await;
    popup.press_in("bob asks to see your open tabs", "Deny").await?;
    wait_until("nobody asks", async || popup.hidden("asked").await.is_ok_and(|hidden| hidden)).await;
    assert_eq!(
        popup.page.evaluate("document.activeElement.id").await?,
        "agents",
        "the keyboard keeps a place"
    );
    let list = alice.ok("browser_person_tabs", json!({})).await?;
    assert!(list.contains("/page/reading (window 1)"), "{list}");
    assert!(!list.contains("/page/order") && !list.contains("secret"), "{list}");
    let found = alice.ok("browser_person_tabs", json!({ "query": "no such page" })).await?;
    assert!(found.contains("of which 0 match"), "{found}");
    let told = bob.fails("browser_person_tabs", json!({})).await?;
    assert!(told.starts_with("not_permitted: The person does not allow"), "{told}");

    lab.run_ok(&["hub", "restart"])?;
    lab.worker().await?.evaluate("void setTimeout(() => chrome.runtime.reload(), 0)").await?;
    wait_until("the extension's pages are gone", async || popup.text("state").await.is_err()).await;
    alice.ok("browser_person_tabs", json!({})).await?;
    let mut popup = Popup::open(&lab).await?;
    popup.press_in("May see your open tabs", "Revoke").await?;
    wait_until("it is revoked", async || {
        popup.text("clients").await.is_ok_and(|text| !text.contains("May see"))
    })
    .await;
    let told = alice.fails("browser_person_tabs", json!({})).await?;
    assert!(told.starts_with("not_permitted: The person does not allow"), "{told}");
    assert_ne!(badge(&lab).await?[0], "?", "who was told no does not ask again");
    Ok(())
}

/// What the toolbar's button shows, and what it says.
async fn badge(lab: &Lab) -> Result<Value> {
    let script = "Promise.all([chrome.action.getBadgeText({}), chrome.action.getTitle({})])";
    lab.worker().await?.evaluate(script).await
}

/// The tabs in front of their windows, and the window that has the focus.
const FRONT: &str = "Promise.all([chrome.tabs.query({ active: true }), chrome.windows.getLastFocused()]).then( \
    ([tabs, window]) => [tabs.map(({ id, windowId }) => [id, windowId]), window.id])";
