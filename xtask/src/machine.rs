//! What the machine needs before the commands can run: Chromium, Node, packages of the tests.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The folder of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// The folder of what is built.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}

/// Runs a command in the repository to its end; anything but success is an error that names it.
pub fn run(command: &mut Command) -> Result<()> {
    let status =
        command.current_dir(repository()).status().with_context(|| format!("starting {command:?}"))?;
    if !status.success() {
        bail!("{}: {status}", shown(command));
    }
    Ok(())
}

/// `cargo`, the one that runs us.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    // What cargo sets for us would make the inner build differ from one started by hand.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Makes sure that a Chromium is there, from the system's packages where it is missing.
pub fn need_chromium() -> Result<()> {
    if env::var_os("TABMUX_BROWSER").is_some_and(|value| !value.is_empty()) {
        return Ok(());
    }
    if ["chromium", "chromium-browser", "chrome-for-testing"].iter().any(on_path) {
        return Ok(());
    }
    println!("Chromium is missing: installing it from the system's packages ...");
    install(&["chromium"]).context(
        "Chromium could not be installed: install it by hand (Debian: `apt-get install chromium`), or set \
         TABMUX_BROWSER to a Chromium or Chrome for Testing",
    )
}

/// Makes sure that a virtual display is there, for the tests with a window.
pub fn need_xvfb() -> Result<()> {
    if cfg!(target_os = "linux") { need_program("Xvfb", "xvfb") } else { Ok(()) }
}

/// Makes sure that systemd's checker of units is there, for the tests of the service.
pub fn need_systemd() -> Result<()> {
    if cfg!(target_os = "linux") { need_program("systemd-analyze", "systemd") } else { Ok(()) }
}

/// Makes sure that the linker's tools are there, for what is handed out.
pub fn need_strip() -> Result<()> {
    need_program("strip", "binutils")
}

/// Makes sure that Python is there, for the tests and for what they fetch.
pub fn need_python() -> Result<()> {
    need_program("python3", "python3")
}

/// Makes sure that a program is there, from the system's package where it is missing.
fn need_program(program: &str, package: &str) -> Result<()> {
    if on_path(program) {
        return Ok(());
    }
    println!("{program} is missing: installing it from the system's packages ...");
    install(&[package]).with_context(|| {
        format!("{program} could not be installed: install it by hand (Debian: `apt-get install {package}`)")
    })
}

/// Makes sure that a C++ compiler is there, for libFuzzer.
pub fn need_cpp() -> Result<()> {
    if env::var_os("CXX").is_some_and(|value| !value.is_empty()) || on_path("c++") {
        return Ok(());
    }
    println!("A C++ compiler is missing: installing it from the system's packages ...");
    install(&["g++"]).context(
        "g++ could not be installed: install a C++ compiler by hand (Debian: `apt-get install g++`), or set CXX",
    )
}

/// Makes sure that Python's installer of packages is there.
pub fn need_pip() -> Result<()> {
    need_python()?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if pip.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("pip is missing: installing it from the system's packages ...");
    install(&["python3-pip"])
        .context("pip could not be installed: install it by hand (Debian: `apt-get install python3-pip`)")
}

/// Makes sure that Node and the packages of the tests are there.
pub fn need_node() -> Result<()> {
    need_packages("tests/node")
}

/// Makes sure that Node and the npm packages which a folder pins are there; no package may fetch a browser.
pub fn need_packages(folder: &str) -> Result<()> {
    const OLDEST: u32 = 20;
    let output = Command::new("node").arg("--version").output();
    let version =
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!("Node {OLDEST} or later is needed (found: {version:?}): install it");
    }
    // Debian's package of it brings a Node of its own, so that it is the person's choice.
    if !on_path("npm") {
        bail!(
            "npm is missing: install the one that belongs to this Node (Debian's own: `apt-get install npm`)"
        );
    }
    let folder = repository().join(folder);
    if up_to_date(&folder) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command.args(["ci", "--no-audit", "--no-fund", "--silent", "--prefix"]).arg(&folder);
    command.env("PUPPETEER_SKIP_DOWNLOAD", "1").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run(&mut command)
        .with_context(|| format!("the npm packages of {} could not be installed", folder.display()))
}

/// Whether a program of that name is on PATH.
pub fn on_path(name: impl AsRef<OsStr>) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name.as_ref()).is_file()))
}

fn install(packages: &[&str]) -> Result<()> {
    if !on_path("apt-get") {
        bail!("this machine has no apt-get");
    }
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    for arguments in
        [&["update", "-q"][..], &[&["install", "-q", "-y", "--no-install-recommends"], packages].concat()]
    {
        let mut command = if is_root { Command::new("apt-get") } else { Command::new("sudo") };
        if !is_root {
            command.args(["-n", "apt-get"]);
        }
        run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()))?;
    }
    Ok(())
}

/// Whether `npm ci` has run for the lock file as it lies there.
fn up_to_date(folder: &Path) -> bool {
    let modified = |path: PathBuf| path.metadata().and_then(|about| about.modified()).ok();
    match (
        modified(folder.join("node_modules/.package-lock.json")),
        modified(folder.join("package-lock.json")),
    ) {
        (Some(installed), Some(wanted)) => installed >= wanted,
        _ => false,
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
