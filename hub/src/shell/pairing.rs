//! The one pairing code that may be open: made for the command line, redeemed by an extension.

use std::time::{Duration, Instant};

use tabmux_protocol::pairing::PairingCode;
use tabmux_protocol::{Refusal, RefusalCode};

/// How long a code holds: long enough for a walk to the browser, too short to be forgotten open.
pub(crate) const CODE_HOLDS: Duration = Duration::from_secs(5 * 60);
/// How many wrong ids an open code survives. Ids cannot be guessed; whoever tries them is not the person.
const MAX_WRONG: u32 = 5;

/// Which code is open, and how the one before it ended.
///
/// | state | event | next |
/// |---|---|---|
/// | any | the command line asks for a code | open |
/// | open | the right id | ended: used |
/// | open | five minutes pass | ended: expired |
/// | open | the fifth wrong id | ended: tried too often |
#[derive(Default)]
pub(crate) struct Pairing {
    open: Option<Open>,
    ended: Option<(String, End)>,
}

struct Open {
    code: PairingCode,
    until: Instant,
    wrong: u32,
}

/// How a code ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Used,
    Expired,
    TriedTooOften,
}

/// Why an id opens nothing: how its code ended, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotPaired(pub(crate) Option<End>);

impl Pairing {
    /// Opens a code in place of the one that may be open.
    pub(crate) fn open(&mut self, code: PairingCode, now: Instant) {
        self.open = Some(Open { code, until: now + CODE_HOLDS, wrong: 0 });
        self.ended = None;
    }

    /// Takes the open code if `id` is its id; it is used up by that.
    ///
    /// Ids are compared as they are: one opens nothing but what is sealed under its code, so that the time of the
    /// comparison is worth nothing to anybody.
    pub(crate) fn redeem(&mut self, id: &str, now: Instant) -> Result<PairingCode, NotPaired> {
        let Some(mut open) = self.open.take() else { return Err(self.not_paired(id)) };
        if now >= open.until {
            self.ended = Some((open.code.id(), End::Expired));
            return Err(self.not_paired(id));
        }
        if open.code.id() == id {
            self.ended = Some((open.code.id(), End::Used));
            return Ok(open.code);
        }
        open.wrong += 1;
        if open.wrong < MAX_WRONG {
            self.open = Some(open);
        } else {
            self.ended = Some((open.code.id(), End::TriedTooOften));
        }
        Err(NotPaired(None))
    }

    /// Only who knows the code is told what became of it.
    fn not_paired(&self, id: &str) -> NotPaired {
        NotPaired(self.ended.as_ref().filter(|(ended, _)| ended == id).map(|(_, end)| *end))
    }
}

impl NotPaired {
    /// What the extension shows to the person.
    pub(crate) fn refusal(self) -> Refusal {
        let message = match self.0 {
            None => "The hub does not know this pairing code.",
            Some(End::Used) => "This pairing code was used already: it pairs one browser, once.",
            Some(End::Expired) => "This pairing code has expired: it holds for 5 minutes.",
            Some(End::TriedTooOften) => {
                "This pairing code holds no longer: wrong ones were tried too often meanwhile."
            }
        };
        Refusal {
            code: RefusalCode::BadPairing,
            message: message.to_owned(),
            fix: "Run \"tabmux pair\" for a fresh code and paste it here.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn code(number: u8) -> PairingCode {
        PairingCode::from_bytes([number; 16])
    }

    fn opened() -> (Pairing, Instant) {
        let (mut pairing, now) = (Pairing::default(), Instant::now());
        pairing.open(code(1), now);
        (pairing, now)
    }

    fn outcome(pairing: &mut Pairing, id: &str, now: Instant) -> Result<(), Option<End>> {
        pairing.redeem(id, now).map(|_| ()).map_err(|NotPaired(end)| end)
    }

    #[test]
    fn a_code_pairs_once() {
        let (mut pairing, now) = opened();
        assert!(pairing.redeem(&code(1).id(), now).is_ok_and(|taken| taken == code(1)));
        assert_eq!(outcome(&mut pairing, &code(1).id(), now), Err(Some(End::Used)));
        assert_eq!(outcome(&mut pairing, &code(2).id(), now), Err(None), "a stranger is not told of it");
    }

    #[test]
    fn a_code_holds_for_five_minutes() {
        let (mut pairing, now) = opened();
        let last = now + CODE_HOLDS - SECOND;
        assert_eq!(outcome(&mut pairing, &code(1).id(), last), Ok(()));
        let (mut pairing, now) = opened();
        assert_eq!(outcome(&mut pairing, &code(1).id(), now + CODE_HOLDS), Err(Some(End::Expired)));
        assert_eq!(outcome(&mut pairing, &code(1).id(), now), Err(Some(End::Expired)), "for good");
    }

    #[test]
    fn five_wrong_ids_end_a_code_and_four_do_not() {
        let (mut pairing, now) = opened();
        for wrong in 10..14 {
            assert_eq!(outcome(&mut pairing, &code(wrong).id(), now), Err(None));
        }
        assert_eq!(outcome(&mut pairing, &code(1).id(), now), Ok(()));
        let (mut pairing, now) = opened();
        for wrong in 10..15 {
            assert_eq!(outcome(&mut pairing, &code(wrong).id(), now), Err(None));
        }
        assert_eq!(outcome(&mut pairing, &code(1).id(), now), Err(Some(End::TriedTooOften)));
    }

    #[test]
    fn a_second_code_replaces_the_first_and_nothing_of_it_counts() {
        let (mut pairing, now) = opened();
        for wrong in 10..14 {
            assert_eq!(outcome(&mut pairing, &code(wrong).id(), now), Err(None));
        }
        pairing.open(code(2), now + CODE_HOLDS - SECOND);
        assert_eq!(outcome(&mut pairing, &code(1).id(), now + CODE_HOLDS), Err(None));
        assert_eq!(outcome(&mut pairing, &code(2).id(), now + CODE_HOLDS), Ok(()));
        assert_eq!(outcome(&mut Pairing::default(), &code(2).id(), now), Err(None));
    }
}
