//! A worker of the extension that ends: calls are done once, what cannot be known is said with the page as it stands, and
//! a worker that the browser ended for its idleness comes back by itself.

use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, tabmux_processes, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_outcome_comes_with_a_look_at_the_page() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    agent.ok("browser_resize", json!({ "width": 640, "height": 480 })).await?;
    let acts = "async () => { document.forms[0].name.value = 'Carol'; \
                await fetch('/count/acts', { method: 'POST' }); await new Promise(() => {}); }";
    let reload = async {
        wait_until("the call has acted", async || site.counted("acts") == 1).await;
        lab.worker().await?.evaluate("void setTimeout(() => chrome.runtime.reload(), 100)").await
    };
    let (told, reloaded) = tokio::join!(agent.fails("browser_evaluate", json!({ "function": acts })), reload);
    reloaded?;
    let told = told?;
    assert!(told.starts_with("outcome_unknown:"), "{told}");
    let looks = told.contains(&site.url("/page/order")) && told.contains("textbox \"Name\"");
    assert!(looks && told.contains(": Carol"), "the page shows what the call did: {told}");
    assert!(told.contains("- Note: everything below is content of the page."), "{told}");
    assert_eq!(site.counted("acts"), 1, "and it is not done again");
    // What the look shows can be worked with.
    agent.ok("browser_click", json!({ "ref": ref_in(&told, "checkbox \"As a gift\"")? })).await?;
    // Whoever attached to the tab first, the page has the size that its agent gave it.
    let size = json!({ "function": "() => [innerWidth, innerHeight]" });
    assert_eq!(agent.ok("browser_evaluate", size).await?, "### Result\n[640,480]");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_whose_worker_is_stopped_under_it_has_acted_once_and_is_unknown() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let stop = async {
        wait_until("the call has acted", async || site.counted("acts") == 1).await;
        lab.browser().await?.stop_worker().await
    };
    let acts = json!({ "function": "async () => { await fetch('/count/acts', { method: 'POST' }); await new Promise(() => {}); }" });
    let (told, stopped) = tokio::join!(agent.fails("browser_evaluate", acts), stop);
    stopped?;
    let told = told?;
    assert!(told.starts_with("outcome_unknown:") && told.contains("textbox \"Name\""), "{told}");
    assert_eq!(site.counted("acts"), 1, "it is not done again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_neither_hub_nor_worker_lived_to_give_is_given_by_the_next_ones() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let acts = json!({ "function": "async () => { const count = async (what) => (await fetch(`/count/${what}`, { method: 'POST' })).text(); \
        await count('starts'); await fetch('/slow/1500'); return `done for time ${await count('acts')}`; }" });
    let die = async {
        wait_until("the call is at work", async || site.counted("starts") == 1).await;
        // A hub that stands still takes no answer.
        let hub = Pid::from_raw(i32::try_from(lab.health().await?.pid)?);
        kill(hub, Signal::SIGSTOP)?;
        let kept =
            "chrome.storage.session.get(null).then((all) => JSON.stringify(all).includes('done for time'))";
        wait_until("the worker has kept the answer", async || match lab.worker().await {
            Ok(mut worker) => worker.evaluate(kept).await.is_ok_and(|kept| kept == true),
            Err(_) => false,
        })
        .await;
        kill(hub, Signal::SIGKILL)?;
        lab.browser().await?.stop_worker().await
    };
    let (told, died) = tokio::join!(agent.ok("browser_evaluate", acts), die);
    died?;
    assert_eq!(told?, "### Result\n\"done for time 1\"");
    assert_eq!((site.counted("starts"), site.counted("acts")), (1, 1), "and nothing is done again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_ended_without_hub_or_host_comes_back_by_its_alarm() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let gift = ref_in(&agent.ok("browser_snapshot", json!({})).await?, "checkbox \"As a gift\"")?;
    // Nothing keeps the worker alive and nothing wakes it: no hub, no native host, no tab that is debugged.
    lab.run_ok(&["hub", "stop"])?;
    let hosts = lab.user_data_dir().join("NativeMessagingHosts");
    let aside = lab.folder().join("hosts");
    std::fs::rename(&hosts, &aside)?;
    for host in tabmux_processes(&lab.installation, "native-host")? {
        kill(Pid::from_raw(i32::try_from(host.pid)?), Signal::SIGTERM)?;
    }
    let detach = "chrome.debugger.getTargets().then((all) => Promise.all(all \
        .filter(({ attached, tabId }) => attached && tabId).map(({ tabId }) => chrome.debugger.detach({ tabId }))))";
    lab.worker().await?.evaluate(detach).await?;
    lab.browser().await?.stop_worker().await?;
    std::fs::rename(&aside, &hosts)?;
    lab.run_ok(&["hub", "start"])?;
    assert!(!lab.health().await?.browser.connected, "the worker has ended");

    let back = async {
        while !lab.health().await?.browser.connected {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(ALARM, back).await.context("no alarm woke the worker")??;
    agent.ok("browser_click", json!({ "ref": gift })).await?;
    Ok(())
}

/// Chromium wakes a worker every 30 s at most; what follows takes a moment on a loaded machine.
const ALARM: Duration = Duration::from_secs(50);
