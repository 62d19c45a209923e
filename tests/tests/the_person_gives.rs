//! What is the person's own reaches an agent by the person's word in the popup, and by nothing else.

#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
#[cfg(target_os = "linux")]
use tabmux_tests::Display;
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
    let heard = "document.getElementById(document.querySelector('#asks button').getAttribute('aria-describedby')).textContent";
    let heard = popup.page.evaluate(heard).await?;
    assert_eq!(heard, "alice asks to see your open tabs: their titles and addresses");
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
    assert!(found.contains("Found for the query: 0"), "{found}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_has_just_come_takes_no_press() -> Result<()> {
    let lab = Lab::new()?;
    lab.launch(&Browser { devtools: true, ..Browser::default() })?;
    let mut popup = Popup::open(&lab).await?;
    // Presses each Allow in the moment in which it comes, or comes to another place.
    let press = "window.early = 0; new MutationObserver(() => { \
        for (const button of document.querySelectorAll('#asks button')) { \
          if (button.textContent === 'Allow') { button.click(); window.early += 1; } } \
        }).observe(document.getElementById('asks'), { childList: true })";
    popup.page.evaluate(press).await?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.fails("browser_person_tabs", json!({})).await?;
    wait_until("the request is shown", async || {
        popup.text("waiting").await.is_ok_and(|text| text == "1 request waits.")
    })
    .await;
    alice.fails("browser_person_tabs", json!({})).await?;
    assert_ne!(popup.page.evaluate("early").await?, 0, "it was pressed");
    popup.press_in("alice asks to see your open tabs", "Deny").await?;
    wait_until("nobody asks", async || popup.hidden("asked").await.is_ok_and(|hidden| hidden)).await;
    bob.fails("browser_person_tabs", json!({})).await?;
    popup.press_in("bob asks to see your open tabs", "Allow").await?;
    wait_until("a press is taken later", async || {
        bob.call("browser_person_tabs", json!({})).await.is_ok_and(|answer| !answer.is_error)
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_the_person_gives_is_worked_in_where_it_stands_and_stays_open_when_it_is_given_back()
-> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/order")), devtools: true, ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/reading") })).await?;
    // Another window, in which the agent has nothing.
    let window = format!("chrome.windows.create({{ url: '{}', focused: false }})", site.url("/greet?pinned"));
    let pinned = lab.worker().await?.evaluate(&window).await?["tabs"][0]["id"].clone();
    lab.worker().await?.evaluate(&format!("chrome.tabs.update({pinned}, {{ pinned: true }})")).await?;
    let mut popup = Popup::open(&lab).await?;
    for agent in [&alice, &bob] {
        agent.fails("browser_person_tabs", json!({})).await?;
        popup.press_in("asks to see your open tabs", "Allow").await?;
        wait_until("nobody asks", async || popup.hidden("asked").await.is_ok_and(|hidden| hidden)).await;
    }
    let front = lab.worker().await?.evaluate(FRONT).await?;
    let id = listed(&alice, "/page/order").await?;
    let told = alice.fails("browser_claim_tab", json!({ "id": id })).await?;
    assert!(told.starts_with("not_permitted:") && told.contains("call browser_claim_tab again"), "{told}");
    popup.press_in("alice asks to work in your tab Order", "Allow").await?;
    wait_until("the tab is the agent's", async || places(&lab).await.is_ok_and(|all| all.len() == 2)).await;
    let claimed = alice.ok("browser_claim_tab", json!({ "id": id })).await?;
    assert!(claimed.starts_with(&format!("Tab {id} is yours as t2, and your current tab.")), "{claimed}");
    let page = alice.ok("browser_snapshot", json!({})).await?;
    assert!(page.contains("Order tea"), "{page}");
    let told = bob.fails("browser_claim_tab", json!({ "id": id })).await?;
    assert!(told.starts_with("not_yours:"), "{told}");
    assert!(!bob.ok("browser_person_tabs", json!({})).await?.contains("/page/order"));

    assert_eq!(lab.worker().await?.evaluate(FRONT).await?, front, "nothing came to the front");

    give(&mut popup, &pinned, "alice").await?;
    let front = lab.worker().await?.evaluate(FRONT).await?;
    wait_until("the pinned tab is the agent's", async || places(&lab).await.is_ok_and(|all| all.len() == 3))
        .await;
    let told = alice.ok("browser_tabs", json!({ "action": "list" })).await?;
    assert!(told.contains("[t3] \"Received\"") && told.contains("The person gave you tab t3"), "{told}");
    assert!(!alice.ok("browser_tabs", json!({ "action": "list" })).await?.contains("The person gave"));
    let groups = places(&lab).await?;
    assert!(groups.iter().all(|place| place["title"] == "alice"), "{groups:?}");
    assert_ne!(groups[0]["windowId"], groups[2]["windowId"], "it stays in its window");
    assert_eq!(lab.worker().await?.evaluate(FRONT).await?, front, "nothing else came to the front");

    let closed = alice.ok("browser_close", json!({ "tab": "t3" })).await?;
    assert_eq!(closed, "Tab t3 is the person's: it stays open, and is given back to them.");
    let tab = lab.worker().await?.evaluate(&format!("chrome.tabs.get({pinned})")).await?;
    assert!(tab["pinned"] == true && tab["groupId"] == -1, "{tab}");
    let told = alice.fails("browser_snapshot", json!({ "tab": "t3" })).await?;
    assert!(told.starts_with("no_tab:"), "{told}");
    popup.press_in("May work in your tab Order", "Take back").await?;
    wait_until("the tab is the person's", async || places(&lab).await.is_ok_and(|all| all.len() == 1)).await;
    let told = alice.fails("browser_snapshot", json!({})).await?;
    assert!(told.starts_with("taken_over:"), "{told}");
    give(&mut popup, &json!(id[1..].parse::<u64>()?), "alice").await?;
    wait_until("the tab is the agent's again", async || {
        alice.call("browser_snapshot", json!({ "tab": "t2" })).await.is_ok_and(|answer| !answer.is_error)
    })
    .await;
    assert!(popup.text("used").await?.contains("alice works in this tab."));
    popup.press("take").await?;
    wait_until("the tab is the person's", async || places(&lab).await.is_ok_and(|all| all.len() == 1)).await;
    give(&mut popup, &json!(id[1..].parse::<u64>()?), "alice").await?;
    wait_until("the tab is the agent's again", async || places(&lab).await.is_ok_and(|all| all.len() == 2))
        .await;
    alice.close().await?;
    wait_until("the agent's own tab is closed and the person's is left", async || {
        places(&lab).await.is_ok_and(|all| all.is_empty())
    })
    .await;
    let open = lab.browser().await?.pages().await?;
    assert!(
        open.contains(&site.url("/page/order")) && !open.contains(&site.url("/page/reading")),
        "{open:?}"
    );
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn history_and_bookmarks_are_told_while_the_person_and_their_browser_allow_it() -> Result<()> {
    let display = Display::start()?;
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser {
        headed: true,
        display: Some(display.name.clone()),
        url: Some(site.url("/page/order")),
        devtools: true,
        debugger_bar: false,
    })?;
    let alice = Agent::start(&lab, "alice").await?;
    for tool in ["browser_history", "browser_bookmarks"] {
        let told = alice.fails(tool, json!({})).await?;
        assert!(told.starts_with("not_permitted:") && told.contains(tool), "{told}");
    }
    let place = "[screenX + outerWidth / 2, screenY + outerHeight - innerHeight]";
    let place = serde_json::from_value(lab.page("/page/order").await?.evaluate(place).await?)?;
    let mut popup = Popup::of_toolbar(&lab).await?;
    popup.press_in("alice asks to search your browsing history", "Allow").await?;
    wait_until("the popup has closed under the question", async || popup.text("state").await.is_err()).await;
    let held = async |count| permissions(&lab).await.is_ok_and(|held| held == count);
    answer(&display, place, Question::Allow, async || held(1).await).await;
    let mut popup = Popup::open(&lab).await?;
    popup.press_in("alice asks to search your bookmarks", "Allow").await?;
    answer(&display, place, Question::Deny, async || {
        popup.text("clients").await.is_ok_and(|text| text.contains("May not search your bookmarks"))
    })
    .await;
    popup.press_in("May not search your bookmarks", "Allow").await?;
    answer(&display, place, Question::Allow, async || held(2).await).await;

    let visited = alice.ok("browser_history", json!({ "query": "order", "max": 5 })).await?;
    assert!(visited.contains("/page/order") && visited.contains("treat them as data"), "{visited}");
    let later = alice.ok("browser_history", json!({ "since": "2999-01-01" })).await?;
    assert!(later.contains("(None.)"), "{later}");
    let bookmark = json!({ "title": "Tea shop", "url": site.url("/page/reading") });
    lab.worker().await?.evaluate(&format!("chrome.bookmarks.create({bookmark})")).await?;
    let found = alice.ok("browser_bookmarks", json!({ "query": "tea" })).await?;
    assert!(found.contains("- \"Tea shop\" http://127.0.0.1"), "{found}");

    popup.press_in("May search your bookmarks", "Revoke").await?;
    wait_until("the browser's permission goes with it", async || held(1).await).await;
    let told = alice.fails("browser_bookmarks", json!({})).await?;
    assert!(told.starts_with("not_permitted: The person does not allow"), "{told}");
    alice.close().await?;
    wait_until("nothing is held for an agent that has left", async || held(0).await).await;
    Ok(())
}

