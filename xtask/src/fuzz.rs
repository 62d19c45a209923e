//! Fuzzing with libFuzzer on the stable toolchain: coverage comes from LLVM's own pass, the driver from libfuzzer-sys,
//! and the inputs to begin with from tests/fuzz/corpus.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result, bail};

use crate::machine::{self, cargo, need_cpp, repository};

/// How long CI looks for an input that breaks a target, in seconds.
pub const SECONDS: u32 = 20;

/// What has to be compiled in so that libFuzzer sees which edges an input takes; cargo-fuzz sets the same. No
/// sanitizer is among it: they need a nightly toolchain, and the code has next to no `unsafe` for them to watch.
const COVERAGE: [&str; 5] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];
/// The limits of every run: an input in bytes, one input's time in seconds, the memory in MiB.
const LIMITS: [&str; 3] = ["-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"];
/// How much of what a failing target said is shown, in lines; the rest is in its log.
const LINES_SHOWN: usize = 40;

/// Runs these targets, or all, as many at a time as there are cores.
pub fn run(wanted: &[String], seconds: u32) -> Result<()> {
    let targets = chosen(wanted)?;
    let programs = build()?;
    let waiting = Mutex::new(VecDeque::from(targets.clone()));
    let next = || waiting.lock().ok()?.pop_front();
    let work = || -> Result<Vec<String>> {
        let mut broken = Vec::new();
        while let Some(target) = next() {
            if !fuzz(&programs, &target, seconds)? {
                broken.push(target);
            }
        }
        Ok(broken)
    };
    let cores = thread::available_parallelism().map_or(1, usize::from).min(targets.len());
    let broken = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let ended =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")));
        ended.collect::<Result<Vec<_>>>()
    })?
    .concat();
    println!("fuzz: {} passed, {} failed", targets.len() - broken.len(), broken.len());
    if !broken.is_empty() {
        bail!("an input breaks what must hold: {}", broken.join(", "));
    }
    Ok(())
}

/// Runs one input through a target.
pub fn replay(target: &str, input: &Path) -> Result<()> {
    let programs = build()?;
    let input = input.canonicalize().with_context(|| input.display().to_string())?;
    machine::run(Command::new(program(&programs, target)).arg(input).env("RUST_BACKTRACE", "1"))
}

/// The targets are the folders of inputs; a test of theirs holds the two against each other.
fn chosen(wanted: &[String]) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in fs::read_dir(corpus())? {
        targets.push(entry?.file_name().to_string_lossy().into_owned());
    }
    targets.sort();
    if let Some(unknown) = wanted.iter().find(|name| !targets.contains(name)) {
        bail!("there is no target `{unknown}`; there are {}", targets.join(", "));
    }
    Ok(if wanted.is_empty() { targets } else { wanted.to_vec() })
}

/// Builds the programs, apart from everything else since all code is compiled in another way, and says where they are.
fn build() -> Result<PathBuf> {
    need_cpp()?;
    let host = host()?;
    let target = folder();
    println!("Building the fuzz targets ...");
    // Naming the host as the target keeps the flags away from build scripts and macros, which have no libFuzzer.
    machine::run(
        cargo(&["build", "--quiet", "--package", "tabmux-fuzz", "--features", "libfuzzer", "--bins"])
            .args(["--profile", "fuzz", "--target", &host, "--target-dir"])
            .arg(&target)
            .env("RUSTFLAGS", COVERAGE.join(" "))
            .env_remove("CARGO_ENCODED_RUSTFLAGS"),
    )?;
    Ok(target.join(host).join("fuzz"))
}

/// Lets libFuzzer look for that long; says whether everything held.
fn fuzz(programs: &Path, target: &str, seconds: u32) -> Result<bool> {
    let work = folder().join("work").join(target);
    // What an earlier run found interesting is found again; the corpus in git is what counts.
    let found = work.join("found");
    let broken = work.join("broken");
    for folder in [&found, &broken] {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder)?;
    }
    let log = work.join("log");
    let mut command = Command::new(program(programs, target));
    command.args(LIMITS).arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
    command.arg(format!("-dict={}", repository().join("tests/fuzz/words.dict").display()));
    command.arg(format!("-artifact_prefix={}/", broken.display()));
    command.arg(&found).arg(corpus().join(target));
    // The failed assertion must stand among the last lines; the replay shows where it came from.
    command.env("RUST_BACKTRACE", "0");
    let output = File::create(&log)?;
    command.stdout(output.try_clone()?).stderr(output);
    let status = command.status().with_context(|| format!("starting the target {target}"))?;
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if status.success() {
        println!("fuzz {target}: {}", summary(&text));
        return Ok(true);
    }
    let lines: Vec<&str> = text.lines().collect();
    println!("fuzz {target}: {status}\n{}", lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n"));
    for entry in fs::read_dir(&broken)? {
        let input = entry?.path();
        println!("The input, {}:\n{}", input.display(), fs::read(&input)?.escape_ascii());
        println!("To see it again:\n  cargo xtask fuzz {target} --replay {}", input.display());
    }
    Ok(false)
}

/// One line of what libFuzzer told.
fn summary(log: &str) -> String {
    let number = |name: &str| {
        let line = log.lines().find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
        line.map_or("?", str::trim)
    };
    let last = log.lines().rev().find_map(|line| Some(line.split_once(" cov: ")?.1));
    let edges = last.and_then(|rest| rest.split(' ').next()).unwrap_or("?");
    format!(
        "{} inputs ({} a second), {} new ones of interest, {edges} edges, {} MiB",
        number("number_of_executed_units"),
        number("average_exec_per_sec"),
        number("new_units_added"),
        number("peak_rss_mb"),
    )
}

fn host() -> Result<String> {
    let Output { stdout, .. } = Command::new("rustc").arg("-vV").output().context("starting rustc")?;
    let text = String::from_utf8_lossy(&stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    Ok(host.to_owned())
}

fn program(programs: &Path, target: &str) -> PathBuf {
    programs.join(format!("fuzz_{target}"))
}

fn corpus() -> PathBuf {
    repository().join("tests/fuzz/corpus")
}

fn folder() -> PathBuf {
    machine::target().join("fuzz")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_in_one_line() {
        let log = "#2\tINITED cov: 10 ft: 11 corp: 1/1b\n#9\tNEW    cov: 12 ft: 13 corp: 2/3b\nDone 99 runs\n\
                   stat::number_of_executed_units: 99\nstat::average_exec_per_sec:     9\n\
                   stat::new_units_added:          1\nstat::slowest_unit_time_sec:    0\n\
                   stat::peak_rss_mb:              40\n";
        assert_eq!(summary(log), "99 inputs (9 a second), 1 new ones of interest, 12 edges, 40 MiB");
    }

    #[test]
    fn a_target_that_is_not_there_is_an_error_that_names_those_that_are() {
        assert!(chosen(&[]).unwrap().contains(&"http".to_owned()));
        assert!(chosen(&["nothing".to_owned()]).unwrap_err().to_string().contains("frame"));
    }
}
