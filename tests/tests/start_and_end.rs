//! How processes find each other, start each other, and go.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Result;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tabmux_protocol::tools::ToolSet;
use tabmux_tests::{Agent, Lab, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn ten_windows_opened_at_once_end_with_one_hub_and_ten_clients() -> Result<()> {
    let lab = Lab::new()?;
    let labels: Vec<String> = (0..10).map(|number| format!("window {number}")).collect();
    let starting = labels.iter().map(|label| Agent::start(&lab, label));
    let agents: Vec<Agent> = futures_util::future::try_join_all(starting).await?;
    let lists = futures_util::future::try_join_all(agents.iter().map(Agent::tools)).await?;
    assert!(
        lists.iter().all(|list| list.len() == ToolSet::default_set().listed().len()),
        "every list is answered in full"
    );

    wait_until("ten clients are greeted", async || {
        lab.health().await.is_ok_and(|health| health.clients == 10)
    })
    .await;
    let health = lab.health().await?;
    assert_eq!(
        (health.name.as_str(), health.status.as_str(), health.browser.connected),
        ("tabmux", "ok", false)
    );
    assert_eq!(lab.installation.read_hub_file().map(|file| file.pid), Some(health.pid));
    let logs = std::fs::read_dir(lab.installation.log_dir())?.flatten();
    let hubs = logs.filter(|entry| entry.file_name().to_string_lossy().starts_with("hub-")).count();
    assert_eq!(hubs, 1, "one hub was started, and nobody else tried: {}", lab.logs());

    let pids: Vec<u32> = agents.iter().filter_map(Agent::pid).collect();
    for status in futures_util::future::try_join_all(agents.into_iter().map(Agent::close)).await? {
        assert!(status.success(), "{status}");
    }
    assert!(pids.iter().all(|pid| !exists(*pid)), "no window's process is left");
    wait_until("no client is left", async || lab.health().await.is_ok_and(|health| health.clients == 0))
        .await;
    assert!(exists(health.pid), "the hub outlives them all");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_ends_within_a_second_of_each_way_to_end_it() -> Result<()> {
    let lab = Lab::new()?;
    let keeper = Agent::start(&lab, "keeper").await?;
    wait_until("the hub serves", async || lab.health().await.is_ok()).await;
    for signal in [None, Some(Signal::SIGINT), Some(Signal::SIGTERM), Some(Signal::SIGHUP)] {
        let mut child = tokio::process::Command::from(lab.command(&["mcp"]))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        wait_until("it is greeted", async || lab.health().await.is_ok_and(|health| health.clients == 2))
            .await;
        let asked_at = Instant::now();
        match (signal, child.id()) {
            (Some(signal), Some(pid)) => kill(Pid::from_raw(i32::try_from(pid)?), signal)?,
            _ => drop(child.stdin.take()),
        }
        let status = tokio::time::timeout(Duration::from_secs(5), child.wait()).await??;
        assert!(asked_at.elapsed() < Duration::from_secs(1), "{signal:?}: {:?}", asked_at.elapsed());
        assert!(status.success(), "{signal:?}: {status}");
        wait_until("it is gone from the hub", async || lab.health().await.is_ok_and(|h| h.clients == 1))
            .await;
    }
    assert!(lab.health().await.is_ok(), "the hub stays");
    keeper.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_on_the_port_is_named_and_left_alone() -> Result<()> {
    let lab = Lab::new()?;
    let stranger = tokio::net::TcpListener::bind(("127.0.0.1", lab.installation.port)).await?;
    let serving = tokio::spawn(async move {
        loop {
            let Ok((socket, _)) = stranger.accept().await else { return };
            drop(socket);
        }
    });
    std::fs::write(&lab.installation.config_path, "[client]\nhub_wait_ms = 1500\nhub_silent_ms = 1200\n")?;
    let agent = Agent::start(&lab, "alice").await?;
    assert_eq!(
        agent.tools().await?.len(),
        ToolSet::default_set().listed().len(),
        "the list is there, hub or no hub"
    );
    let refused = agent.fails("browser_snapshot", json!({})).await?;
    assert!(refused.starts_with("hub_unavailable:"), "{refused}");
    let (port, pid) = (lab.installation.port.to_string(), std::process::id().to_string());
    assert!(refused.contains(&port) && refused.contains(&pid), "port and holder are named: {refused}");
    assert!(!serving.is_finished(), "the stranger lives");
    let output = lab.run(&["hub", "start"])?;
    assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
    serving.abort();
    let _ = serving.await;
    assert!(lab.run(&["hub", "start"])?.status.success(), "the port is free again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_is_replaced_and_the_agent_sees_a_slower_answer() -> Result<()> {
    let lab = Lab::new()?;
    std::fs::write(&lab.installation.config_path, "[hub]\nbrowser_wait_ms = 200\n")?;
    let agent = Agent::start(&lab, "alice").await?;
    wait_until("it is greeted", async || lab.health().await.is_ok_and(|health| health.clients == 1)).await;
    let first = lab.health().await?;
    let client = lab.status()?.clients.remove(0).client_id;
    kill(Pid::from_raw(i32::try_from(first.pid)?), Signal::SIGKILL)?;
    let answer = agent.fails("browser_snapshot", json!({})).await?;
    assert!(answer.starts_with("no_browser:"), "the next hub answered: {answer}");
    let second = lab.health().await?;
    assert_ne!(first.pid, second.pid);
    let again = lab.status()?.clients.remove(0);
    assert_eq!((again.client_id, again.label.as_str()), (client, "alice"), "the client kept its id and name");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_hub_stays_stopped_until_the_person_starts_it() -> Result<()> {
    let lab = Lab::new()?;
    let agent = Agent::start(&lab, "alice").await?;
    wait_until("it is greeted", async || lab.health().await.is_ok_and(|health| health.clients == 1)).await;
    lab.run_ok(&["hub", "stop"])?;
    assert!(lab.installation.read_hub_file().is_none(), "hub.json is removed on a clean exit");
    let answer = agent.fails("browser_snapshot", json!({})).await?;
    assert!(answer.starts_with("stopped:") && answer.contains("tabmux hub start"), "{answer}");
    assert_eq!(lab.run(&["status"])?.status.code(), Some(3));
    lab.run_ok(&["hub", "start"])?;
    wait_until("the client is back", async || lab.health().await.is_ok_and(|health| health.clients == 1))
        .await;
    let before = lab.health().await?.pid;
    lab.run_ok(&["hub", "restart"])?;
    wait_until("the client is back", async || lab.health().await.is_ok_and(|health| health.clients == 1))
        .await;
    assert_ne!(lab.health().await?.pid, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_have_two_ids() -> Result<()> {
    let lab = Lab::new()?;
    let (one, two) = tokio::try_join!(Agent::start(&lab, "same"), Agent::start(&lab, "same"))?;
    wait_until("both are greeted", async || lab.health().await.is_ok_and(|health| health.clients == 2)).await;
    let (first, second) = tokio::try_join!(one.ok("hub_status", json!({})), two.ok("hub_status", json!({})))?;
    assert!(first.contains(&format!("{}-", one.pid().unwrap_or(0))), "{first}");
    assert!(second.contains(&format!("{}-", two.pid().unwrap_or(0))), "{second}");
    let mut labels: Vec<String> = lab.status()?.clients.into_iter().map(|client| client.label).collect();
    labels.sort();
    assert_eq!(labels, ["same", "same 2"]);
    Ok(())
}

fn exists(pid: u32) -> bool {
    i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None).is_ok())
}
