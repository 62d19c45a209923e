//! Who listens on a port, as far as the system shows it. Nobody is ever ended because of it.

use std::fs;
use std::path::Path;

/// Who listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The user that it runs as.
    pub uid: u32,
    /// The process, where the system shows it: another user's it does not.
    pub process: Option<Process>,
}

/// A process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its process id.
    pub pid: u32,
    /// Its program's name.
    pub program: String,
}

impl Holder {
    /// Whether the system shows who listens where.
    pub(crate) fn are_shown() -> bool {
        Path::new("/proc/net/tcp").exists()
    }

    /// Finds who listens on `port`; `None` where the system does not show it (no `/proc`).
    pub fn of_port(port: u16) -> Option<Self> {
        Self::in_tables(&["/proc/net/tcp", "/proc/net/tcp6"], port)
    }

    /// Finds who listens on `port` for those who dial by IPv6, as `localhost` may be.
    pub fn of_port_by_ipv6(port: u16) -> Option<Self> {
        Self::in_tables(&["/proc/net/tcp6"], port)
    }

    /// Who it is, in words; names only what is known.
    pub fn in_words(holder: Option<&Self>) -> String {
        match holder {
            Some(Self { process: Some(Process { pid, program }), .. }) => format!("{program} (pid {pid})"),
            Some(Self { uid, process: None }) => format!("a process of user {uid}"),
            None => "a process that the system does not show".into(),
        }
    }

    fn in_tables(tables: &[&str], port: u16) -> Option<Self> {
        let listeners: Vec<(u32, u64)> = tables
            .iter()
            .filter_map(|table| fs::read_to_string(table).ok())
            .flat_map(|table| table.lines().filter_map(|line| listener(line, port)).collect::<Vec<_>>())
            .collect();
        let (uid, _) = *listeners.first()?;
        let inodes: Vec<u64> = listeners.iter().map(|(_, inode)| *inode).collect();
        Some(Self { uid, process: Process::with_socket(&inodes) })
    }
}

impl Process {
    fn with_socket(inodes: &[u64]) -> Option<Self> {
        let pids = fs::read_dir("/proc").ok()?.flatten();
        let pid = pids
            .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
            .find(|pid| has_socket(*pid, inodes))?;
        let program = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned();
        Some(Self { pid, program })
    }
}

/// The user and inode in a line of `/proc/net/tcp` if that socket listens on `port`; the columns are those of proc(5).
fn listener(line: &str, port: u16) -> Option<(u32, u64)> {
    const LISTEN: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, state) = (columns.get(1)?, columns.get(3)?);
    let (_, local_port) = local.rsplit_once(':')?;
    let matches = *state == LISTEN && u16::from_str_radix(local_port, 16) == Ok(port);
    if matches { Some((columns.get(7)?.parse().ok()?, columns.get(9)?.parse().ok()?)) } else { None }
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
        let holder = Holder::of_port(port).unwrap();
        assert_eq!(holder.process.as_ref().unwrap().pid, std::process::id());
        assert_eq!(holder.uid, nix::unistd::geteuid().as_raw());
        drop(listener);
        assert_eq!(Holder::of_port(port), None);
    }

    #[test]
    fn another_users_program_is_named_by_its_user() {
        let line =
            "   0: 0100007F:2330 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001  0 4711 1 0";
        assert_eq!(listener(line, 0x2330), Some((1001, 4711)));
        assert_eq!(Holder::in_words(Some(&Holder { uid: 1001, process: None })), "a process of user 1001");
    }
}
