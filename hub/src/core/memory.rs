//! The answers of the last minute, so that a call that is sent again is answered and not run again.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use tabmux_protocol::{CallId, ClientId};

use super::io::Outcome;

/// How long an answer is kept (DESIGN, "A call is done once").
const KEPT_FOR: Duration = Duration::from_secs(60);
/// The most answers kept: a minute of the load that the hub is measured at, and then some.
const MAX_ANSWERS: usize = 16_384;
/// The most bytes kept, in all; beyond them the extension's own journal still answers.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Finished calls with their answers; the oldest go first.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    answers: BTreeMap<CallId, Answer>,
    order: VecDeque<(Instant, CallId)>,
    bytes: usize,
}

/// An answer and the only client that may have it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) client: ClientId,
    pub(crate) outcome: Outcome,
}

impl Memory {
    /// Keeps the answer of a call, unless it is larger than all that may be kept.
    pub(crate) fn keep(&mut self, call: CallId, client: ClientId, outcome: &Outcome, now: Instant) {
        let size = size_of(outcome);
        if size > MAX_BYTES || self.answers.contains_key(&call) {
            return;
        }
        while self.bytes + size > MAX_BYTES || self.answers.len() >= MAX_ANSWERS {
            self.forget_oldest();
        }
        let outcome = match outcome {
            Outcome::Done(payload) => Outcome::Done(payload.to_keep()),
            Outcome::Failed(payload) => Outcome::Failed(payload.to_keep()),
            Outcome::Refused(error) => Outcome::Refused(error.clone()),
        };
        self.bytes += size;
        self.answers.insert(call, Answer { client, outcome });
        self.order.push_back((now + KEPT_FOR, call));
    }

    pub(crate) fn get(&self, call: CallId) -> Option<&Answer> {
        self.answers.get(&call)
    }

    /// Forgets what has been kept long enough.
    pub(crate) fn forget(&mut self, now: Instant) {
        while self.next().is_some_and(|at| at <= now) {
            self.forget_oldest();
        }
    }

    /// When the oldest answer may be forgotten.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.order.front().map(|(at, _)| *at)
    }

    fn forget_oldest(&mut self) {
        let Some((_, call)) = self.order.pop_front() else { return };
        if let Some(answer) = self.answers.remove(&call) {
            self.bytes -= size_of(&answer.outcome);
        }
    }
}

/// What an answer is counted as, in bytes; some for its place in the table.
fn size_of(outcome: &Outcome) -> usize {
    const PLACE: usize = 128;
    PLACE
        + match outcome {
            Outcome::Done(payload) | Outcome::Failed(payload) => payload.len(),
            Outcome::Refused(error) => error.message.len() + error.fix.len(),
        }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use uuid::Uuid;

    use super::*;
    use crate::core::Payload;

    const CLIENT: ClientId = ClientId(Uuid::from_u128(1));

    fn call(number: u128) -> CallId {
        CallId(Uuid::from_u128(number))
    }

    fn done(bytes: usize) -> Outcome {
        let text = format!("\"{}\"", "x".repeat(bytes));
        Outcome::Done(Payload::copied(&RawValue::from_string(text).unwrap()))
    }

    #[test]
    fn answers_are_forgotten_after_a_minute() {
        let start = Instant::now();
        let mut memory = Memory::default();
        memory.keep(call(1), CLIENT, &done(10), start);
        memory.forget(start + Duration::from_secs(59));
        assert!(memory.get(call(1)).is_some());
        memory.forget(start + KEPT_FOR);
        assert!(memory.get(call(1)).is_none());
        assert_eq!(memory.bytes, 0);
    }

    #[test]
    fn the_oldest_answers_make_room_and_a_giant_is_not_kept() {
        let now = Instant::now();
        let mut memory = Memory::default();
        for number in 0..40 {
            memory.keep(call(number), CLIENT, &done(1024 * 1024), now);
            assert!(memory.bytes <= MAX_BYTES);
        }
        assert!(memory.get(call(0)).is_none() && memory.get(call(39)).is_some());
        memory.keep(call(99), CLIENT, &done(MAX_BYTES), now);
        assert!(memory.get(call(99)).is_none());
        assert!(memory.get(call(39)).is_some());
    }
}
