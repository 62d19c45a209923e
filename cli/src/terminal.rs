//! What a person sees on a terminal: colour only where it is shown, lines no wider than the window.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A heading, or a name that is looked for.
pub(crate) const BOLD: Style = Style::new().bold();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What a person should look at, though it works.
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
/// What does not work.
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Lines are no wider than this on a wide terminal, nor where there is none.
const WIDEST: usize = 100;

/// Prints a line to standard output, without its styles where that is no terminal or `NO_COLOR` is set; a reader that has
/// gone (`tabmux status | head -1`) is no error.
pub(crate) fn print(text: &str) {
    let _ = try_print(text);
}

/// As [`print()`], for those who go on printing only while somebody reads.
pub(crate) fn try_print(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}

/// Prints a line to standard error, as [`print()`].
pub(crate) fn tell(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The text in that style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The width to which text is wrapped, in columns.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDEST, |(width, _)| usize::from(width.0)).clamp(20, WIDEST)
}

/// Columns and rows of the terminal on standard output, if that is one.
pub(crate) fn size() -> Option<(usize, usize)> {
    let (columns, rows) = terminal_size::terminal_size_of(io::stdout())?;
    Some((usize::from(columns.0), usize::from(rows.0)))
}

/// The text in at most so many columns; one that is longer ends in an ellipsis.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) + 1 > columns {
            break;
        }
        kept.push(c);
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

/// The text in lines that fit the window, those after the first moved in by `indent` columns. Words that are too long,
/// such as paths, are not broken, nor are commands in backticks that fit a line: a person copies them.
pub(crate) fn wrapped(text: &str, indent: usize) -> String {
    wrapped_to(text, indent, width())
}

fn wrapped_to(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent);
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(&with_commands_whole(text, room), options).replace(UNBROKEN, " ")
}

/// The text with commands as one word each, which is what stands between backticks.
fn with_commands_whole(text: &str, room: usize) -> String {
    let parts = text.split('`').enumerate().map(|(place, part)| {
        // The backticks, and a full stop after them.
        let fits = textwrap::core::display_width(part) + 3 <= room;
        if place % 2 == 1 && fits { part.replace(' ', UNBROKEN) } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("`")
}

/// A space at which no line ends.
const UNBROKEN: &str = "\u{a0}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_ends_in_an_ellipsis_and_fits_whatever_its_characters_are() {
        assert_eq!(cut("a page", 6), "a page");
        assert_eq!(cut("a page", 5), "a pa…");
        assert_eq!(cut("a page", 3), "a…");
        assert_eq!(cut("\u{65e5}\u{672c}\u{8a9e}", 4), "\u{65e5}…", "a wide character is not halved");
    }

    #[test]
    fn lines_fit_the_window_and_long_words_are_left_whole() {
        let path = "/a/very/long/path/that/is/wider/than/the/window";
        let text = wrapped_to(&format!("choose {path} in the list of folders"), 2, 24);
        assert_eq!(text, format!("choose\n  {path}\n  in the list of folders"));
    }

    #[test]
    fn a_command_is_broken_only_where_it_fits_no_line() {
        let text = "first run `tabmux hub start`, then look";
        assert_eq!(wrapped_to(text, 2, 26), "first run\n  `tabmux hub start`, then\n  look");
        assert_eq!(wrapped_to(text, 2, 20), "first run `tabmux\n  hub start`, then\n  look", "too narrow");
        assert_eq!(wrapped_to("see /my-folder/it and go-on", 0, 13), "see\n/my-folder/it\nand go-on");
    }
}
