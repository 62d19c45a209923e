//! A hub that is killed while agents work in a real browser: they see a slower answer, nothing acts twice, and their tabs
//! are theirs as before.

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tabmux_protocol::message::{ClientStatus, Status};
use tabmux_tests::{Agent, Browser, Lab, Site, ref_in, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_hub_costs_agents_time_and_nothing_else() -> Result<()> {
    const KILLS: u64 = 5;
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    // Two windows of one program: the hub tells them apart by label and colour.
    let (alice, bob) = tokio::try_join!(Agent::start(&lab, "agent"), Agent::start(&lab, "agent"))?;
    for agent in [&alice, &bob] {
        agent.ok("browser_navigate", json!({ "url": site.url("/page/counts") })).await?;
    }
    let page = alice.ok("browser_snapshot", json!({})).await?;
    let button = ref_in(&page, "button \"Count\"")?;
    let before = lab.status()?;

    for round in 1..=KILLS {
        kill_hub(&lab).await?;
        // The ref of before still names the element: neither tab nor page noticed anything.
        let clicked =
            alice.ok("browser_click", json!({ "ref": button })).await.with_context(|| lab.logs())?;
        assert!(clicked.starts_with("Clicked"), "{clicked}");
        wait_until("the click has counted", async || site.counted("clicks") == round).await;
        assert!(bob.ok("browser_snapshot", json!({})).await?.contains("Counts"));
    }

    let after = lab.status()?;
    let known = |status: &Status| {
        let client = |c: &ClientStatus| (c.client_id, c.label.clone(), c.colour.clone(), c.tabs[0].tab);
        status.clients.iter().map(client).collect::<Vec<_>>()
    };
    assert_eq!(known(&before), known(&after), "ids, labels, colours and tabs are as before");
    assert_eq!(site.counted("clicks"), KILLS, "every click counted once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_runs_while_the_hub_is_killed_is_answered_once() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser { url: Some(site.url("/page/reading")), ..Browser::default() })?;
    let agent = Agent::start(&lab, "alice").await?;
    agent.ok("browser_navigate", json!({ "url": site.url("/page/counts") })).await?;
    let script = "async () => { await fetch('/count/runs', { method: 'POST' }); \
                  await new Promise((done) => setTimeout(done, 1000)); return 'done'; }";
    let running = agent.call("browser_evaluate", json!({ "function": script }));
    let killing = async {
        wait_until("the script runs", async || site.counted("runs") == 1).await;
        kill_hub(&lab).await
    };
    let (answer, killed) = tokio::join!(running, killing);
    killed?;
    let answer = answer?;
    assert_eq!((answer.is_error, answer.text.as_str()), (false, "### Result\n\"done\""), "{}", lab.logs());
    assert_eq!(site.counted("runs"), 1, "it ran once");
    Ok(())
}

async fn kill_hub(lab: &Lab) -> Result<()> {
    let pid = lab.health().await?.pid;
    Ok(kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGKILL)?)
}
