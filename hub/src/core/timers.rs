//! Deadlines, each with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tabmux_protocol::{CallId, ClientId};

/// Why the core wants to be woken. Of two reasons due at the same instant the earlier in this list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The active browser stayed away: one held in reserve takes its place. Before any call gives up waiting for it.
    Promote,
    /// A call has waited long enough, for a browser or for its answer.
    Call(CallId),
    /// A client stayed away for longer than its grace period.
    Grace(ClientId),
    /// The oldest remembered answer may be forgotten.
    Forget,
    /// Extensions are told who the clients are.
    TellClients,
    /// The drain has taken long enough.
    Drain,
}

/// At most one deadline a reason.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeSet<(Instant, Reason)>,
    at: BTreeMap<Reason, Instant>,
}

impl Timers {
    /// Sets or moves the deadline of that reason.
    pub(crate) fn set(&mut self, reason: Reason, at: Instant) {
        self.clear(reason);
        self.at.insert(reason, at);
        self.due.insert((at, reason));
    }

    /// Sets the deadline of that reason unless it has one.
    pub(crate) fn set_if_clear(&mut self, reason: Reason, at: Instant) {
        if !self.at.contains_key(&reason) {
            self.set(reason, at);
        }
    }

    /// Takes the deadline of that reason away.
    pub(crate) fn clear(&mut self, reason: Reason) {
        if let Some(at) = self.at.remove(&reason) {
            self.due.remove(&(at, reason));
        }
    }

    /// The next deadline.
    pub(crate) fn next(&self) -> Option<(Instant, Reason)> {
        self.due.first().copied()
    }

    /// Everything that is due.
    pub(crate) fn due(&self, now: Instant) -> Vec<Reason> {
        self.due.iter().take_while(|(at, _)| *at <= now).map(|(_, reason)| *reason).collect()
    }

    /// Takes the next deadline if it is due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Reason> {
        let (at, reason) = self.next()?;
        (at <= now).then(|| {
            self.clear(reason);
            reason
        })
    }
}
