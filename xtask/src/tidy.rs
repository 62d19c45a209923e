//! Tidiness: sizes of files, marks of unfinished work, things that do not belong into the repository, invariants whose
//! tests are gone, links of documents that lead nowhere, an extension of another version.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::machine::repository;
use crate::{documents, invariants};

/// The most lines that a source file may have; generated files and tests apart (STYLE: one noun a file).
const MOST_LINES: usize = 500;
/// The largest file in the repository, in bytes: pictures and lock files stay below it.
const MOST_BYTES: u64 = 512 * 1024;

/// Checks every file that git knows.
pub fn run() -> Result<()> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(repository()).output()?;
    let names = String::from_utf8(listed.stdout)?;
    let names: Vec<&str> = names.split_terminator('\0').collect();
    let mut problems: Vec<String> = names.iter().copied().flat_map(problems_of).collect();
    problems.extend(problems_of_invariants(&names)?);
    problems.extend(documents::problems(&names, content));
    problems.extend(problem_of_version(&content("extension/manifest.json")));
    if !problems.is_empty() {
        bail!("untidy:\n  {}", problems.join("\n  "));
    }
    Ok(())
}

fn problems_of_invariants(names: &[&str]) -> Result<Vec<String>> {
    let tests: BTreeSet<String> =
        names.iter().flat_map(|name| invariants::tests_in(name, &content(name))).collect();
    let document = fs::read_to_string(repository().join(invariants::DOCUMENT))?;
    Ok(invariants::problems(&document, &tests))
}

/// What is handed out has the workspace's version; the extension's manifest is the one file that must name it, since
/// browsers load it as it lies there.
fn problem_of_version(manifest: &str) -> Option<String> {
    let wanted = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    (!manifest.contains(&wanted))
        .then(|| format!("extension/manifest.json: it must say {wanted}, as Cargo.toml does"))
}

/// The text of a file, empty where it is gone from the folder and not yet from git.
fn content(name: &str) -> String {
    fs::read_to_string(repository().join(name)).unwrap_or_default()
}

fn problems_of(name: &str) -> Vec<String> {
    let path = repository().join(name);
    let Ok(content) = fs::read(&path) else { return Vec::new() };
    let mut problems = Vec::new();
    if content.len() as u64 > MOST_BYTES {
        problems.push(format!("{name}: {} bytes", content.len()));
    }
    let Ok(text) = String::from_utf8(content) else { return problems };
    let is_source = name.ends_with(".rs") || name.ends_with(".js");
    let is_test = name.contains("/tests/") || name.contains("/test/") || name.starts_with("tests/");
    if is_source && !is_test && text.lines().count() > MOST_LINES {
        problems.push(format!("{name}: {} lines; is it one noun a file?", text.lines().count()));
    }
    // Put together here, so that this file does not find itself.
    let marks = [["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["HA", "CK"]].map(|parts| parts.concat());
    for (number, line) in text.lines().enumerate() {
        if is_source
            && marks.iter().any(|mark| line.split(|c: char| !c.is_alphanumeric()).any(|word| word == mark))
        {
            problems.push(format!("{name}:{}: a mark of unfinished work", number + 1));
        }
        if (is_source || name.ends_with(".md")) && line.ends_with([' ', '\t']) {
            problems.push(format!("{name}:{}: white space at the end", number + 1));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') && is_source {
        problems.push(format!("{name}: no line break at the end"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_of_another_version_is_told() {
        let manifest = |version: &str| format!("{{\n  \"version\": \"{version}\"\n}}\n");
        assert_eq!(problem_of_version(&manifest(env!("CARGO_PKG_VERSION"))), None);
        assert!(problem_of_version(&manifest("99.0.0")).is_some());
    }
}
