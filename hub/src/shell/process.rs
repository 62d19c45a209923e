//! What the system tells of this process.

use std::fs;

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage};
use nix::sys::time::TimeValLike;

use super::memory;
use crate::metrics::Process;

/// Everything that the metrics tell of the process.
pub(crate) fn usage() -> Process {
    /// Where the system lists the open files of whoever looks.
    const OPEN: &str = "/dev/fd";
    let used = getrusage(UsageWho::RUSAGE_SELF).ok();
    let microseconds = used.map(|used| (used.user_time() + used.system_time()).num_microseconds());
    Process {
        cpu_seconds: microseconds.map(|microseconds| microseconds as f64 / 1_000_000.0),
        memory_bytes: memory::resident(),
        // The one that the look itself opens is not counted.
        open_fds: fs::read_dir(OPEN).ok().map(|open| open.count().saturating_sub(1)),
        max_fds: getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(soft, _)| soft),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_what_it_uses() {
        let used = usage();
        let (open, most) = (used.open_fds.unwrap(), used.max_fds.unwrap());
        assert!(open >= 3 && open as u64 <= most, "{used:?}");
        assert!(used.cpu_seconds.is_some_and(|seconds| seconds >= 0.0), "{used:?}");
    }
}
