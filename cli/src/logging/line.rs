//! One log line, as text for people or as JSON for programs.

use std::fmt::{self, Write};
use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Map, Value};
use tabmux_cli::config::LogFormat;
use tabmux_protocol::InstanceId;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use crate::plain::{is_invisible, one_line};

/// The longest value, in characters. Agents and browsers choose some of them.
const LONGEST: usize = 1_000;

/// An event, with what every line says.
pub(super) struct Line<'a> {
    instance: &'a InstanceId,
    level: Level,
    target: &'a str,
    pub(super) at: SystemTime,
    message: String,
    fields: Fields,
}

/// The fields of an event or a span, in their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

impl<'a> Line<'a> {
    /// The line of an event, whose text is among its fields.
    pub(super) fn of(event: &'a Event<'_>, instance: &'a InstanceId, around: Fields, at: SystemTime) -> Self {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.take_message();
        fields.extend(around);
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        Self { instance, level, target, at, message, fields }
    }

    /// A warning about the log itself.
    pub(super) fn about_log(instance: &'a InstanceId, message: String, at: SystemTime) -> Self {
        Self { instance, level: Level::WARN, target: module_path!(), at, message, fields: Fields::default() }
    }

    /// The line with its line break.
    pub(super) fn written(&self, format: LogFormat, colour: bool) -> String {
        match format {
            LogFormat::Text => self.text(colour),
            LogFormat::Json => self.json(),
        }
    }

    /// `[2025-10-30 06:35:21] [INFO] [12345-a1b2c3d4] text field=value`, the time in UTC.
    fn text(&self, colour: bool) -> String {
        let time = humantime::format_rfc3339_seconds(self.at).to_string();
        let time = time.trim_end_matches('Z').replacen('T', " ", 1);
        let (on, off) = if colour { (colour_of(self.level), "\x1b[0m") } else { ("", "") };
        let Self { instance, level, message, .. } = self;
        let mut text = format!("[{time}] [{on}{level}{off}] [{instance}] {}", one_line(message));
        for (name, value) in &self.fields.0 {
            // Writing to a text cannot fail.
            let _ = match value {
                Value::String(value) => write!(text, " {name}={}", one_line(value)),
                other => write!(text, " {name}={other}"),
            };
        }
        text.push('\n');
        text
    }

    fn json(&self) -> String {
        /// The members in the order in which a person reads them.
        #[derive(Serialize)]
        struct Object<'a> {
            time: String,
            level: &'a str,
            instance: &'a str,
            target: &'a str,
            message: &'a str,
            #[serde(flatten)]
            fields: Map<String, Value>,
        }
        let object = Object {
            time: humantime::format_rfc3339_millis(self.at).to_string(),
            level: self.level.as_str(),
            instance: &self.instance.0,
            target: self.target,
            message: &self.message,
            fields: self.fields.0.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        // Texts and numbers cannot fail to serialize.
        let json = serde_json::to_string(&object).unwrap_or_default();
        let mut text = String::with_capacity(json.len() + 1);
        for c in json.chars() {
            // Such characters stand in strings only. JSON allows them, and a terminal obeys them.
            match c.is_control() || is_invisible(c) {
                true => text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
                false => text.push(c),
            }
        }
        text.push('\n');
        text
    }
}

impl Fields {
    fn push(&mut self, field: &Field, value: Value) {
        self.0.push((field.name(), value));
    }

    /// Takes the text of an event out of its fields.
    fn take_message(&mut self) -> String {
        let at = self.0.iter().position(|(name, _)| *name == "message");
        match at.map(|at| self.0.remove(at).1) {
            Some(Value::String(message)) => message,
            _ => String::new(),
        }
    }

    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, shortened(value.to_owned()).into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push(field, shortened(format!("{value:?}")).into());
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tracing::Subscriber;
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
    use tracing_subscriber::registry::LookupSpan;

    use super::super::scope;
    use super::*;

    /// Keeps the lines of both formats.
    struct Kept(Arc<Mutex<Vec<[String; 2]>>>);

    impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Kept {
        fn on_new_span(
            &self,
            attributes: &tracing::span::Attributes<'_>,
            id: &tracing::Id,
            context: Context<'_, S>,
        ) {
            scope::open(attributes, id, &context);
        }

        fn on_record(&self, id: &tracing::Id, values: &tracing::span::Record<'_>, context: Context<'_, S>) {
            scope::add(values, id, &context);
        }

        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            let instance = InstanceId("12345-a1b2c3d4".into());
            let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_761_806_121_042);
            let line = Line::of(event, &instance, scope::fields(event, &context), at);
            let written = [LogFormat::Text, LogFormat::Json].map(|format| line.written(format, false));
            self.0.lock().unwrap().push(written);
        }
    }

    fn lines(log: impl FnOnce()) -> Vec<[String; 2]> {
        let kept = Arc::<Mutex<_>>::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Kept(Arc::clone(&kept))), log);
        std::mem::take(&mut kept.lock().unwrap())
    }

    #[test]
    fn a_line_is_written_for_people_and_for_programs() {
        let [[text, json], ..] = &lines(|| {
            let span = tracing::info_span!("request", call = tracing::field::Empty);
            span.record("call", "c7");
            span.in_scope(|| {
                tracing::info!(tool = "browser_click", ok = true, ms = 12, "Request #1 (ID: 42) completed");
            });
        })[..] else {
            panic!("a line")
        };
        assert_eq!(
            text,
            "[2025-10-30 06:35:21] [INFO] [12345-a1b2c3d4] Request #1 (ID: 42) completed tool=browser_click ok=true \
             ms=12 call=c7\n"
        );
        let read: Value = serde_json::from_str(json).unwrap();
        let target = module_path!();
        let wanted = serde_json::json!({
            "time": "2025-10-30T06:35:21.042Z", "level": "INFO", "instance": "12345-a1b2c3d4", "target": target,
            "message": "Request #1 (ID: 42) completed", "tool": "browser_click", "ok": true, "ms": 12, "call": "c7",
        });
        assert_eq!(read, wanted);
        assert!(json.starts_with(r#"{"time":"#) && json.ends_with("}\n"), "{json}");
    }

    #[test]
    fn no_value_forges_a_line_or_fills_the_log() {
        let forged = "a\n[2025] \u{1b}[31m\u{9b}\u{202e}\u{2028}";
        let written = lines(|| tracing::warn!(label = forged, "{forged}{}", "x".repeat(100_000)));
        for line in &written[0] {
            assert!(
                !line.trim_end_matches('\n').contains(|c: char| c.is_control() || is_invisible(c)),
                "{line:?}"
            );
            assert!(line.len() < 3_000, "{}", line.len());
        }
        let read: Value = serde_json::from_str(&written[0][1]).unwrap();
        assert_eq!(read["label"], forged);
    }
}
