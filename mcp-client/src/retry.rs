//! Pauses between attempts: exponential, with jitter. The only module that knows the `backoff` crate, which is no longer
//! maintained: replacing it is a change of this file.

use std::time::Duration;

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;

use crate::ClientSettings;

/// The pauses between attempts at one thing.
#[derive(Debug)]
pub(crate) struct Retry {
    backoff: ExponentialBackoff,
    longest: Duration,
}

impl Retry {
    /// Begins with the shortest pause of the settings; zeros are raised to a millisecond, since no pause at all would
    /// spin.
    pub(crate) fn new(settings: &ClientSettings) -> Self {
        let initial = Duration::from_millis(settings.retry_initial_ms.max(1));
        let longest = Duration::from_millis(settings.retry_max_ms.max(1)).max(initial);
        let mut backoff = ExponentialBackoff {
            initial_interval: initial,
            max_interval: longest,
            multiplier: 2.0,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        backoff.reset();
        Self { backoff, longest }
    }

    /// The next pause; it varies by half of itself, so that many processes do not move in step.
    pub(crate) fn next(&mut self) -> Duration {
        self.backoff.next_backoff().unwrap_or(self.longest)
    }

    /// Begins again with the shortest pause.
    pub(crate) fn reset(&mut self) {
        self.backoff.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_begin_again_after_a_reset() {
        let settings =
            ClientSettings { retry_initial_ms: 10, retry_max_ms: 100, ..ClientSettings::default() };
        let mut retry = Retry::new(&settings);
        assert!(retry.next() <= Duration::from_millis(16));
        let last = (0..50).map(|_| retry.next()).last().unwrap();
        assert!(last >= Duration::from_millis(50) && last <= Duration::from_millis(151), "{last:?}");
        retry.reset();
        assert!(retry.next() <= Duration::from_millis(16));
    }

    #[test]
    fn a_pause_of_zero_is_raised() {
        let settings = ClientSettings { retry_initial_ms: 0, retry_max_ms: 0, ..ClientSettings::default() };
        assert!(Retry::new(&settings).next() > Duration::ZERO);
    }
}
