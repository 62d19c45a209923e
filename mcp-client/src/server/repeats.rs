//! Requests that come twice on one connection: each runs once, and is answered as often as it was asked (acceptance
//! rows C4 and P4). A table without IO.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rmcp::model::RequestId;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

/// How long the answer to a call is remembered.
pub(super) const REMEMBERED: Duration = Duration::from_secs(60);
/// The most answers that are remembered; of more, the oldest go first.
const ANSWERS: usize = 256;
/// The most bytes of answers that are remembered: a dozen screenshots.
const BYTES: usize = 8 * 1024 * 1024;

/// The requests of one connection that run, and the answers of the last minute.
///
/// | the request of that id | with equal parameters | with others |
/// |---|---|---|
/// | is unknown | runs | runs |
/// | runs | joins it | conflict |
/// | is remembered | gets the same answer | runs, and takes the place of the remembered one |
///
/// An acting call is remembered as one that reads is: MCP forbids a request id to be used again in a session, so that an
/// equal request is the same one sent again, and must not act again.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    running: Vec<Running>,
    /// The oldest first.
    answered: VecDeque<Answered>,
    bytes: usize,
}

/// What a request asks, as its bytes are; two with the same fingerprint are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint([u8; 32]);

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is to be run.
    Run,
    /// The same request runs: its answer is this one's, too.
    Joined,
    /// The same request was answered with this line.
    Again(Arc<[u8]>),
    /// Another request of that id runs.
    Conflict,
}

#[derive(Debug)]
struct Running {
    id: RequestId,
    fingerprint: Fingerprint,
    /// How many requests its answer answers.
    asked: usize,
    remember: bool,
}

#[derive(Debug)]
struct Answered {
    id: RequestId,
    fingerprint: Fingerprint,
    line: Arc<[u8]>,
    at: Instant,
}

impl Fingerprint {
    /// The fingerprint of a method and the bytes of its parameters.
    pub(super) fn of(method: &str, params: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(method).chain_update([0]).chain_update(params);
        Self(digest.finalize().into())
    }
}

impl Repeats {
    /// Takes a request in. The answer of one that runs is kept if `remember` says so.
    pub(super) fn admit(
        &mut self,
        id: &RequestId,
        fingerprint: Fingerprint,
        remember: bool,
        now: Instant,
    ) -> Verdict {
        self.forget(now);
        if let Some(running) = self.running.iter_mut().find(|running| running.id == *id) {
            if running.fingerprint != fingerprint {
                return Verdict::Conflict;
            }
            running.asked += 1;
            return Verdict::Joined;
        }
        if let Some(index) = self.answered.iter().position(|answered| answered.id == *id) {
            let answered = &self.answered[index];
            if answered.fingerprint == fingerprint {
                return Verdict::Again(answered.line.clone());
            }
            self.bytes -= answered.line.len();
            self.answered.remove(index);
        }
        self.running.push(Running { id: id.clone(), fingerprint, asked: 1, remember });
        Verdict::Run
    }

    /// Takes in how a request was answered; says how often that answer is to be written.
    pub(super) fn answer(&mut self, id: &RequestId, line: &[u8], now: Instant) -> usize {
        let Some(Running { id, fingerprint, asked, remember }) = self.take_running(id) else { return 1 };
        if remember && line.len() <= BYTES {
            self.bytes += line.len();
            self.answered.push_back(Answered { id, fingerprint, line: line.into(), at: now });
            while self.bytes > BYTES || self.answered.len() > ANSWERS {
                self.drop_oldest();
            }
        }
        asked
    }

    /// A request was taken back: it is not answered, and may be asked anew.
    pub(super) fn cancel(&mut self, id: &RequestId) {
        self.take_running(id);
    }

    /// Another conversation begins on the connection: nothing that was asked before has to do with it.
    pub(super) fn begin_anew(&mut self) {
        self.answered.clear();
        self.bytes = 0;
        for running in &mut self.running {
            running.remember = false;
        }
    }

    /// Forgets the answers whose time is up.
    pub(super) fn forget(&mut self, now: Instant) {
        while self.answered.front().is_some_and(|oldest| now.duration_since(oldest.at) >= REMEMBERED) {
            self.drop_oldest();
        }
    }

