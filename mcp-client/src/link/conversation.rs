//! What is said on one greeted connection, without IO: frames come in, frames wait to go out, and the heartbeat.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::json;
use serde_json::value::RawValue;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame::{self, Frame, Kind};
use tabmux_protocol::message::{BrowserState, CancelParams, Control, Notice, Welcome};
use tabmux_protocol::{BootId, CallId, Refusal, RefusalCode, method};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::calls::Calls;
use crate::hub::{HELLO_ID, answer_to};

/// How much more often a connection is tested while a call waits for its answer: a hub that hangs is to be found out and
/// replaced before the call's time is up.
const HASTE: u32 = 3;
/// After so many heartbeats without a word from the hub the connection is given up; each of them but the last is a test.
const QUIET_HEARTBEATS: u32 = 3;

/// One greeted connection, as far as it decides: what is asked and not answered, and when the hub is silent for too
/// long. Frames that it wants sent wait in [`Conversation::poll_frame`].
#[derive(Debug)]
pub struct Conversation {
    next_id: u64,
    asked: BTreeMap<u64, Asked>,
    browser: BrowserState,
    heartbeat: Duration,
    heartbeat_at: Instant,
    quiet: u32,
    frames: VecDeque<String>,
}

/// What an answer of the hub will be the answer to.
#[derive(Debug)]
enum Asked {
    Call(CallId),
    Status(oneshot::Sender<Box<RawValue>>),
    Heartbeat,
}

/// What came of a frame.
#[derive(Debug)]
pub enum Heard {
    /// Nothing that the others need to know.
    Nothing,
    /// The browser's state changed.
    Browser(BrowserState),
    /// A person paused, stopped or resumed this agent.
    Control(Control),
    /// The connection is over.
    Lost(Loss),
}

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// The hub closed it, or died.
    #[error("the hub closed the connection")]
    Closed,
    /// The hub said why it closes.
    #[error("the hub closed the connection: {0}")]
    Told(Refusal),
    /// The hub does not answer, or does not read.
    #[error("the hub is silent")]
    Silent,
}

impl Loss {
    /// Whether another process speaks under our id: dialling again would take it back, and so on forever.
    pub fn is_displaced(&self) -> bool {
        matches!(self, Self::Told(refusal) if refusal.code == RefusalCode::Displaced)
    }
}

impl Conversation {
    /// Begins after the hub's welcome; a connection that is silent for `heartbeat` is tested.
    pub fn new(welcome: &Welcome, heartbeat: Duration, now: Instant) -> Self {
        Self {
            next_id: HELLO_ID + 1,
            asked: BTreeMap::new(),
            browser: welcome.browser.clone(),
            heartbeat,
            heartbeat_at: now + heartbeat,
            quiet: 0,
            frames: VecDeque::new(),
        }
    }

    /// The next frame to send.
    pub fn poll_frame(&mut self) -> Option<String> {
        self.frames.pop_front()
    }

    /// Sends what the time without a connection has left behind.
    pub fn resume(&mut self, calls: &mut Calls, now: Instant) {
        for id in calls.take_cancelled() {
            self.send_cancel(id);
        }
        for id in calls.to_send() {
            self.send_call(calls, id, now);
        }
    }

    /// Sends a call, unless it was answered meanwhile.
    pub fn send_call(&mut self, calls: &mut Calls, id: CallId, now: Instant) {
        let number = self.number();
        let boot_id: Option<BootId> = self.browser.boot_id;
        let text = calls.send(id, boot_id, now, |params| frame::request(number, method::CALL, params));
        if let Some(text) = text {
            self.asked.insert(number, Asked::Call(id));
            self.heartbeat_at = self.heartbeat_at.min(now + self.heartbeat / HASTE);
            self.frames.push_back(text);
        }
    }

    /// Tells the hub that a call is taken back.
    pub fn send_cancel(&mut self, call_id: CallId) {
        self.frames.push_back(frame::notification(method::CANCEL, &CancelParams { call_id }));
    }

    /// Says goodbye for good.
    pub fn bye(&mut self) {
        self.frames.push_back(frame::notification(method::BYE, &json!({})));
    }

    pub(super) fn ask_status(&mut self, reply: oneshot::Sender<Box<RawValue>>) {
        let number = self.number();
        self.asked.insert(number, Asked::Status(reply));
        self.frames.push_back(frame::request(number, method::STATUS, &json!({})));
    }

    /// When to call [`Conversation::beat`] next.
    pub fn next_beat(&self) -> Instant {
        self.heartbeat_at
    }

    /// Tests a connection that has been silent for a heartbeat.
    pub fn beat(&mut self, now: Instant) -> Result<(), Loss> {
        let waits = self.asked.values().any(|asked| matches!(asked, Asked::Call(_)));
        self.heartbeat_at = now + if waits { self.heartbeat / HASTE } else { self.heartbeat };
        self.quiet += 1;
        if self.quiet >= QUIET_HEARTBEATS {
            return Err(Loss::Silent);
        }
        let number = self.number();
        self.asked.insert(number, Asked::Heartbeat);
        self.frames.push_back(frame::request(number, method::PING, &json!({})));
        Ok(())
    }

