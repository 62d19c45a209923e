//! The notices of third parties: every crate that is linked into the executable, with its licence texts. A crate without
//! a text, whose licence we cannot give in its place, is an error: nothing is handed out without its notice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{output, path_of};
use crate::machine::cargo;

/// How the files begin in which crates keep licences and notices.
const BEGINNINGS: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"];

const INTRODUCTION: &str = "\
Tabmux is made with the work of others. Each of these is a part of the executable, under the licence beside its name;
the numbers name the texts below.
";

/// The notices for the executable of that target.
pub fn of(triple: &str) -> Result<String> {
    let linked = linked(triple)?;
    let metadata: Value = serde_json::from_str(&output(&mut cargo(&[
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        triple,
    ]))?)?;
    let mut parts = vec![standard_library()?];
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        if linked.contains(&(text("name").to_owned(), text("version").to_owned())) {
            parts.push(part(package).with_context(|| format!("{} {}", text("name"), text("version")))?);
        }
    }
    if parts.len() != linked.len() + 1 {
        bail!("of {} linked crates only {} are known to cargo metadata", linked.len(), parts.len() - 1);
    }
    Ok(document(parts))
}

/// One work of others, and its texts.
struct Part {
    name: String,
    licence: String,
    texts: Vec<String>,
}

/// The crates of the executable, by name and version: neither macros nor what only builds.
fn linked(triple: &str) -> Result<BTreeSet<(String, String)>> {
    let tree = output(&mut cargo(&[
        "tree",
        "--locked",
        "--package=tabmux",
        "--edges=normal,no-proc-macro",
        "--prefix=none",
        "--format={p}",
        "--target",
        triple,
    ]))?;
    // Those of the workspace have their folder behind the version.
    let foreign = tree.lines().filter(|line| !line.contains("(/"));
    let one = |line: &str| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned()))
    };
    foreign.map(|line| one(line).with_context(|| format!("cargo tree says {line:?}"))).collect()
}

fn part(package: &Value) -> Result<Part> {
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    let folder = Path::new(text("manifest_path")).parent().context("it has no folder")?;
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let is_file = folder.join(&name).is_file();
        if is_file && BEGINNINGS.iter().any(|beginning| name.to_uppercase().starts_with(beginning)) {
            names.insert(name);
        }
    }
    names.extend(package["license_file"].as_str().map(str::to_owned));
    let mut texts = Vec::new();
    for name in names {
        texts.push(trimmed(&String::from_utf8_lossy(&fs::read(folder.join(name))?)));
    }
    if texts.is_empty() {
        texts.push(in_its_place(text("license"), package)?);
    }
    Ok(Part {
        name: format!("{} {}", text("name"), text("version")),
        licence: text("license").to_owned(),
        texts,
    })
}

/// The text of a licence for a crate that brings none.
fn in_its_place(licence: &str, package: &Value) -> Result<String> {
    let choices: Vec<&str> = licence.split(" OR ").map(str::trim).collect();
    if choices.contains(&"Apache-2.0") {
        return Ok(trimmed(&fs::read_to_string(path_of("LICENSE-APACHE"))?));
    }
    if choices.contains(&"MIT") {
        let own = fs::read_to_string(path_of("LICENSE-MIT"))?;
        let authors: Vec<&str> =
            package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let holders = if authors.is_empty() { "its authors".to_owned() } else { authors.join(", ") };
        let line = |line: &str| {
            if line.starts_with("Copyright") { format!("Copyright (c) {holders}") } else { line.into() }
        };
        return Ok(trimmed(&own.lines().map(line).collect::<Vec<String>>().join("\n")));
    }
    bail!("it brings no text of its licence ({licence}): put one into packaging/licences and read it here")
}

fn standard_library() -> Result<Part> {
    Ok(Part {
        name: "the Rust standard library".to_owned(),
        licence: "MIT OR Apache-2.0".to_owned(),
        texts: vec![trimmed(&fs::read_to_string(path_of("LICENSE-APACHE"))?)],
    })
}

/// Lays out the list and the texts, each text once.
fn document(mut parts: Vec<Part>) -> String {
    parts.sort_by(|one, other| one.name.cmp(&other.name));
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut texts = Vec::new();
    let mut list = String::new();
    for part in &parts {
        let mut of_part = Vec::new();
        for text in &part.texts {
            let next = numbers.len() + 1;
            let number = *numbers.entry(text).or_insert(next);
            if number == next {
                texts.push(text);
            }
            of_part.push(number.to_string());
        }
        let _ = writeln!(list, "  {} ({}): {}", part.name, part.licence, of_part.join(", "));
    }
    let mut document = format!("{INTRODUCTION}\n{list}");
    for (number, text) in texts.iter().enumerate() {
        let _ = write!(document, "\n{}\n[{}]\n\n{text}\n", "=".repeat(80), number + 1);
    }
    document
}

/// The text without what differs from copy to copy and means nothing: white space at ends, kinds of line breaks.
fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_that_several_share_stands_once_and_each_names_its_own() {
        let part = |name: &str, texts: &[&str]| Part {
            name: name.into(),
            licence: "L".into(),
            texts: texts.iter().map(|text| trimmed(text)).collect(),
        };
        let document = document(vec![part("b", &["one\r\n", "two"]), part("a", &["two  \n\n"])]);
        assert!(document.contains("  a (L): 1\n  b (L): 2, 1\n"), "{document}");
        assert_eq!(document.matches("\ntwo\n").count(), 1);
    }

    #[test]
    fn a_crate_without_a_text_gets_one_in_its_place_or_stops_the_release() {
        let text = in_its_place("MIT", &json!({ "authors": ["Ada <a@b>"] })).unwrap();
        assert!(text.contains("Copyright (c) Ada <a@b>\n") && !text.contains("Tabmux"), "{text}");
        assert!(in_its_place("Zlib OR Apache-2.0", &json!({})).unwrap().contains("Version 2.0"));
        assert!(in_its_place("MPL-2.0", &json!({})).is_err());
    }
}
