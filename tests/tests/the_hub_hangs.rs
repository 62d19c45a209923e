//! A hub that takes connections and says nothing: agents go on with another one, and what is not ours is left alone.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

/// Patience for tests: what takes seconds by default takes tenths here.
const QUICK: &str = "[client]\nhandshake_ms = 400\nhub_silent_ms = 900\nheartbeat_ms = 900\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_hangs_is_replaced_and_its_call_is_done_once() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    fs::write(&lab.installation.config_path, QUICK)?;
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "alice"), Agent::start(&lab, "bob"))?;
    alice.ok("browser_navigate", json!({ "url": site.url("/page/counts") })).await?;
    let page = alice.ok("browser_snapshot", json!({})).await?;
    let button = ref_in(&page, "button \"Count\"")?;
    let hung = suspend_hub(&lab).await?;

    // It goes to the hub that hangs, is sent again to the next one, and acts once.
    let clicked = alice.ok("browser_click", json!({ "ref": button })).await.with_context(|| lab.logs())?;
    assert!(clicked.starts_with("Clicked"), "{clicked}");
    assert!(!exists(hung), "the hub that hung is gone");
    assert_eq!(site.counted("clicks"), 1);
    assert_ne!(lab.health().await?.pid, hung);
    wait_until("bob is back as well", async || lab.health().await.is_ok_and(|health| health.clients == 2))
        .await;
    assert!(bob.ok("hub_status", json!({})).await?.contains("Link: ready"));
    assert!(alice.ok("browser_snapshot", json!({})).await?.contains("Counts"), "the tab is as before");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_is_opened_on_a_hub_that_hangs_is_served_by_the_next_one() -> Result<()> {
    let lab = Lab::new()?;
    fs::write(&lab.installation.config_path, format!("{QUICK}[hub]\nbrowser_wait_ms = 200\n"))?;
    lab.run_ok(&["hub", "start"])?;
    let hung = suspend_hub(&lab).await?;
    let agents = tokio::try_join!(Agent::start(&lab, "one"), Agent::start(&lab, "two"))?;
    for agent in [&agents.0, &agents.1] {
        let answer = agent.fails("browser_snapshot", json!({})).await?;
        assert!(answer.starts_with("no_browser:"), "the next hub answered: {answer}\n{}", lab.logs());
    }
    assert!(!exists(hung));
    wait_until("both are clients of one hub", async || {
        lab.health().await.is_ok_and(|health| health.clients == 2 && health.pid != hung)
    })
    .await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_only_late_is_not_ended() -> Result<()> {
    let lab = Lab::new()?;
    fs::write(
        &lab.installation.config_path,
        "[client]\nhandshake_ms = 300\nhub_silent_ms = 15000\nhub_wait_ms = 20000\n",
    )?;
    lab.run_ok(&["hub", "start"])?;
    let late = suspend_hub(&lab).await?;
    let agent = Agent::start(&lab, "alice").await?;
    wait_until("the window waits for the hub", async || {
        lab.logs().lines().any(|line| line.contains("does not answer yet"))
    })
    .await;
    kill(pid(late)?, Signal::SIGCONT)?;
    wait_until("it is greeted", async || lab.health().await.is_ok_and(|health| health.clients == 1)).await;
    assert_eq!(lab.health().await?.pid, late, "the same hub serves");
    agent.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_ends_a_hub_that_hangs_by_stop_and_by_restart() -> Result<()> {
    let lab = Lab::new()?;
    // Nothing replaces it by itself within this test.
    let patient = "[client]\nhandshake_ms = 300\nhub_silent_ms = 600000\nhub_wait_ms = 700000\n[hub]\nshutdown_ms = 1000\n";
    fs::write(&lab.installation.config_path, patient)?;
    lab.run_ok(&["hub", "start"])?;
    let agent = Agent::start(&lab, "alice").await?;
    wait_until("it is greeted", async || lab.health().await.is_ok_and(|health| health.clients == 1)).await;

    let hung = suspend_hub(&lab).await?;
    let output = lab.run(&["hub", "restart"])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains(&format!("pid {hung}")), "{said}");
    assert!(!exists(hung));
    wait_until("the client is back", async || lab.health().await.is_ok_and(|health| health.clients == 1))
        .await;

    let hung = suspend_hub(&lab).await?;
    lab.run_ok(&["hub", "stop"])?;
    assert!(!exists(hung));
    let answer = agent.fails("browser_snapshot", json!({})).await?;
    assert!(answer.starts_with("stopped:"), "nobody starts another: {answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_stranger_is_named_and_never_ended() -> Result<()> {
    let lab = Lab::new()?;
    fs::write(&lab.installation.config_path, QUICK)?;
    // The kernel takes the connections; nobody ever reads them.
    let stranger = std::net::TcpListener::bind(("127.0.0.1", lab.installation.port))?;
    let agent = Agent::start(&lab, "alice").await?;
    let asked_at = Instant::now();
    let refused = agent.fails("browser_snapshot", json!({})).await?;
    let own = format!("pid {}", std::process::id());
    assert!(refused.starts_with("hub_unavailable:") && refused.contains(&own), "{refused}");
    assert!(refused.contains("tabmux hub restart"), "{refused}");
    assert!(asked_at.elapsed() < Duration::from_secs(5));
    for command in ["stop", "restart"] {
        let output = lab.run(&["hub", command])?;
        assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    }
    drop(stranger);
    let answer = agent.call("browser_snapshot", json!({})).await?;
    assert!(answer.text.starts_with("no_browser:"), "the port is free again: {}", answer.text);
    Ok(())
}

/// Makes the hub hang and says its process id.
async fn suspend_hub(lab: &Lab) -> Result<u32> {
    let hub = lab.health().await?.pid;
    kill(pid(hub)?, Signal::SIGSTOP)?;
    Ok(hub)
}

fn pid(number: u32) -> Result<Pid> {
    Ok(Pid::from_raw(i32::try_from(number)?))
}

/// Whether a process runs; one that has ended and was not waited for does not.
fn exists(number: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
}
