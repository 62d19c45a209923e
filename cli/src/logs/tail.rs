//! The end of a log file, read backwards: a file may have megabytes, and a few lines are wanted.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::entry::{Entry, Wanted};

/// How much is read at first, in bytes; each further part is twice as long, so that nothing is read often.
const PART: u64 = 64 * 1024;

/// The last lines of the file that are wanted, in their order, at most so many.
pub(super) fn of(path: &Path, count: usize, wanted: &Wanted) -> io::Result<Vec<Entry>> {
    let mut file = File::open(path)?;
    let mut begin = file.metadata()?.len();
    let (mut bytes, mut most) = (Vec::new(), PART);
    loop {
        let length = begin.min(most);
        most *= 2;
        begin -= length;
        let mut part = vec![0; usize::try_from(length).unwrap_or_default()];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut part)?;
        part.append(&mut bytes);
        bytes = part;
        // Whatever is read begins in the middle of a line, unless it begins the file.
        let whole = match bytes.iter().position(|byte| *byte == b'\n').filter(|_| begin > 0) {
            Some(at) => &bytes[at + 1..],
            None if begin > 0 => &[],
            None => &bytes[..],
        };
        let mut entries = parse(whole, wanted);
        if entries.len() >= count || begin == 0 {
            entries.drain(..entries.len().saturating_sub(count));
            return Ok(entries);
        }
    }
}

/// The entries of whole lines. What comes before the first one that says when it was written is passed over.
pub(super) fn parse(bytes: &[u8], wanted: &Wanted) -> Vec<Entry> {
    let text = String::from_utf8_lossy(bytes);
    let mut last: Option<Entry> = None;
    let mut entries = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let entry = match (Entry::parse(line), &last) {
            (Some(entry), _) => {
                last = Some(entry.clone());
                entry
            }
            (None, Some(last)) => last.continued(line),
            (None, None) => continue,
        };
        if wanted.takes(&entry) {
            entries.push(entry);
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_of_many_parts_is_read_as_far_as_it_takes() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let filler = "x".repeat(100);
        for number in 0..3_000 {
            let level = if number % 1_000 == 0 { "WARN" } else { "INFO" };
            writeln!(file, "[2025-10-30 06:35:21] [{level}] [1-a] {number} {filler}").unwrap();
        }
        assert!(file.as_file().metadata().unwrap().len() > 4 * PART);
        let numbers = |count, wanted: &Wanted| {
            let entries = of(file.path(), count, wanted).unwrap();
            let number = |entry: &Entry| entry.text().split(' ').nth(4).unwrap().to_owned();
            entries.iter().map(number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(2, &Wanted::default()), ["2998", "2999"]);
        let warnings = Wanted { level: Some(tabmux_cli::args::LogLevel::Warn), instance: None };
        assert_eq!(numbers(5, &warnings), ["0", "1000", "2000"]);
        assert_eq!(numbers(9_000, &Wanted::default()).len(), 3_000);
    }
}
