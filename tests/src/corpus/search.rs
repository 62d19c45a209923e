//! Looks for the controls of a page in what snapshots show of it.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;

use super::CorpusPage;
use crate::Agent;

/// The controls of a page that no snapshot has shown yet.
pub struct Search<'a> {
    /// Their names.
    pub missing: BTreeSet<&'a str>,
}

impl<'a> Search<'a> {
    /// Begins with all of them missing.
    pub fn new(page: &'a CorpusPage) -> Self {
        Self { missing: page.controls.iter().map(String::as_str).collect() }
    }

    /// Strikes out what a snapshot shows: names stand in quotes, or at the end of a line with a ref.
    pub fn see(&mut self, snapshot: &str) {
        for line in snapshot.lines() {
            for part in line.split('"') {
                self.missing.remove(part);
            }
            if let Some((_, told)) = line.rsplit_once(": ").filter(|(head, _)| head.contains("[ref=")) {
                self.missing.remove(told);
            }
        }
    }

    /// Opens every line of a snapshot that holds more, down to the last, until nothing is missing.
    pub async fn open(&mut self, agent: &Agent, snapshot: &str) -> Result<()> {
        let (mut queue, mut opened) = (folds(snapshot), BTreeSet::new());
        while let Some(fold) = queue.pop().filter(|_| !self.missing.is_empty()) {
            if opened.insert(fold.clone()) {
                let below = agent.ok("browser_snapshot", json!({ "ref": fold })).await?;
                self.see(&below);
                queue.extend(folds(&below));
            }
        }
        Ok(())
    }
}

/// The refs of the lines that say that they hold more.
fn folds(snapshot: &str) -> Vec<String> {
    let of_line = |line: &str| {
        let (_, rest) = match line.trim_start().strip_prefix("- (") {
            Some(note) => note.split_once("[ref=")?,
            None => line.split_once("browser_snapshot ref=")?,
        };
        rest.split([']', ')']).next().map(str::to_owned)
    };
    snapshot.lines().filter_map(of_line).collect()
}
