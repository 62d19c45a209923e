//! MiniWoB++: every task that has a policy, ten episodes each, in one background tab through `tabmux mcp`.

use anyhow::Result;
use tabmux_tests::miniwob::{TASKS, pages, play};
use tabmux_tests::{Agent, Browser, Lab, Site};

use crate::table::{Samples, Table, ms, short};

const SEEDS: std::ops::RangeInclusive<u32> = 1..=10;

/// Measures and prints.
pub async fn run() -> Result<()> {
    let (site, lab) = (Site::start_with_files(pages()?).await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "miniwob").await?;
    let columns = ["task", "solved", "median episode (ms)", "calls", "bytes of tool text"];
    let mut table = Table::new("MiniWoB++", &columns);
    let (mut solved_all, mut episodes) = (0, 0);
    for task in TASKS {
        let (mut solved, mut played) = (0, 0);
        let (mut times, mut calls, mut bytes) = (Samples::default(), Samples::default(), Samples::default());
        for seed in SEEDS {
            played += 1;
            match play(&agent, &site, task, seed).await {
                Ok(score) => {
                    if !score.is_solved() {
                        eprintln!("{} with seed {seed}: {score:?}", task.name);
                    }
                    solved += u32::from(score.is_solved());
                    times.push_time(score.took);
                    calls.push(score.calls as f64);
                    bytes.push(score.bytes as f64);
                }
                Err(error) => eprintln!("{error:#}"),
            }
        }
        let (calls, bytes) = (short(calls.median()), format!("{:.0}", bytes.median()));
        table.row(&[task.name.to_owned(), format!("{solved} of {played}"), ms(times.median()), calls, bytes]);
        solved_all += solved;
        episodes += played;
    }
    table.row(&[
        format!("{} tasks", TASKS.len()),
        format!("{solved_all} of {episodes}"),
        String::new(),
        String::new(),
        String::new(),
    ]);
    Ok(())
}
