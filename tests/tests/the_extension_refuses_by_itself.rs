//! What the extension enforces when a hub would let it pass.

use anyhow::Result;
use serde_json::json;
use tabmux_protocol::ClientId;
use tabmux_tests::{Browser, ForwardingHub, Lab, Site};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_call_on_anothers_tab_is_refused_by_the_extension() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let hub = ForwardingHub::start(&lab.installation).await?;
    tokio::task::block_in_place(|| {
        lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })
    })?;
    let (alice, mallory) = (ClientId(Uuid::new_v4()), ClientId(Uuid::new_v4()));
    let opened =
        hub.forward(alice, "browser_navigate", json!({ "url": site.url("/page/order") }), None).await?;
    assert!(opened["result"]["content"].is_array(), "{opened}");
    let list = hub.forward(alice, "browser_tabs", json!({ "action": "list" }), None).await?;
    let list = list["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned();
    let handle = list.split(['[', ']']).nth(1).unwrap_or_default();

    for (tool, args) in [
        ("browser_snapshot", json!({})),
        ("browser_navigate", json!({ "url": site.url("/greet") })),
        ("browser_evaluate", json!({ "function": "() => document.title" })),
        ("browser_take_screenshot", json!({})),
        ("browser_close", json!({})),
        ("browser_tabs", json!({ "action": "select" })),
    ] {
        let refused = hub.forward(mallory, tool, args, Some(handle)).await?;
        assert_eq!(refused["error"]["data"]["code"], "not_yours", "{tool}: {refused}");
    }
    let listed = hub.forward(mallory, "browser_tabs", json!({ "action": "list" }), None).await?;
    assert_eq!(
        listed["error"]["data"]["code"], "no_tab",
        "neither another's tab nor the person's is listed: {listed}"
    );
    let unknown = hub.forward(alice, "browser_time_travel", json!({}), None).await?;
    assert_eq!(unknown["error"]["data"]["code"], "extension_too_old", "{unknown}");
    let still = hub.forward(alice, "browser_snapshot", json!({}), Some(handle)).await?;
    assert!(still.to_string().contains("Order tea"), "the tab is as it was: {still}");
    Ok(())
}
