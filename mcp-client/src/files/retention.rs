//! How long files are kept. Every process of the installation tidies all clients' folders: whoever comes later removes
//! what those that have gone left, and two that do so at once remove the same files.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;

use super::Files;

/// How long a file is kept (requirement G3).
const KEPT_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How much is kept of all clients together, in bytes (requirement G3).
const KEPT_BYTES: u64 = 1 << 30;

/// Removes what is too old or too much: at once, and after each file that this process writes. Never ends by itself.
pub(crate) async fn keep_tidy(files: Files) {
    loop {
        let folder = files.folder();
        if let Err(error) = spawn_blocking(move || tidy(&folder, SystemTime::now(), KEPT_BYTES)).await {
            tracing::error!(%error, "Removing old files failed");
        }
        files.written().await;
    }
}

fn tidy(folder: &Path, now: SystemTime, kept_bytes: u64) {
    let is_old = |entry: &Entry| now.duration_since(entry.written_at).is_ok_and(|age| age > KEPT_FOR);
    let folders: Vec<Entry> = entries(folder).into_iter().filter(|entry| entry.about.is_dir()).collect();
    let mut files: Vec<Entry> = folders
        .iter()
        .flat_map(|folder| entries(&folder.path))
        .filter(|entry| entry.about.is_file())
        .collect();
    files.sort_by(|a, b| (a.written_at, &a.path).cmp(&(b.written_at, &b.path)));
    let mut bytes: u64 = files.iter().map(|file| file.about.len()).sum();
    for file in &files {
        if !is_old(file) && bytes <= kept_bytes {
            break;
        }
        // Whoever removed it, it is gone.
        let _ = fs::remove_file(&file.path);
        bytes -= file.about.len();
    }
    for folder in folders.iter().filter(|folder| is_old(folder)) {
        // One that holds anything stays.
        let _ = fs::remove_dir(&folder.path);
    }
}

/// What lies in a folder, itself and not what it may lead to.
struct Entry {
    path: PathBuf,
    about: Metadata,
    written_at: SystemTime,
}

fn entries(folder: &Path) -> Vec<Entry> {
    let read = fs::read_dir(folder).into_iter().flatten().flatten();
    read.filter_map(|entry| {
        let about = entry.metadata().ok()?;
        Some(Entry { path: entry.path(), written_at: about.modified().ok()?, about })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    struct Place {
        folder: TempDir,
        now: SystemTime,
    }

    impl Place {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), now: SystemTime::now() }
        }

        fn put(&self, name: &str, size: usize, age: Duration) -> PathBuf {
            let path = self.folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, vec![0; size]).unwrap();
            self.age(&path, age);
            path
        }

        fn age(&self, path: &Path, age: Duration) {
            File::open(path).unwrap().set_modified(self.now - age).unwrap();
        }

        fn tidy(&self, kept_bytes: u64) {
            tidy(self.folder.path(), self.now, kept_bytes);
        }
    }

    #[test]
    fn files_go_after_seven_days_and_their_folders_once_they_are_empty_for_as_long() {
        let place = Place::new();
        let (old, young) = (place.put("a/old", 1, 8 * DAY), place.put("b/young", 1, 6 * DAY));
        let outside = place.put("outside", 1, 90 * DAY);
        symlink(&outside, place.folder.path().join("b/link")).unwrap();
        place.tidy(100);
        assert!(!old.exists() && young.exists() && outside.exists());
        assert!(place.folder.path().join("a").exists(), "somebody may be about to write into it");
        for folder in ["a", "b"] {
            place.age(&place.folder.path().join(folder), 8 * DAY);
        }
        place.tidy(100);
        assert!(!place.folder.path().join("a").exists() && young.exists());
    }

    #[test]
    fn the_oldest_go_first_when_there_is_too_much_whosever_they_are() {
        let place = Place::new();
        let [first, second, third] =
            [("a/1", 3), ("b/2", 2), ("a/3", 1)].map(|(name, days)| place.put(name, 40, days * DAY));
        place.tidy(120);
        assert!(first.exists() && second.exists() && third.exists());
        place.tidy(80);
        assert!(!first.exists() && second.exists() && third.exists());
        place.tidy(40);
        assert!(!second.exists() && third.exists());
    }

    #[test]
    fn several_that_tidy_at_once_leave_what_one_would() {
        let place = Place::new();
        let files: Vec<PathBuf> =
            (0..200).map(|n| place.put(&format!("{}/{n}", n % 7), 10, (200 - n) * (DAY / 100))).collect();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| place.tidy(1_000));
            }
        });
        let left: Vec<bool> = files.iter().map(|path| path.exists()).collect();
        assert_eq!(left, (0..200).map(|n| n >= 100).collect::<Vec<_>>());
    }

    #[test]
    fn a_folder_that_is_not_there_is_tidy() {
        tidy(Path::new("/nowhere/clients"), SystemTime::now(), 0);
    }
}
