//! Asks an older hub to leave, after it is certain that the process is our hub: it holds the lock file in our private
//! folder. SIGTERM drains a hub, so that calls in flight are finished first.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tabmux_protocol::Installation;
use tokio::time::{Instant, sleep};

/// How often to look whether the lock is free: a process that is no child of ours has no other way to be waited for.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Asks the running hub to leave if it is proven to be ours and older than this program; says whether it has left.
pub(super) async fn ask_to_leave(installation: &Installation, budget: Duration) -> bool {
    let Some(file) = installation.read_hub_file() else { return false };
    if !is_older(&file.version, env!("CARGO_PKG_VERSION")) || lock_holder(installation) != Some(file.pid) {
        return false;
    }
    let Ok(pid) = i32::try_from(file.pid) else { return false };
    tracing::info!(pid, version = file.version, "Asking an older hub to leave");
    if kill(Pid::from_raw(pid), Signal::SIGTERM).is_err() {
        return false;
    }
    let asked_at = Instant::now();
    while asked_at.elapsed() < budget {
        if matches!(installation.try_hub_lock(), Ok(Some(_))) {
            return true;
        }
        sleep(LOOK_EVERY).await;
    }
    false
}

/// The process that holds the hub's lock, as the kernel shows it (proc(5), `/proc/locks`).
fn lock_holder(installation: &Installation) -> Option<u32> {
    let inode = fs::metadata(installation.runtime_dir.join("hub.lock")).ok()?.ino();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (kind, pid, file) = (columns.get(1)?, columns.get(4)?, columns.get(5)?);
        let held: u64 = file.rsplit(':').next()?.parse().ok()?;
        if *kind == "FLOCK" && held == inode { pid.parse().ok() } else { None }
    })
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

    #[test]
    #[cfg(target_os = "linux")]
    fn the_holder_of_the_lock_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let installation = Installation {
            port: 1,
            runtime_dir: at("run"),
            state_dir: at("state"),
            config_path: at("config.toml"),
        };
        installation.prepare_runtime_dir().unwrap();
        let held = installation.try_hub_lock().unwrap().unwrap();
        assert_eq!(lock_holder(&installation), Some(std::process::id()));
        drop(held);
        assert_eq!(lock_holder(&installation), None);
    }
}
