//! What a document shows of an output, against what was printed.

use anyhow::{Result, bail};

/// Whether what is shown was printed: the same lines, but for digits, for identifiers, for the width of columns, and for
/// what `…` stands for.
pub fn compare(shown: &[String], printed: &str) -> Result<()> {
    let shown: Vec<String> = shown.iter().map(|line| in_general(line)).collect();
    let printed: Vec<String> = printed.trim_end().lines().map(in_general).collect();
    let fits = |(shown, printed): (&String, &String)| matches(shown, printed);
    if shown.len() != printed.len() || !shown.iter().zip(&printed).all(fits) {
        bail!("shown:\n{}\nprinted:\n{}", shown.join("\n"), printed.join("\n"));
    }
    Ok(())
}

/// Whether the pieces between the `…` of a line stand in the other one, in their order, from its beginning to its end.
fn matches(shown: &str, printed: &str) -> bool {
    let mut pieces = shown.split('…');
    let Some(mut rest) = pieces.next().and_then(|first| printed.strip_prefix(first)) else { return false };
    let Some((last, middle)) = pieces.clone().collect::<Vec<_>>().split_last().map(|(l, m)| (*l, m.to_vec()))
    else {
        return rest.is_empty();
    };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

fn in_general(line: &str) -> String {
    without_figures(&line.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A line with a zero for each number and for each word of hexadecimal digits that has one.
fn without_figures(line: &str) -> String {
    let mut text = String::new();
    let mut word = String::new();
    for c in line.chars().chain(['\0']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let is_id = word.len() >= 8
            && word.chars().all(|c| c.is_ascii_hexdigit())
            && word.contains(|c: char| c.is_ascii_digit());
        if is_id {
            text.push('0');
        } else {
            let mut last_was_digit = false;
            for c in word.chars() {
                if !(c.is_ascii_digit() && last_was_digit) {
                    text.push(if c.is_ascii_digit() { '0' } else { c });
                }
                last_was_digit = c.is_ascii_digit();
            }
        }
        word.clear();
        text.push(c);
    }
    text.pop();
    text
}

#[test]
fn figures_may_differ_and_words_may_not() {
    let compared = |shown: &str, printed: &str| compare(&[shown.to_owned()], printed).is_ok();
    assert!(compared("pid 12345-a1b2c3d4, up 3 s", "pid 7-00000000, up 121 s\n"));
    assert!(compared("Hub  … on port 9008, … calls", "Hub  Serving on port 4, 5 calls"));
    assert!(!compared("Hub  … on port 9008, … calls", "Hub  Serving on port 4, 5 answers"));
    assert!(!compared("one", "two") && !compared("one", "one\ntwo"));
}
