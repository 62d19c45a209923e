//! A device that one agent emulates is its own tab's only, and stays through the death of the worker.

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_agent_emulates_is_its_tabs_only_and_outlives_the_worker() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    // Another site is another process, as the tabs of agents mostly are.
    tokio::try_join!(
        alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })),
        bob.ok("browser_navigate", json!({ "url": site.other_site_url("/page/order") })),
    )?;
    let look = json!({ "function": "() => [screen.width, devicePixelRatio, navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone, \
                                    matchMedia('(prefers-color-scheme: dark)').matches, navigator.onLine]" });
    let others = bob.ok("browser_evaluate", look.clone()).await?;
    let seen = "### Result\n[393,3,\"ja-JP\",\"Asia/Tokyo\",true,true]";
    let device =
        json!({ "device": "iPhone 15", "locale": "ja-JP", "timezone": "Asia/Tokyo", "colorScheme": "dark" });
    let told = alice.ok("browser_emulate", device).await?;
    assert!(told.contains("- Viewport: 393 x 852, 3 device pixels for one of CSS, mobile\n"), "{told}");
    assert_eq!(alice.ok("browser_evaluate", look.clone()).await?, seen);
    assert_eq!(bob.ok("browser_evaluate", look.clone()).await?, others, "bob's tab is as it was");

    lab.browser().await?.stop_worker().await?;
    assert_eq!(alice.ok("browser_evaluate", look.clone()).await?, seen, "after the worker's death");
    alice.ok("browser_emulate", json!({ "network": "offline" })).await?;
    let refused = alice.fails("browser_navigate", json!({ "url": site.url("/page/reading") })).await?;
    assert!(refused.starts_with("page_refused:") && refused.contains("INTERNET_DISCONNECTED"), "{refused}");
    bob.ok("browser_navigate", json!({ "url": site.other_site_url("/page/reading") })).await?;
    let ended = alice.ok("browser_emulate", json!({ "reset": true })).await?;
    assert!(ended.starts_with("Nothing is emulated in this tab."), "{ended}");
    alice.ok("browser_navigate", json!({ "url": site.url("/page/reading") })).await?;

    let unknown = alice.fails("browser_emulate", json!({ "device": "Nokia 3310" })).await?;
    assert!(unknown.starts_with("bad_input: browser_emulate: `device` must be one of"), "{unknown}");
    Ok(())
}
