//! A round over the links: each check by itself, within its own time, whatever became of the ones before.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use tabmux_cli::diagnosis::{Check, Link, Verdict};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) seen: String,
    pub(super) details: Vec<String>,
    pub(super) fix: Option<String>,
}

impl Finding {
    /// All is well.
    pub(super) fn ok(seen: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, seen: seen.into(), details: Vec::new(), fix: None }
    }

    /// Worth a look.
    pub(super) fn warn(seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warn, fix: Some(fix.into()), ..Self::ok(seen) }
    }

    /// Broken.
    pub(super) fn fail(seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, fix: Some(fix.into()), ..Self::ok(seen) }
    }

    /// Not checked, and why.
    pub(super) fn skipped(because: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, ..Self::ok(because) }
    }

    /// The same with more lines.
    pub(super) fn with_details(self, details: Vec<String>) -> Self {
        Self { details, ..self }
    }

    /// Whether it is broken.
    pub(super) fn is_broken(&self) -> bool {
        self.verdict == Verdict::Fail
    }

    fn into_check(self, link: Link, subject: Option<&str>, took: Duration) -> Check {
        Check {
            link,
            subject: subject.map(str::to_owned),
            verdict: self.verdict,
            seen: self.seen,
            details: self.details,
            fix: self.fix,
            took_ms: took.as_millis().try_into().unwrap_or(u64::MAX),
        }
    }
}

/// The system refuses what every program may ask for.
impl From<io::Error> for Finding {
    fn from(error: io::Error) -> Self {
        Self::fail(error.to_string(), "See whether this machine has room for another process.")
    }
}

/// The checks so far; each is told as soon as it is over.
pub(super) struct Round {
    tell: fn(&Check),
    checks: Vec<Check>,
}

impl Round {
    /// A round that tells of each check.
    pub(super) fn new(tell: fn(&Check)) -> Self {
        Self { tell, checks: Vec::new() }
    }

    /// Looks at one link; `None` if that took too long or broke down.
    pub(super) fn look<T: Send + 'static>(
        &mut self,
        link: Link,
        within: Duration,
        look: impl FnOnce() -> (Finding, T) + Send + 'static,
    ) -> Option<T> {
        let began_at = Instant::now();
        let (finding, fact) = match within_its_time(within, look) {
            Ok((finding, fact)) => (finding, Some(fact)),
            Err(finding) => (finding, None),
        };
        self.add(link, None, finding, began_at.elapsed());
        fact
    }

    /// Adds what was found while something else was looked at.
    pub(super) fn add(&mut self, link: Link, subject: Option<&str>, finding: Finding, took: Duration) {
        let check = finding.into_check(link, subject, took);
        (self.tell)(&check);
        self.checks.push(check);
    }

    /// Adds a link that was not looked at.
    pub(super) fn skip(&mut self, link: Link, because: &str) {
        self.add(link, None, Finding::skipped(because), Duration::ZERO);
    }

    /// The first of these links that is broken, by its name: what depends on it needs no look.
    pub(super) fn broken(&self, links: &[Link]) -> Option<String> {
        let check =
            self.checks.iter().find(|check| check.verdict == Verdict::Fail && links.contains(&check.link))?;
        let name = check.link.name().to_lowercase();
        Some(match &check.subject {
            Some(subject) => format!("{name} of {subject}"),
            None => name,
        })
    }

    /// Everything that was found.
    pub(super) fn into_checks(self) -> Vec<Check> {
        self.checks
    }
}

/// Looks in a thread of its own, which is left behind when it takes longer than `within`: a folder on a network that is
/// gone never answers.
pub(super) fn within_its_time<T: Send + 'static>(
    within: Duration,
    look: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Finding> {
    let (found_tx, found_rx) = mpsc::sync_channel(1);
    std::thread::spawn(move || found_tx.send(look()));
    found_rx.recv_timeout(within).map_err(|why| no_answer(why, within))
}

fn no_answer(why: RecvTimeoutError, within: Duration) -> Finding {
    match why {
        RecvTimeoutError::Timeout => Finding::fail(
            format!("no answer within {} s", within.as_secs()),
            "See what holds this machine up: a network drive that is gone, a full disk, too little memory. Then run \
             `tabmux doctor` again.",
        ),
        RecvTimeoutError::Disconnected => Finding::fail(
            "the check itself broke down, which is a mistake of Tabmux",
            "Report it, with what stands above.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    #[test]
    fn a_check_that_hangs_or_breaks_down_is_a_failure_and_the_next_one_goes_on() {
        let mut round = Round::new(|_| ());
        let hung: Option<()> = round.look(Link::StateFolder, Duration::from_millis(1), || {
            loop {
                std::thread::park();
            }
        });
        let broken: Option<()> = round.look(Link::Secret, SOON, || panic!("a mistake"));
        let well = round.look(Link::Port, SOON, || (Finding::ok("free"), 7));
        assert_eq!((hung, broken, well), (None, None, Some(7)));
        let verdicts: Vec<Verdict> = round.checks.iter().map(|check| check.verdict).collect();
        assert_eq!(verdicts, [Verdict::Fail, Verdict::Fail, Verdict::Ok]);
        assert!(round.checks.iter().take(2).all(|check| check.fix.is_some()));
        assert_eq!(round.broken(&[Link::Port, Link::Secret]).as_deref(), Some("secret"));
        assert_eq!(round.broken(&[Link::Port]), None);
    }
}
