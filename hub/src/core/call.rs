//! Calls: from a client to the extension and back, each answered once.

use std::time::{Duration, Instant};

use tabmux_protocol::message::HubState;
use tabmux_protocol::tools::{self, TabNeed, Tool};
use tabmux_protocol::{BrowserId, CallId, ClientId, MAX_FRAME, TabId, ToolError};

use super::browser::Request;
use super::calls::{Call, Phase};
use super::hub::{Hub, Peer};
use super::io::{LinkId, Message, NewCall, Outcome, OutgoingCall, Output};
use super::payload::Payload;
use super::refusals;
use super::tabs::Claim;
use super::timers::Reason;

/// How much longer than its deadline a call may take before the hub answers in the extension's place: the
/// extension's own `timeout`, which knows more, comes first.
const BACKSTOP: Duration = Duration::from_secs(1);
/// The longest deadline that is believed: an hour, above that of any tool.
const MAX_DEADLINE_MS: u64 = 3_600_000;
/// The most requests that may wait for the answer of one call: a client that keeps asking is broken.
const MAX_WAITERS: usize = 8;

impl Hub {
    pub(super) fn on_call(&mut self, link: LinkId, id: u64, call: NewCall, now: Instant) {
        let client = match self.links.get(&link) {
            Some(Peer::Client(client)) => *client,
            Some(_) => {
                let message = "only clients may call tools";
                return self.send(link, Message::NotAllowed { id, message });
            }
            None => return,
        };
        match self.admit(client, &call) {
            Admission::Attach => self.attach(link, id, call.call_id),
            Admission::Answered(outcome) => self.send(link, Message::Answer { id, outcome }),
            Admission::Refused(error) => {
                self.count(client, false);
                self.send(link, Message::Answer { id, outcome: Outcome::Refused(error) });
            }
            Admission::Run(tool) => self.start(link, id, client, tool, call, now),
        }
    }

    pub(super) fn on_cancel(&mut self, link: LinkId, call_id: CallId, now: Instant) {
        let Some(Peer::Client(client)) = self.links.get(&link) else { return };
        let Some(call) = self.calls.by_id.get(&call_id).filter(|call| call.client == *client) else { return };
        match call.phase {
            Phase::Sent(browser, _) => self.tell_cancelled(browser, call_id),
            Phase::Waiting | Phase::Lost(_) if call.may_have_acted() => {
                self.finish(call_id, Outcome::Refused(refusals::cancelled_while_away()), now);
            }
            Phase::Waiting | Phase::Lost(_) => {
                self.finish(call_id, Outcome::Refused(refusals::cancelled()), now);
            }
        }
    }

    pub(super) fn on_answer(&mut self, link: LinkId, id: u64, outcome: Outcome, now: Instant) {
        let Some(Peer::Extension(browser_id)) = self.links.get(&link).copied() else { return };
        let request = self.browsers.get_mut(&browser_id).and_then(|browser| browser.requests.remove(&id));
        match request {
            Some(Request::Call(call_id)) => self.finish(call_id, bounded(outcome), now),
            Some(Request::Leave(client)) => self.left(browser_id, client),
            None => self.dropped += 1,
        }
    }

    pub(super) fn on_progress(&mut self, link: LinkId, call_id: CallId, params: Payload) {
        let Some(Peer::Extension(browser_id)) = self.links.get(&link).copied() else { return };
        let Some(call) = self.calls.by_id.get(&call_id) else { return };
        if !matches!(call.phase, Phase::Sent(at, _) if at == browser_id) {
            return;
        }
        let mut links: Vec<LinkId> = call.waiters.iter().map(|(link, _)| *link).collect();
        links.dedup();
        for link in links {
            self.send(link, Message::Progress(params.clone()));
        }
    }

