//! What was answered against what the server has counted.

use std::collections::BTreeMap;
use std::time::Duration;

use tabmux_protocol::tools::find;
use tabmux_tests::{Answer, Site};

/// What a call may answer while everything around it dies, each with its documented meaning: it did nothing, or nobody
/// knows.
const ALLOWED: [&str; 7] =
    ["outcome_unknown", "tab_reopened", "no_browser", "hub_unavailable", "stale_ref", "no_tab", "busy"];
/// How long after its deadline a call may be answered: the hub waits 1 s longer than the extension, the client 1 s
/// longer than the hub, and two cores are shared with everything else.
const GRACE: Duration = Duration::from_secs(7);

/// The books of a run.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By the name under which a page counts.
    clicks: BTreeMap<String, Bounds>,
    /// How often each code was answered.
    pub errors: BTreeMap<String, u64>,
    /// How many calls were made, and how many of these were answered.
    pub calls: u64,
    pub answered: u64,
    /// The longest that a call took.
    pub slowest: Duration,
    /// What must not have happened.
    violations: Vec<String>,
}

/// How often a button may have been clicked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// Answered clicks.
    pub least: u64,
    /// And one for each click of which nobody knows.
    pub most: u64,
}

impl Ledger {
    /// Takes in an answer; without one the process was killed.
    pub fn enter(&mut self, tool: &str, answer: Option<&Answer>, took: Duration) {
        self.calls += 1;
        let Some(answer) = answer else { return };
        self.answered += 1;
        self.slowest = self.slowest.max(took);
        let deadline = find(tool).map_or(Duration::ZERO, |tool| Duration::from_millis(tool.deadline_ms));
        if took > deadline + GRACE {
            self.violations.push(format!("{tool} was answered after {took:?}: {}", answer.text));
        }
        let Some(code) = answer.code() else { return };
        *self.errors.entry(format!("{tool} {code}")).or_default() += 1;
        if !ALLOWED.contains(&code) {
            self.violations.push(format!("{tool} answered {}", answer.text));
        }
    }

    /// Takes in a click, and holds it against what the server has counted.
    pub fn click(&mut self, name: &str, answer: Option<&Answer>, site: &Site) {
        let bounds = self.clicks.entry(name.to_owned()).or_default();
        match answer.map(Answer::code) {
            Some(None) => {
                bounds.least += 1;
                bounds.most += 1;
            }
            None | Some(Some("outcome_unknown")) => bounds.most += 1,
            Some(Some(_)) => {}
        }
        let (counted, bounds) = (site.counted(name), *bounds);
        if !bounds.hold(counted) {
            let text = answer.map_or("nothing", |answer| &answer.text);
            self.violations.push(format!("{name}: {counted} clicks, {bounds:?}, after {text}"));
        }
    }

    /// What must not have happened, and every button whose count does not fit in the end: a click may come late.
    pub fn wrong(&self, site: &Site) -> Vec<String> {
        let clicks = self.clicks.iter().map(|(name, bounds)| (name, *bounds, site.counted(name)));
        let misfits = clicks.filter(|(_, bounds, counted)| !bounds.hold(*counted));
        let misfits = misfits.map(|(name, bounds, counted)| format!("{name}: {counted} clicks, {bounds:?}"));
        self.violations.iter().cloned().chain(misfits).collect()
    }

    /// The sums over all buttons: the bounds, and what was counted.
    pub fn sums(&self, site: &Site) -> (Bounds, u64) {
        let least = self.clicks.values().map(|bounds| bounds.least).sum();
        let most = self.clicks.values().map(|bounds| bounds.most).sum();
        (Bounds { least, most }, self.clicks.keys().map(|name| site.counted(name)).sum())
    }
}

impl Bounds {
    fn hold(self, counted: u64) -> bool {
        (self.least..=self.most).contains(&counted)
    }
}
