//! When the hub's own process stood still: what is overdue then is not yet lost.
//!
//! A machine asleep is no gap: `Instant` is `CLOCK_MONOTONIC` on Linux and `CLOCK_UPTIME_RAW` on macOS, and neither
//! counts the time asleep. A process that is stopped (SIGSTOP, a debugger, a frozen container) or starved is one: its
//! clock goes on while clients' greetings and extensions' answers wait in its sockets, unread.

use std::time::{Duration, Instant};

use super::hub::Hub;
use super::timers::Reason;

/// How late a deadline is noticed by a hub that runs: milliseconds. Far more than that, and it stood still.
const STOOD_STILL: Duration = Duration::from_secs(1);
/// How long a hub that runs again takes to read what has waited in its sockets, generously.
const CATCH_UP: Duration = Duration::from_secs(1);

impl Hub {
    /// Puts off what became due while the hub stood still, so that peers that waited for it are heard first: whoever
    /// was to come back has its whole time again, and a call has a moment more, once.
    pub(super) fn forgive_a_gap(&mut self, now: Instant) {
        let is_late = |(at, _): (Instant, Reason)| now.saturating_duration_since(at) > STOOD_STILL;
        if !self.timers.next().is_some_and(is_late) {
            return;
        }
        for reason in self.timers.due(now) {
            match reason {
                Reason::Grace(client) => self.give_grace(client, now),
                Reason::Promote => self.timers.set(reason, now + self.policy.reserve_wait),
                Reason::Call(call_id) => {
                    if let Some(call) = self.calls.by_id.get_mut(&call_id).filter(|call| !call.is_put_off) {
                        call.is_put_off = true;
                        self.timers.set(reason, now + CATCH_UP);
                    }
                }
                Reason::Forget | Reason::TellClients | Reason::Drain => {}
            }
        }
    }
}
