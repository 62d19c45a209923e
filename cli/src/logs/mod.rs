//! `tabmux logs`: the log files of all processes as one, by time.

mod entry;
mod follow;
mod tail;

use std::cmp::Reverse;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tabmux_cli::args::LogsArgs;

pub(crate) use self::entry::{Entry, Wanted};
use crate::terminal::{tell, try_print};
use crate::{Failure, config};

pub(crate) fn show(args: &LogsArgs) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    let folder = config.log.folder(&installation);
    let wanted = Wanted { instance: args.instance.clone(), level: args.level };
    // From here on everything is followed that comes behind what is shown first.
    let follower = args.follow.then(|| follow::Follower::from_now(&folder));
    let entries = newest(&folder, args.lines, &wanted)?;
    if entries.is_empty() && !args.follow {
        tell(&format!("No such lines in {}.", folder.display()));
    }
    match print_all(&entries, args.json).and_then(|()| match follower {
        Some(follower) => follower.follow(&wanted, |entries| print_all(entries, args.json)),
        None => Ok(()),
    }) {
        // A reader that has gone (`| head`) is no error.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn print_all(entries: &[Entry], json: bool) -> io::Result<()> {
    entries.iter().try_for_each(|entry| try_print(&if json { entry.json() } else { entry.text() }))
}

/// The newest lines that are wanted, of all files, by time.
pub(crate) fn newest(folder: &Path, count: usize, wanted: &Wanted) -> io::Result<Vec<Entry>> {
    let mut files = files(folder)?;
    files.sort_by_key(|(written_at, _)| Reverse(*written_at));
    let mut found: Vec<Entry> = Vec::new();
    for (written_at, path) in files {
        // A file has no line that is newer than itself; one that is a second older can have none of those wanted.
        let oldest = found.first().filter(|_| found.len() >= count);
        if oldest.is_some_and(|oldest| oldest.time > entry::time_of(written_at)) {
            break;
        }
        match tail::of(&path, count, wanted) {
            Ok(entries) => found.extend(entries),
            // It was pruned meanwhile.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        found.sort_by(|one, two| one.time.cmp(&two.time));
        found.drain(..found.len().saturating_sub(count));
    }
    Ok(found)
}

/// Every log file, with when it was last written to. A folder that is not there has none.
fn files(folder: &Path) -> io::Result<Vec<(SystemTime, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let file = |entry: io::Result<fs::DirEntry>| {
        let entry = entry.ok()?;
        let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        let path = entry.path();
        path.extension().filter(|extension| *extension == "log")?;
        Some((about.modified().ok()?, path))
    };
    Ok(entries.filter_map(file).collect())
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;
    use std::time::Duration;

    use tabmux_cli::args::LogLevel;

    use super::*;

    fn file(folder: &Path, name: &str, lines: &[&str]) -> File {
        let mut file = File::create(folder.join(name)).unwrap();
        lines.iter().for_each(|line| writeln!(file, "{line}").unwrap());
        file
    }

    fn shown(folder: &Path, count: usize, instance: Option<&str>, level: Option<LogLevel>) -> Vec<String> {
        let wanted = Wanted { instance: instance.map(str::to_owned), level };
        let entries = newest(folder, count, &wanted).unwrap();
        entries.iter().map(|entry| anstream::adapter::strip_str(&entry.text()).to_string()).collect()
    }

    const HUB: [&str; 4] = [
        "[2025-10-30 06:35:21] [INFO] [11-aaaaaaaa] one",
        "[2025-10-30 06:35:23] [WARN] [11-aaaaaaaa] three",
        "thread 'main' panicked:",
        "  at a place",
    ];
    const MCP: [&str; 2] = [
        r#"{"time":"2025-10-30T06:35:22.500Z","level":"INFO","instance":"12-bbbbbbbb","target":"t","message":"two","n":2}"#,
        r#"{"time":"2025-10-30T06:35:24.000Z","level":"DEBUG","instance":"12-bbbbbbbb","target":"t","message":"four"}"#,
    ];

    #[test]
    fn lines_of_all_processes_are_merged_by_time_in_both_formats() {
        let folder = tempfile::tempdir().unwrap();
        file(folder.path(), "hub-11-aaaaaaaa.log", &HUB);
        file(folder.path(), "mcp-12-bbbbbbbb.log", &MCP);
        file(folder.path(), "notes.txt", &["[2025-10-30 06:35:25] [INFO] [13-cccccccc] not a log"]);
        let two = "[2025-10-30 06:35:22] [INFO] [12-bbbbbbbb] two n=2";
        let four = "[2025-10-30 06:35:24] [DEBUG] [12-bbbbbbbb] four";
        assert_eq!(shown(folder.path(), 50, None, None), [HUB[0], two, HUB[1], HUB[2], HUB[3], four]);
        assert_eq!(shown(folder.path(), 2, None, None), [HUB[3], four]);
        assert_eq!(shown(folder.path(), 50, Some("12"), None), [two, four]);
        assert_eq!(shown(folder.path(), 50, None, Some(LogLevel::Warn)), [HUB[1], HUB[2], HUB[3]]);
        assert_eq!(shown(folder.path(), 50, Some("12-b"), Some(LogLevel::Info)), [two]);
        assert!(shown(folder.path(), 50, Some("7"), None).is_empty());
        assert!(shown(&folder.path().join("none"), 50, None, None).is_empty());
    }

    #[test]
    fn old_files_are_not_read_for_a_few_lines() {
        let folder = tempfile::tempdir().unwrap();
        file(folder.path(), "hub-11-aaaaaaaa.log", &HUB);
        // One that claims to be newer than it is: it is passed over, so that it was not read.
        let old =
            file(folder.path(), "mcp-9-dddddddd.log", &["[2099-01-01 00:00:00] [INFO] [9-dddddddd] late"]);
        old.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
        assert_eq!(shown(folder.path(), 1, None, None), [HUB[3]]);
        assert_eq!(shown(folder.path(), 9, None, None).len(), 5);
    }

    #[test]
    fn a_line_is_one_object_in_json_whatever_its_file_holds() {
        let folder = tempfile::tempdir().unwrap();
        file(folder.path(), "hub-11-aaaaaaaa.log", &HUB[1..3]);
        file(folder.path(), "mcp-12-bbbbbbbb.log", &MCP[..1]);
        let entries = newest(folder.path(), 50, &Wanted::default()).unwrap();
        let lines: Vec<String> = entries.iter().map(Entry::json).collect();
        assert_eq!(
            lines,
            [
                MCP[0],
                r#"{"time":"2025-10-30T06:35:23Z","level":"WARN","instance":"11-aaaaaaaa","message":"three"}"#,
                r#"{"time":"2025-10-30T06:35:23Z","level":"WARN","instance":"11-aaaaaaaa","message":"thread 'main' panicked:"}"#,
            ]
        );
    }
}
