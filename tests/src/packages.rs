//! The packages that `cargo xtask dist` makes, as those who get them unpack them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, ensure};

use crate::executable;

/// The folder of the packages: `TABMUX_DIST`, or the one that `cargo xtask dist --debug` fills.
pub fn packages() -> PathBuf {
    let folder = match env::var_os("TABMUX_DIST") {
        Some(folder) => folder.into(),
        None => executable().with_file_name("../dist/debug"),
    };
    assert!(
        folder.join("SHA256SUMS").is_file(),
        "{}: run `cargo xtask dist --debug` first",
        folder.display()
    );
    folder
}

/// The package whose name begins so.
pub fn package(begin: &str) -> Result<PathBuf> {
    find(|name| name.starts_with(begin) && !is_archive(name)).with_context(|| format!("no package {begin}…"))
}

/// Unpacks the archive into a folder, which it makes; returns the one folder that is in it.
pub fn unpack_archive(folder: &Path) -> Result<PathBuf> {
    fs::create_dir(folder)?;
    let archive = find(is_archive).context("no archive")?;
    let unpacked = Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(folder).status()?;
    ensure!(unpacked.success(), "tar: {unpacked}");
    Ok(fs::read_dir(folder)?.flatten().next().context("one folder is in it")?.path())
}

fn is_archive(name: &str) -> bool {
    name.ends_with(".tar.gz")
}

fn find(is_it: impl Fn(&str) -> bool) -> Result<PathBuf> {
    let mut files = fs::read_dir(packages())?.flatten();
    let found = files.find(|entry| is_it(&entry.file_name().to_string_lossy()));
    Ok(found.context("it is not there")?.path().canonicalize()?)
}
