//! Tables for people: as wide as their content, or as the terminal if that is narrower; what is cut ends in an ellipsis.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::terminal::{DIM, cut, paint};

/// The space between two columns.
const GAP: usize = 2;

/// A column of a table.
pub(crate) struct Column {
    title: &'static str,
    numbers: bool,
    /// The width to which it may be cut; `None` for one that is shown whole.
    least: Option<usize>,
}

impl Column {
    /// A column of text that is shown whole.
    pub(crate) const fn whole(title: &'static str) -> Self {
        Self { title, numbers: false, least: None }
    }

    /// A column of text that may be cut to that width.
    pub(crate) const fn text(title: &'static str, least: usize) -> Self {
        Self { title, numbers: false, least: Some(least) }
    }

    /// A column of numbers.
    pub(crate) const fn numbers(title: &'static str) -> Self {
        Self { title, numbers: true, least: None }
    }
}

/// A text in a table, on one line and without styles of its own.
pub(crate) struct Cell(pub(crate) String, pub(crate) Style);

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(text, Style::new())
    }
}

/// The table in lines, no wider than `width` if its columns can be cut so far. It has as many cells a row as columns.
pub(crate) fn table<const N: usize>(
    columns: &[Column; N],
    rows: &[[Cell; N]],
    width: Option<usize>,
) -> String {
    let widths = widths(columns, rows, width);
    let titles = columns.iter().map(|column| (column.title, DIM));
    let mut lines = vec![line(columns, &widths, titles)];
    lines.extend(
        rows.iter().map(|row| line(columns, &widths, row.iter().map(|cell| (cell.0.as_str(), cell.1)))),
    );
    lines.join("\n")
}

fn widths<const N: usize>(columns: &[Column; N], rows: &[[Cell; N]], width: Option<usize>) -> [usize; N] {
    let mut widths: [usize; N] = std::array::from_fn(|at| {
        rows.iter().map(|row| row[at].0.width()).fold(columns[at].title.width(), usize::max)
    });
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(GAP * (N - 1)));
    while widths.iter().sum::<usize>() > room {
        let can_be_cut = |at: &usize| columns[*at].least.is_some_and(|least| widths[*at] > least);
        let Some(widest) = (0..N).filter(can_be_cut).max_by_key(|at| widths[*at]) else { break };
        widths[widest] -= 1;
    }
    widths
}

fn line<'c, const N: usize>(
    columns: &[Column; N],
    widths: &[usize; N],
    cells: impl Iterator<Item = (&'c str, Style)>,
) -> String {
    let mut line = String::new();
    for (at, (text, style)) in cells.enumerate() {
        let text = cut(text, widths[at]);
        let space = " ".repeat(widths[at] - text.width());
        let text = paint(style, &text);
        match columns[at].numbers {
            true => line.extend([&*space, &*text]),
            false => line.extend([&*text, &*space]),
        }
        line.push_str(&" ".repeat(GAP));
    }
    line.truncate(line.trim_end().len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Column::whole("TAB"), Column::text("TITLE", 8), Column::numbers("CALLS")];

    fn shown(width: Option<usize>) -> String {
        let row = |tab: &str, title: &str, calls: u32| {
            [tab.to_owned().into(), title.to_owned().into(), calls.to_string().into()]
        };
        let rows = [
            row("t1", "A long title of a page", 7),
            row("t12", "\u{65e5}\u{672c}\u{8a9e}\u{306e}\u{9801}", 1200),
        ];
        anstream::adapter::strip_str(&table(&COLUMNS, &rows, width)).to_string()
    }

    #[test]
    fn columns_are_as_wide_as_their_content_and_the_widest_are_cut_first() {
        assert_eq!(
            shown(None),
            "TAB  TITLE                   CALLS\n\
             t1   A long title of a page      7\n\
             t12  \u{65e5}\u{672c}\u{8a9e}\u{306e}\u{9801}               1200"
        );
        assert_eq!(
            shown(Some(22)),
            "TAB  TITLE       CALLS\n\
             t1   A long ti…      7\n\
             t12  \u{65e5}\u{672c}\u{8a9e}\u{306e}\u{9801}   1200"
        );
        assert!(shown(Some(5)).contains("A long…"), "no further than it says");
    }
}