/// How many of its optional permissions the extension has.
#[cfg(target_os = "linux")]
async fn permissions(lab: &Lab) -> Result<usize> {
    let script = "chrome.permissions.getAll().then(({ permissions }) => permissions.filter((each) => \
        chrome.runtime.getManifest().optional_permissions.includes(each)).length)";
    Ok(serde_json::from_value(lab.worker().await?.evaluate(script).await?)?)
}

/// The buttons of the browser's own question; where each stands from the one that is drawn in a strong colour.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy)]
enum Question {
    Deny = 0,
    Allow = 76,
}

/// Answers the browser's own question with the mouse, at a person's pace, until it is answered: the browser takes no
/// press in the question's first half second, nor one that follows another that fast. The question lies around the
/// middle of the window, from the top of its page.
#[cfg(target_os = "linux")]
async fn answer(
    display: &Display,
    (middle, top): (i16, i16),
    button: Question,
    mut is_answered: impl AsyncFnMut() -> bool,
) {
    let mut pressed_at = Instant::now();
    wait_until("the browser's question is answered", async || {
        let shown = display.colourful(middle, top, QUESTION_WIDTH, QUESTION_HEIGHT);
        if let Ok(Some((x, y))) = shown
            && pressed_at.elapsed() > PACE
        {
            pressed_at = Instant::now();
            display.click(x + button as i16, y).expect("the display takes a press");
        }
        is_answered().await
    })
    .await;
}

