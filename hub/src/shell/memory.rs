//! The process's memory: what it occupies, and what it gives back. Here Linux and macOS differ, and nowhere else in
//! this crate.

/// The resident memory in bytes, where the system tells.
#[cfg(target_os = "linux")]
pub(crate) fn resident() -> Option<u64> {
    resident_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// The resident memory in bytes, where the system tells.
#[cfg(not(target_os = "linux"))]
pub(crate) fn resident() -> Option<u64> {
    None
}

/// Gives freed memory back to the system: the allocator of the GNU C library keeps what lies below anything that is still
/// in use, megabytes after a busy minute. It takes a fraction of a millisecond, and nobody waits for anything then.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim(3) has no preconditions; it touches nothing that is in use.
    unsafe {
        nix::libc::malloc_trim(0);
    }
}

/// Reads proc_pid_status(5): `VmRSS:      5432 kB`.
#[cfg(target_os = "linux")]
fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_resident_memory_is_read_in_bytes() {
        assert_eq!(resident_in("Name:\ttabmux\nVmRSS:\t    5432 kB\nRssAnon:\t 1 kB\n"), Some(5432 * 1024));
        assert_eq!(resident_in("Name:\ttabmux\n"), None);
        assert!(resident().is_some_and(|bytes| bytes > 100_000));
    }
}
