//! The commands with which a person looks at what runs, tries it, and cleans up after it.

use anyhow::Result;
use serde_json::json;
use tabmux_cli::config::Config;
use tabmux_cli::scratch::{Scratch, ScratchError};
use tabmux_protocol::ErrorCode;
use tabmux_tests::{Browser, Lab, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_our_own_works_in_a_tab_of_its_own_and_leaves_nothing_behind() -> Result<()> {
    let lab = Lab::new()?;
    // Where the tabs of those who leave are kept, it closes its own.
    lab.configure("[hub]\ntabs_on_leave = \"keep\"\n")?;
    lab.launch(&Browser { devtools: true, ..Browser::default() })?;
    let mut browser = lab.browser().await?;
    let before = browser.pages().await?;

    let mut scratch = Scratch::greet(&lab.installation, &Config::default(), "scratch").await?;
    assert!(scratch.browser().connected);
    assert_eq!(scratch.ask_hub().await?.clients.len(), 1);
    scratch.open_tab().await?;
    let seen = scratch.call("browser_snapshot", &json!({})).await?;
    assert!(seen.contains("heading \"Tabmux tries itself\"") && seen.contains("button \"Press\""), "{seen}");
    assert_eq!(browser.pages().await?.len(), before.len() + 1);
    match scratch.call("browser_click", &json!({ "element": "none", "ref": "e999" })).await {
        Err(ScratchError::Tool(error)) => assert_eq!(error.code, ErrorCode::StaleRef),
        other => panic!("{other:?}"),
    }

    scratch.leave().await;
    assert_eq!(browser.pages().await?, before);
    wait_until("the hub forgot it", async || lab.status().is_ok_and(|status| status.clients.is_empty()))
        .await;
    Ok(())
}