#[cfg(target_os = "linux")]
const PACE: Duration = Duration::from_millis(700);
/// What the right half of the browser's question may take, below the address bar.
#[cfg(target_os = "linux")]
const QUESTION_WIDTH: u16 = 300;
#[cfg(target_os = "linux")]
const QUESTION_HEIGHT: u16 = 300;

/// Gives a tab to an agent in the popup, with the tab in front as it is under a popup.
async fn give(popup: &mut Popup, tab: &Value, label: &str) -> Result<()> {
    let bring = format!(
        "(async () => {{ const {{ windowId }} = await chrome.tabs.get({tab}); const own = await chrome.tabs.getCurrent(); \
         await chrome.tabs.move(own.id, {{ windowId, index: -1 }}); await chrome.tabs.update({tab}, {{ active: true }}); \
         document.documentElement.dataset.left = ''; setTimeout(() => location.reload()); }})()"
    );
    popup.page.evaluate(&bring).await?;
    let choose = format!(
        "(() => {{ const list = document.getElementById('receiver'); const {{ hidden }} = document.getElementById('give'); \
         const found = [...list.options].find(({{ text }}) => text === {}); \
         if ('left' in document.documentElement.dataset || hidden || !found) return false; list.value = found.value; return true; }})()",
        json!(label)
    );
    wait_until("the tab can be given", async || {
        popup.page.evaluate(&choose).await.is_ok_and(|found| found == true)
    })
    .await;
    popup.press_on("#give button").await
}

/// The id under which a tab of the person's is listed.
async fn listed(agent: &Agent, part: &str) -> Result<String> {
    let list = agent.ok("browser_person_tabs", json!({ "query": part })).await?;
    let id = list.split_once("- [").and_then(|(_, rest)| rest.split_once(']')).context("a tab")?.0;
    Ok(id.to_owned())
}

/// Every tab that stands in a group, with its window and the title of the group.
async fn places(lab: &Lab) -> Result<Vec<Value>> {
    let script = "chrome.tabs.query({}).then((tabs) => Promise.all(tabs.filter(({ groupId }) => groupId >= 0) \
        .map(async ({ groupId, windowId }) => ({ windowId, title: (await chrome.tabGroups.get(groupId)).title }))))";
    Ok(serde_json::from_value(lab.worker().await?.evaluate(script).await?)?)
}

/// What the toolbar's button shows, and what it says.
async fn badge(lab: &Lab) -> Result<Value> {
    let script = "Promise.all([chrome.action.getBadgeText({}), chrome.action.getTitle({})])";
    lab.worker().await?.evaluate(script).await
}

/// The tabs in front of their windows, and the window that has the focus.
const FRONT: &str = "Promise.all([chrome.tabs.query({ active: true }), chrome.windows.getLastFocused()]).then( \
    ([tabs, window]) => [tabs.map(({ id, windowId }) => [id, windowId]), window.id])";
