//! What sites keep in the browser: from an agent's MCP to a file of its own and back.

use anyhow::Result;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_saved_to_a_file_of_the_agents_and_loaded_again() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;
    assert!(agent.fails("browser_cookies", json!({})).await?.starts_with("no_tab:"));
    agent.ok("browser_navigate", json!({ "url": site.url("/page/order") })).await?;
    let login = json!({ "name": "login", "value": "secret-of-alice", "httpOnly": true });
    agent.ok("browser_cookie_set", login).await?;
    agent.ok("browser_localstorage_set", json!({ "key": "theme", "value": "dark" })).await?;
    let saved = agent.ok("browser_storage_state", json!({})).await?;
    assert!(saved.starts_with("Saved 1 cookies and 1 entries of local storage of 127.0.0.1."), "{saved}");
    assert!(!saved.contains("secret-of-alice"), "the file alone holds it: {saved}");
    let path = saved.split(char::is_whitespace).find(|word| word.starts_with('/')).unwrap_or_default();
    agent.ok("browser_cookies", json!({ "action": "clear" })).await?;
    agent.ok("browser_storage", json!({ "action": "clear" })).await?;
    let loaded = agent.ok("browser_storage_state", json!({ "paths": [path] })).await?;
    assert!(loaded.starts_with("Loaded 1 cookies and 1 entries of local storage."), "{loaded}");
    assert!(agent.ok("browser_cookie_get", json!({ "name": "login" })).await?.contains("secret-of-alice"));
    let theme = json!({ "function": "() => [localStorage.theme, document.cookie]" });
    assert_eq!(agent.ok("browser_evaluate", theme).await?, "### Result\n[\"dark\",\"\"]");
    let foreign = json!({ "action": "clear", "domain": "example.com" });
    assert!(agent.fails("browser_cookies", foreign).await?.starts_with("not_permitted:"));
    Ok(())
}
