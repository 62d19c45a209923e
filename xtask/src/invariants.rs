//! The invariants of ARCHITECTURE.md: each names the tests that guard it, and each test that is named exists.

use std::collections::BTreeSet;

/// The document that states the invariants.
pub const DOCUMENT: &str = "ARCHITECTURE.md";
/// What an invariant begins with, after the mark of its list.
const INVARIANT: &str = "Invariant:";
/// What stands before the names of its tests.
const TESTS: &str = "Tests:";

/// Says which invariants of the document name no test, or one that is not among `tests`.
pub fn problems(document: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    for (line, invariant) in invariants(document) {
        let names = tests_named_in(&invariant);
        if names.is_empty() {
            problems.push(format!("{DOCUMENT}:{line}: an invariant without a test"));
        }
        for name in names.into_iter().filter(|name| !tests.contains(*name)) {
            problems.push(format!("{DOCUMENT}:{line}: there is no test `{name}`"));
        }
    }
    problems
}

/// The names of the tests in a source file: functions in Rust, titles in JavaScript.
pub fn tests_in(file: &str, text: &str) -> Vec<String> {
    if file.ends_with(".rs") {
        rust_tests(text)
    } else if file.ends_with(".test.js") {
        text.lines().filter_map(title).collect()
    } else {
        Vec::new()
    }
}

/// Each invariant on one line, with the number of its first line: it ends with the next item, heading or empty line.
fn invariants(document: &str) -> Vec<(usize, String)> {
    let mut invariants: Vec<(usize, String)> = Vec::new();
    let mut is_inside = false;
    for (number, line) in document.lines().enumerate() {
        let text = line.trim();
        let is_item = text.starts_with("- ");
        if text.trim_start_matches("- ").starts_with(INVARIANT) {
            invariants.push((number + 1, text.to_owned()));
            is_inside = true;
        } else if is_item || text.is_empty() || text.starts_with('#') {
            is_inside = false;
        } else if let Some((_, invariant)) = invariants.last_mut().filter(|_| is_inside) {
            invariant.push(' ');
            invariant.push_str(text);
        }
    }
    invariants
}

/// What stands between backticks after the word that introduces the tests.
fn tests_named_in(invariant: &str) -> Vec<&str> {
    let named = invariant.split_once(TESTS).map_or("", |(_, tests)| tests);
    named.split('`').skip(1).step_by(2).collect()
}

/// A function counts when a test's attribute stands above it, other attributes between them or not.
fn rust_tests(text: &str) -> Vec<String> {
    let mut tests = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim_start) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        }
        let function = line.trim_start_matches("async ").strip_prefix("fn ");
        if let Some((name, _)) = function.and_then(|function| function.split_once('(')) {
            if is_test {
                tests.push(name.to_owned());
            }
            is_test = false;
        }
    }
    tests
}

/// The title on a line that begins a test of `node --test`, if it is written out.
fn title(line: &str) -> Option<String> {
    let line = line.trim_start();
    let arguments = line.strip_prefix("test(").or_else(|| line.strip_prefix("it("))?;
    let quote = arguments.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let mut title = String::new();
    let mut rest = arguments.chars().skip(1);
    loop {
        match rest.next()? {
            '\\' => title.push(rest.next()?),
            end if end == quote => return Some(title),
            other => title.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> BTreeSet<String> {
        let rust = "    #[test]\n    fn one_holds() {}\n\n#[tokio::test(start_paused = true)]\n#[cfg(unix)]\n\
                    async fn two_holds() {\n}\nfn a_helper() {}\n";
        let javascript = "test('three holds', async () => {\n  it(\"the person's holds\", () => {});\n\
                          it('it\\'s four', () => {});\nit(name, () => {});\n";
        let tests = [tests_in("a/b.rs", rust), tests_in("a/b.test.js", javascript)].concat();
        tests.into_iter().collect()
    }

    #[test]
    fn tests_are_functions_with_the_attribute_and_titles_that_are_written_out() {
        let expected = ["it's four", "one_holds", "the person's holds", "three holds", "two_holds"];
        assert!(known().iter().map(String::as_str).eq(expected), "{:?}", known());
    }

    #[test]
    fn an_invariant_may_run_over_several_lines_and_its_other_words_in_backticks_are_no_tests() {
        let document =
            "# Map\n- Invariant: `x` stays. Tests: `one_holds`,\n  `three\n  holds`.\n- `other` item\n";
        assert_eq!(problems(document, &known()), Vec::<String>::new());
    }

    #[test]
    fn a_missing_test_and_an_invariant_without_one_are_named_with_their_lines() {
        let document = "Invariant: a. Tests: `a_helper`, `two_holds`.\n\n- Invariant: b.\n";
        let expected = [
            "ARCHITECTURE.md:1: there is no test `a_helper`",
            "ARCHITECTURE.md:3: an invariant without a test",
        ];
        assert_eq!(problems(document, &known()), expected);
    }
}
