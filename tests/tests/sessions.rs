//! `tabmux mcp --session NAME`: what one process leaves, another of that name takes up; nobody else does.

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tabmux_protocol::ClientId;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

const SESSION: [&str; 3] = ["mcp", "--session", "research"];

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_where_its_last_process_was_killed_and_where_its_window_closed() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    // Only a session outlives its process for longer than a moment here.
    std::fs::write(&lab.installation.config_path, "[hub]\ngrace_ms = 1\n")?;
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let first = Agent::start_with(&lab, &SESSION).await?;
    first.ok("browser_navigate", json!({ "url": site.url("/page/counts") })).await?;
    first.ok("browser_evaluate", json!({ "function": "() => { window.mark = 'kept'; }" })).await?;
    let button = ref_in(&first.ok("browser_snapshot", json!({})).await?, "button \"Count\"")?;
    let (client, label) = only_client(&lab)?;
    assert_eq!(label, "research");
    let pid = Pid::from_raw(i32::try_from(first.pid().context("its pid")?)?);
    kill(pid, Signal::SIGKILL)?;
    drop(first);
    wait_until("the hub knows", async || lab.health().await.is_ok_and(|health| health.clients == 0)).await;

    // Somebody without the name gets nothing of it.
    let stranger = Agent::start(&lab, "research").await?;
    let refused = stranger.fails("browser_snapshot", json!({})).await?;
    assert!(refused.starts_with("no_tab:"), "{refused}");
    stranger.close().await?;

    let second = Agent::start_with(&lab, &SESSION).await?;
    let clicked = second.ok("browser_click", json!({ "ref": button })).await.with_context(|| lab.logs())?;
    assert!(clicked.starts_with("Clicked"), "the ref of before names the element: {clicked}");
    wait_until("the click has counted", async || site.counted("clicks") == 1).await;
    second.close().await?;
    wait_until("the hub knows", async || lab.health().await.is_ok_and(|health| health.clients == 0)).await;

    let third = Agent::start_with(&lab, &SESSION).await?;
    let mark = third.ok("browser_evaluate", json!({ "function": "() => window.mark" })).await?;
    assert_eq!(mark, "### Result\n\"kept\"", "nothing was loaded anew");
    assert_eq!(only_client(&lab)?, (client, label));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_window_of_a_session_takes_it_over_and_the_first_says_so() -> Result<()> {
    let lab = Lab::new()?;
    std::fs::write(&lab.installation.config_path, "[hub]\nbrowser_wait_ms = 200\n")?;
    // It comes before there is a hub, let alone a secret.
    let first = Agent::start_with(&lab, &SESSION).await?;
    wait_until("it is greeted", async || lab.health().await.is_ok_and(|health| health.clients == 1)).await;
    let before = only_client(&lab)?;
    let second = Agent::start_with(&lab, &SESSION).await?;
    let displaced = async || {
        let answer = first.call("hub_status", json!({})).await;
        answer.is_ok_and(|answer| answer.text.contains("same --session"))
    };
    wait_until("the first is told", displaced).await;
    let refused = first.fails("browser_snapshot", json!({})).await?;
    assert!(refused.starts_with("hub_unavailable:") && refused.contains("--session"), "{refused}");
    let answer = second.fails("browser_snapshot", json!({})).await?;
    assert!(answer.starts_with("no_browser:"), "the second is served: {answer}");
    first.close().await?;
    assert_eq!(only_client(&lab)?, before, "the first one's end is not the session's");

    // The session is the same at the next hub, with its id from the first word on.
    lab.run_ok(&["hub", "restart"])?;
    wait_until("it is back", async || lab.health().await.is_ok_and(|health| health.clients == 1)).await;
    assert_eq!(only_client(&lab)?, before);
    for name in ["", "a\u{7}b", &"x".repeat(65)] {
        assert_eq!(lab.run(&["mcp", "--session", name])?.status.code(), Some(2), "{name:?}");
    }
    Ok(())
}

/// The one client of the hub, by id and label.
fn only_client(lab: &Lab) -> Result<(ClientId, String)> {
    let mut clients = lab.status()?.clients;
    anyhow::ensure!(clients.len() == 1, "{clients:?}");
    let client = clients.remove(0);
    Ok((client.client_id, client.label))
}
