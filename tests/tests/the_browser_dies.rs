//! A browser that ends and starts again while agents' windows stay: their tabs are found or opened again, and they are
//! told what is lost.

use std::path::{Path, PathBuf};

use anyhow::Result;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_a_killed_browser_loses_are_opened_again_and_their_agent_is_told_once() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let pid = launch(&lab, &site)?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let gift = ref_in(&alice.ok("browser_snapshot", json!({})).await?, "checkbox \"As a gift\"")?;
    alice.ok("browser_tabs", json!({ "action": "new", "url": site.url("/greet?who=alice") })).await?;
    bob.ok("browser_navigate", json!({ "url": site.url("/greet?who=bob") })).await?;

    // Chromium writes its session down every few seconds only: what was opened since is lost.
    end(pid, Signal::SIGKILL).await?;
    std::fs::remove_dir_all(session_of(&lab))?;
    launch(&lab, &site)?;

    let told = alice.fails("browser_click", json!({ "tab": "t1", "ref": gift })).await?;
    assert!(told.starts_with("tab_reopened:") && told.contains(&site.url("/page/order")), "{told}");
    let stale = alice.fails("browser_click", json!({ "tab": "t1", "ref": gift })).await?;
    assert!(stale.starts_with("stale_ref:"), "told once, and the ref names nothing: {stale}");
    let page = alice.ok("browser_snapshot", json!({ "tab": "t1" })).await?;
    alice
        .ok("browser_click", json!({ "tab": "t1", "ref": ref_in(&page, "checkbox \"As a gift\"")? }))
        .await?;
    // Who goes to another page has lost nothing, and hears of it beside the answer.
    let went = bob.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    assert!(went.starts_with("Opened") && went.contains("opened again"), "{went}");
    assert!(!bob.ok("browser_snapshot", json!({})).await?.contains("opened again"));

    let tabs = worker(&lab, TABS).await?;
    let tabs = tabs.as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |label: &str| tabs.iter().filter(|tab| tab["group"] == label).count();
    assert_eq!((of("alice"), of("bob")), (2, 1), "each in its client's group: {tabs:?}");
    assert!(tabs.iter().all(|tab| tab["active"] == (tab["group"] == "")), "and behind: {tabs:?}");
    let list = alice.ok("browser_tabs", json!({ "action": "list" })).await?;
    assert!(list.contains("1: (current) [t2]") && list.lines().count() == 2, "{list}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_that_the_browser_brings_back_are_their_agents_and_closed_ones_stay_away() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let pid = launch(&lab, &site)?;
    let alice = Agent::start(&lab, "alice").await?;
    for name in ["one", "two", "three"] {
        alice
            .ok("browser_tabs", json!({ "action": "new", "url": site.url(&format!("/greet?who={name}")) }))
            .await?;
    }
    wait_until("the browser has written its session down", async || written(&lab, "who=three")).await;
    // What follows is too late for the session: it comes back as it is on disk by now.
    let (session, before) = (session_of(&lab), lab.folder().join("before"));
    copy(&session, &before)?;
    alice.ok("browser_tabs", json!({ "action": "close", "tab": "t3" })).await?;
    end(pid, Signal::SIGKILL).await?;
    std::fs::remove_dir_all(&session)?;
    copy(&before, &session)?;
    launch(&lab, &site)?;

    let page = alice.ok("browser_snapshot", json!({ "tab": "t2" })).await?;
    assert!(page.contains("who: two"), "it came back by itself, and nobody need be told: {page}");
    assert!(alice.ok("browser_snapshot", json!({ "tab": "t1" })).await?.contains("who: one"));
    wait_until("what was closed is closed again, and nothing is there twice", async || {
        let tabs = worker(&lab, TABS).await.unwrap_or_default();
        let tabs = tabs.as_array().map(Vec::as_slice).unwrap_or_default();
        tabs.iter().filter(|tab| tab["group"] == "alice").count() == 2
            && !tabs.iter().any(|tab| tab.to_string().contains("who=three"))
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_of_a_browser_that_is_quit_are_there_again_and_refs_are_gone() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let pid = launch(&lab, &site)?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let gift = ref_in(&alice.ok("browser_snapshot", json!({})).await?, "checkbox \"As a gift\"")?;
    wait_until("the browser has written its session down", async || written(&lab, "/page/order")).await;
    bob.ok("browser_navigate", json!({ "url": site.url("/greet?who=bob") })).await?;
    end(pid, Signal::SIGTERM).await?;
    launch(&lab, &site)?;

    let stale = alice.fails("browser_click", json!({ "ref": gift })).await?;
    assert!(stale.starts_with("stale_ref:"), "the tab came back, another document in it: {stale}");
    let page = alice.ok("browser_snapshot", json!({})).await?;
    assert!(page.contains("Order tea"), "{page}");
    alice.ok("browser_click", json!({ "ref": ref_in(&page, "checkbox \"As a gift\"")? })).await?;
    // Chromium ends at this signal without writing down what it has not yet: such a tab is opened again, and that is told.
    let told = bob.call("browser_snapshot", json!({})).await?;
    assert!(told.code().is_none_or(|code| code == "tab_reopened"), "{}", told.text);
    assert!(bob.ok("browser_snapshot", json!({})).await?.contains("who: bob"), "told once");
    let tabs = worker(&lab, TABS).await?;
    let tabs = tabs.as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |label: &str| tabs.iter().filter(|tab| tab["group"] == label).count();
    assert_eq!((of("alice"), of("bob")), (1, 1), "each once, in its client's group: {tabs:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_of_a_browser_whose_windows_are_closed_come_back_with_it() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let pid = launch(&lab, &site)?;
    let alice = Agent::start(&lab, "alice").await?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let close =
        "chrome.windows.getAll().then((all) => { for (const { id } of all) chrome.windows.remove(id); })";
    worker(&lab, close).await?;
    // Headless, the browser goes on without a window; a person's own ends by itself.
    wait_until("its tabs are closed", async || {
        lab.status().is_ok_and(|status| status.clients.iter().all(|client| client.tabs.is_empty()))
    })
    .await;
    end(pid, Signal::SIGKILL).await?;
    std::fs::remove_dir_all(session_of(&lab))?;
    launch(&lab, &site)?;
    let told = alice.fails("browser_snapshot", json!({})).await?;
    assert!(told.starts_with("tab_reopened:"), "{told}");
    assert!(alice.ok("browser_snapshot", json!({})).await?.contains("Order tea"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_of_a_client_that_is_gone_for_good_are_not_opened_again() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let pid = launch(&lab, &site)?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    bob.ok("browser_navigate", json!({ "url": site.url("/greet?who=bob") })).await?;
    end(pid, Signal::SIGKILL).await?;
    std::fs::remove_dir_all(session_of(&lab))?;
    assert!(alice.close().await?.success());
    launch(&lab, &site)?;
    let told = bob.fails("browser_snapshot", json!({})).await?;
    assert!(told.starts_with("tab_reopened:"), "{told}");
    // A tab has no address before its page comes.
    wait_until("the tab shows its page", async || {
        worker(&lab, TABS).await.is_ok_and(|tabs| tabs.to_string().contains("who=bob"))
    })
    .await;
    let tabs = worker(&lab, TABS).await?.to_string();
    assert!(!tabs.contains("/page/order"), "{tabs}");
    let kept = worker(&lab, "chrome.storage.local.get('tabs').then(({ tabs }) => Object.keys(tabs))").await?;
    assert_eq!(kept, json!(["t2"]), "nothing is left of the one that has gone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_person_stopped_stays_stopped_when_the_browser_dies() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let pid = launch(&lab, &site)?;
    let alice = Agent::start(&lab, "alice").await?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    worker(&lab, "chrome.storage.local.set({ stopped: true })").await?;
    end(pid, Signal::SIGKILL).await?;
    launch(&lab, &site)?;
    let stopped = alice.fails("browser_snapshot", json!({})).await?;
    assert!(stopped.starts_with("stopped:"), "{stopped}");
    Ok(())
}

/// Every tab with the title of its group.
const TABS: &str = "(async () => { \
    const title = async (id) => (id < 0 ? '' : (await chrome.tabGroups.get(id)).title); \
    return Promise.all((await chrome.tabs.query({})).map(async ({ url, groupId, active }) => \
      ({ url, active, group: await title(groupId) }))); })()";

fn launch(lab: &Lab, site: &Site) -> Result<i32> {
    let url = Some(site.url("/page/reading"));
    let launched = lab.launch(&Browser { url, devtools: true, ..Browser::default() })?;
    Ok(i32::try_from(launched["pid"].as_i64().unwrap_or_default())?)
}

/// Ends the browser and waits until it is gone.
async fn end(pid: i32, signal: Signal) -> Result<()> {
    kill(Pid::from_raw(pid), signal)?;
    wait_until("the browser is gone", async || kill(Pid::from_raw(pid), None).is_err()).await;
    Ok(())
}

/// What the extension's worker makes of an expression.
async fn worker(lab: &Lab, expression: &str) -> Result<Value> {
    lab.worker().await?.evaluate(expression).await
}

/// Where the browser keeps what it brings back at its next start.
fn session_of(lab: &Lab) -> PathBuf {
    lab.user_data_dir().join("Default/Sessions")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for file in std::fs::read_dir(from)?.flatten() {
        std::fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}

/// Whether the session on disk holds that text.
fn written(lab: &Lab, text: &str) -> bool {
    let Ok(files) = std::fs::read_dir(session_of(lab)) else { return false };
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    files.flatten().filter_map(|file| std::fs::read(file.path()).ok()).any(holds)
}
