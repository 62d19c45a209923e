//! How often one client may call.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tabmux_protocol::CallId;

/// The most calls of one client in any window of that length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many; zero for as many as it likes.
    pub calls: usize,
    /// The window's length.
    pub window: Duration,
}

/// The calls of one client within the window.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    recent: VecDeque<(Instant, CallId)>,
    ids: BTreeSet<CallId>,
}

impl Rate {
    /// Counts a call, unless it was counted before. The error is how long to wait until it would be let through.
    pub(crate) fn take(&mut self, call: CallId, limit: RateLimit, now: Instant) -> Result<(), Duration> {
        if limit.calls == 0 {
            return Ok(());
        }
        let is_past = |(at, _): &(Instant, CallId)| *at + limit.window <= now;
        while let Some((_, oldest)) = self.recent.front().copied().filter(is_past) {
            self.ids.remove(&oldest);
            self.recent.pop_front();
        }
        if self.ids.contains(&call) {
            return Ok(());
        }
        match self.recent.front() {
            Some((oldest, _)) if self.recent.len() >= limit.calls => {
                Err((*oldest + limit.window).saturating_duration_since(now))
            }
            _ => {
                self.recent.push_back((now, call));
                self.ids.insert(call);
                Ok(())
            }
        }
    }
}
