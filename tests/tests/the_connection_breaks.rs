//! The way between a window and the hub breaks: the window finds its id, its tabs, its refs and its calls again.

use std::fs;

use anyhow::{Context, Result};
use serde_json::json;
use tabmux_protocol::message::ClientStatus;
use tabmux_tests::{Agent, Browser, Lab, Proxy, Site, ref_in, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_or_goes_silent_costs_time_and_nothing_else() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let proxy = Proxy::start(lab.installation.port).await?;
    let config =
        format!("[http]\nallowed_hosts = [\"127.0.0.1:{}\"]\n[client]\nheartbeat_ms = 900\n", proxy.port());
    fs::write(&lab.installation.config_path, config)?;
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let mut command = lab.command(&["mcp", "--label", "alice"]);
    command.env("TABMUX_PORT", proxy.port().to_string());
    let agent = Agent::spawn(command).await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/counts") })).await?;
    let button = ref_in(&agent.ok("browser_snapshot", json!({})).await?, "button \"Count\"")?;
    let before = only_client(&lab)?;

    let script = "async () => { await fetch('/count/runs', { method: 'POST' }); \
                  await new Promise((done) => setTimeout(done, 1500)); return 'done'; }";
    for (round, break_it) in [(1, Proxy::cut as fn(&Proxy)), (2, Proxy::stall)] {
        // While a call runs: its answer is fetched over the next connection.
        let running = agent.call("browser_evaluate", json!({ "function": script }));
        let breaking = async {
            wait_until("the script runs", async || site.counted("runs") == round).await;
            break_it(&proxy);
        };
        let (answer, ()) = tokio::join!(running, breaking);
        let answer = answer?;
        assert_eq!(
            (answer.is_error, answer.text.as_str()),
            (false, "### Result\n\"done\""),
            "{}",
            lab.logs()
        );
        assert_eq!(site.counted("runs"), round, "it ran once");

        // Before a call, as when the machine wakes up: the call finds the next connection by itself.
        break_it(&proxy);
        let clicked =
            agent.ok("browser_click", json!({ "ref": button })).await.with_context(|| lab.logs())?;
        assert!(clicked.starts_with("Clicked"), "{clicked}");
        assert_eq!(site.counted("clicks"), round, "it acted once");
    }

    // Nobody calls: the heartbeat finds it out.
    let greetings = || lab.logs().matches("Greeted the hub").count();
    let so_far = greetings();
    proxy.stall();
    wait_until("the window has come again", async || greetings() > so_far).await;
    let after = only_client(&lab)?;
    assert_eq!(
        (after.client_id, &after.label, after.tabs[0].tab),
        (before.client_id, &before.label, before.tabs[0].tab)
    );
    Ok(())
}

fn only_client(lab: &Lab) -> Result<ClientStatus> {
    let mut clients = lab.status()?.clients;
    anyhow::ensure!(clients.len() == 1, "{clients:?}");
    Ok(clients.remove(0))
}
