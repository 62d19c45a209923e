//! What happened, line by line, so that a failure can be read and a run be compared with its repetition.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Story {
    lines: Vec<String>,
}

impl Story {
    pub fn say(&mut self, now: Duration, who: &str, what: &str) {
        self.lines.push(format!("{:>11.6} {who:<10} {what}", now.as_secs_f64()));
    }

    /// The same for equal stories.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.lines.hash(&mut hasher);
        hasher.finish()
    }

    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}
