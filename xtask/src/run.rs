//! Demo, tests, benchmarks: each builds what it runs and starts it.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::dist;
use crate::machine::{
    cargo, need_chromium, need_node, need_packages, need_python, need_systemd, need_xvfb, repository, run,
    target,
};
use crate::miniwob::need_miniwob;
use crate::promtool;

/// Builds in release and shows the main job.
pub fn demo(headed: bool, keep: bool) -> Result<()> {
    need_chromium()?;
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    let mut command = harness("demo")?;
    command.env("TABMUX_DEMO_OUTPUT", repository().join("demo-output"));
    if headed || (has_display && env::var_os("CI").is_none()) {
        command.arg("--headed");
    }
    if keep {
        command.arg("--keep");
    }
    run(&mut command)
}

/// Builds in release and makes the pictures of the README from what really happens.
pub fn record() -> Result<()> {
    need_chromium()?;
    need_xvfb()?;
    let mut command = harness("record")?;
    harness("demo")?;
    run(command.env("TABMUX_IMAGES", repository().join("docs/images")))
}

/// Runs every test there is: Rust's, and the extension's.
pub fn test() -> Result<()> {
    need_chromium()?;
    need_xvfb()?;
    need_systemd()?;
    need_python()?;
    need_node()?;
    need_miniwob()?;
    run(&mut cargo(&["build", "--workspace"]))?;
    dist::run(true)?;
    run(&mut node(&["node_modules/.bin/tsc", "--project", "tsconfig.json"]))?;
    run(&mut extension_tests()?)?;
    run(&mut cargo(&["test", "--workspace"]))?;
    promtool::check()
}

/// Measures in release; see tests/src/bin/bench/main.rs.
pub fn bench(what: &[String], peers: bool, write: bool, minutes: u64) -> Result<()> {
    need_chromium()?;
    if what.is_empty() || what.iter().any(|name| name == "miniwob") {
        need_miniwob()?;
    }
    let mut command = harness("bench")?;
    if what.is_empty() || what.iter().any(|name| name == "install") {
        dist::run(false)?;
        command.env("TABMUX_DIST", target().join("dist"));
    }
    command.args(what).env("TABMUX_MINUTES", minutes.to_string());
    if peers {
        need_packages("tests/peers")?;
        command.env("TABMUX_PEERS", "1");
    }
    if write {
        command.env("TABMUX_WRITE", "1");
    }
    run(&mut command)
}

/// A program of the harness, with the product beside it, both in release.
fn harness(name: &str) -> Result<Command> {
    run(&mut cargo(&["build", "--release", "--quiet", "-p", "tabmux"]))?;
    run(&mut cargo(&["build", "--release", "--quiet", "-p", "tabmux-tests", "--bin", name]))?;
    let folder = target().join("release");
    let mut command = Command::new(folder.join(name));
    command.env("TABMUX_BIN", folder.join("tabmux"));
    Ok(command)
}

fn extension_tests() -> Result<Command> {
    let mut command = Command::new("node");
    // A test that hangs fails with its name, long before CI's own end.
    command.args(["--test", "--test-timeout=600000"]);
    let mut files = Vec::new();
    collect(&repository().join("extension/test"), &mut files)?;
    files.sort();
    command.args(files);
    Ok(command)
}

fn collect(folder: &std::path::Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.to_string_lossy().ends_with(".test.js") {
            files.push(path);
        }
    }
    Ok(())
}

fn node(arguments: &[&str]) -> Command {
    let mut command = Command::new("node");
    let folder = repository().join("tests/node");
    command.args(arguments.iter().map(|argument| {
        let path = folder.join(argument);
        if path.exists() { path.into_os_string() } else { argument.into() }
    }));
    command
}
