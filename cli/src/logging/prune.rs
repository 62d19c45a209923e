//! How much of the log files is kept, and for how long. Every process of the installation tidies the same folder;
//! whoever comes later finds less to remove.

use std::fs::{self, DirEntry, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tabmux_cli::config::LogSettings;

/// No more log files than this are kept: where a hub cannot start, each attempt leaves a small one.
const MOST_FILES: usize = 500;
/// What a launched hub and a launched browser say on their stderr. They append to them for as long as they live.
const SHARED: [&str; 2] = ["hub.log", "browser.log"];

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The largest file, in bytes.
    pub(super) file: u64,
    /// All files together, in bytes.
    pub(super) total: u64,
    /// For how long after its last line a file is kept.
    pub(super) age: Duration,
}

impl Limits {
    pub(super) fn of(settings: &LogSettings) -> Self {
        const MIB: u64 = 1024 * 1024;
        const DAY: u64 = 24 * 60 * 60;
        Self {
            file: settings.file_mb.saturating_mul(MIB),
            total: settings.total_mb.saturating_mul(MIB),
            age: Duration::from_secs(settings.keep_days.saturating_mul(DAY)),
        }
    }
}

/// Removes log files that are too old, and the oldest for as long as there is too much. Nothing else in the folder is
/// touched: a person may have named any. What cannot be removed is left.
pub(super) fn prune(folder: &Path, limits: Limits, now: SystemTime) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    let mut total = 0;
    for entry in entries.flatten() {
        let Some(about) = entry.metadata().ok().filter(Metadata::is_file) else { continue };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if SHARED.contains(&&*name) && about.len() > limits.file {
            // Whoever writes it appends, and goes on at its beginning.
            let _ = File::options().write(true).open(entry.path()).and_then(|file| file.set_len(0));
        } else if is_ours(&name)
            && let Ok(modified) = about.modified()
        {
            total += about.len();
            files.push((modified, about.len(), entry.path()));
        }
    }
    files.sort();
    let mut count = files.len();
    for (modified, size, path) in files {
        let is_old = now.duration_since(modified).is_ok_and(|age| age > limits.age);
        if !is_old && total <= limits.total && count <= MOST_FILES {
            return;
        }
        // Whoever removed it, it is gone.
        let _ = fs::remove_file(path);
        total -= size;
        count -= 1;
    }
}

/// The log files of our processes in that folder, known by their names.
pub(crate) fn own_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_own = |entry: &DirEntry| {
        entry.file_type().is_ok_and(|kind| kind.is_file()) && is_ours(&entry.file_name().to_string_lossy())
    };
    Ok(fs::read_dir(folder)?.flatten().filter(is_own).map(|entry| entry.path()).collect())
}

/// Whether a file of that name is one of our processes', `mcp-12345-a1b2c3d4.log` or an older part of it.
fn is_ours(name: &str) -> bool {
    let instance = ["mcp-", "hub-", "native-host-"].iter().find_map(|who| name.strip_prefix(who));
    let Some((pid, rest)) = instance.and_then(|instance| instance.split_once('-')) else { return false };
    let Some((random, end)) = rest.split_once('.') else { return false };
    let is_instance = pid.parse::<u32>().is_ok()
        && random.len() == 8
        && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_instance && (end == "log" || end.ends_with(".log") || end == "log.1")
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::super::names_in;
    use super::*;

    const LIMITS: Limits = Limits { file: 1_000, total: 5_000, age: Duration::from_secs(86_400) };

    fn write(folder: &Path, name: &str, bytes: usize, age: u64) {
        let path = folder.join(name);
        fs::write(&path, vec![b'x'; bytes]).unwrap();
        let modified = SystemTime::now() - Duration::from_secs(age);
        File::options().append(true).open(path).unwrap().set_modified(modified).unwrap();
    }

    #[test]
    fn old_files_go_and_then_the_oldest_while_there_is_too_much_and_nobody_elses() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        write(folder, "mcp-1-aaaaaaaa.log", 10, 90_000);
        write(folder, "native-host-2-bbbbbbbb.20251030-063521.log", 10, 90_000);
        write(folder, "hub-3-cccccccc.log.1", 3_000, 300);
        write(folder, "hub-3-cccccccc.20251030-063521-1.log", 3_000, 200);
        write(folder, "hub-3-cccccccc.log", 1_500, 100);
        let others =
            ["syslog", "mcp-notes.log", "hub-x-aaaaaaaa.log", "hub-1-aaaaaaaa.txt", "mcp-1-aaaaaaaa"];
        for name in others {
            write(folder, name, 10_000, 900_000);
        }
        prune(folder, LIMITS, SystemTime::now());
        let mut wanted = vec!["hub-3-cccccccc.20251030-063521-1.log", "hub-3-cccccccc.log"];
        wanted.extend(others);
        wanted.sort_unstable();
        assert_eq!(names_in(folder), wanted);
    }

    #[test]
    fn many_small_files_are_pruned_too() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..MOST_FILES + 20 {
            write(folder.path(), &format!("hub-{number}-aaaaaaaa.log"), 1, 1);
        }
        prune(folder.path(), LIMITS, SystemTime::now());
        assert_eq!(names_in(folder.path()).len(), MOST_FILES);
    }

    #[test]
    fn several_that_prune_at_once_leave_what_one_would() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..100 {
            write(folder.path(), &format!("hub-{number}-aaaaaaaa.log"), 100, number);
        }
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| prune(folder.path(), LIMITS, SystemTime::now()));
            }
        });
        let left = names_in(folder.path());
        assert!(left.len() == 50 && left.contains(&"hub-0-aaaaaaaa.log".to_owned()), "{left:?}");
    }

    #[test]
    fn what_others_append_to_begins_again_when_it_is_too_large() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "browser.log", 1_001, 1);
        write(folder.path(), "hub.log", 1_000, 900_000);
        prune(folder.path(), LIMITS, SystemTime::now());
        let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
        assert_eq!((size("browser.log"), size("hub.log")), (0, 1_000));
    }
}
