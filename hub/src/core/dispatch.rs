//! Calls on their way to a browser: each waits for its turn, is sent, may be lost, and is sent again.

use std::time::{Duration, Instant};

use tabmux_protocol::message::HubState;
use tabmux_protocol::{BootId, BrowserId, CallId, ClientId, TabId};

use super::browser::Request;
use super::calls::{Call, Phase};
use super::hub::{Hub, Peer};
use super::io::{LinkId, Message, Outcome, OutgoingCall, Output};
use super::refusals;
use super::tabs::Claim;
use super::timers::Reason;

/// How much longer than its deadline a call may take before the hub answers in the extension's place: the
/// extension's own `timeout`, which knows more, comes first.
const BACKSTOP: Duration = Duration::from_secs(1);

impl Hub {
    /// Lets a call that has just come wait for its turn, which may be at once.
    pub(super) fn enqueue(&mut self, call_id: CallId, now: Instant) {
        let Some(call) = self.calls.by_id.get(&call_id) else { return };
        self.waiting.push(call.client, call_id);
        match self.active.filter(|_| self.active_link().is_some()) {
            Some(active) => {
                self.wait_for_turn(call_id);
                self.pump(active, now);
            }
            None => self.wait_for_browser(call_id, now),
        }
    }

    /// Takes a call that has ended out of the queue in which it may stand.
    pub(super) fn dequeue(&mut self, call_id: CallId, client: ClientId, phase: Phase) {
        match phase {
            Phase::Waiting => self.waiting.remove(client, call_id),
            Phase::Lost(at) => {
                if let Some(browser) = self.browsers.get_mut(&at) {
                    browser.resends.remove(client, call_id);
                }
            }
            Phase::Sent(..) => {}
        }
    }

    /// Says whether the browser of a call that is not sent is there, so that it only waits for its turn.
    pub(super) fn awaits_its_turn(&self, call: &Call) -> bool {
        let browser = match call.phase {
            Phase::Lost(at) => Some(at),
            Phase::Waiting | Phase::Sent(..) => self.active,
        };
        browser.and_then(|id| self.browsers.get(&id)).is_some_and(|browser| browser.link.is_some())
    }

    /// The browser's socket has taken calls: the next ones have their turn.
    pub(super) fn on_written(&mut self, link: LinkId, calls: usize, now: Instant) {
        let Some(Peer::Extension(browser_id)) = self.links.get(&link).copied() else { return };
        if let Some(browser) = self.browsers.get_mut(&browser_id) {
            browser.window.written(calls);
        }
        self.pump(browser_id, now);
    }

    /// What the browser has not answered waits for it to be back, and so does what it was to be sent next.
    pub(super) fn calls_lost(&mut self, browser_id: BrowserId, now: Instant) {
        let is_active = self.active == Some(browser_id);
        let concerned = |call: &Call| match call.phase {
            Phase::Sent(at, _) | Phase::Lost(at) => at == browser_id,
            Phase::Waiting => is_active,
        };
        for call_id in self.calls.ids_where(concerned) {
            if self.calls.phase(call_id).is_some_and(|phase| phase != Phase::Waiting) {
                self.calls.set_phase(call_id, Phase::Lost(browser_id));
            }
            self.wait_for_browser(call_id, now);
        }
        self.check_drained(now);
    }

    /// The browser is back: what it had not answered is sent to it again, and its journal says what became of it.
    pub(super) fn send_lost_calls(&mut self, browser_id: BrowserId, now: Instant) {
        for call_id in self.calls.ids_where(|call| call.phase == Phase::Lost(browser_id)) {
            let (Some(call), Some(browser)) =
                (self.calls.by_id.get_mut(&call_id), self.browsers.get_mut(&browser_id))
            else {
                continue;
            };
            call.resend = true;
            browser.resends.push(call.client, call_id);
            self.wait_for_turn(call_id);
        }
        self.pump(browser_id, now);
    }

    /// A browser is active: what waited for one waits for its turn there.
    pub(super) fn send_waiting_calls(&mut self, browser_id: BrowserId, now: Instant) {
        for call_id in self.calls.ids_where(|call| call.phase == Phase::Waiting) {
            self.wait_for_turn(call_id);
        }
        self.pump(browser_id, now);
    }