    fn take_running(&mut self, id: &RequestId) -> Option<Running> {
        let index = self.running.iter().position(|running| running.id == *id)?;
        Some(self.running.swap_remove(index))
    }

    fn drop_oldest(&mut self) {
        if let Some(oldest) = self.answered.pop_front() {
            self.bytes -= oldest.line.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &[u8] = b"answer\n";

    fn id(number: i64) -> RequestId {
        RequestId::Number(number)
    }

    fn called(params: &str) -> Fingerprint {
        Fingerprint::of("tools/call", params.as_bytes())
    }

    fn again() -> Verdict {
        Verdict::Again(LINE.into())
    }

    #[test]
    fn a_request_that_is_repeated_while_it_runs_joins_it_and_both_are_answered() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        assert_eq!(repeats.admit(&id(1), called("{}"), true, now), Verdict::Run);
        assert_eq!(repeats.admit(&id(1), called("{}"), true, now), Verdict::Joined);
        assert_eq!(repeats.admit(&id(1), called("{ }"), true, now), Verdict::Conflict);
        assert_eq!(repeats.answer(&id(1), LINE, now), 2);
    }

    #[test]
    fn an_answer_is_given_again_for_a_minute_to_an_equal_request() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        repeats.admit(&id(1), called("{}"), true, now);
        assert_eq!(repeats.answer(&id(1), LINE, now), 1);
        let last = now + REMEMBERED - Duration::from_millis(1);
        assert_eq!(repeats.admit(&id(1), called("{}"), true, last), again());
        assert_eq!(
            repeats.admit(&id(2), called("{}"), true, last),
            Verdict::Run,
            "another id is another request"
        );
        assert_eq!(repeats.admit(&id(1), called("{}"), true, now + REMEMBERED), Verdict::Run);
    }

    #[test]
    fn an_id_with_other_parameters_or_of_another_method_is_another_request() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        repeats.admit(&id(1), called("{}"), true, now);
        repeats.answer(&id(1), LINE, now);
        assert_eq!(repeats.admit(&id(1), Fingerprint::of("ping", b"{}"), false, now), Verdict::Run);
        assert_eq!(repeats.answer(&id(1), b"pong\n", now), 1);
        assert_eq!(
            repeats.admit(&id(1), called("{}"), true, now),
            Verdict::Run,
            "the older answer went with it"
        );
        assert_eq!(repeats.bytes, 0);
    }

    #[test]
    fn a_conversation_that_begins_anew_gets_nothing_of_the_one_before() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        repeats.admit(&id(1), called("{}"), true, now);
        repeats.answer(&id(1), LINE, now);
        repeats.admit(&id(2), called("{}"), true, now);
        repeats.begin_anew();
        repeats.answer(&id(2), LINE, now);
        for number in [1, 2] {
            assert_eq!(repeats.admit(&id(number), called("{}"), true, now), Verdict::Run, "{number}");
        }
    }

    #[test]
    fn a_request_that_was_taken_back_may_be_asked_anew() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        repeats.admit(&id(1), called("{}"), true, now);
        repeats.cancel(&id(1));
        assert_eq!(repeats.admit(&id(1), called("other"), true, now), Verdict::Run);
    }

    #[test]
    fn what_is_remembered_is_bounded_in_number_and_in_bytes() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        let mut ask = |number, line: &[u8]| {
            let at = now + Duration::from_millis(number);
            let number = i64::try_from(number).unwrap();
            repeats.admit(&id(number), called("{}"), true, at);
            repeats.answer(&id(number), line, at);
            (repeats.answered.len(), repeats.bytes)
        };
        for number in 0..1_000 {
            assert!(ask(number, LINE).0 <= ANSWERS);
        }
        let large = vec![b'x'; BYTES / 3];
        for number in 1_000..1_010 {
            let (answers, bytes) = ask(number, &large);
            assert!(bytes <= BYTES && answers <= ANSWERS, "{answers} {bytes}");
        }
        let before = ask(2_000, LINE);
        assert_eq!(
            ask(2_001, &vec![b'x'; BYTES + 1]),
            before,
            "too large to be kept, and nothing goes for it"
        );
        repeats.forget(now + REMEMBERED + Duration::from_secs(3));
        assert_eq!((repeats.answered.len(), repeats.bytes), (0, 0));
    }
}
