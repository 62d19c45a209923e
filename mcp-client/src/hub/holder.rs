//! Who listens on a port, as far as the system shows it. Nobody is ever ended because of it.

use std::fs;
use std::path::Path;

/// The process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its program's name.
    pub program: String,
}

impl Holder {
    /// Finds the process that listens on `port`; `None` where the system does not show it (another user's process, or no
    /// `/proc`).
    pub fn of_port(port: u16) -> Option<Self> {
        let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
        let inodes: Vec<u64> = tables
            .iter()
            .filter_map(|table| fs::read_to_string(table).ok())
            .flat_map(|table| {
                table.lines().filter_map(|line| listening_inode(line, port)).collect::<Vec<_>>()
            })
            .collect();
        if inodes.is_empty() {
            return None;
        }
        let pids = fs::read_dir("/proc").ok()?.flatten();
        let pid = pids
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            .find(|pid| has_socket(*pid, &inodes))?;
        let program = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned();
        Some(Self { pid, program })
    }
}

/// The process that holds `port`, in words; names only what is known.
pub(crate) fn in_words(holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { pid, program }) => format!("{program} (pid {pid})"),
        None => "a process that the system does not show".into(),
    }
}

/// The inode in a line of `/proc/net/tcp` if that socket listens on `port`; the columns are those of proc(5).
fn listening_inode(line: &str, port: u16) -> Option<u64> {
    const LISTEN: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    let (_, local_port) = local.rsplit_once(':')?;
    let matches = *state == LISTEN && u16::from_str_radix(local_port, 16) == Ok(port);
    if matches { inode.parse().ok() } else { None }
}

fn has_socket(pid: u32, inodes: &[u64]) -> bool {
    let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    files.flatten().any(|file| socket_inode(&file.path()).is_some_and(|inode| inodes.contains(&inode)))
}

fn socket_inode(path: &Path) -> Option<u64> {
    let target = fs::read_link(path).ok()?;
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_holder_of_a_port_is_known_by_pid_and_program() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(Holder::of_port(port).unwrap().pid, std::process::id());
        drop(listener);
        assert_eq!(Holder::of_port(port), None);
    }
}
