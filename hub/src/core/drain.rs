//! Leaving in good order.

use std::time::Instant;

use tabmux_protocol::message::{HubState, Notice, Restarting, ShutdownMode};

use super::calls::{Call, Calls};
use super::hub::{Hub, Peer, leaving};
use super::io::{Leave, LinkId, Message, Outcome, Output};
use super::queue::Queue;
use super::refusals;
use super::timers::{Reason, Timers};

/// When peers look for the next hub, in milliseconds: it starts within some tens.
const RETRY_IN_MS: u64 = 100;

impl Hub {
    pub(super) fn on_shutdown(&mut self, link: LinkId, id: u64, mode: ShutdownMode, now: Instant) {
        match self.links.get(&link) {
            Some(Peer::Cli) => {}
            Some(_) => {
                let message = "only the command line may stop the hub";
                return self.send(link, Message::NotAllowed { id, message });
            }
            None => return,
        }
        self.send(link, Message::Empty { id });
        self.begin_drain(Leave::Asked(mode), now);
    }

    /// Gives no browser a further call, and leaves as soon as none has one. A stop beats a restart that has begun.
    pub(super) fn begin_drain(&mut self, leave: Leave, now: Instant) {
        let is_stop = leave == Leave::Asked(ShutdownMode::Stop);
        let again = self.state != HubState::Serving;
        if self.state == HubState::Stopped || (again && (!is_stop || self.leave == Some(leave))) {
            return;
        }
        self.leave = Some(leave);
        if is_stop {
            self.output(Output::MarkStopped);
        }
        self.state = HubState::Draining;
        let retry_in_ms = (!is_stop).then_some(RETRY_IN_MS);
        self.tell_peers(&Notice { restarting: Some(Restarting { retry_in_ms }), ..Notice::default() });
        self.timers.set_if_clear(Reason::Drain, now + self.policy.shutdown);
        self.check_drained(now);
    }

    /// Ends the drain when nothing is left to wait for: what no extension has, only the next hub can finish.
    pub(super) fn check_drained(&mut self, now: Instant) {
        if self.state == HubState::Draining && self.calls.at_extension() == 0 {
            self.timers.set(Reason::Drain, now);
        }
    }

    pub(super) fn finish_drain(&mut self, now: Instant) {
        let Some(leave) = self.leave.filter(|_| self.state == HubState::Draining) else { return };
        self.state = HubState::Stopped;
        if leave == Leave::Asked(ShutdownMode::Stop) {
            for call_id in self.calls.ids() {
                let acted = self.calls.by_id.get(&call_id).is_some_and(Call::may_have_acted);
                let error = if acted { refusals::outcome_of_stop() } else { refusals::stopped() };
                self.finish(call_id, Outcome::Refused(error), now);
            }
        }
        for link in self.links.keys().copied().collect::<Vec<LinkId>>() {
            self.unlink(link);
            self.close(link, leaving());
        }
        // Whatever is left has nobody to go to: nothing becomes due any more.
        self.calls = Calls::default();
        self.waiting = Queue::default();
        self.browsers.clear();
        self.timers = Timers::default();
        self.output(Output::Drained(leave));
    }
}
