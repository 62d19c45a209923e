//! Names of files, out of names that pages chose.

/// The longest name, in bytes: every file system takes it, with room for a number.
const NAME_LIMIT: usize = 80;
/// The longest ending that is kept when a name is cut, in bytes.
const ENDING_LIMIT: usize = 12;

/// A name that is one plain part of a path, whatever the page wrote.
pub(super) fn plain(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().map(|c| if c.is_alphanumeric() || "._".contains(c) { c } else { '-' }) {
        if c != '-' || !plain.ends_with('-') {
            plain.push(c);
        }
    }
    // A point in front would hide the file.
    let trimmed = plain.trim_matches(['-', '.']);
    if trimmed.is_empty() { "file".into() } else { cut(trimmed) }
}

/// The name with a number before its ending; the first has none.
pub(super) fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.into();
    }
    let (stem, ending) = split(name);
    format!("{stem}-{number}{ending}")
}

fn cut(name: &str) -> String {
    let (stem, ending) = split(name);
    let room = NAME_LIMIT - ending.len();
    let fits = |(at, c): &(usize, char)| at + c.len_utf8() <= room;
    let stem: String = stem.char_indices().take_while(fits).map(|(_, c)| c).collect();
    stem + ending
}

/// The name and its ending, which begins with a point; a long ending is none.
fn split(name: &str) -> (&str, &str) {
    let at = name.rfind('.').filter(|at| *at > 0 && name.len() - at <= ENDING_LIMIT);
    name.split_at(at.unwrap_or(name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_page_names_a_file_it_is_one_plain_part_of_a_path() {
        for (given, expected) in [
            ("page.pdf", "page.pdf"),
            ("../../.ssh/authorized_keys", "ssh-authorized_keys"),
            ("/etc/passwd", "etc-passwd"),
            ("a\0b\n\u{1b}[31m.txt", "a-b-31m.txt"),
            ("..", "file"),
            ("", "file"),
            (".hidden", "hidden"),
            ("Größe \u{202e}fdp.exe", "Größe-fdp.exe"),
        ] {
            assert_eq!(plain(given), expected);
        }
        let long = plain(&format!("{}.json", "ü".repeat(200)));
        assert!(long.len() <= NAME_LIMIT && long.ends_with("ü.json"), "{long}");
        assert_eq!(plain(&"x".repeat(200)).len(), NAME_LIMIT);
    }

    #[test]
    fn a_number_stands_before_the_ending() {
        assert_eq!(numbered("page.pdf", 1), "page.pdf");
        assert_eq!(numbered("page.pdf", 2), "page-2.pdf");
        assert_eq!(numbered("page", 3), "page-3");
    }
}
