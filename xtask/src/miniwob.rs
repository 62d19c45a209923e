//! Fetches the pages of MiniWoB++ for the tests: one pinned wheel of the Python package index, unpacked and not installed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::machine::{need_pip, run, target};

/// The folder in which tests/src/miniwob looks for the pages, beside what is built.
const FOLDER: &str = "miniwob-1.1.0";
/// Names package, version and hash.
const REQUIREMENT: &str = "tests/miniwob.txt";

/// Makes sure that the pages are there; pip checks the wheel against the hash.
pub fn need_miniwob() -> Result<()> {
    let folder = target().join(FOLDER);
    if folder.is_dir() {
        return Ok(());
    }
    need_pip()?;
    println!("Fetching the pages of MiniWoB++ ...");
    let unfinished = target().join(format!("{FOLDER}.part"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fetch(&unfinished).with_context(|| {
        format!("the pages of MiniWoB++ could not be fetched as {REQUIREMENT} says: is the package index reachable?")
    })?;
    Ok(fs::rename(&unfinished, &folder)?)
}

/// Downloads the wheel into a folder and unpacks it there.
fn fetch(folder: &Path) -> Result<()> {
    let mut download = Command::new("python3");
    download.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    download.args(["--only-binary", ":all:", "--require-hashes", "--requirement", REQUIREMENT, "--dest"]);
    run(download.arg(folder).stdout(Stdio::null()))?;
    let wheel = fs::read_dir(folder)?.next().context("pip has downloaded nothing")??.path();
    run(Command::new("python3").args(["-m", "zipfile", "--extract"]).arg(wheel).arg(folder))
}
