//! The calls that are not answered yet: a table without IO. Every call in it is answered exactly once, by the hub, by its
//! deadline, or with the reason why there is no hub.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::message::{CallParams, ProgressParams};
use tabmux_protocol::{BootId, CallId, ErrorCode, ToolError};
use tokio::time::Instant;

use super::Call;

/// How long after a call's deadline the hub's own answer is waited for.
const BACKSTOP: Duration = Duration::from_secs(2);

/// The unanswered calls of one agent window.
#[derive(Debug)]
pub struct Calls {
    pending: BTreeMap<CallId, Pending>,
    hub_wait: Duration,
}

#[derive(Debug)]
struct Pending {
    call: Call,
    /// The extension's memory under which the call was first sent; none while it was never sent. The hub runs it under
    /// this memory only, and under [`BootId::UNKNOWN`] not at all.
    sent: Option<BootId>,
    /// Set when the call was taken back while there was no connection: the hub is told at the next one.
    cancelled: bool,
}

impl Calls {
    /// An empty table; a call waits at most `hub_wait` to be sent for the first time.
    pub fn new(hub_wait: Duration) -> Self {
        Self { pending: BTreeMap::new(), hub_wait }
    }

    /// Takes a call in.
    pub fn add(&mut self, call: Call) -> CallId {
        let id = call.id;
        self.pending.insert(id, Pending { call, sent: None, cancelled: false });
        id
    }

    /// The calls to send on a fresh connection, in the order in which they were minted.
    pub fn to_send(&self) -> Vec<CallId> {
        self.pending.iter().filter(|(_, pending)| !pending.cancelled).map(|(id, _)| *id).collect()
    }

    /// The calls that were taken back while there was no connection; they are forgotten with that.
    pub fn take_cancelled(&mut self) -> Vec<CallId> {
        let cancelled: Vec<CallId> =
            self.pending.iter().filter(|(_, p)| p.cancelled).map(|(id, _)| *id).collect();
        self.pending.retain(|_, pending| !pending.cancelled);
        cancelled
    }

    /// The frame of a call, which counts as sent from here on; `None` if it was answered meanwhile.
    pub fn send<R>(
        &mut self,
        id: CallId,
        boot_id: Option<BootId>,
        now: Instant,
        write: impl FnOnce(&CallParams<'_>) -> R,
    ) -> Option<R> {
        let pending = self.pending.get_mut(&id)?;
        let resend = pending.may_have_run();
        let boot_id = pending.sent.filter(|_| resend).or(boot_id).unwrap_or(BootId::UNKNOWN);
        pending.sent = Some(boot_id);
        let call = &pending.call;
        let left = call.deadline.saturating_duration_since(now).as_millis();
        Some(write(&CallParams {
            call_id: id,
            tool: call.tool.name.into(),
            args: &call.args.rest,
            tab: call.args.tab,
            deadline_ms: left.try_into().unwrap_or(u64::MAX),
            boot_id: Some(boot_id),
            resend,
        }))
    }

    /// The hub handed a call back, which has not run anywhere: it may be sent under another memory.
    pub fn hand_back(&mut self, id: CallId) {
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.sent = Some(BootId::UNKNOWN);
        }
    }

    /// Gives a call the hub's answer. An answer that nobody waits for is dropped.
    pub fn answer(&mut self, id: CallId, outcome: Result<&RawValue, &RawValue>) {
        let Some(pending) = self.pending.remove(&id) else {
            tracing::debug!(call = %id, "Dropping an answer that nobody waits for");
            return;
        };
        let outcome = match outcome {
            Ok(result) => Ok(result.to_owned()),
            Err(error) => Err(RpcError::parse(error).into_tool_error()),
        };
        pending.reply(outcome);
    }

    /// Passes on how far a call has come. An agent that reads slowly misses some of it.
    pub fn progress(&self, progress: ProgressParams) {
        let pending = self.pending.get(&progress.call_id);
        if let Some(progress_tx) = pending.and_then(|pending| pending.call.progress_tx.as_ref()) {
            let _ = progress_tx.try_send(progress);
        }
    }

    /// Takes a call back; says whether the hub must be told. Without a connection it is told at the next one.
    pub fn cancel(&mut self, id: CallId, connected: bool) -> bool {
        let Some(pending) = self.pending.get_mut(&id) else { return false };
        let sent = pending.sent.is_some();
        if sent && !connected {
            pending.cancelled = true;
        } else {
            self.pending.remove(&id);
        }
        sent && connected
    }

    /// Answers every call with why there is no hub. What an acting call that was sent has done is not known.
    pub fn give_up(&mut self, problem: &ToolError) {
        for pending in std::mem::take(&mut self.pending).into_values() {
            let error = pending.error_without_hub(problem);
            pending.reply(Err(error));
        }
    }

