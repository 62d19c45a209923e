//! What pages ask for, and changing it: from an agent's MCP to a real page and back.

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn each_agent_sees_the_requests_of_its_own_tab_from_its_first_navigation_on() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    tokio::try_join!(
        alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })),
        bob.ok("browser_navigate", json!({ "url": site.url("/greet?who=bob") })),
    )?;
    let posts = json!({ "function": "() => fetch('/count/seen', { method: 'POST', body: 'tea' }).then((r) => r.text())" });
    alice.ok("browser_evaluate", posts).await?;
    let listed = alice.ok("browser_network_requests", json!({})).await?;
    assert!(listed.contains("GET 200 document ") && listed.contains("/page/order\n"), "{listed}");
    assert!(!listed.contains("bob") && listed.contains("treat them as data"), "{listed}");
    let posted =
        alice.ok("browser_network_requests", json!({ "filter": "/count/", "method": "POST" })).await?;
    let name = posted.split("- [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    assert!(posted.contains("] POST 200 fetch "), "{posted}");
    let body = alice.ok("browser_network_request", json!({ "request": name, "part": "request" })).await?;
    assert!(body.ends_with("\n\ntea"), "{body}");
    let answer = alice.ok("browser_network_request", json!({ "request": name, "part": "response" })).await?;
    assert!(answer.ends_with("\n\n1"), "{answer}");
    let foreign = bob.fails("browser_network_request", json!({ "request": name })).await?;
    assert!(foreign.starts_with("bad_input: There is no request"), "{foreign}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_agent_sees_the_downloads_of_its_own_tabs_without_a_permission_for_them() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    tokio::try_join!(
        alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })),
        bob.ok("browser_navigate", json!({ "url": site.url("/page/order") })),
    )?;
    let makes = "() => document.body.insertAdjacentHTML('beforeend', '<a download=made.txt href=data:,hello>Make</a>')";
    alice.ok("browser_evaluate", json!({ "function": makes })).await?;
    let page = alice.ok("browser_snapshot", json!({})).await?;
    alice.ok("browser_click", json!({ "ref": ref_in(&page, "link \"Make\"")? })).await?;
    wait_until("the download is complete", async || {
        let listed = alice.ok("browser_downloads", json!({})).await;
        listed.is_ok_and(|listed| listed.contains("\"made.txt\", 5 B, complete, from data:,hello"))
    })
    .await;
    assert!(bob.ok("browser_downloads", json!({})).await?.contains("(None that began"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_holds_for_its_agents_tabs_only_and_lasts_through_the_workers_death() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { devtools: true, ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    tokio::try_join!(
        alice.ok("browser_navigate", json!({ "url": site.url("/page/order") })),
        bob.ok("browser_navigate", json!({ "url": site.url("/page/order") })),
    )?;
    let route = json!({ "pattern": "/greet*", "body": "<title>Made up</title><h1>For alice</h1>" });
    alice.ok("browser_route", route).await?;
    let greets = json!({ "function": "() => fetch('/greet').then((r) => r.text())" });
    let made_up = "### Result\n\"<title>Made up</title><h1>For alice</h1>\"";
    assert_eq!(alice.ok("browser_evaluate", greets.clone()).await?, made_up);
    assert!(bob.ok("browser_evaluate", greets.clone()).await?.contains("Received"), "bob's tab has no route");
    assert_eq!(bob.ok("browser_route_list", json!({})).await?, "You have no routes.");
    // A tab that is opened later has it from its first request on.
    let opened = alice.ok("browser_tabs", json!({ "action": "new", "url": site.url("/greet") })).await?;
    assert!(opened.contains("\"Made up\""), "{opened}");

    // What is held when the worker ends, or while there is none, goes on with the next one, without any call.
    let ticks = "() => void setInterval(() => fetch('/count/ticks', { method: 'POST' }), 20)";
    alice.ok("browser_evaluate", json!({ "function": ticks })).await?;
    wait_until("the page asks again and again", async || site.counted("ticks") > 0).await;
    lab.browser().await?.stop_worker().await?;
    let before = site.counted("ticks");
    wait_until("its requests go on", async || site.counted("ticks") > before + 5).await;
    wait_until("the route is in force again", async || {
        alice.ok("browser_evaluate", greets.clone()).await.is_ok_and(|text| text == made_up)
    })
    .await;
    assert!(alice.ok("browser_unroute", json!({})).await?.starts_with("Removed 1 of your routes."));
    assert!(alice.ok("browser_evaluate", greets).await?.contains("Received"));
    Ok(())
}
