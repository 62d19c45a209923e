//! The processes of a lab, as the system lists them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tabmux_protocol::Installation;

/// A process of an installation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// Its command line, arguments separated by spaces.
    pub command: String,
}

/// Every process that was led to this installation by its environment: each process of ours, and the browser's.
pub fn processes(installation: &Installation) -> Result<Vec<Process>> {
    let mark = format!("TABMUX_RUNTIME_DIR={}", installation.runtime_dir.display());
    let all = pids()?;
    let ours = all.into_iter().filter(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    });
    Ok(ours.map(|pid| Process { pid, command: command(pid) }).collect())
}

/// The processes of `tabmux` with that subcommand, such as `hub` or `native-host`.
pub fn tabmux_processes(installation: &Installation, subcommand: &str) -> Result<Vec<Process>> {
    let is_it = |process: &Process| {
        let mut words = process.command.split(' ');
        let program = words.next().unwrap_or_default();
        Path::new(program).file_name().is_some_and(|name| name == "tabmux")
            && words.next() == Some(subcommand)
    };
    Ok(processes(installation)?.into_iter().filter(is_it).collect())
}

/// Whether that process runs; one that has ended and was not waited for does not.
pub fn is_running(pid: u32) -> bool {
    state_and_parent(pid).is_some_and(|(state, _)| state != "Z")
}

/// The children of these processes that have ended and that nobody has waited for.
pub fn zombies(parents: &[u32]) -> Result<Vec<u32>> {
    let is_theirs = |pid: &u32| {
        state_and_parent(*pid).is_some_and(|(state, parent)| state == "Z" && parents.contains(&parent))
    };
    Ok(pids()?.into_iter().filter(is_theirs).collect())
}

/// What a process has open, sorted: its sockets, its means of waiting, and its files below that folder, each without the
/// number that differs from one opening to the next. What it inherited from whoever started it is not its own doing.
pub fn descriptors(pid: u32, folder: &Path) -> Result<Vec<String>> {
    let links = fs::read_dir(format!("/proc/{pid}/fd"))?.flatten();
    let kind = |link: PathBuf| {
        if link.starts_with(folder) {
            let name = link.file_name()?.to_string_lossy().into_owned();
            return Some(name.split_once('-').map_or(&*name, |(kind, _)| kind).to_owned());
        }
        let link = link.to_string_lossy();
        let (kind, rest) = link.split_once(':')?;
        match kind {
            "anon_inode" => Some(rest.to_owned()),
            "socket" => Some(kind.to_owned()),
            _ => None,
        }
    };
    let mut kinds: Vec<String> =
        links.filter_map(|entry| fs::read_link(entry.path()).ok().and_then(kind)).collect();
    kinds.sort();
    Ok(kinds)
}

fn state_and_parent(pid: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

fn command(pid: u32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim_end_matches('\0').replace('\0', " ")
}

fn pids() -> Result<Vec<u32>> {
    let entries = fs::read_dir("/proc")?.flatten();
    Ok(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}
