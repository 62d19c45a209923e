//! What a person sees of `setup` and `uninstall`, and is asked.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use tabmux_cli::outcome::{
    CheckOutcome, ExecutableChange, ExecutableOutcome, FileProblem, LeftEntry, ProgramChange, ProgramOutcome,
};

use super::edit::NAME;
use crate::Failure;
use crate::plain::one_line;
use crate::terminal::{BAD, BOLD, DIM, GOOD, WARN, paint, print, width, wrapped};

/// Refuses to go on where nobody can be asked and no flag answers.
pub(super) fn can_ask(command: &str, yes: bool, dry_run: bool, json: bool) -> Result<(), Failure> {
    if yes || dry_run || (!json && io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Ok(());
    }
    let why = if json { "with --json nobody is asked" } else { "there is no terminal on which to ask" };
    Err(Failure::Usage(format!(
        "nothing was changed, since {why}: `{command} --dry-run` shows what would change, and `{command} --yes` changes it"
    )))
}

/// Asks a question that is answered by yes or no; the end of the input is a no.
pub(super) fn agrees(question: &str, by_default: bool) -> bool {
    let choice = if by_default { "[Y/n]" } else { "[y/N]" };
    let _ = write!(anstream::stdout(), "{} {choice} ", wrapped(question, 0));
    let _ = io::stdout().flush();
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer).unwrap_or(0) == 0 {
        print("");
        return false;
    }
    match answer.trim().to_ascii_lowercase().as_str() {
        "" => by_default,
        answer => matches!(answer, "y" | "yes"),
    }
}

/// A path below the home folder in short.
pub(super) fn short(path: &Path, home: &Path) -> String {
    let text = match path.strip_prefix(home) {
        Ok(below) => format!("~/{}", below.display()),
        Err(_) => path.display().to_string(),
    };
    one_line(&text)
}

/// What is to become of a program's file, or became of it.
pub(super) fn program(outcome: &ProgramOutcome, home: &Path) {
    let path = short(&outcome.path, home);
    let (style, what) = match outcome.change {
        ProgramChange::Unchanged => (DIM, "as it should be"),
        ProgramChange::Created => (GOOD, "new file"),
        ProgramChange::Added | ProgramChange::Updated => (GOOD, ""),
        ProgramChange::Restored => (GOOD, "as it was before"),
        ProgramChange::TakenOut => (WARN, "changed by others since: only the entry goes"),
        ProgramChange::Removed => (GOOD, "removed, as it was not there before"),
        ProgramChange::Failed => (BAD, "left as it is"),
    };
    let mut line = format!("{}  {path}", paint(BOLD, &outcome.name));
    if !what.is_empty() {
        // On a line of its own where it would not fit behind the path.
        let length = outcome.name.len() + 2 + path.len() + 3 + what.len();
        let gap = if length > width() { "\n  " } else { "  " };
        line.push_str(&format!("{gap}{}", paint(style, &format!("({what})"))));
    }
    print(&line);
    diff(&outcome.diff);
    if let Some(trouble) = &outcome.problem {
        problem(trouble);
    }
}

/// An entry that `uninstall` leaves.
pub(super) fn left(entry: &LeftEntry, home: &Path) {
    let text = format!(
        "{} the entry `{NAME}` of {}, which `tabmux setup` did not write, in {}",
        paint(WARN, "Left:"),
        entry.name,
        short(&entry.path, home)
    );
    print(&wrapped(&text, 2));
}

fn diff(text: &str) {
    let room = width() - 4;
    for line in text.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => BAD,
            _ => DIM,
        };
        // A line of ours is shown whole; those around it may be of any length.
        let whole = line.starts_with('+');
        let shown: String = line.chars().take(if whole { usize::MAX } else { room }).collect();
        print(&format!("    {}", paint(style, &one_line(&shown.replace('\t', "  ")))));
    }
}

fn problem(problem: &FileProblem) {
    let place = match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("Line {line}, column {column}: "),
        _ => String::new(),
    };
    print(&paint(BAD, &wrapped(&format!("  {place}{}.", one_line(&problem.message)), 2)));
    if let Some(paste) = &problem.paste {
        print("  Correct that and run this again, or put this into it by hand:");
        for line in paste.lines() {
            print(&format!("    {line}"));
        }
    }
}

/// What is to become of the copy of the executable.
pub(super) fn executable(outcome: &ExecutableOutcome, home: &Path) {
    let path = short(&outcome.path, home);
    let text = match outcome.change {
        ExecutableChange::Copied => format!("Copy this executable to {path}"),
        ExecutableChange::Unchanged => return,
        ExecutableChange::NewerKept => {
            let version = outcome.version.as_deref().unwrap_or("of another version");
            format!("A newer Tabmux ({version}) is at {path} already, and stays: entries name it")
        }
    };
    print(&wrapped(&text, 2));
}

/// What a real call said.
pub(super) fn check(outcome: &CheckOutcome, home: &Path) {
    if let Some(problem) = &outcome.problem {
        let command = outcome.command.join(" ");
        print(&wrapped(&format!("{} {}: {problem}", paint(BAD, "The check failed:"), one_line(&command)), 2));
        return;
    }
    let command = outcome.command.first().map(|path| short(Path::new(path), home)).unwrap_or_default();
    let hub = outcome.hub_ms.map(|ms| format!(", the hub answered after {ms} ms")).unwrap_or_default();
    let page = match (&outcome.browser, outcome.page_ms) {
        (Some(name), Some(ms)) => {
            format!(", and a page opened in a background tab of {} in {ms} ms", one_line(name))
        }
        _ => String::new(),
    };
    print(&wrapped(
        &format!(
            "{} {command} lists {} tools after {} ms{hub}{page}.",
            paint(GOOD, "Checked:"),
            outcome.tools,
            outcome.listed_ms
        ),
        2,
    ));
}