    /// Takes in a frame of the hub's.
    pub fn hear(&mut self, text: &str, calls: &mut Calls, now: Instant) -> Heard {
        self.quiet = 0;
        let parsed = Frame::parse(text);
        let kind =
            parsed.as_ref().map_err(ToString::to_string).and_then(|f| f.kind().map_err(|e| e.to_string()));
        match kind {
            Ok(Kind::Response { id, outcome }) => {
                self.answered(id, outcome, calls, now);
                Heard::Nothing
            }
            Ok(Kind::Notification { method, params }) => self.told(method, params, calls),
            Ok(Kind::Request { id, method, .. }) => {
                self.frames.push_back(answer_to(id, method));
                Heard::Nothing
            }
            Err(error) => {
                tracing::warn!(%error, "Ignoring a frame of the hub that is not understood");
                Heard::Nothing
            }
        }
    }

    fn answered(
        &mut self,
        number: u64,
        outcome: Result<&RawValue, &RawValue>,
        calls: &mut Calls,
        now: Instant,
    ) {
        match (self.asked.remove(&number), outcome) {
            (Some(Asked::Call(id)), Err(error)) if RpcError::parse(error).code == RpcError::OTHER_MEMORY => {
                // Of a call that was sent twice the last sending counts: an earlier one says nothing of it.
                let is_later = |asked: &Asked| matches!(asked, Asked::Call(later) if *later == id);
                if !self.asked.values().any(is_later) {
                    calls.hand_back(id);
                    self.send_call(calls, id, now);
                }
            }
            (Some(Asked::Call(id)), outcome) => calls.answer(id, outcome),
            (Some(Asked::Status(reply)), Ok(status)) => {
                // Whoever asked may have stopped waiting.
                let _ = reply.send(status.to_owned());
            }
            (Some(Asked::Status(_) | Asked::Heartbeat), _) => {}
            (None, _) => tracing::debug!(number, "Dropping an answer to nothing that was asked"),
        }
    }

    fn told(&mut self, method: &str, params: Option<&RawValue>, calls: &Calls) -> Heard {
        let params = params.map_or("{}", RawValue::get);
        match method {
            method::PROGRESS => match serde_json::from_str(params) {
                Ok(progress) => calls.progress(progress),
                Err(error) => not_understood(method, &error),
            },
            method::NOTICE => match serde_json::from_str::<Notice>(params) {
                Ok(notice) => return self.noticed(notice),
                Err(error) => not_understood(method, &error),
            },
            method::CLOSING => {
                let loss = serde_json::from_str(params).map_or(Loss::Closed, Loss::Told);
                return Heard::Lost(loss);
            }
            _ => tracing::debug!(method, "Ignoring a notification that a newer hub may send"),
        }
        Heard::Nothing
    }

    fn noticed(&mut self, notice: Notice) -> Heard {
        if let Some(restarting) = notice.restarting {
            tracing::info!(retry_in_ms = restarting.retry_in_ms, "The hub is about to leave");
        }
        match (notice.browser, notice.control) {
            (Some(browser), _) => {
                self.browser.clone_from(&browser);
                Heard::Browser(browser)
            }
            (None, Some(control)) => Heard::Control(control),
            (None, None) => Heard::Nothing,
        }
    }

    fn number(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }
}

fn not_understood(method: &str, error: &serde_json::Error) {
    let error = frame::what_is_wrong(error);
    tracing::warn!(error, method, "Ignoring a notice that is not understood");
}

#[cfg(test)]
mod tests {
    use serde_json::Map;
    use tabmux_protocol::tools::find;
    use uuid::Uuid;

    use super::super::Call;
    use super::*;

    const HEARTBEAT: Duration = Duration::from_secs(15);

    fn begin(now: Instant) -> Conversation {
        let welcome = json!({ "proof": "", "protocol": 1, "hubId": Uuid::nil(), "version": "0.1.0",
                              "browser": { "connected": true } });
        Conversation::new(&serde_json::from_value(welcome).unwrap(), HEARTBEAT, now)
    }

    /// Lets time pass without a word from the hub; says when the connection is given up.
    fn silence(conversation: &mut Conversation) -> Instant {
        loop {
            let now = conversation.next_beat();
            if conversation.beat(now).is_err() {
                return now;
            }
        }
    }

    #[test]
    fn a_silent_hub_is_given_up_sooner_while_a_call_waits_for_it() {
        let now = Instant::now();
        assert_eq!(silence(&mut begin(now)), now + HEARTBEAT * 3);

        let (mut conversation, mut calls) = (begin(now), Calls::new(Duration::from_secs(10)));
        let tool = find("browser_click").unwrap();
        let mut args = Map::new();
        args.insert("ref".into(), "e1".into());
        let (reply, _reply_rx) = oneshot::channel();
        let later = now + Duration::from_secs(1);
        let id = calls.add(Call {
            id: CallId(Uuid::from_u128(1)),
            tool,
            args: tool.check(args).unwrap(),
            arrived_at: later,
            deadline: later + Duration::from_secs(60),
            reply,
            progress_tx: None,
        });
        conversation.send_call(&mut calls, id, later);
        assert_eq!(silence(&mut conversation), later + HEARTBEAT, "three tests in the time of one");
    }
}
