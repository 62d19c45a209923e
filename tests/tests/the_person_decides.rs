//! What the person does in the browser and in the popup holds for every agent, at once and until the person says otherwise.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tabmux_protocol::message::PeerKind;
use tabmux_tests::{Agent, Browser, Lab, Peer, Popup, Site, wait_until};
#[cfg(target_os = "linux")]
use tabmux_tests::{DevTools, Display};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_reaches_every_agent_lasts_through_a_reload_and_one_click_ends_it() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    for agent in [&alice, &bob] {
        agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    }
    let mut popup = Popup::open(&lab).await?;
    let stop = async {
        wait_until("both calls are at work", async || site.counted("waits") == 2).await;
        popup.press("stop").await
    };
    let (a, b, pressed) = tokio::join!(
        alice.fails("browser_evaluate", json!({ "function": WAITS })),
        bob.fails("browser_evaluate", json!({ "function": WAITS })),
        stop
    );
    pressed?;
    for told in [a?, b?, alice.fails("browser_snapshot", json!({})).await?] {
        assert!(told.starts_with("stopped:") && told.contains("Resume"), "{told}");
    }
    assert_eq!(popup.text("state").await?, "Connected. All agents are stopped.");
    // The popup's own tab is debugged by this test.
    assert_eq!(lab.worker().await?.evaluate(ATTACHED).await?, 1, "no tab of an agent is debugged any more");

    lab.worker().await?.evaluate(RELOAD).await?;
    wait_until("the extension's pages are gone", async || popup.text("state").await.is_err()).await;
    let told = bob.fails("browser_snapshot", json!({})).await?;
    assert!(told.starts_with("stopped:"), "{told}");
    let mut popup = Popup::open(&lab).await?;
    popup.press("resume").await?;
    for agent in [&alice, &bob] {
        assert!(
            agent.ok("browser_snapshot", json!({})).await?.contains("Order tea"),
            "tabs are as they were"
        );
    }
    assert_eq!(popup.text("state").await?, "Connected.");
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn cancel_on_the_debugger_bar_stops_every_agent_and_resume_goes_on() -> Result<()> {
    let display = Display::start()?;
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser {
        headed: true,
        display: Some(display.name.clone()),
        url: Some(site.url("/page/reading")),
        devtools: true,
        debugger_bar: true,
    })?;
    let mut front = lab.page("/page/reading").await?;
    let before = content(&mut front).await?;
    let (alice, bob, carol) = tokio::try_join!(
        Agent::start(&lab, "alice"),
        Agent::start(&lab, "bob"),
        Agent::start(&lab, "carol")
    )?;
    for agent in [&alice, &bob, &carol] {
        agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    }
    let owned = lab.worker().await?.evaluate(GROUPS).await?;
    let cancel = async {
        wait_until("two calls are at work", async || site.counted("waits") == 2).await;
        cancel(&display, &mut front, &before).await
    };
    let (a, b, pressed) = tokio::join!(
        alice.fails("browser_evaluate", json!({ "function": WAITS })),
        bob.fails("browser_evaluate", json!({ "function": WAITS })),
        cancel
    );
    pressed?;
    for told in [a?, b?, carol.fails("browser_snapshot", json!({})).await?] {
        assert!(told.starts_with("stopped:") && told.contains("Resume"), "{told}");
    }
    let again = alice.fails("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    assert!(again.starts_with("stopped:"), "{again}");
    drop(front);
    assert_eq!(lab.worker().await?.evaluate(ATTACHED).await?, 0, "nothing is attached to again unasked");
    assert_eq!(lab.worker().await?.evaluate(GROUPS).await?, owned, "each keeps its tab in its group");
    assert_eq!(site.counted("waits"), 2, "and nothing runs again");

    let mut popup = Popup::open(&lab).await?;
    assert_eq!(popup.text("state").await?, "Connected. All agents are stopped.");
    popup.press("resume").await?;
    for agent in [&alice, &bob, &carol] {
        assert!(agent.ok("browser_snapshot", json!({})).await?.contains("Order tea"), "in its own tab");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_the_person_takes_or_closes_ends_the_call_on_it_and_no_other() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    for name in ["taken", "closed", "kept"] {
        agent
            .ok("browser_tabs", json!({ "action": "new", "url": site.url(&format!("/greet?{name}")) }))
            .await?;
    }
    let person = async {
        wait_until("the calls are at work", async || site.counted("waits") == 3).await;
        let tab = |name: &str| {
            format!("(await chrome.tabs.query({{}})).find(({{ url }}) => url.includes('?{name}')).id")
        };
        let script = format!(
            "(async () => {{ await chrome.tabs.ungroup({}); await chrome.tabs.remove({}); }})()",
            tab("taken"),
            tab("closed")
        );
        lab.worker().await?.evaluate(&script).await
    };
    let call = |tab: &'static str| agent.call("browser_evaluate", json!({ "tab": tab, "function": WAITS }));
    let kept = async { tokio::time::timeout(Duration::from_secs(4), call("t3")).await };
    let (taken, closed, kept, person) = tokio::join!(call("t1"), call("t2"), kept, person);
    person?;
    let (taken, closed) = (taken?.text, closed?.text);
    assert!(taken.starts_with("taken_over:"), "{taken}");
    assert!(closed.starts_with("no_tab:"), "{closed}");
    assert!(kept.is_err(), "the call on the other tab goes on");
    let list = agent.ok("browser_tabs", json!({ "action": "list" })).await?;
    assert!(list.lines().count() == 1 && list.contains("[t3]"), "{list}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_in_reserve_says_so_and_is_used_when_the_person_asks_for_it() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let mut popup = Popup::open(&lab).await?;
    assert!(popup.hidden("use").await?);

    let mut other = Peer::dial(&lab.installation, PeerKind::Extension, |_| {}).await?;
    other.notify("activate", &json!({})).await?;
    let named = format!("Agents use Chromium of a test (process {}).", std::process::id());
    let said = format!("Connected. This browser waits in reserve. {named}");
    wait_until("the popup says which browser is in use", async || {
        popup.text("state").await.is_ok_and(|text| text == said)
    })
    .await;
    let badge = "Promise.all([chrome.action.getBadgeText({}), chrome.action.getTitle({})])";
    let badge = lab.worker().await?.evaluate(badge).await?;
    assert!(
        badge[0] == "R" && badge[1].as_str().is_some_and(|title| title.contains("in reserve")),
        "{badge}"
    );

    popup.press("use").await?;
    wait_until("agents use this browser again", async || {
        popup.text("state").await.is_ok_and(|text| text == "Connected.")
    })
    .await;
    assert!(popup.hidden("use").await?);
    assert!(agent.ok("browser_snapshot", json!({})).await?.contains("Order tea"), "its tab was kept");
    let focused = popup.page.evaluate("document.activeElement.id").await?;
    assert_eq!(focused, "stop", "the keyboard stays among the buttons");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_is_launched_beside_the_one_in_use_is_connected_and_says_that_it_is_in_reserve()
-> Result<()> {
    let lab = Lab::new()?;
    // The other browser stands still while this one is launched, however long that takes.
    lab.configure("[hub]\nheartbeat_ms = 29000\n")?;
    lab.run_ok(&["hub", "start"])?;
    let _other = Peer::dial(&lab.installation, PeerKind::Extension, |_| {}).await?;
    let launched = lab.run(&["browser", "launch", "--headless"])?;
    let (printed, told) =
        (String::from_utf8_lossy(&launched.stdout), String::from_utf8_lossy(&launched.stderr));
    assert!(launched.status.success() && told.contains("is in reserve"), "{printed}{told}{}", lab.logs());
    let browsers = lab.status()?.browsers;
    let launched = serde_json::from_str::<serde_json::Value>(&printed)?;
    assert_eq!(browsers.iter().map(|browser| browser.active).collect::<Vec<_>>(), [true, false]);
    assert_eq!(launched["browser"].as_str(), browsers[1].state.name.as_deref());
    Ok(())
}

/// Counts its start on the server and then never ends.
const WAITS: &str =
    "async () => { await fetch('/count/waits', { method: 'POST' }); await new Promise(() => {}); }";

/// Reloads the extension once this is answered.
const RELOAD: &str = "void setTimeout(() => chrome.runtime.reload(), 100)";

/// How many pages are debugged, by whomever.
const ATTACHED: &str = "chrome.debugger.getTargets().then((all) => \
    all.filter(({ attached, type }) => attached && type === 'page').length)";

/// Every grouped tab with its group, its group's title and its address.
const GROUPS: &str = "(async () => { \
    const grouped = (await chrome.tabs.query({})).filter(({ groupId }) => groupId >= 0); \
    return Promise.all(grouped.map(async ({ id, groupId, url }) => \
      [id, groupId, (await chrome.tabGroups.get(groupId)).title, url])); })()";

/// Where the page of a tab in front begins on the screen, and how wide it is.
#[cfg(target_os = "linux")]
async fn content(page: &mut DevTools) -> Result<(i16, i16, u16)> {
    let place = page.evaluate("[screenX, screenY + outerHeight - innerHeight, innerWidth]").await?;
    Ok(serde_json::from_value(place)?)
}

/// Presses Cancel with the mouse: the one coloured thing on the bar, which stands between where the page began before
/// and where it begins under the bar.
#[cfg(target_os = "linux")]
async fn cancel(display: &Display, front: &mut DevTools, before: &(i16, i16, u16)) -> Result<()> {
    let (x, top, width) = *before;
    let mut button = None;
    wait_until("the bar shows its button", async || {
        let below = content(front).await.map_or(top, |(_, below, _)| below);
        let height = u16::try_from(below - top).unwrap_or_default();
        button = if height > 0 { display.colourful(x, top, width, height).ok().flatten() } else { None };
        button.is_some()
    })
    .await;
    let (x, y) = button.unwrap_or_default();
    display.click(x, y)?;
    wait_until("the bar is gone", async || content(front).await.is_ok_and(|now| now == *before)).await;
    Ok(())
}