    /// A call has waited long enough, for whatever it waits.
    pub(super) fn expire(&mut self, call_id: CallId, now: Instant) {
        let Some(call) = self.calls.by_id.get(&call_id) else { return };
        let error = match call.phase {
            Phase::Sent(..) => {
                self.recall(call_id);
                refusals::timeout()
            }
            Phase::Waiting | Phase::Lost(_) if call.may_have_acted() => refusals::outcome_unknown(),
            Phase::Waiting | Phase::Lost(_) => refusals::no_browser(),
        };
        self.finish(call_id, Outcome::Refused(error), now);
    }

    /// Answers a call, remembers the answer, and is done with the call.
    pub(super) fn finish(&mut self, call_id: CallId, outcome: Outcome, now: Instant) {
        let Some(call) = self.calls.remove(call_id) else { return };
        self.timers.clear(Reason::Call(call_id));
        if let Some(client) = self.roster.get_mut(call.client) {
            client.in_flight -= 1;
        }
        self.count(call.client, matches!(outcome, Outcome::Done(_)));
        self.memory.keep(call_id, call.client, &outcome, now);
        self.schedule_forget();
        let mut waiters = call.waiters.into_iter();
        let last = waiters.next_back();
        for (link, id) in waiters {
            self.send(link, Message::Answer { id, outcome: outcome.clone() });
        }
        if let Some((link, id)) = last {
            self.send(link, Message::Answer { id, outcome });
        }
        self.check_drained(now);
    }

    /// Takes a call back from the extension, so that its late answer is nobody's.
    pub(super) fn recall(&mut self, call_id: CallId) {
        let Some(Phase::Sent(browser_id, request)) = self.calls.by_id.get(&call_id).map(|call| call.phase)
        else {
            return;
        };
        if let Some(browser) = self.browsers.get_mut(&browser_id) {
            browser.requests.remove(&request);
        }
        self.tell_cancelled(browser_id, call_id);
    }

    /// What the browser has not answered waits for it to be back.
    pub(super) fn calls_lost(&mut self, browser_id: BrowserId, now: Instant) {
        let at_it = |call: &Call| matches!(call.phase, Phase::Sent(at, _) if at == browser_id);
        for call_id in self.calls.ids_where(at_it) {
            self.calls.set_phase(call_id, Phase::Lost(browser_id));
            self.wait_for_browser(call_id, now);
        }
        self.check_drained(now);
    }

    /// The browser is back: what it had not answered is sent to it again, and its journal says what became of it.
    pub(super) fn send_lost_calls(&mut self, browser_id: BrowserId, now: Instant) {
        for call_id in self.calls.ids_where(|call| call.phase == Phase::Lost(browser_id)) {
            if let Some(call) = self.calls.by_id.get_mut(&call_id) {
                call.resend = true;
            }
            self.send_call(call_id, browser_id, now);
        }
    }

    /// A browser is there: what waited for one is sent.
    pub(super) fn send_waiting_calls(&mut self, now: Instant) {
        for call_id in self.calls.ids_where(|call| call.phase == Phase::Waiting) {
            self.dispatch(call_id, now);
        }
    }

    /// Decides over a call that has just come.
    fn admit(&self, client: ClientId, call: &NewCall) -> Admission {
        if let Some(running) = self.calls.by_id.get(&call.call_id) {
            let is_own = running.client == client;
            return if is_own { Admission::Attach } else { Admission::Refused(refusals::foreign_call()) };
        }
        if let Some(answer) = self.memory.get(call.call_id) {
            let is_own = answer.client == client;
            return if is_own {
                Admission::Answered(answer.outcome.clone())
            } else {
                Admission::Refused(refusals::foreign_call())
            };
        }
        if self.state != HubState::Serving {
            return Admission::Refused(refusals::draining());
        }
        let Some(tool) = tools::find(&call.tool).filter(|tool| tool.tab != TabNeed::None) else {
            return Admission::Refused(refusals::unknown_tool(&call.tool));
        };
        let in_flight = self.roster.get(client).map_or(0, |client| client.in_flight);
        if in_flight >= self.policy.max_calls_per_client {
            return Admission::Refused(refusals::too_many_calls(in_flight));
        }
        Admission::Run(tool)
    }

