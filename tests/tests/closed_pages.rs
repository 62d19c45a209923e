//! Pages to which the browser does not let the debugger: what needs none works, and the rest says so.

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, DevTools, Lab, Site, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_on_a_closed_page_is_listed_led_on_and_closed() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), devtools: true, ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    for url in ["chrome://version/", "chrome://settings/"] {
        agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
        show(&lab, &agent, url).await?;
        let list = agent.ok("browser_tabs", json!({ "action": "list" })).await?;
        assert!(list.contains(url), "{list}");
        let again = agent.ok("browser_reload", json!({})).await?;
        assert!(
            again.starts_with("Reloaded the page.") && again.contains("- Closed: The browser does not let"),
            "{again}"
        );
        assert!(again.contains(&format!("- URL: {url}")), "{again}");
        let back = agent.ok("browser_navigate_back", json!({})).await?;
        assert!(
            back.starts_with("Went back.") && back.contains("/page/order") && !back.contains("Closed"),
            "{back}"
        );
        assert!(agent.ok("browser_snapshot", json!({})).await?.contains("Order tea"));
        let forward = agent.ok("browser_go_forward", json!({})).await?;
        assert!(forward.starts_with("Went forward."), "{forward}");
        show(&lab, &agent, url).await?;
        let none = agent.fails("browser_go_forward", json!({})).await?;
        assert!(none.starts_with("page_refused: The browser did not lead the tab on"), "{none}");
        agent.ok("browser_navigate", json!({ "url": site.url("/page/reading") })).await?;
        show(&lab, &agent, url).await?;
        let closed = agent.ok("browser_close", json!({})).await?;
        assert!(closed.starts_with("Closed tab"), "{closed}");
    }
    Ok(())
}

/// Leads the agent's tab to that page, if it is not there, as only a person can, and sees that nothing works on it.
async fn show(lab: &Lab, agent: &Agent, url: &str) -> Result<()> {
    let list = agent.ok("browser_tabs", json!({ "action": "list" })).await?;
    if !list.contains(url) {
        let part = if list.contains("/page/order") { "/page/order" } else { "/page/reading" };
        let mut page = DevTools::page(&lab.user_data_dir(), part).await?;
        page.command("Page.navigate", json!({ "url": url })).await?;
    }
    wait_until("the tab shows it", async || {
        agent.ok("browser_tabs", json!({ "action": "list" })).await.is_ok_and(|list| list.contains(url))
    })
    .await;
    wait_until("the page is closed", async || {
        let refused = agent.fails("browser_snapshot", json!({})).await;
        refused.is_ok_and(|said| {
            said.starts_with("page_refused: The browser does not let extensions work on this page")
                && said.contains("browser_navigate_back")
        })
    })
    .await;
    Ok(())
}