    /// Hands a browser calls for as long as its socket takes them, one of each client in turn. A hub that leaves hands
    /// out no call that no browser has seen: the next hub can still finish it.
    fn pump(&mut self, browser_id: BrowserId, now: Instant) {
        let is_serving = self.active == Some(browser_id) && self.state == HubState::Serving;
        loop {
            let Some(browser) = self.browsers.get_mut(&browser_id).filter(|browser| browser.link.is_some())
            else {
                return;
            };
            let last = browser.last_turn;
            let to_resend = browser.resends.next_after(last);
            let to_send = self.waiting.next_after(last).filter(|_| is_serving);
            let nearest = |client: &ClientId| (*client <= last, *client);
            let Some(client) = [to_resend, to_send].into_iter().flatten().min_by_key(nearest) else { return };
            let again = browser.resends.first_of(client);
            let Some(call_id) = again.or_else(|| self.waiting.first_of(client)) else { return };
            let size = self.calls.by_id.get(&call_id).map_or(0, |call| call.args.len());
            if !browser.window.takes(size) {
                return;
            }
            browser.last_turn = client;
            if again.is_some() {
                browser.resends.remove(client, call_id);
                self.send_call(call_id, browser_id, now);
            } else {
                self.waiting.remove(client, call_id);
                self.dispatch(call_id, browser_id, now);
            }
        }
    }

    /// Sends a waiting call to the active browser, unless it names a tab that is not its caller's.
    fn dispatch(&mut self, call_id: CallId, browser_id: BrowserId, now: Instant) {
        let Some(call) = self.calls.by_id.get_mut(&call_id) else { return };
        let claim = match call.tab {
            Some(tab) => (self.tabs.claim(browser_id, tab, call.client), tab),
            None => (Claim::Own, TabId(0)),
        };
        // A call that was sent before may have closed its tab itself: the browser remembers, and refuses otherwise.
        let is_decided = !call.resend || claim.0 == Claim::Foreign;
        if let Some(error) = refusals::of_claim(claim).filter(|_| is_decided) {
            return self.finish(call_id, Outcome::Refused(error), now);
        }
        if !call.resend {
            // The extension's memory under which a call is first sent decides later whether it may be run again: after
            // this hub's death only its client knows it.
            let memory = self.browsers.get(&browser_id).map(|browser| browser.boot_id);
            if call.boot_id.is_some() && call.boot_id != memory {
                return self.hand_back(call_id, now);
            }
            call.boot_id = memory;
        } else if self.roster.get(call.client).is_some_and(|client| client.control().is_held()) {
            // What its browser has not begun is not begun while the client is held; what it has is answered.
            call.boot_id = Some(BootId::UNKNOWN);
        }
        self.send_call(call_id, browser_id, now);
    }

    fn send_call(&mut self, call_id: CallId, browser_id: BrowserId, now: Instant) {
        let Some((link, id)) = self.ask(browser_id, Request::Call(call_id)) else { return };
        let Some(call) = self.calls.by_id.get(&call_id) else { return };
        let Some(client) = self.roster.get(call.client) else { return };
        let remaining = call.deadline.saturating_duration_since(now);
        let outgoing = OutgoingCall {
            call_id,
            client_id: call.client,
            label: client.label.clone(),
            colour: client.colour,
            tool: call.tool.name,
            read_only: call.tool.effect.read_only(),
            args: call.args.clone(),
            tab: call.tab,
            deadline_ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            boot_id: call.boot_id,
            resend: call.resend,
        };
        if let Some(browser) = self.browsers.get_mut(&browser_id) {
            browser.window.handed_over(call.args.len());
        }
        let expires_at = call.deadline + BACKSTOP;
        self.counters.resent += u64::from(call.resend);
        self.calls.set_phase(call_id, Phase::Sent(browser_id, id));
        self.timers.set(Reason::Call(call_id), expires_at);
        self.output(Output::Send { link, message: Message::Call { id, call: Box::new(outgoing) } });
    }

    /// Lets a call wait for a browser, but not beyond its deadline.
    fn wait_for_browser(&mut self, call_id: CallId, now: Instant) {
        let Some(call) = self.calls.by_id.get(&call_id) else { return };
        let until = call.deadline.min(now + self.policy.browser_wait);
        self.timers.set(Reason::Call(call_id), until);
    }

    /// Lets a call wait for its turn until its deadline.
    fn wait_for_turn(&mut self, call_id: CallId) {
        let Some(call) = self.calls.by_id.get(&call_id) else { return };
        self.timers.set(Reason::Call(call_id), call.deadline);
    }
}
