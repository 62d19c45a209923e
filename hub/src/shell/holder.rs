//! Who holds a port, as far as `/proc` shows it.

use std::fmt;
use std::fs;
use std::path::Path;

/// The program that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The user that it runs as.
    pub uid: u32,
    /// Its process id and name; `None` when it is another user's, since those are not shown.
    pub process: Option<(u32, String)>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.process {
            Some((pid, name)) => write!(f, "`{name}` (pid {pid})"),
            None => write!(f, "a program of user {}", self.uid),
        }
    }
}

/// Finds who listens on `port` on an address that 127.0.0.1 reaches.
pub(crate) fn holder_of(port: u16) -> Option<Holder> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let (uid, inode) = tables.iter().find_map(|table| listener_in(&fs::read_to_string(table).ok()?, port))?;
    Some(Holder { uid, process: process_with_socket(inode) })
}

/// The user and inode of the listening socket in a table of `proc_net_tcp(5)`.
fn listener_in(table: &str, port: u16) -> Option<(u32, u64)> {
    /// The state of a listening socket.
    const LISTEN: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let local = columns.get(1)?.rsplit(':').next()?;
        let is_it = u16::from_str_radix(local, 16).ok()? == port && *columns.get(3)? == LISTEN;
        let uid = columns.get(7)?.parse().ok()?;
        let inode = columns.get(9)?.parse().ok()?;
        is_it.then_some((uid, inode))
    })
}

fn process_with_socket(inode: u64) -> Option<(u32, String)> {
    let link = format!("socket:[{inode}]");
    let holds = |process: &Path| {
        let files = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        files
            .into_iter()
            .any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == link.as_str()))
    };
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        if !holds(&entry.path()) {
            return None;
        }
        let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        Some((pid, name.trim().to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_program_that_holds_a_port_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let holder = holder_of(listener.local_addr().unwrap().port()).unwrap();
        let (pid, name) = holder.process.clone().unwrap();
        assert_eq!(pid, std::process::id());
        assert_eq!(holder.to_string(), format!("`{name}` (pid {pid})"));
        assert_eq!(holder.uid, nix::unistd::geteuid().as_raw());
    }

    #[test]
    fn a_free_port_and_a_broken_table_have_no_holder() {
        assert_eq!(listener_in("header\n  0: garbage\n\n", 9008), None);
        assert_eq!(listener_in("header\n", 9008), None);
    }
}
