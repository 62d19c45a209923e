//! The agent programs: whether what their files say of Tabmux starts this release and leads to this installation.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use clap::ValueEnum;
use tabmux_protocol::Installation;
use tabmux_protocol::installation::InstallationError;

use super::round::Finding;
use super::start::is_same;
use crate::platform::on_path;
use crate::release::{VERSION, is_newer, version_of};
use crate::setup::{NAME, PROGRAMS, Problem, Program, Server};

/// One row a program whose file has our entry, or cannot be read.
pub(super) fn look(home: &Path, installation: &Installation) -> Vec<(&'static str, Finding, Duration)> {
    let row = |program: &'static Program| {
        let began_at = Instant::now();
        let finding = match program.entry(&program.path(home)) {
            Ok(None) => return None,
            Ok(Some(entry)) => judge(program, &entry, home, installation),
            Err(problem) => unreadable(program, &problem, home),
        };
        Some((program.name, finding, began_at.elapsed()))
    };
    PROGRAMS.iter().filter_map(row).collect()
}

/// What we cannot read, the program cannot either: if our entry seems to be in it, agents there have no Tabmux.
fn unreadable(program: &Program, problem: &Problem, home: &Path) -> Finding {
    let path = program.path(home);
    let seen = format!("{}: {problem}", path.display());
    let fix = format!("Correct the file, then {}.", setup(program));
    let content = fs::read(path).unwrap_or_default();
    match String::from_utf8_lossy(&content).contains(NAME) {
        true => Finding::fail(seen, fix),
        false => Finding::warn(seen, fix),
    }
}

fn judge(program: &Program, entry: &Server, home: &Path, installation: &Installation) -> Finding {
    let (command, again) = (entry.command.as_str(), setup(program));
    if command.is_empty() {
        return Finding::warn("its entry starts no program", format!("{again} puts it right."));
    }
    let Some(executable) = on_path(command) else {
        let seen = format!("it starts {command}, and no executable is there");
        return Finding::fail(seen, format!("{again} puts it right."));
    };
    if !entry.is_ours() {
        return Finding::ok(format!("starts {command} {}", entry.args.join(" ")));
    }
    match installation_of(entry, home) {
        Ok(other) if other.runtime_dir != installation.runtime_dir => {
            let place = other.runtime_dir.display();
            return Finding::skipped(format!("it leads to another installation, {place}"));
        }
        Ok(_) => {}
        Err(error) => {
            return Finding::fail(format!("in its entry, {error}"), format!("{again} puts it right."));
        }
    }
    let is_this = env::current_exe().is_ok_and(|own| is_same(&own, &executable));
    match is_this.then(|| VERSION.to_owned()).or_else(|| version_of(&executable)) {
        None => Finding::fail(
            format!("it starts {command}, which is no `tabmux` that runs"),
            format!("{again} puts it right."),
        ),
        Some(version) if version == VERSION => Finding::ok(format!("starts {command}")),
        Some(version) => Finding::warn(
            format!("it starts {version}, {command}, and this is {VERSION}"),
            match is_newer(&version, VERSION) {
                true => {
                    "Update this executable, or use that one: `tabmux setup` keeps a newer copy.".to_owned()
                }
                false => format!("{again} puts this release there."),
            },
        ),
    }
}

/// The installation to which an entry leads: agent programs pass on `HOME` and what the entry says, and none of our own
/// variables.
fn installation_of(entry: &Server, home: &Path) -> Result<Installation, InstallationError> {
    Installation::from_env(|name| match entry.env.get(name) {
        Some(value) => Some(OsString::from(value)),
        None => (name == "HOME").then(|| home.into()),
    })
}

/// The command that writes a program's entry.
fn setup(program: &Program) -> String {
    let id = program.id.to_possible_value();
    let only = id.map_or_else(String::new, |id| format!(" --only {}", id.get_name()));
    format!("`tabmux setup{only}`")
}
