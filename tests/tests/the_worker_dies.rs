//! A worker of the extension that ends in the middle of a call: what cannot be known is said, with the page as it stands.

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

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
