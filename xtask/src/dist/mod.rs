//! `cargo xtask dist`: everything that is handed out, each made from the same files, the same bytes for the same commit.

mod archive;
mod notices;
mod packages;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;
use sha2::{Digest, Sha256};
use tabmux_cli::args::Cli;
use tabmux_cli::service::Service;

use self::archive::{File, tar_gz};
use crate::machine::{cargo, need_strip, repository, run as run_to_end, target};

/// The version of every package, the workspace's.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Builds the executable and writes the packages into `target/dist`, or with `debug`, as the tests have them, into
/// `target/dist/debug`.
pub fn run(debug: bool) -> Result<()> {
    need_strip()?;
    let profile: &[&str] = if debug { &[] } else { &["--release"] };
    run_to_end(&mut cargo(&[&["build", "--quiet", "--package", "tabmux"], profile].concat()))?;
    let built = target().join(if debug { "debug" } else { "release" }).join("tabmux");
    let folder = target().join(if debug { "dist/debug" } else { "dist" });
    let work = folder.join("work");
    fs::create_dir_all(&work)?;

    let triple = host()?;
    let executable = stripped(&built, &work)?;
    let notices = notices::of(&triple)?;
    let mut packages = vec![
        archive(&triple, &executable, &notices, &work)?,
        packages::extension()?,
        packages::npm(&triple, &executable, &notices)?,
        packages::mcpb(&triple, &executable, &notices)?,
    ];
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    let mut sums = String::new();
    for package in &packages {
        fs::write(folder.join(&package.name), &package.content)?;
        let digest = Sha256::digest(&package.content);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(sums, "{hex}  {}", package.name)?;
        println!("{:>11} bytes  {}", package.content.len(), folder.join(&package.name).display());
    }
    fs::write(folder.join("SHA256SUMS"), sums)?;
    Ok(fs::remove_dir_all(&work)?)
}

/// The archive for people who install by hand and for those who make packages of distributions.
fn archive(triple: &str, executable: &[u8], notices: &str, work: &Path) -> Result<File> {
    let root = format!("tabmux-{VERSION}-{triple}");
    let mut files = vec![
        File::program("tabmux", executable),
        File::text("THIRD-PARTY.txt", notices),
        File::read("INSTALL.md", "packaging/INSTALL.md")?,
        File::read("README.md", "README.md")?,
        File::read("CHANGELOG.md", "CHANGELOG.md")?,
    ];
    files.extend(licences()?);
    files.extend(completions());
    files.extend(man_pages(&work.join("man"))?);
    files.push(service_file(triple)?);
    Ok(File {
        name: format!("{root}.tar.gz"),
        content: tar_gz(&root, files, committed_at()?)?,
        executable: false,
    })
}

fn completions() -> Vec<File> {
    let one = |shell: &Shell| {
        let mut content = Vec::new();
        clap_complete::generate(*shell, &mut Cli::command(), "tabmux", &mut content);
        let name = match shell {
            Shell::Bash => "tabmux.bash".to_owned(),
            Shell::Zsh => "_tabmux".to_owned(),
            shell => format!("tabmux.{shell}"),
        };
        File { name: format!("completions/{name}"), content, executable: false }
    };
    let of_unix = |shell: &&Shell| **shell != Shell::PowerShell;
    Shell::value_variants().iter().filter(of_unix).map(one).collect()
}

fn man_pages(folder: &Path) -> Result<Vec<File>> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.push(File { name: format!("man/{name}"), content: fs::read(&path)?, executable: false });
    }
    Ok(files)
}

/// The service for a package that installs into `/usr/bin`; others get theirs by `tabmux hub install`.
fn service_file(triple: &str) -> Result<File> {
    let service = Service::new(Path::new("/usr/bin/tabmux"), |_| None)?;
    if triple.contains("apple") {
        return Ok(File::text("service/dev.tabmux.hub.plist", &service.launchd_agent()));
    }
    let unit = service.systemd_unit();
    let lines = unit.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
    Ok(File::text("service/tabmux.service", &lines.map(|line| format!("{line}\n")).collect::<String>()))
}

/// The licences of Tabmux, which go into every package.
fn licences() -> Result<Vec<File>> {
    ["LICENSE-MIT", "LICENSE-APACHE"].iter().map(|name| File::read(name, name)).collect()
}

/// The executable without its symbols, which nobody needs to run it.
fn stripped(built: &Path, work: &Path) -> Result<Vec<u8>> {
    let path = work.join("tabmux");
    run_to_end(Command::new("strip").arg("-o").arg(&path).arg(built))?;
    Ok(fs::read(path)?)
}

/// The target triple of this machine.
fn host() -> Result<String> {
    let said = output(Command::new("rustc").arg("-vV"))?;
    let line = said.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc does not say its host")
}

/// When the commit was made, in seconds of Unix: the time of every file in the archives.
fn committed_at() -> Result<u64> {
    Ok(output(Command::new("git").args(["log", "-1", "--format=%ct"]))?.trim().parse()?)
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.current_dir(repository()).output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// A path in the repository.
fn path_of(name: &str) -> PathBuf {
    repository().join(name)
}
