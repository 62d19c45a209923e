//! The log file of this process: `<stem>.log`, turned over by size and by date. Older parts keep the time at which they
//! ended in their names, `<stem>.20251030-063521.log`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tabmux_protocol::installation::{append_private, make_private_dir};

use super::prune::{Limits, prune};

/// The log file of this process. Each line is another attempt: a full disk or a folder that cannot be written costs the
/// lines of that time, and a file or folder that somebody removed is made again.
pub(super) struct LogFile {
    folder: PathBuf,
    stem: String,
    limits: Limits,
    open: Option<Open>,
    /// How many lines could not be written since the last one that could.
    lost: u64,
}

struct Open {
    file: File,
    /// Which file it is, as the system says: whatever else lies at its path by now.
    id: (u64, u64),
    size: u64,
    /// The day on which it was begun, in days since 1970.
    day: u64,
}

impl LogFile {
    /// The file, which is made with its first line.
    pub(super) fn new(folder: PathBuf, stem: String, limits: Limits) -> Self {
        Self { folder, stem, limits, open: None, lost: 0 }
    }

    /// Writes a line. Returns how many before it were lost, once.
    pub(super) fn write(&mut self, line: &[u8], at: SystemTime) -> u64 {
        match self.try_write(line, at) {
            Ok(()) => std::mem::take(&mut self.lost),
            Err(_) => {
                self.lost += 1;
                0
            }
        }
    }

    fn try_write(&mut self, line: &[u8], at: SystemTime) -> io::Result<()> {
        let path = self.folder.join(format!("{}.log", self.stem));
        let is_there = |open: &Open| fs::symlink_metadata(&path).is_ok_and(|about| id(&about) == open.id);
        self.open = self.open.take().filter(is_there);
        let is_full = |open: &Open| open.size > 0 && open.size + line.len() as u64 > self.limits.file;
        if self.open.as_ref().is_some_and(|open| is_full(open) || open.day != day(at)) {
            self.open = None;
            fs::rename(&path, self.older_part(at))?;
            prune(&self.folder, self.limits, at);
        }
        let open = match &mut self.open {
            Some(open) => open,
            None => self.open.insert(open(&self.folder, &path, at)?),
        };
        open.file.write_all(line).inspect_err(|_| {
            // Half a line would garble the next one.
            let _ = open.file.set_len(open.size);
        })?;
        open.size += line.len() as u64;
        Ok(())
    }

    /// A name for what was written so far.
    fn older_part(&self, at: SystemTime) -> PathBuf {
        let time = humantime::format_rfc3339_seconds(at).to_string();
        let time = time.replace(['-', ':', 'Z'], "").replace('T', "-");
        let named = |number: u32| match number {
            0 => self.folder.join(format!("{}.{time}.log", self.stem)),
            more => self.folder.join(format!("{}.{time}-{more}.log", self.stem)),
        };
        (0..).map(named).find(|path| !path.exists()).unwrap_or_else(|| named(0))
    }
}

fn open(folder: &Path, path: &Path, at: SystemTime) -> io::Result<Open> {
    make_private_dir(folder).map_err(io::Error::other)?;
    let file = append_private(path)?;
    let about = file.metadata()?;
    Ok(Open { file, id: id(&about), size: about.len(), day: day(at) })
}

fn id(about: &fs::Metadata) -> (u64, u64) {
    (about.dev(), about.ino())
}

fn day(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::names_in;
    use super::*;

    const LIMITS: Limits = Limits { file: 100, total: 1_000_000, age: Duration::from_secs(86_400 * 30) };
    const STEM: &str = "mcp-12345-a1b2c3d4";

    /// 2025-10-30 06:35:21 and so many seconds.
    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_761_806_121 + seconds)
    }

    #[test]
    fn a_file_is_turned_over_by_size_and_by_date_and_no_part_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = LogFile::new(folder.path().join("logs"), STEM.into(), LIMITS);
        let line = [b'x'; 60];
        file.write(&line, at(0));
        file.write(&line, at(1));
        file.write(&line, at(1));
        file.write(b"next day\n", at(86_400));
        let part = |time: &str| format!("{STEM}.{time}.log");
        let wanted = [part("20251030-063522-1"), part("20251030-063522"), part("20251031-063521"), part("")];
        let wanted = [&wanted[..3], &[format!("{STEM}.log")]].concat();
        assert_eq!(names_in(&folder.path().join("logs")), wanted);
        let newest = fs::read(folder.path().join("logs").join(format!("{STEM}.log"))).unwrap();
        assert_eq!(newest, b"next day\n");
    }

    #[test]
    fn a_line_that_is_longer_than_a_file_may_be_is_written_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = LogFile::new(folder.path().into(), STEM.into(), LIMITS);
        file.write(&[b'x'; 200], at(0));
        assert_eq!(names_in(folder.path()).len(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_made_costs_its_time_and_the_lines_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        fs::write(&logs, "a file in its place").unwrap();
        let mut file = LogFile::new(logs.clone(), STEM.into(), LIMITS);
        assert_eq!((file.write(b"1\n", at(0)), file.write(b"2\n", at(0))), (0, 0));
        fs::remove_file(&logs).unwrap();
        assert_eq!((file.write(b"3\n", at(0)), file.write(b"4\n", at(0))), (2, 0));
        assert_eq!(fs::read(logs.join(format!("{STEM}.log"))).unwrap(), b"3\n4\n");
    }

    #[test]
    fn a_disk_that_is_full_for_a_while_costs_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = LogFile::new(folder.path().into(), STEM.into(), LIMITS);
        file.write(b"1\n", at(0));
        let path = folder.path().join(format!("{STEM}.log"));
        // The same file for whoever looks at the path, and a full disk for whoever writes.
        let full = File::options().write(true).open("/dev/full").unwrap();
        let kept = std::mem::replace(&mut file.open.as_mut().unwrap().file, full);
        assert_eq!((file.write(b"2\n", at(0)), file.write(b"3\n", at(0))), (0, 0));
        file.open.as_mut().unwrap().file = kept;
        assert_eq!(file.write(b"4\n", at(0)), 2);
        assert_eq!(fs::read(path).unwrap(), b"1\n4\n");
    }

    #[test]
    fn a_folder_that_is_removed_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let mut file = LogFile::new(logs.clone(), STEM.into(), LIMITS);
        file.write(b"1\n", at(0));
        fs::remove_dir_all(&logs).unwrap();
        file.write(b"2\n", at(0));
        assert_eq!(fs::read(logs.join(format!("{STEM}.log"))).unwrap(), b"2\n");
    }
}
