//! Calls: from a client to the extension and back, each answered once.

use std::time::{Duration, Instant};

use tabmux_protocol::tools::{self, TabNeed, Tool};
use tabmux_protocol::{BrowserId, CallId, ClientId, MAX_FRAME, ToolError};

use super::browser::Request;
use super::calls::{Call, Phase};
use super::counters::bytes_of;
use super::hub::{Hub, Peer};
use super::io::{LinkId, Message, NewCall, Outcome};
use super::payload::Payload;
use super::refusals;
use super::roster::LastCall;
use super::timers::Reason;

/// The longest deadline that is believed: an hour, above that of any tool.
const MAX_DEADLINE_MS: u64 = 3_600_000;
/// The most requests that may wait for the answer of one call: a client that keeps asking is broken.
const MAX_WAITERS: usize = 8;
/// The most bytes of arguments that are kept for the calls in flight of one client; one call always fits.
const MAX_HELD: usize = MAX_FRAME;

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
        match self.admit(client, &call, now) {
            Admission::Attach => {
                self.counters.joined += 1;
                self.attach(link, id, call.call_id);
            }
            Admission::Answered(outcome) => {
                self.counters.remembered += 1;
                self.send(link, Message::Answer { id, outcome });
            }
            Admission::Refused(error) => {
                self.count_refused(client, &call.tool, &error);
                self.send(link, Message::Answer { id, outcome: Outcome::Refused(error) });
            }
            Admission::Held(error) => {
                self.count_refused(client, &call.tool, &error);
                let outcome = Outcome::Refused(error);
                // The answer may be lost with the connection, and what is sent again must not be run then.
                self.memory.keep(call.call_id, client, &outcome, now);
                self.schedule_forget();
                self.send(link, Message::Answer { id, outcome });
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
            Some(Request::Leave(client)) => self.left(browser_id, client, now),
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
            Phase::Waiting | Phase::Lost(_) if self.awaits_its_turn(call) && call.may_have_acted() => {
                refusals::outcome_not_asked()
            }
            Phase::Waiting | Phase::Lost(_) if call.may_have_acted() => refusals::outcome_unknown(),
            Phase::Waiting | Phase::Lost(_) if self.awaits_its_turn(call) => {
                let waited = now.saturating_duration_since(call.since);
                refusals::timeout_in_queue(waited, self.waiting.len().saturating_sub(1))
            }
            Phase::Waiting | Phase::Lost(_) => refusals::no_browser(),
        };
        self.finish(call_id, Outcome::Refused(error), now);
    }

    /// Answers a call, remembers the answer, and is done with the call.
    pub(super) fn finish(&mut self, call_id: CallId, outcome: Outcome, now: Instant) {
        let Some(call) = self.take_out(call_id) else { return };
        let succeeded = matches!(outcome, Outcome::Done(_));
        self.count(call.client, succeeded);
        self.counters.answered(call.tool.name, &outcome, now.saturating_duration_since(call.since));
        if let Some(client) = self.roster.get_mut(call.client) {
            client.bytes += bytes_of(&outcome);
            client.last_call = Some(LastCall { tool: call.tool.name, succeeded, at: now });
        }
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

    /// Gives a call that no browser has seen back to its client, which sends it again under the memory that it was told of.
    pub(super) fn hand_back(&mut self, call_id: CallId, now: Instant) {
        let Some(call) = self.take_out(call_id) else { return };
        self.counters.handed_back += 1;
        for (link, id) in call.waiters {
            self.send(link, Message::OtherMemory { id });
        }
        self.check_drained(now);
    }

    fn take_out(&mut self, call_id: CallId) -> Option<Call> {
        let call = self.calls.remove(call_id)?;
        self.dequeue(call_id, call.client, call.phase);
        self.timers.clear(Reason::Call(call_id));
        if let Some(client) = self.roster.get_mut(call.client) {
            client.in_flight -= 1;
            client.held -= call.args.len();
        }
        Some(call)
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

    /// Decides over a call that has just come.
    fn admit(&mut self, client: ClientId, call: &NewCall, now: Instant) -> Admission {
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
        let Some(tool) =
            tools::find(&call.tool).filter(|tool| !matches!(tool.tab, TabNeed::None | TabNeed::Inner))
        else {
            return Admission::Refused(refusals::unknown_tool(&call.tool));
        };
        if let Some(error) = self.held(client, call.resend, tool.effect.read_only()) {
            return Admission::Held(error);
        }
        let queued = self.waiting.len_of(client);
        let Some(client) = self.roster.get_mut(client) else {
            return Admission::Refused(refusals::caller_left());
        };
        // What is sent again was within the limits of the hub before, and may have acted: it finds a place of its own.
        let places = if call.resend { 2 } else { 1 };
        if client.in_flight >= self.policy.max_calls_per_client.saturating_mul(places) {
            return Admission::Refused(refusals::too_many_calls(client.in_flight, queued));
        }
        if client.held > 0 && client.held + call.args.len() > MAX_HELD * places {
            return Admission::Refused(refusals::too_many_bytes(client.held, MAX_HELD));
        }
        if call.resend {
            return Admission::Run(tool);
        }
        match client.rate.take(call.call_id, self.policy.rate_limit, now) {
            Ok(()) => Admission::Run(tool),
            Err(wait) => Admission::Refused(refusals::rate_limited(self.policy.rate_limit, wait)),
        }
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
        let size = args.len();
        let call = Call {
            client,
            waiters,
            tool,
            args,
            tab,
            boot_id,
            resend,
            deadline,
            phase,
            since: now,
            is_put_off: false,
            order: 0,
        };
        self.calls.insert(call_id, call);
        if let Some(client) = self.roster.get_mut(client) {
            client.in_flight += 1;
            client.held += size;
        }
        self.enqueue(call_id, now);
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

    fn tell_cancelled(&mut self, browser_id: BrowserId, call_id: CallId) {
        if let Some(link) = self.browsers.get(&browser_id).and_then(|browser| browser.link) {
            self.send(link, Message::Cancel { call_id });
        }
    }

    /// Counts a call that is not run.
    fn count_refused(&mut self, client: ClientId, tool: &str, error: &ToolError) {
        self.count(client, false);
        self.counters.refused(tool, error.code);
    }

    fn count(&mut self, client: ClientId, succeeded: bool) {
        self.answered += 1;
        self.failed += u64::from(!succeeded);
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
    /// It is not run, since a person paused or stopped its caller.
    Held(ToolError),
    /// It is run.
    Run(&'static Tool),
}
