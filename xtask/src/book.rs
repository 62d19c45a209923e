//! `cargo xtask book`: the documents as a book, built by mdBook.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::documents::{is_outside, links, resolve};
use crate::machine::{cargo, on_path, repository, run, target};

/// The version that the book is written for.
const MDBOOK: &str = "mdbook@0.5.4";
/// The list of the book's pages.
const SUMMARY: &str = "docs/SUMMARY.md";
/// Decisions are pages below this one, listed by their numbers and titles.
const DECISIONS: &str = "docs/decisions/README.md";
/// The documents outside docs/ that are pages of the book, or that its pages link to.
const ROOT: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "PRIVACY.md",
    "SECURITY.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// Builds the book into `target/book/html`; installs mdBook below `target/` where there is none.
pub fn build() -> Result<()> {
    let mdbook = need_mdbook()?;
    let stage = target().join("book");
    lay_out(&stage)?;
    run(Command::new(mdbook).arg("build").arg(&stage))?;
    println!("the book: {}", stage.join("html/index.html").display());
    Ok(())
}

/// Lays the pages out as they lie in the repository, so that their links to each other hold, with the book's list at the
/// top, where mdBook wants it.
fn lay_out(stage: &Path) -> Result<()> {
    let source = stage.join("src");
    if source.exists() {
        fs::remove_dir_all(&source)?;
    }
    copy_folder(&repository().join("docs"), &source.join("docs"))?;
    for name in ROOT {
        fs::copy(repository().join(name), source.join(name)).context(*name)?;
    }
    let decisions = decisions(&source)?;
    let index =
        fs::read_to_string(source.join(DECISIONS))? + "\n" + &entries(&decisions, "", "docs/decisions/");
    fs::write(source.join(DECISIONS), index)?;

    let summary = led_from_the_top(&fs::read_to_string(source.join(SUMMARY))?);
    fs::remove_file(source.join(SUMMARY))?;
    let summary = with_decisions(&summary, &decisions);
    let unlisted = unlisted(&summary, &source)?;
    if !unlisted.is_empty() {
        bail!("{SUMMARY} does not list {}", unlisted.join(", "));
    }
    fs::write(source.join("SUMMARY.md"), summary)?;
    fs::rename(source.join("docs/book.toml"), stage.join("book.toml"))?;
    Ok(())
}

/// The list of pages with each link written from the top of the repository.
fn led_from_the_top(summary: &str) -> String {
    let mut text = String::new();
    let mut rest = summary;
    while let Some((before, after)) = rest.split_once("](") {
        let (link, after) = after.split_once(')').unwrap_or((after, ""));
        let led = if is_outside(link) { None } else { resolve(SUMMARY, link) };
        let _ = write!(text, "{before}]({})", led.as_deref().unwrap_or(link));
        rest = after;
    }
    text + rest
}

/// The decisions' paths and titles, in the order of their numbers.
fn decisions(source: &Path) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for page in pages(source, "docs/decisions")?.into_iter().filter(|page| page != DECISIONS) {
        let text = fs::read_to_string(source.join(&page))?;
        let title = text.lines().next().unwrap_or_default().trim_start_matches("# ").to_owned();
        found.push((page, title));
    }
    Ok(found)
}

/// The list with the decisions below their page.
fn with_decisions(summary: &str, decisions: &[(String, String)]) -> String {
    let mut text = String::new();
    for line in summary.lines() {
        let _ = writeln!(text, "{line}");
        if line.contains(DECISIONS) {
            let indent = line.len() - line.trim_start().len() + 2;
            text.push_str(&entries(decisions, &" ".repeat(indent), ""));
        }
    }
    text
}

/// A list of pages, their addresses written from that folder.
fn entries(pages: &[(String, String)], indent: &str, folder: &str) -> String {
    let line = |(page, title): &(String, String)| {
        format!("{indent}- [{title}]({})\n", page.strip_prefix(folder).unwrap_or(page))
    };
    pages.iter().map(line).collect()
}

/// Pages of docs/ that the list does not name.
fn unlisted(summary: &str, source: &Path) -> Result<Vec<String>> {
    let listed: BTreeSet<String> = links(summary).into_iter().collect();
    Ok(pages(source, "docs")?.into_iter().filter(|page| !listed.contains(page)).collect())
}

/// The pages below a folder, sorted.
fn pages(source: &Path, folder: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(source.join(folder))? {
        let entry = entry?;
        let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            found.extend(pages(source, &name)?);
        } else if name.ends_with(".md") {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

fn need_mdbook() -> Result<PathBuf> {
    if on_path("mdbook") {
        return Ok("mdbook".into());
    }
    let root = target().join("tools");
    let program = root.join("bin/mdbook");
    if !program.is_file() {
        println!("mdBook is missing: building it into {} ...", root.display());
        let arguments =
            ["install", "--quiet", "--locked", MDBOOK, "--no-default-features", "--features", "search"];
        run(cargo(&arguments).arg("--root").arg(&root)).context(
            "mdBook could not be installed: install it by hand (`cargo install mdbook`), or see `cargo xtask tidy`, \
             which checks the pages and their links without it",
        )?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_the_list_does_not_name_is_found() {
        let folder = std::env::temp_dir().join(format!("tabmux-book-{}", std::process::id()));
        fs::create_dir_all(folder.join("docs/decisions")).unwrap();
        for page in ["docs/a.md", "docs/b.md", "docs/decisions/0001-c.md"] {
            fs::write(folder.join(page), "# 1. C\n").unwrap();
        }
        let decisions = decisions(&folder).unwrap();
        let summary = with_decisions(&format!("- [A](docs/a.md)\n- [D]({DECISIONS})\n"), &decisions);
        let unlisted = unlisted(&summary, &folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert!(summary.ends_with("\n  - [1. C](docs/decisions/0001-c.md)\n"), "{summary}");
        assert_eq!(unlisted, ["docs/b.md"]);
    }

    #[test]
    fn the_list_of_pages_leads_from_the_top() {
        let summary = "# Book\n\n[Start](../README.md)\n- [Tools](tools.md)\n  - [One](decisions/1.md)\n";
        assert_eq!(
            led_from_the_top(summary),
            "# Book\n\n[Start](README.md)\n- [Tools](docs/tools.md)\n  - [One](docs/decisions/1.md)\n"
        );
    }
}