    fn start(
        &mut self,
        link: LinkId,
        id: u64,
        client: ClientId,
        tool: &'static Tool,
        call: NewCall,
        now: Instant,
    ) {
        let NewCall { call_id, args, tab, deadline_ms, boot_id, resend, tool: _ } = call;
        let deadline = now + Duration::from_millis(deadline_ms.min(MAX_DEADLINE_MS));
        let waiters = vec![(link, id)];
        let phase = Phase::Waiting;
        let call = Call { client, waiters, tool, args, tab, boot_id, resend, deadline, phase, order: 0 };
        self.calls.insert(call_id, call);
        if let Some(client) = self.roster.get_mut(client) {
            client.in_flight += 1;
        }
        if self.active_link().is_some() {
            self.dispatch(call_id, now);
        } else {
            self.wait_for_browser(call_id, now);
        }
    }

    fn attach(&mut self, link: LinkId, id: u64, call_id: CallId) {
        let Some(call) = self.calls.by_id.get_mut(&call_id) else { return };
        if call.waiters.contains(&(link, id)) {
            return;
        }
        if call.waiters.len() < MAX_WAITERS {
            call.waiters.push((link, id));
        } else {
            let outcome = Outcome::Refused(refusals::too_many_waiters());
            self.send(link, Message::Answer { id, outcome });
        }
    }

    /// Sends a waiting call to the active browser, unless it names a tab that is not its caller's.
    fn dispatch(&mut self, call_id: CallId, now: Instant) {
        let Some(browser_id) = self.active else { return };
        let Some(call) = self.calls.by_id.get_mut(&call_id) else { return };
        let claim = match call.tab {
            Some(tab) => (self.tabs.claim(browser_id, tab, call.client), tab),
            None => (Claim::Own, TabId(0)),
        };
        if let Some(error) = refusals::of_claim(claim) {
            return self.finish(call_id, Outcome::Refused(error), now);
        }
        if !call.resend {
            // The extension's memory under which a call is first sent decides later whether it may be run again.
            call.boot_id = self.browsers.get(&browser_id).map(|browser| browser.boot_id);
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
            deadline_ms: u64::try_from(remaining.as_millis()).unwrap_or(MAX_DEADLINE_MS),
            boot_id: call.boot_id,
            resend: call.resend,
        };
        let expires_at = call.deadline + BACKSTOP;
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

    fn tell_cancelled(&mut self, browser_id: BrowserId, call_id: CallId) {
        if let Some(link) = self.browsers.get(&browser_id).and_then(|browser| browser.link) {
            self.send(link, Message::Cancel { call_id });
        }
    }

    fn count(&mut self, client: ClientId, succeeded: bool) {
        self.answered += 1;
        if let Some(client) = self.roster.get_mut(client) {
            let counter = if succeeded { &mut client.succeeded } else { &mut client.failed };
            *counter += 1;
        }
    }
}

/// An answer that fits into a frame with what stands around it; a client would have to close its connection over a
/// larger one, and would ask for it again.
fn bounded(outcome: Outcome) -> Outcome {
    /// Room for everything in the frame but the answer.
    const FRAME: usize = 1024;
    match &outcome {
        Outcome::Done(payload) | Outcome::Failed(payload) if payload.len() > MAX_FRAME - FRAME => {
            Outcome::Refused(refusals::answer_too_large())
        }
        _ => outcome,
    }
}

/// What becomes of a call that has just come.
enum Admission {
    /// It is in flight: the request waits for its answer, too.
    Attach,
    /// It was answered before.
    Answered(Outcome),
    /// It is not run.
    Refused(ToolError),
    /// It is run.
    Run(&'static Tool),
}
