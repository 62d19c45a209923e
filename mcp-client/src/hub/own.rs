//! The process that is certainly this installation's hub: the only one that is ever ended.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tabmux_protocol::message::HubFile;
use tabmux_protocol::{HubId, Installation};
use tokio::time::{Instant, sleep};

/// How often to look whether the lock is free: a process that is no child of ours has no other way to be waited for.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long the system may take to clear a killed process away.
const KILLED_WITHIN: Duration = Duration::from_secs(2);

/// A running process that is proven to be this installation's hub.
///
/// The proof is of this moment and needs no clock: `hub.json` in our private folder names the process, the kernel says
/// that this process took the lock on `hub.lock`, and the process has that very file open. Where the system does not
/// show this (no `/proc`), nothing is proven and nobody is ended.
#[derive(Debug, Clone)]
pub struct OwnHub {
    installation: Installation,
    file: HubFile,
    pid: Pid,
}

impl OwnHub {
    /// Finds this installation's hub.
    pub fn find(installation: &Installation) -> Option<Self> {
        let file = installation.read_hub_file()?;
        let pid = Pid::from_raw(i32::try_from(file.pid).ok()?);
        let own = Self { installation: installation.clone(), file, pid };
        own.holds_the_lock().then_some(own)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.file.pid
    }

    /// Its id, which no other hub has.
    pub fn hub_id(&self) -> HubId {
        self.file.hub_id
    }

    /// The port that it serves.
    pub fn port(&self) -> u16 {
        self.file.port
    }

    /// Its release.
    pub(super) fn version(&self) -> &str {
        &self.file.version
    }

    /// Whether a debugger holds it: then its silence means nothing.
    pub(super) fn is_traced(&self) -> bool {
        fs::read_to_string(format!("/proc/{}/status", self.pid)).is_ok_and(|status| names_tracer(&status))
    }

    /// Asks it to leave, which finishes the calls in flight first; says whether it has left within `patience`. One that
    /// is suspended is woken for it.
    pub(super) async fn ask_to_leave(&self, patience: Duration) -> bool {
        self.signal(Signal::SIGTERM) && self.signal(Signal::SIGCONT) && self.is_gone_within(patience).await
    }

    /// Ends it at once; says whether it is gone. Calls in flight are sent again to the next hub, as after any death.
    pub(super) async fn kill(&self) -> bool {
        self.signal(Signal::SIGKILL) && self.is_gone_within(KILLED_WITHIN).await
    }

    /// Asks it to leave, and ends it if it has not left within `patience`; says whether it is gone.
    pub async fn end(&self, patience: Duration) -> bool {
        self.ask_to_leave(patience).await || self.kill().await
    }

    /// Proves once more who it is, right before the signal: the process may have ended meanwhile, and its id may be
    /// another's. One that is gone already needs none.
    fn signal(&self, signal: Signal) -> bool {
        if !self.holds_the_lock() {
            return self.is_gone();
        }
        tracing::info!(pid = self.file.pid, %signal, "Sending the hub a signal");
        kill(self.pid, signal).is_ok()
    }

    async fn is_gone_within(&self, patience: Duration) -> bool {
        let asked_at = Instant::now();
        while !self.is_gone() {
            if asked_at.elapsed() >= patience {
                return false;
            }
            sleep(LOOK_EVERY).await;
        }
        true
    }

    /// Its lock alone does not tell: the next hub may be up and hold the same lock before anybody looks.
    fn is_gone(&self) -> bool {
        let replaced = self.installation.read_hub_file().is_some_and(|file| file.hub_id != self.file.hub_id);
        replaced || matches!(self.installation.try_hub_lock(), Ok(Some(_)))
    }

    fn holds_the_lock(&self) -> bool {
        let path = self.installation.runtime_dir.join("hub.lock");
        lock_holder(&path) == Some(self.file.pid) && has_open(self.pid, &path)
    }
}

/// Whether `/proc/<pid>/status` names a process that traces this one.
fn names_tracer(status: &str) -> bool {
    let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
    tracer.is_some_and(|pid| pid.trim() != "0")
}

