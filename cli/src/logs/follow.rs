//! What is written to the log files from some moment on, by processes that are there and by those that come.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::entry::{Entry, Wanted};
use super::{files, tail};

/// How often is looked where the system tells of nothing: the folder may not be there yet, or be removed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How far each file was read.
pub(super) struct Follower {
    folder: PathBuf,
    /// By device and number: a file that is turned over keeps them under its other name.
    read: BTreeMap<(u64, u64), u64>,
}

impl Follower {
    /// Follows from the end of every file that is there.
    pub(super) fn from_now(folder: &Path) -> Self {
        let mut follower = Self { folder: folder.to_owned(), read: BTreeMap::new() };
        for (_, path) in files(folder).unwrap_or_default() {
            if let Ok(about) = path.metadata() {
                follower.read.insert(id(&about), about.len());
            }
        }
        follower
    }

    /// Hands over what is written, by time, until that fails.
    pub(super) fn follow(
        mut self,
        wanted: &Wanted,
        mut show: impl FnMut(&[Entry]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut watch = None;
        loop {
            if watch.is_none() {
                watch = watch_folder(&self.folder);
            }
            let mut entries = self.news(wanted)?;
            entries.sort_by(|one, two| one.time.cmp(&two.time));
            show(&entries)?;
            match &watch {
                Some((_, events)) => {
                    let _ = events.recv_timeout(LOOK_EVERY);
                    // One look serves whatever else has happened.
                    while events.try_recv().is_ok() {}
                }
                None => std::thread::sleep(LOOK_EVERY),
            }
            if !self.folder.is_dir() {
                watch = None;
            }
        }
    }

    /// The whole lines that were written since the last look.
    fn news(&mut self, wanted: &Wanted) -> io::Result<Vec<Entry>> {
        let mut news = Vec::new();
        for (_, path) in files(&self.folder)? {
            // One that cannot be opened was pruned.
            let Ok(mut file) = File::open(&path) else { continue };
            let about = file.metadata()?;
            let read = self.read.entry(id(&about)).or_default();
            if about.len() <= *read {
                *read = about.len();
                continue;
            }
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(*read))?;
            file.read_to_end(&mut bytes)?;
            // The rest of the last line is still to come.
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            *read += whole as u64;
            news.extend(tail::parse(&bytes[..whole], wanted));
        }
        Ok(news)
    }
}

fn id(about: &Metadata) -> (u64, u64) {
    (about.dev(), about.ino())
}

fn watch_folder(folder: &Path) -> Option<(RecommendedWatcher, Receiver<()>)> {
    let (changed_tx, changed_rx) = channel();
    let tell = move |_| {
        let _ = changed_tx.send(());
    };
    let mut watcher = notify::recommended_watcher(tell).ok()?;
    watcher.watch(folder, RecursiveMode::NonRecursive).ok()?;
    Some((watcher, changed_rx))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_are_followed_through_a_turn_over_and_into_files_that_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let append = |name: &str, text: &str| {
            let mut file = File::options().create(true).append(true).open(path(name)).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        append("hub-1-a.log", "[2025-10-30 06:35:21] [INFO] [1-a] before\n");
        let mut follower = Follower::from_now(folder.path());
        let news = |follower: &mut Follower| -> Vec<String> {
            let entries = follower.news(&Wanted::default()).unwrap();
            entries.iter().map(|entry| entry.text().split(' ').next_back().unwrap().to_owned()).collect()
        };
        assert!(news(&mut follower).is_empty());
        append(
            "hub-1-a.log",
            "[2025-10-30 06:35:22] [INFO] [1-a] one\n[2025-10-30 06:35:22] [INFO] [1-a] tw",
        );
        assert_eq!(news(&mut follower), ["one"], "half a line is waited for");
        append("hub-1-a.log", "o\n");
        fs::rename(path("hub-1-a.log"), path("hub-1-a.20251030-063522.log")).unwrap();
        append("hub-1-a.log", "[2025-10-30 06:35:23] [INFO] [1-a] three\n");
        let mut both = news(&mut follower);
        both.sort();
        assert_eq!(both, ["three", "two"]);
        append("mcp-2-b.log", "[2025-10-30 06:35:24] [INFO] [2-b] four\n");
        assert_eq!(news(&mut follower), ["four"]);
        assert!(news(&mut follower).is_empty());
    }
}
