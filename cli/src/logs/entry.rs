//! One line of a log file, in either format.

use std::time::SystemTime;

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value, json};
use tabmux_cli::args::LogLevel;

use crate::plain::one_line;
use crate::terminal::{BAD, DIM, GOOD, WARN};

/// A line, with what it is sorted and chosen by.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// RFC 3339 in UTC, which sorts as it reads; `2025-10-30T06:35:21`, and in JSON with milliseconds.
    pub(super) time: String,
    level: LogLevel,
    instance: String,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    /// What comes behind time, level and instance.
    Text(String),
    /// A line that has none of them, such as one of a panic: it belongs to the one before.
    Loose(String),
    /// The line of a log in JSON, as it is and as it reads.
    Json(String, Map<String, Value>),
}

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) instance: Option<String>,
    pub(crate) level: Option<LogLevel>,
}

impl Wanted {
    pub(super) fn takes(&self, entry: &Entry) -> bool {
        self.level.is_none_or(|level| entry.level <= level)
            && self.instance.as_deref().is_none_or(|instance| entry.instance.starts_with(instance))
    }
}

impl Entry {
    /// Reads a line; `None` if it does not say when it was written.
    pub(super) fn parse(line: &str) -> Option<Self> {
        if line.starts_with('{') { Self::parse_json(line) } else { Self::parse_text(line) }
    }

    /// A line that belongs to this one.
    pub(super) fn continued(&self, line: &str) -> Self {
        Self { content: Content::Loose(line.to_owned()), ..self.clone() }
    }

    fn parse_text(line: &str) -> Option<Self> {
        let (time, rest) = line.strip_prefix('[')?.split_once("] [")?;
        let (level, rest) = rest.split_once("] [")?;
        let (instance, text) = rest.split_once("] ")?;
        // `2025-10-30 06:35:21`
        let has_the_shape = time.len() == 19 && time.is_ascii() && time.as_bytes()[10] == b' ';
        let level = LogLevel::named(level).filter(|_| has_the_shape)?;
        let content = Content::Text(text.to_owned());
        Some(Self { time: time.replacen(' ', "T", 1), level, instance: instance.to_owned(), content })
    }

    fn parse_json(line: &str) -> Option<Self> {
        let object: Map<String, Value> = serde_json::from_str(line).ok()?;
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let time = text("time")?.trim_end_matches('Z').to_owned();
        let (level, instance) = (LogLevel::named(text("level")?)?, text("instance")?.to_owned());
        Some(Self { time, level, instance, content: Content::Json(line.to_owned(), object) })
    }

    /// `[2025-10-30 06:35:21] [INFO] [12345-a1b2c3d4] text field=value`, with the level in its colour.
    pub(crate) fn text(&self) -> String {
        let style = self.style();
        let rest = match &self.content {
            Content::Loose(line) => return one_line(line),
            Content::Text(text) => one_line(text),
            Content::Json(_, object) => one_line(&in_words(object)),
        };
        let time = one_line(&self.time.replacen('T', " ", 1).chars().take(19).collect::<String>());
        let (level, instance) = (self.level_name(), one_line(&self.instance));
        format!("[{time}] [{style}{level}{style:#}] [{instance}] {rest}")
    }

    /// An object with `time`, `level`, `instance`, `message`, and the fields of a log in JSON.
    pub(super) fn json(&self) -> String {
        let message = match &self.content {
            Content::Json(line, _) => return one_line(line),
            Content::Text(text) | Content::Loose(text) => one_line(text),
        };
        let (time, level) = (format!("{}Z", self.time), self.level_name());
        // Put together by hand for the order in which a person reads them.
        let instance = &self.instance;
        format!(
            "{{\"time\":{},\"level\":{},\"instance\":{},\"message\":{}}}",
            json!(time),
            json!(level),
            json!(instance),
            json!(message)
        )
    }

    fn level_name(&self) -> &'static str {
        match self.level {
            LogLevel::Error => "ERROR",
            LogLevel::Warn => "WARN",
            LogLevel::Info => "INFO",
            LogLevel::Debug => "DEBUG",
            LogLevel::Trace => "TRACE",
        }
    }

    fn style(&self) -> Style {
        match self.level {
            LogLevel::Error => BAD,
            LogLevel::Warn => WARN,
            LogLevel::Info => GOOD,
            LogLevel::Debug => AnsiColor::Cyan.on_default(),
            LogLevel::Trace => DIM,
        }
    }
}

/// The message and the fields of a line in JSON, as a log in text has them.
fn in_words(object: &Map<String, Value>) -> String {
    let mut text = object.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
    for (name, value) in object {
        if !["time", "level", "instance", "target", "message"].contains(&name.as_str()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.extend([" ", name, "=", &value]);
        }
    }
    text
}

/// The time of a file as entries have it, in whole seconds: what was written in the second before may still be newer.
pub(super) fn time_of(at: SystemTime) -> String {
    let next_second = at + std::time::Duration::from_secs(1);
    humantime::format_rfc3339_seconds(next_second).to_string().trim_end_matches('Z').to_owned()
}
