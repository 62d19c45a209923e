//! A browser in which native messaging does not work is paired by a code, through the popup, and stays paired.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tabmux_protocol::{EXTENSION_ID, NATIVE_HOST};
use tabmux_tests::{Agent, DevTools, Lab, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_native_messaging_is_paired_in_the_popup_and_stays_so() -> Result<()> {
    let lab = Lab::new()?;
    let profile = lab.user_data_dir();
    // As in a sandbox: what the launch registers is gone when the browser looks for it.
    let script = lab.folder().join("sandboxed.sh");
    let named = std::env::var("TABMUX_BROWSER").unwrap_or_else(|_| "chromium".to_owned());
    fs::write(
        &script,
        format!(
            "#!/bin/sh\nrm -f '{}/NativeMessagingHosts/{NATIVE_HOST}.json'\nTMPDIR='{}' exec {named} --remote-debugging-port=0 \"$@\"\n",
            profile.display(),
            lab.folder().display()
        ),
    )?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700))?;
    let popup = format!("chrome-extension://{EXTENSION_ID}/popup.html");
    let arguments = ["browser", "launch", "--headless", &popup];
    let mut launching = tokio::process::Command::from(lab.command(&arguments));
    let launching = launching.env("TABMUX_BROWSER", &script).stdin(Stdio::null()).stdout(Stdio::piped());
    let launched = launching.spawn()?;

    let mut page = lab.page("popup.html").await?;
    becomes(&mut page, "!document.getElementById('pairing').hidden").await;
    pair(&mut page, "GAYTEMZ-UGU3DOO-BZMFRGG-ZDFMY").await?;
    becomes(&mut page, "document.getElementById('paired').textContent.startsWith('Not paired. ')").await;
    let printed: Value = serde_json::from_str(&lab.run_ok(&["pair", "--json"])?)?;
    pair(&mut page, printed["code"].as_str().context("a code")?).await?;
    becomes(&mut page, "document.getElementById('state').className === 'connected'").await;
    ensure!(
        page.evaluate("document.getElementById('code').value").await? == "",
        "the code is not left there"
    );
    let output = launched.wait_with_output().await?;
    ensure!(output.status.success(), "the launch, too, sees the browser connected: {}", output.status);

    let agent = Agent::start(&lab, "alice").await?;
    let url = format!("http://127.0.0.1:{}/health", lab.installation.port);
    agent.ok("browser_navigate", json!({ "url": url })).await?;
    lab.run_ok(&["hub", "restart"])?;
    agent.ok("browser_snapshot", json!({})).await?;
    // Another life of the extension's memory knows the pairing, too.
    drop(page);
    let boot = |lab: &Lab| {
        let browser = lab.status().ok()?.browsers.into_iter().next()?.state;
        browser.boot_id.filter(|_| browser.connected)
    };
    let first = boot(&lab).context("the browser is connected")?;
    lab.worker().await?.evaluate("setTimeout(() => chrome.runtime.reload(), 0), true").await?;
    wait_until("the extension is back", async || boot(&lab).is_some_and(|next| next != first)).await;
    agent.ok("browser_navigate", json!({ "url": url })).await?;
    Ok(())
}

/// Types the code into the popup and sends it, as a person does.
async fn pair(page: &mut DevTools, code: &str) -> Result<()> {
    let typed = format!(
        "document.getElementById('code').value = {}; document.getElementById('pair').click(); true",
        json!(code)
    );
    ensure!(page.evaluate(&typed).await? == true);
    Ok(())
}

async fn becomes(page: &mut DevTools, condition: &str) {
    wait_until(condition, async || page.evaluate(condition).await.is_ok_and(|value| value == true)).await;
}
