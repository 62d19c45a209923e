//! The diagnosis on a person's terminal: a line a link as soon as it is known, what to do under each that is broken, and
//! at the end what to do first.

use std::env;

use anstyle::Style;
use tabmux_cli::diagnosis::{Check, Diagnosis, Verdict};

use crate::plain::one_line;
use crate::terminal::{BAD, BOLD, DIM, GOOD, WARN, paint, print, wrapped};

/// The column in which what was seen begins.
const COLUMN: usize = 18;

/// Prints a check.
pub(super) fn check(check: &Check) {
    print(&lines(check, is_utf8()));
}

fn lines(check: &Check, utf8: bool) -> String {
    let (mark, style) = mark(check.verdict, utf8);
    let name = format!("{:<width$}", check.link.name(), width = COLUMN - 2);
    let subject = check.subject.as_deref().map_or_else(String::new, |subject| format!("{subject}: "));
    let seen = format!("{subject}{}", from_home(&one_line(&check.seen)));
    let seen = if check.verdict == Verdict::Skipped { paint(DIM, &seen) } else { seen };
    let mut text = wrapped(&format!("{} {name}{seen}", paint(style, mark)), COLUMN);
    let below = |text: &str| {
        let indent = " ".repeat(COLUMN);
        wrapped(&format!("{indent}{text}"), COLUMN)
    };
    for detail in &check.details {
        text = format!("{text}\n{}", paint(DIM, &below(&from_home(&one_line(detail)))));
    }
    if let Some(fix) = &check.fix {
        text = format!("{text}\n{}", below(&format!("{} {}", paint(BOLD, "Fix:"), one_line(fix))));
    }
    text
}

/// Paths below the home folder in the short way in which people write them.
fn from_home(text: &str) -> String {
    match env::var("HOME") {
        Ok(home) if home.len() > 1 => text.replace(&format!("{home}/"), "~/"),
        _ => text.to_owned(),
    }
}

/// Prints the last words.
pub(super) fn summary(diagnosis: &Diagnosis) {
    print(&format!("\n{}", last_words(diagnosis)));
}

fn last_words(diagnosis: &Diagnosis) -> String {
    let count = |verdict| diagnosis.checks.iter().filter(|check| check.verdict == verdict).count();
    let (failed, warned, skipped) = (count(Verdict::Fail), count(Verdict::Warn), count(Verdict::Skipped));
    let (style, seen) = match (failed, diagnosis.healthy) {
        (0, true) if warned == 0 => (GOOD, "All is well.".to_owned()),
        (0, true) => (GOOD, format!("All works, with {}.", counted(warned, "warning"))),
        (0, false) => {
            (WARN, format!("Nothing is broken; {} could not be checked.", counted(skipped, "link")))
        }
        (failed, _) => (BAD, format!("{} broken.", are(failed, "link"))),
    };
    let first = match &diagnosis.first {
        Some(first) => format!(" {} {}", paint(BOLD, "First:"), one_line(first)),
        None => String::new(),
    };
    wrapped(&format!("{}{first}", paint(style, &seen)), 0)
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn are(number: usize, noun: &str) -> String {
    format!("{} {}", counted(number, noun), if number == 1 { "is" } else { "are" })
}

fn mark(verdict: Verdict, utf8: bool) -> (&'static str, Style) {
    match (verdict, utf8) {
        (Verdict::Ok, true) => ("✓", GOOD),
        (Verdict::Ok, false) => ("+", GOOD),
        (Verdict::Warn, _) => ("!", WARN),
        (Verdict::Fail, true) => ("✗", BAD),
        (Verdict::Fail, false) => ("x", BAD),
        (Verdict::Skipped, true) => ("–", DIM),
        (Verdict::Skipped, false) => ("-", DIM),
    }
}

/// Whether the terminal shows more than ASCII, by the variables that say so, the strongest first (locale(7)).
fn is_utf8() -> bool {
    let set =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()));
    set.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
