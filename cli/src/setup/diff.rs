//! What changes in a file, as a person reads it.

use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

/// The changed lines, each behind `+` or `-`, with one line around them behind a space; `...` stands between changes that
/// are apart.
pub(super) fn lines(before: &[u8], after: &[u8]) -> String {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let (before, after): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let diff = TextDiff::from_slices(&before, &after);
    let mut text = String::new();
    for (index, group) in diff.grouped_ops(1).iter().enumerate() {
        if index > 0 {
            text.push_str("...\n");
        }
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{sign} {}", change.value());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_one_line_around_them() {
        let before = "a\nb\nc\nd\ne\nf\ng\n";
        let after = "a\nb\nC\nd\ne\nf\ng\nh\n";
        assert_eq!(lines(before.as_bytes(), after.as_bytes()), "  b\n- c\n+ C\n  d\n...\n  g\n+ h\n");
        assert_eq!(lines(b"same\r\n", b"same\r\n"), "");
    }
}
