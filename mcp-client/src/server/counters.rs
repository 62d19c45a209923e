//! What this process has done so far (acceptance rows C1 and C9).

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// Counts the requests of this process.
#[derive(Debug)]
pub(super) struct Counters {
    began_at: Instant,
    requests: AtomicU64,
    succeeded: AtomicU64,
    failed: AtomicU64,
}

impl Counters {
    pub(super) fn new() -> Self {
        Self {
            began_at: Instant::now(),
            requests: AtomicU64::new(0),
            succeeded: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Counts a request and says its number, from one.
    pub(super) fn begin(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts how a request ended.
    pub(super) fn end(&self, succeeded: bool) {
        let counter = if succeeded { &self.succeeded } else { &self.failed };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn uptime_seconds(&self) -> u64 {
        self.began_at.elapsed().as_secs()
    }

    pub(super) fn succeeded(&self) -> u64 {
        self.succeeded.load(Ordering::Relaxed)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }
}
