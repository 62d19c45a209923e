//! What is there before anything is killed, and must be there again when all is over: nothing less and nothing more.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use tabmux_tests::{Lab, descriptors, processes, tabmux_processes, zombies};

/// The state of an installation without agents.
#[derive(Debug, PartialEq, Eq)]
pub struct Rest {
    /// Clients that the hub knows.
    clients: usize,
    /// The addresses of all pages, each once: every launch opens one for the person.
    pages: Vec<String>,
    /// Tab groups.
    groups: u64,
    /// Our processes by what they do, and browsers.
    processes: BTreeMap<&'static str, usize>,
    /// Children of this test or of the hub that nobody waited for.
    zombies: usize,
    /// What the hub has open.
    descriptors: Vec<String>,
    /// The files in the runtime folder.
    files: Vec<String>,
}

impl Rest {
    /// Takes the state of this moment.
    pub async fn of(lab: &Lab) -> Result<Self> {
        let mut pages = lab.browser().await?.pages().await?;
        pages.sort();
        pages.dedup();
        let groups =
            lab.worker().await?.evaluate("chrome.tabGroups.query({}).then((all) => all.length)").await?;
        let hub = lab.health().await?.pid;
        Ok(Self {
            clients: lab.status()?.clients.len(),
            pages,
            groups: groups.as_u64().context("a number of groups")?,
            processes: count(lab)?,
            zombies: zombies(&[hub, std::process::id()])?.len(),
            descriptors: descriptors(hub, lab.folder())?,
            files: files(lab)?,
        })
    }
}

fn count(lab: &Lab) -> Result<BTreeMap<&'static str, usize>> {
    let mut counts = BTreeMap::new();
    for subcommand in ["hub", "mcp", "native-host"] {
        counts.insert(subcommand, tabmux_processes(&lab.installation, subcommand)?.len());
    }
    // The browser's other processes name their type.
    let is_browser = |command: &str| command.contains("--user-data-dir=") && !command.contains(" --type=");
    let all = processes(&lab.installation)?;
    counts.insert("browser", all.iter().filter(|process| is_browser(&process.command)).count());
    Ok(counts)
}

fn files(lab: &Lab) -> Result<Vec<String>> {
    let entries = fs::read_dir(&lab.installation.runtime_dir)?.flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}
