//! `promtool check metrics`, Prometheus' own word on a page of metrics.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::machine::{on_path, run, target};

/// Checks the page that the tests have left. Where promtool cannot be had, this is said and no more, except in CI.
pub fn check() -> Result<()> {
    let promtool = match find() {
        Ok(promtool) => promtool,
        Err(error) if env::var_os("CI").is_none() => {
            println!("promtool cannot be had ({error:#}): the metrics are not checked by it");
            return Ok(());
        }
        Err(error) => return Err(error.context("promtool could not be had")),
    };
    let page = target().join("tmp/metrics.txt");
    let file = File::open(&page).with_context(|| format!("{}: the tests write it", page.display()))?;
    run(Command::new(promtool).args(["check", "metrics"]).stdin(file))
}

/// The one on PATH, or the one in Debian's package. That is unpacked and not installed: it would start a server.
fn find() -> Result<PathBuf> {
    if on_path("promtool") {
        return Ok("promtool".into());
    }
    let folder = target().join("promtool");
    let promtool = folder.join("usr/bin/promtool");
    if !promtool.is_file() {
        println!("promtool is missing: unpacking it from the system's package ...");
        fs::create_dir_all(&folder)?;
        let download = || in_folder(Command::new("apt-get").args(["download", "-q", "prometheus"]), &folder);
        if download().is_err() {
            // A fresh machine has no lists of packages.
            in_folder(Command::new("apt-get").args(["update", "-q"]), &folder)?;
            download()?;
        }
        let packages = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
        let package = packages.into_iter().find(|path| path.extension().is_some_and(|end| end == "deb"));
        let package = package.context("apt-get left no package")?;
        in_folder(Command::new("dpkg").arg("-x").arg(&package).arg("."), &folder)?;
        fs::remove_file(package)?;
    }
    Ok(promtool)
}

fn in_folder(command: &mut Command, folder: &Path) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.current_dir(folder).stdout(Stdio::null()).status();
    let status = status.with_context(|| format!("starting {program}"))?;
    if !status.success() {
        bail!("{program}: {status}");
    }
    Ok(())
}
