//! Log lines: `[2025-10-30 06:35:21] [INFO] [12345-a1b2c3d4] text field=value`, times in UTC, to stderr and to one file
//! per process. Standard output is never touched: in `tabmux mcp` it belongs to MCP.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;
use std::{env, fmt};

use tabmux_protocol::installation::{append_private, make_private_dir};
use tabmux_protocol::{Installation, InstanceId};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::plain::one_line;

/// A log file is turned over at this size, in bytes; one older part is kept.
const FILE_LIMIT: u64 = 5 * 1024 * 1024;
/// All log files together stay under this size, in bytes (acceptance row G3); the oldest go first.
const FOLDER_LIMIT: u64 = 100 * 1024 * 1024;

/// No more log files than this are kept: where a hub cannot start, each attempt leaves a small one.
const FILES_LIMIT: usize = 500;

/// Which process writes the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// `tabmux mcp`.
    Mcp,
    /// A hub in the foreground.
    Hub,
    /// A hub in the background: its stderr is kept for panics.
    LaunchedHub,
    /// The native-messaging host.
    NativeHost,
}

/// Sends the process's log lines to stderr and to `<log folder>/<who>-<instance>.log`, which is made with its first
/// line. `TABMUX_LOG` sets the level (`info`, or by target: `warn,tabmux_hub=debug`), `TABMUX_LOG_DIR` the folder.
pub(crate) fn init(installation: &Installation, instance: &InstanceId, who: Who) {
    let folder = env::var_os("TABMUX_LOG_DIR").map_or_else(|| installation.log_dir(), PathBuf::from);
    let name = match who {
        Who::Mcp => "mcp",
        Who::Hub | Who::LaunchedHub => "hub",
        Who::NativeHost => "native-host",
    };
    let lines = Lines {
        instance: instance.clone(),
        to_stderr: who != Who::LaunchedHub,
        colour: io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none(),
        file: Mutex::new(LogFile {
            path: folder.join(format!("{name}-{instance}.log")),
            open: None,
            failed: false,
        }),
    };
    let wanted = env::var("TABMUX_LOG").ok();
    let parsed = wanted.as_deref().map(str::parse::<Targets>);
    let bad = matches!(parsed, Some(Err(_)));
    let targets = match parsed {
        Some(Ok(targets)) => targets,
        _ => Targets::new().with_default(Level::INFO).with_target("rmcp", Level::ERROR),
    };
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
    if bad {
        tracing::warn!("TABMUX_LOG is not understood: use error, warn, info, debug or trace");
    }
    if matches!(who, Who::Hub | Who::LaunchedHub) {
        prune(&folder);
    }
}

struct Lines {
    instance: InstanceId,
    to_stderr: bool,
    colour: bool,
    file: Mutex<LogFile>,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = *event.metadata().level();
        let mut text = Text::default();
        event.record(&mut text);
        let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let time = time.trim_end_matches('Z').replacen('T', " ", 1);
        let rest = format!("[{}] {}{}", self.instance, text.message, text.fields);
        if self.to_stderr {
            let (on, off) = if self.colour { (colour_of(level), "\x1b[0m") } else { ("", "") };
            // A closed stderr must not end the process, and there is nowhere left to tell of it.
            let _ = writeln!(io::stderr(), "[{time}] [{on}{level}{off}] {rest}");
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write(format!("[{time}] [{level}] {rest}\n").as_bytes());
    }
}

fn colour_of(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[36m",
        Level::TRACE => "\x1b[2m",
    }
}

/// Message and fields on one line: a line break or escape in a value could forge a line of its own.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = one_line(&format!("{value:?}"));
        if field.name() == "message" {
            self.message = value;
        } else {
            self.fields.push_str(&format!(" {}={value}", field.name()));
        }
    }
}

struct LogFile {
    path: PathBuf,
    open: Option<(File, u64)>,
    /// Set once writing has failed, so that a full disk costs one attempt and not one per line.
    failed: bool,
}

impl LogFile {
    fn write(&mut self, line: &[u8]) {
        if !self.failed && self.try_write(line).is_err() {
            self.failed = true;
        }
    }

    fn try_write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|(_, size)| *size > FILE_LIMIT) {
            self.open = None;
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
        }
        if self.open.is_none() {
            if let Some(folder) = self.path.parent() {
                make_private_dir(folder).map_err(io::Error::other)?;
            }
            let file = append_private(&self.path)?;
            let size = file.metadata()?.len();
            self.open = Some((file, size));
        }
        if let Some((file, size)) = &mut self.open {
            file.write_all(line)?;
            *size += line.len() as u64;
        }
        Ok(())
    }
}

/// Removes the oldest log files until the folder is within its limits. What cannot be removed is left.
fn prune(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((about.modified().ok()?, about.len(), entry.path()))
        })
        .collect();
    files.sort();
    let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
    let mut count = files.len();
    for (_, size, path) in files {
        if total <= FOLDER_LIMIT && count <= FILES_LIMIT {
            return;
        }
        if fs::remove_file(path).is_ok() {
            total -= size;
            count -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_turned_over_and_one_older_part_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/mcp-1.log");
        let mut file = LogFile { path: path.clone(), open: None, failed: false };
        file.write(&vec![b'x'; FILE_LIMIT as usize + 1]);
        file.write(b"second\n");
        assert_eq!(fs::read(&path).unwrap(), b"second\n");
        assert_eq!(fs::metadata(path.with_extension("log.1")).unwrap().len(), FILE_LIMIT + 1);
    }

    #[test]
    fn a_folder_that_cannot_be_made_costs_the_log_and_nothing_else() {
        let mut file = LogFile { path: PathBuf::from("/proc/none/mcp-1.log"), open: None, failed: false };
        file.write(b"line\n");
        assert!(file.failed);
    }

    #[test]
    fn many_small_files_are_pruned_too() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..FILES_LIMIT + 20 {
            fs::write(folder.path().join(format!("hub-{number}.log")), "line\n").unwrap();
        }
        prune(folder.path());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), FILES_LIMIT);
    }
}
