//! Log lines, to stderr and to one file per process. Standard output is never touched: in `tabmux mcp` it belongs to
//! MCP. Whatever goes wrong with a log costs lines of it and nothing else.

mod file;
mod line;
mod prune;
mod scope;
mod stderr;

use std::env;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use tabmux_cli::config::{LogFormat, LogSettings};
use tabmux_protocol::{Installation, InstanceId};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use file::LogFile;
use line::Line;
use prune::Limits;

pub(crate) use prune::own_files;

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

impl Who {
    fn name(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Hub | Self::LaunchedHub => "hub",
            Self::NativeHost => "native-host",
        }
    }
}

/// Sends the process's log lines to stderr and to `<log folder>/<who>-<instance>.log`, which is made with its first
/// line.
pub(crate) fn init(installation: &Installation, settings: &LogSettings, instance: &InstanceId, who: Who) {
    let folder = settings.folder(installation);
    let limits = Limits::of(settings);
    let lines = Lines {
        instance: instance.clone(),
        format: settings.format,
        to_stderr: who != Who::LaunchedHub,
        colour: io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none(),
        file: Mutex::new(LogFile::new(folder.clone(), format!("{}-{instance}", who.name()), limits)),
    };
    tracing_subscriber::registry().with(lines.with_filter(wanted(&settings.level))).init();
    if matches!(who, Who::Hub | Who::LaunchedHub) {
        prune::prune(&folder, limits, SystemTime::now());
    }
}

/// What is logged at that level. The MCP library's lines hold whole messages, so that they come only if it is named.
fn wanted(level: &str) -> Targets {
    let targets: Targets = level.parse().unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    let is_named = targets.iter().any(|(target, _)| target.starts_with("rmcp"));
    if is_named { targets } else { targets.with_target("rmcp", Level::ERROR) }
}

struct Lines {
    instance: InstanceId,
    format: LogFormat,
    to_stderr: bool,
    colour: bool,
    file: Mutex<LogFile>,
}

impl Lines {
    fn write(&self, line: &Line<'_>) {
        if self.to_stderr {
            stderr::write(&line.written(self.format, self.colour));
        }
        let write = |file: &mut LogFile, line: &Line<'_>| {
            file.write(line.written(self.format, false).as_bytes(), line.at)
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = write(&mut file, line);
        if lost > 0 {
            let message = format!("Of the lines before, {lost} could not be written");
            write(&mut file, &Line::about_log(&self.instance, message, line.at));
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        scope::open(attributes, id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        scope::add(values, id, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.write(&Line::of(event, &self.instance, scope::fields(event, &context), SystemTime::now()));
    }
}

/// The names of what lies in a folder, in order.
#[cfg(test)]
fn names_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