    /// Answers the calls whose time is up and says which of them the hub must be told to stop.
    pub fn expire(&mut self, now: Instant) -> Vec<CallId> {
        let hub_wait = self.hub_wait;
        let due: Vec<CallId> =
            self.pending.iter().filter(|(_, p)| p.due_at(hub_wait) <= now).map(|(id, _)| *id).collect();
        due.into_iter().filter(|id| self.expire_one(*id)).collect()
    }

    /// When to call [`Calls::expire`] next.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.pending.values().map(|pending| pending.due_at(self.hub_wait)).min()
    }

    fn expire_one(&mut self, id: CallId) -> bool {
        let Some(pending) = self.pending.remove(&id) else { return false };
        let sent = pending.sent.is_some();
        let error = if sent {
            pending.timeout()
        } else {
            ToolError::new(
                ErrorCode::HubUnavailable,
                format!("The hub did not come up within {} s; nothing was done.", seconds(self.hub_wait)),
                "Call again in a moment; hub_status shows the state of the connection.",
            )
        };
        pending.reply(Err(error));
        sent
    }
}

impl Pending {
    fn due_at(&self, hub_wait: Duration) -> Instant {
        match self.sent {
            None => (self.call.arrived_at + hub_wait).min(self.call.deadline),
            Some(_) => self.call.deadline + BACKSTOP,
        }
    }

    fn may_have_run(&self) -> bool {
        self.sent.is_some_and(|memory| memory != BootId::UNKNOWN)
    }

    fn error_without_hub(&self, problem: &ToolError) -> ToolError {
        if !self.may_have_run() || self.call.tool.effect.read_only() {
            return problem.clone();
        }
        ToolError::new(
            ErrorCode::OutcomeUnknown,
            format!(
                "The connection to the hub was lost while {} ran, so that it may or may not have happened. {}",
                self.call.tool.name, problem.message
            ),
            "Look at the page with browser_snapshot before you do it again.",
        )
    }

    fn timeout(&self) -> ToolError {
        let allowed = seconds(self.call.deadline.saturating_duration_since(self.call.arrived_at));
        let (known, fix) = if self.call.tool.effect.read_only() {
            ("it changed nothing", "Call again, or look at the page first.")
        } else {
            (
                "it may or may not have happened",
                "Look at the page with browser_snapshot before you do it again.",
            )
        };
        let message = format!("{} was not answered within {allowed} s; {known}.", self.call.tool.name);
        ToolError::new(ErrorCode::Timeout, message, fix)
    }

    fn reply(self, outcome: Result<Box<RawValue>, ToolError>) {
        // Whoever asked may have gone.
        let _ = self.call.reply.send(outcome);
    }
}

fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds.fract() == 0.0 { format!("{seconds:.0}") } else { format!("{seconds:.1}") }
}

#[cfg(test)]
mod tests {
    use serde_json::value::to_raw_value;
    use tabmux_protocol::tools::find;
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;

    type Reply = oneshot::Receiver<Result<Box<RawValue>, ToolError>>;

    const WAIT: Duration = Duration::from_secs(10);

    fn call(number: u128, tool: &str, now: Instant) -> (Call, Reply) {
        let (reply, reply_rx) = oneshot::channel();
        let tool = find(tool).unwrap();
        let args = tool.check(serde_json::Map::new()).unwrap();
        let deadline = now + Duration::from_millis(tool.deadline_ms);
        let id = CallId(Uuid::from_u128(number));
        (Call { id, tool, args, arrived_at: now, deadline, reply, progress_tx: None }, reply_rx)
    }

    fn with_one(tool: &str, now: Instant) -> (Calls, CallId, Reply) {
        let mut calls = Calls::new(WAIT);
        let (call, reply) = call(1, tool, now);
        let id = calls.add(call);
        (calls, id, reply)
    }

    fn boot(number: u128) -> Option<BootId> {
        Some(BootId(Uuid::from_u128(number)))
    }

    fn send(
        calls: &mut Calls,
        id: CallId,
        boot_id: Option<BootId>,
        now: Instant,
    ) -> (bool, Option<BootId>, u64) {
        calls.send(id, boot_id, now, |p| (p.resend, p.boot_id, p.deadline_ms)).unwrap()
    }

    fn code(reply: &mut Reply) -> ErrorCode {
        reply.try_recv().unwrap().unwrap_err().code
    }

    #[test]
    fn a_resent_call_keeps_its_id_and_the_memory_first_known_and_its_time_runs_on() {
        let now = Instant::now();
        let (mut calls, id, _reply) = with_one("browser_snapshot", now);
        let (resend, boot_id, first_left) = send(&mut calls, id, boot(1), now);
        assert_eq!((resend, boot_id), (false, boot(1)));
        assert_eq!(calls.to_send(), [id]);
        let (resend, boot_id, left) = send(&mut calls, id, boot(2), now + Duration::from_secs(3));
        assert_eq!((resend, boot_id), (true, boot(1)));
        assert_eq!(left, first_left - 3_000);
    }