/// The process that took the lock on a file, as the kernel shows it (proc(5), `/proc/locks`).
fn lock_holder(path: &Path) -> Option<u32> {
    let inode = fs::metadata(path).ok()?.ino();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (kind, pid, file) = (columns.get(1)?, columns.get(4)?, columns.get(5)?);
        let held: u64 = file.rsplit(':').next()?.parse().ok()?;
        if *kind == "FLOCK" && held == inode { pid.parse().ok() } else { None }
    })
}

/// Whether a process has that very file open, by device and inode.
fn has_open(pid: Pid, path: &Path) -> bool {
    let Ok(wanted) = fs::metadata(path) else { return false };
    let is_it =
        |file: &Path| fs::metadata(file).is_ok_and(|f| (f.dev(), f.ino()) == (wanted.dev(), wanted.ino()));
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.into_iter().any(|file| is_it(&file.path()))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::{Child, Command};

    use uuid::Uuid;

    use super::*;

    fn installation() -> (Installation, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let installation = Installation {
            port: 1,
            runtime_dir: at("run"),
            state_dir: at("state"),
            config_path: at("config.toml"),
        };
        installation.prepare_runtime_dir().unwrap();
        (installation, folder)
    }

    /// Writes `hub.json` for a process that was started at any time.
    fn name(installation: &Installation, pid: u32, started_at: &str) {
        let file = HubFile {
            pid,
            started_at: started_at.into(),
            port: 1,
            version: "0.1.0".into(),
            hub_id: HubId(Uuid::from_u128(1)),
        };
        installation.write_hub_file(&file).unwrap();
    }

    /// A process that holds the lock as a hub does, and ends in its own time unless it is killed.
    fn locking(installation: &Installation) -> Child {
        let lock = installation.runtime_dir.join("hub.lock");
        let child = Command::new("flock").arg("--no-fork").arg(&lock).args(["sleep", "60"]).spawn().unwrap();
        while lock_holder(&lock) != Some(child.id()) {
            std::thread::yield_now();
        }
        child
    }

    #[test]
    fn a_hub_is_proven_by_its_lock_whatever_the_clock_said_at_its_start() {
        let (installation, _folder) = installation();
        let held = installation.try_hub_lock().unwrap().unwrap();
        for started_at in ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday"] {
            name(&installation, std::process::id(), started_at);
            assert_eq!(OwnHub::find(&installation).unwrap().pid(), std::process::id(), "{started_at}");
        }
        drop(held);
        assert!(OwnHub::find(&installation).is_none(), "nobody holds the lock");
    }

    #[test]
    fn the_holder_of_the_lock_is_known() {
        let (installation, _folder) = installation();
        let path = installation.runtime_dir.join("hub.lock");
        let held = installation.try_hub_lock().unwrap().unwrap();
        assert_eq!(lock_holder(&path), Some(std::process::id()));
        drop(held);
        assert_eq!(lock_holder(&path), None);
    }

    #[test]
    fn a_file_that_names_a_stranger_proves_nothing() {
        let (installation, _folder) = installation();
        let _held = installation.try_hub_lock().unwrap().unwrap();
        for stranger in [1, std::process::id() + 1, u32::MAX, 0] {
            name(&installation, stranger, "2026-11-21T02:00:00Z");
            assert!(OwnHub::find(&installation).is_none(), "{stranger}");
        }
    }

    #[tokio::test]
    async fn a_hub_that_is_suspended_is_killed_by_its_id_and_its_successor_is_left_alone() {
        let (installation, _folder) = installation();
        let mut first = locking(&installation);
        name(&installation, first.id(), "2026-11-21T02:00:00Z");
        let own = OwnHub::find(&installation).unwrap();
        kill(own.pid, Signal::SIGSTOP).unwrap();
        assert!(own.kill().await);
        first.wait().unwrap();

        let mut second = locking(&installation);
        assert!(!own.kill().await, "the file names the first, and the second holds the lock");
        assert!(second.try_wait().unwrap().is_none(), "it was not touched");
        second.kill().unwrap();
        second.wait().unwrap();
    }

    #[test]
    fn a_process_that_a_debugger_holds_is_known() {
        let status =
            |tracer: u32| format!("Name:\ttabmux\nState:\tt (tracing stop)\nTracerPid:\t{tracer}\nUid:\t0\n");
        assert!(names_tracer(&status(4711)));
        assert!(!names_tracer(&status(0)) && !names_tracer(""));
    }
}
