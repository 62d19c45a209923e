//! Chance that can be repeated: a generator of our own, so that a seed tells the same story whatever a library draws.

use std::ops::Range;
use std::time::Duration;

use uuid::{Builder, Uuid};

/// A stream of numbers (SplitMix64, Steele and others 2014).
#[derive(Debug, Clone)]
pub struct Seed(u64);

impl Seed {
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// A stream of its own.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// From nothing to one.
    pub fn fraction(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1_u64 << 53) as f64
    }

    /// A time in this range of milliseconds, to the microsecond.
    pub fn ms(&mut self, range: Range<u64>) -> Duration {
        let width = (range.end - range.start).max(1) * 1_000;
        Duration::from_micros(range.start * 1_000 + self.below(width))
    }

    pub fn uuid(&mut self) -> Uuid {
        Builder::from_random_bytes(self.bytes().to_le_bytes()).into_uuid()
    }

    /// The id of a call that is minted at that time.
    pub fn uuid_at(&mut self, unix_ms: u64) -> Uuid {
        let random: [u8; 10] = self.bytes().to_le_bytes()[..10].try_into().unwrap();
        Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid()
    }

    fn bytes(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }
}
