//! Text of others on a person's terminal and in log files: agents, pages and browsers choose it.

/// The text on one line, with everything escaped that could forge a line, or move or recolour what is around it.
pub(crate) fn one_line(text: &str) -> String {
    escaped(text, |_| false)
}

/// The text with its line breaks, and otherwise as by [`one_line`].
pub(crate) fn lines(text: &str) -> String {
    escaped(text, |c| c == '\n')
}

fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let is_plain = |c: char| is_kept(c) || !(c.is_control() || is_invisible(c));
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match is_plain(c) {
            true => plain.push(c),
            false => plain.extend(c.escape_default()),
        }
    }
    plain
}

/// Marks that change the direction of the text around them, break lines, or show nothing at all.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_forge_a_line() {
        assert_eq!(one_line("a\n[2025] \u{1b}[31m\u{9b}2J"), "a\\n[2025] \\u{1b}[31m\\u{9b}2J");
        assert_eq!(one_line("emoji \u{1f980} and עברית"), "emoji \u{1f980} and עברית");
        assert_eq!(
            one_line("\u{202e}txt\u{2066}\u{2028}\u{200b}"),
            "\\u{202e}txt\\u{2066}\\u{2028}\\u{200b}"
        );
        assert_eq!(lines("line 3\n  hartbeat\r\u{1b}["), "line 3\n  hartbeat\\r\\u{1b}[");
    }
}
