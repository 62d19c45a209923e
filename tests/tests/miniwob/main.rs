//! Small tasks on web pages, each with a reward, are solved by policies that see nothing but the text of our tools.

use anyhow::{Context, Result};
use tabmux_tests::miniwob::{TASKS, pages, play};
use tabmux_tests::{Agent, Browser, Lab, Site};

/// One of each kind: `cargo xtask bench miniwob` plays them all.
const PLAYED: [&str; 15] = [
    "book-flight-nodelay",
    "click-button",
    "click-checkboxes-large",
    "click-collapsible-2",
    "click-color",
    "click-menu",
    "click-pie",
    "email-inbox",
    "form-sequence-3",
    "login-user-popup",
    "navigate-tree",
    "order-food",
    "search-engine",
    "social-media-some",
    "use-slider",
];
const SEEDS: [u32; 3] = [1, 2, 3];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifteen_tasks_are_solved_by_the_text_of_our_tools_alone() -> Result<()> {
    let (site, lab) = (Site::start_with_files(pages()?).await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "miniwob").await?;
    for name in PLAYED {
        let task = TASKS.iter().find(|task| task.name == name).with_context(|| format!("no task {name}"))?;
        for seed in SEEDS {
            let score = play(&agent, &site, task, seed).await?;
            assert!(score.is_solved(), "{name} with seed {seed}: {score:?}");
        }
    }
    Ok(())
}
