//! Makes room for a hub that can serve: asks one to leave that is older than this program, and ends one that hangs.

use std::time::Duration;

use tabmux_protocol::{HubId, Installation};

use super::own::OwnHub;

/// Asks the running hub to leave if it is proven to be ours and older than this program; says whether it has left.
/// It finishes the calls in flight first.
pub(super) async fn ask_to_leave(installation: &Installation, budget: Duration) -> bool {
    let Some(hub) = OwnHub::find(installation) else { return false };
    if !is_older(hub.version(), env!("CARGO_PKG_VERSION")) {
        return false;
    }
    tracing::info!(pid = hub.pid(), version = hub.version(), "Asking an older hub to leave");
    hub.ask_to_leave(budget).await
}

/// The hub that must be the one that does not answer on our port: ours, on that port, and not held by a debugger.
pub(super) fn silent_hub(installation: &Installation) -> Option<HubId> {
    ours_on_our_port(installation).map(|hub| hub.hub_id())
}

/// Ends that hub if it is still there; says whether it is gone.
pub(super) async fn end_silent(installation: &Installation, hub: HubId) -> bool {
    match ours_on_our_port(installation) {
        Some(own) if own.hub_id() == hub => {
            tracing::warn!(pid = own.pid(), "Ending a hub that does not answer");
            own.kill().await
        }
        // It came back to life, left, or was replaced: the next attempt will tell.
        _ => true,
    }
}

fn ours_on_our_port(installation: &Installation) -> Option<OwnHub> {
    OwnHub::find(installation).filter(|hub| hub.port() == installation.port && !hub.is_traced())
}

/// Compares releases number by number; what is not a release is never older.
fn is_older(theirs: &str, ours: &str) -> bool {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.split(['-', '+']).next()?.split('.').map(|part| part.parse().ok()).collect()
    };
    matches!((numbers(theirs), numbers(ours)), (Some(theirs), Some(ours)) if theirs < ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_by_number_and_nonsense_is_never_older() {
        assert!(is_older("0.9.0", "0.10.0"));
        assert!(!is_older("0.10.0", "0.9.0"));
        assert!(!is_older("0.1.0", "0.1.0"));
        assert!(!is_older("nonsense", "0.1.0"));
    }
}
