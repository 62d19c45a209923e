//! `tabmux config show|check`.

use std::fmt::Write;

use anyhow::anyhow;
use serde_json::Value;
use tabmux_cli::args::{ConfigCheckArgs, ConfigShowArgs};
use tabmux_cli::config::{
    self, CheckedConfig, ConfigError, Mistakes, ShownConfig, ShownKey, Source, find, unknown_key,
};

use crate::Failure;
use crate::plain::one_line;
use crate::terminal::{BOLD, DIM, GOOD, paint, print};

/// Where the sources stand beside the values, in columns.
const SOURCES_AT: usize = 48;

pub(crate) fn show(args: &ConfigShowArgs) -> Result<(), Failure> {
    let (installation, reading) = config::read()?;
    if let Some(path) = &args.key {
        let key = find(path).ok_or_else(|| anyhow!(unknown_key(path)))?;
        let shown = ShownKey::new(key, &installation, &reading);
        print(&if args.json { serde_json::to_string(&shown)? } else { for_scripts(&shown.value) });
    } else {
        let shown = ShownConfig::new(&installation, &reading);
        print(&if args.json { serde_json::to_string(&shown)? } else { for_people(&shown) });
    }
    told(reading.mistakes, args.json)
}

pub(crate) fn check(args: &ConfigCheckArgs) -> Result<(), Failure> {
    let reading = match &args.file {
        Some(file) if !file.exists() => {
            return Err(anyhow!("{}: there is no such file", file.display()).into());
        }
        Some(file) => config::read_file(file),
        None => config::read()?.1,
    };
    let mistakes = reading.mistakes.clone();
    let set = reading.settings.len();
    let checked = CheckedConfig::from(reading);
    if args.json {
        print(&serde_json::to_string(&checked)?);
    } else if mistakes.0.is_empty() {
        let file = one_line(&checked.file.to_string_lossy());
        let right = paint(GOOD, "right");
        print(&match (checked.exists, set) {
            (false, 0) => format!("{file} does not exist, and every key has its default."),
            (false, _) => format!("{file} does not exist, and what the environment sets is {right}."),
            (true, _) => format!("{file} is {right}."),
        });
    }
    told(mistakes, args.json)
}

/// Ends the command with the mistakes, if there are any; the JSON has them already.
fn told(mistakes: Mistakes, json: bool) -> Result<(), Failure> {
    match (mistakes.0.is_empty(), json) {
        (true, _) => Ok(()),
        (false, true) => Err(Failure::Shown(1)),
        (false, false) => Err(ConfigError::from(mistakes).into()),
    }
}

fn for_people(shown: &ShownConfig) -> String {
    let none = if shown.exists { "" } else { " (there is none)" };
    let mut text = format!("{BOLD}File{BOLD:#}  {}{none}", one_line(&shown.file.to_string_lossy()));
    let mut table = "";
    for key in &shown.keys {
        let (of, name) = key.key.split_once('.').unwrap_or(("", key.key));
        if of != table {
            let _ = write!(text, "\n\n{BOLD}[{of}]{BOLD:#}");
            table = of;
        } else if table.is_empty() {
            text.push('\n');
        }
        let line = format!("{name} = {}", one_line(&key.value.to_string()));
        let source = match &key.source {
            Source::Default => paint(DIM, "default"),
            Source::File { line } => format!("line {line}"),
            Source::Environment { variable } => one_line(variable),
            Source::Flag => "--set".into(),
        };
        let _ = write!(text, "\n{line:<SOURCES_AT$}{source}");
        if line.len() >= SOURCES_AT {
            text.truncate(text.len() - source.len());
            let _ = write!(text, "\n{:SOURCES_AT$}{source}", "");
        }
    }
    text
}

/// A value alone: a text without quotes, as a script wants it.
fn for_scripts(value: &Value) -> String {
    one_line(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