    #[test]
    fn a_call_that_no_browser_can_have_run_is_sent_again_as_the_first_time() {
        let now = Instant::now();
        let (mut calls, id, _reply) = with_one("browser_close", now);
        let (resend, boot_id, _) = send(&mut calls, id, None, now);
        assert_eq!((resend, boot_id), (false, Some(BootId::UNKNOWN)));
        let (resend, boot_id, _) = send(&mut calls, id, boot(1), now);
        assert_eq!((resend, boot_id), (false, boot(1)));
        calls.hand_back(id);
        let (resend, boot_id, _) = send(&mut calls, id, boot(2), now);
        assert_eq!((resend, boot_id), (false, boot(2)));
    }

    #[test]
    fn a_second_answer_to_a_call_is_dropped() {
        let now = Instant::now();
        let (mut calls, id, mut reply) = with_one("browser_snapshot", now);
        let one = to_raw_value("one").unwrap();
        calls.answer(id, Ok(&one));
        calls.answer(id, Ok(&to_raw_value("two").unwrap()));
        assert_eq!(reply.try_recv().unwrap().unwrap().get(), one.get());
        assert!(calls.next_expiry().is_none());
    }

    #[test]
    fn a_call_that_no_hub_took_is_answered_after_the_wait() {
        let now = Instant::now();
        let (mut calls, _, mut reply) = with_one("browser_navigate_back", now);
        assert_eq!(calls.next_expiry(), Some(now + WAIT));
        assert!(calls.expire(now + WAIT).is_empty(), "the hub never heard of it");
        assert_eq!(code(&mut reply), ErrorCode::HubUnavailable);
    }

    #[test]
    fn a_call_that_the_hub_does_not_answer_times_out_after_the_backstop_and_the_hub_is_told() {
        let now = Instant::now();
        let (mut calls, id, mut reply) = with_one("browser_close", now);
        send(&mut calls, id, None, now);
        let due = now + Duration::from_secs(30) + BACKSTOP;
        assert_eq!(calls.next_expiry(), Some(due));
        assert!(calls.expire(due - Duration::from_millis(1)).is_empty());
        assert_eq!(calls.expire(due), [id]);
        assert_eq!(code(&mut reply), ErrorCode::Timeout);
    }

    #[test]
    fn without_a_hub_only_what_was_sent_and_acts_is_unknown() {
        let now = Instant::now();
        let mut calls = Calls::new(WAIT);
        let problem = ToolError::new(ErrorCode::Stopped, "Stopped.", "Start it.");
        let mut replies: Vec<(Reply, ErrorCode)> = Vec::new();
        for (number, tool, sent, expected) in [
            (1, "browser_close", Some(boot(1)), ErrorCode::OutcomeUnknown),
            (2, "browser_close", None, ErrorCode::Stopped),
            (3, "browser_close", Some(None), ErrorCode::Stopped),
            (4, "browser_snapshot", Some(boot(1)), ErrorCode::Stopped),
        ] {
            let (call, reply) = call(number, tool, now);
            let id = calls.add(call);
            if let Some(memory) = sent {
                send(&mut calls, id, memory, now);
            }
            replies.push((reply, expected));
        }
        calls.give_up(&problem);
        for (mut reply, expected) in replies {
            assert_eq!(code(&mut reply), expected);
        }
    }

    #[test]
    fn a_call_taken_back_without_a_connection_is_not_resent_and_the_hub_hears_of_it_later() {
        let now = Instant::now();
        let (mut calls, id, _reply) = with_one("browser_close", now);
        send(&mut calls, id, None, now);
        assert!(!calls.cancel(id, false));
        assert!(calls.to_send().is_empty());
        assert_eq!(calls.take_cancelled(), [id]);
        assert!(calls.next_expiry().is_none(), "its slot is free");
    }

    #[test]
    fn a_call_taken_back_before_it_was_sent_leaves_no_trace() {
        let now = Instant::now();
        let (mut calls, id, _reply) = with_one("browser_close", now);
        assert!(!calls.cancel(id, true));
        assert!(calls.to_send().is_empty() && calls.take_cancelled().is_empty());
    }

    #[test]
    fn an_error_of_the_hub_keeps_its_code_and_next_step() {
        let now = Instant::now();
        let (mut calls, id, mut reply) = with_one("browser_snapshot", now);
        let error = ToolError::new(ErrorCode::NoTab, "You have no tab.", "Open one.");
        calls.answer(id, Err(&to_raw_value(&RpcError::from(&error)).unwrap()));
        assert_eq!(reply.try_recv().unwrap().unwrap_err(), error);
    }
}
