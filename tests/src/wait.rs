//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// Waits until `condition` holds; after 20 s it panics and says what was waited for.
pub async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    const DEADLINE: Duration = Duration::from_secs(20);
    let began_at = Instant::now();
    while !condition().await {
        assert!(began_at.elapsed() < DEADLINE, "waited {DEADLINE:?} for: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
