//! One installation of Tabmux on a machine: its port, its folders, and the small files by which processes find each
//! other. `TABMUX_PORT`, `TABMUX_RUNTIME_DIR`, `TABMUX_STATE_DIR` and `TABMUX_CONFIG` make a second one.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::unistd::geteuid;

use crate::DEFAULT_PORT;
use crate::ids::ClientId;
use crate::message::HubFile;
use crate::proof::Secret;

/// The environment variables that separate installations; children inherit them.
pub const VARIABLES: [&str; 4] = ["TABMUX_PORT", "TABMUX_RUNTIME_DIR", "TABMUX_STATE_DIR", "TABMUX_CONFIG"];

/// Where an installation lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The hub's port on 127.0.0.1.
    pub port: u16,
    /// The folder of `hub.json`, `hub.lock`, `launch.lock`, `token`; mode 0700.
    pub runtime_dir: PathBuf,
    /// The folder of logs, the clients' files, the unpacked extension and the launched browser's profile; mode 0700.
    pub state_dir: PathBuf,
    /// The configuration file; it need not exist.
    pub config_path: PathBuf,
}

/// Why an installation cannot be used, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// Neither `HOME` nor the variables say where it is.
    #[error("HOME is not set: set it, or set TABMUX_RUNTIME_DIR, TABMUX_STATE_DIR and TABMUX_CONFIG")]
    NoHome,
    /// `TABMUX_PORT` is not a port.
    #[error("TABMUX_PORT is `{0}`: set it to a port from 1 to 65535, or unset it")]
    BadPort(String),
    /// A folder or file cannot be used.
    #[error("{path}: {source}: check that you can write there and that the disk has room")]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The runtime folder, or the secret in it, belongs to somebody else or is open to others.
    #[error(
        "{path}: {problem}: the secret would not be safe; remove it or set TABMUX_RUNTIME_DIR to another folder"
    )]
    Unsafe {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The `token` file does not hold a secret.
    #[error("{0}: not a secret: remove the file; the next hub writes a fresh one")]
    BadToken(PathBuf),
}

impl Installation {
    /// Reads the variables through `variable`; what is not set is derived from `HOME`, never from an XDG variable (MCP
    /// clients do not pass those on).
    pub fn from_env(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, InstallationError> {
        let path = |name: &str, below_home: &str| {
            let set = variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
            let home = || {
                variable("HOME")
                    .filter(|value| !value.is_empty())
                    .map(|home| PathBuf::from(home).join(below_home))
            };
            set.or_else(home).ok_or(InstallationError::NoHome)
        };
        let port = match variable("TABMUX_PORT").filter(|value| !value.is_empty()) {
            None => DEFAULT_PORT,
            Some(text) => {
                let text = text.to_string_lossy();
                text.parse()
                    .ok()
                    .filter(|port| *port != 0)
                    .ok_or_else(|| InstallationError::BadPort(text.into()))?
            }
        };
        Ok(Self {
            port,
            runtime_dir: path("TABMUX_RUNTIME_DIR", ".local/state/tabmux/run")?,
            state_dir: path("TABMUX_STATE_DIR", ".local/state/tabmux")?,
            config_path: path("TABMUX_CONFIG", ".config/tabmux/config.toml")?,
        })
    }

    /// The variables that lead a child process to this installation.
    pub fn to_env(&self) -> [(&'static str, OsString); 4] {
        let [port, runtime, state, config] = VARIABLES;
        [
            (port, self.port.to_string().into()),
            (runtime, self.runtime_dir.clone().into()),
            (state, self.state_dir.clone().into()),
            (config, self.config_path.clone().into()),
        ]
    }

    /// The authority that peers dial: an address, never a name.
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The file that says which hub serves.
    pub fn hub_file_path(&self) -> PathBuf {
        self.runtime_dir.join("hub.json")
    }

    /// The folder of log files.
    pub fn log_dir(&self) -> PathBuf {
        self.state_dir.join("logs")
    }

    /// The folder of the folders in which files are kept for clients.
    pub fn clients_dir(&self) -> PathBuf {
        self.state_dir.join("clients")
    }

    /// The folder in which files are kept for a client.
    pub fn client_dir(&self, client_id: ClientId) -> PathBuf {
        self.clients_dir().join(client_id.to_string())
    }

    /// The mark that the person stopped the hub: nobody but the person starts one while it is there.
    pub fn stopped_mark(&self) -> PathBuf {
        self.runtime_dir.join("stopped")
    }

    /// Makes the runtime folder if it is missing, and refuses one that others could read or own.
    pub fn prepare_runtime_dir(&self) -> Result<(), InstallationError> {
        make_private_dir(&self.runtime_dir)?;
        let folder = fs::symlink_metadata(&self.runtime_dir).map_err(|source| self.io(source))?;
        self.check_runtime_dir(&folder)
    }

    fn check_runtime_dir(&self, folder: &Metadata) -> Result<(), InstallationError> {
        let problem =
            if folder.is_dir() { rights_of_others(folder) } else { Some("it is not a folder of its own") };
        match problem {
            Some(problem) => Err(InstallationError::Unsafe { path: self.runtime_dir.clone(), problem }),
            None => Ok(()),
        }
    }

    fn io(&self, source: io::Error) -> InstallationError {
        InstallationError::Io { path: self.runtime_dir.clone(), source }
    }

    /// Makes the state folder if it is missing.
    pub fn prepare_state_dir(&self) -> Result<(), InstallationError> {
        make_private_dir(&self.state_dir)
    }

    /// The file whose lock a hub holds for its life.
    pub fn hub_lock_path(&self) -> PathBuf {
        self.runtime_dir.join("hub.lock")
    }

    /// Takes the lock that a hub holds for its life; `None` if another hub holds it.
    pub fn try_hub_lock(&self) -> Result<Option<File>, InstallationError> {
        try_lock(self.hub_lock_path())
    }

    /// Takes the lock under which a hub is launched; `None` if another process is launching one.
    pub fn try_launch_lock(&self) -> Result<Option<File>, InstallationError> {
        try_lock(self.runtime_dir.join("launch.lock"))
    }

    /// Reads the secret; `None` if no hub has written one yet. One that others could have put there is refused: whoever
    /// chooses the secret can be the hub.
    pub fn read_secret(&self) -> Result<Option<Secret>, InstallationError> {
        self.read_secret_in(self.token_path())
    }

    /// Reads the secret, and writes it first (mode 0600, by rename) if there is none. Only a hub that holds its lock
    /// calls this, so that two never write.
    pub fn ensure_secret(&self, fresh: [u8; 32]) -> Result<Secret, InstallationError> {
        if let Some(secret) = self.read_secret()? {
            return Ok(secret);
        }
        let secret = Secret::from_bytes(fresh);
        self.write_secret(&secret)?;
        Ok(secret)
    }

    /// Writes the secret (mode 0600, by rename). Only a hub that holds its lock calls this.
    pub fn write_secret(&self, secret: &Secret) -> Result<(), InstallationError> {
        write_private(&self.token_path(), secret.to_hex().as_bytes())
    }

    /// Reads the token for whoever reads the hub's numbers over HTTP, as [`Self::read_secret`].
    pub fn read_http_token(&self) -> Result<Option<Secret>, InstallationError> {
        self.read_secret_in(self.http_token_path())
    }

    /// Reads that token, and writes another if there is none, or one that others could know or have chosen: nothing but
    /// reading depends on it. Only a hub that holds its lock calls this.
    pub fn ensure_http_token(&self, fresh: [u8; 32]) -> Result<Secret, InstallationError> {
        if let Ok(Some(token)) = self.read_http_token() {
            return Ok(token);
        }
        let token = Secret::from_bytes(fresh);
        self.write_http_token(&token)?;
        Ok(token)
    }

    /// Writes that token (mode 0600, by rename). Only a hub that holds its lock calls this.
    pub fn write_http_token(&self, token: &Secret) -> Result<(), InstallationError> {
        write_private(&self.http_token_path(), token.to_hex().as_bytes())
    }

    fn read_secret_in(&self, path: PathBuf) -> Result<Option<Secret>, InstallationError> {
        match fs::symlink_metadata(&self.runtime_dir) {
            Ok(folder) => self.check_runtime_dir(&folder)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.io(source)),
        }
        let (about, text) = match read_own(&path) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(InstallationError::Io { path, source }),
        };
        if let Some(problem) = rights_of_others(&about) {
            return Err(InstallationError::Unsafe { path, problem });
        }
        Secret::parse(&text).map(Some).map_err(|_| InstallationError::BadToken(path))
    }

    /// Reads `hub.json`; `None` if it is missing or not readable as one, since a hub may have died in any state.
    pub fn read_hub_file(&self) -> Option<HubFile> {
        serde_json::from_str(&read_own(&self.hub_file_path()).ok()?.1).ok()
    }

    /// Writes `hub.json` by rename, so that nobody reads half of it.
    pub fn write_hub_file(&self, file: &HubFile) -> Result<(), InstallationError> {
        let text = serde_json::to_vec(file)
            .map_err(|error| InstallationError::Io { path: self.hub_file_path(), source: error.into() })?;
        write_private(&self.hub_file_path(), &text)
    }

    /// The file of the secret.
    pub fn token_path(&self) -> PathBuf {
        self.runtime_dir.join("token")
    }

    /// The file of the token for whoever reads the hub's numbers over HTTP.
    pub fn http_token_path(&self) -> PathBuf {
        self.runtime_dir.join("http-token")
    }
}

fn try_lock(path: PathBuf) -> Result<Option<File>, InstallationError> {
    let io = |source| InstallationError::Io { path: path.clone(), source };
    let file = append_private(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// Opens a file for appending, and makes it with mode 0600 if it is missing. A link in its place is not followed, and a
/// pipe not waited for: what is appended goes nowhere but into this file.
pub fn append_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).custom_flags(IN_PLACE.bits()).open(path)
}

/// Reads a small file of this installation's, with what the system says about it.
fn read_own(path: &Path) -> io::Result<(Metadata, String)> {
    /// More than any of these files holds.
    const MAX: u64 = 64 * 1024;
    let file = OpenOptions::new().read(true).custom_flags(IN_PLACE.bits()).open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    let mut text = String::new();
    file.take(MAX).read_to_string(&mut text)?;
    Ok((about, text))
}

/// Says so when others own a folder or file, or have rights on it.
fn rights_of_others(about: &Metadata) -> Option<&'static str> {
    if about.uid() != geteuid().as_raw() {
        return Some("it belongs to another user");
    }
    (about.mode() & 0o077 != 0).then_some("other users have rights on it")
}

/// Opens what lies there itself: no link is followed, and the other end of a pipe is not waited for.
const IN_PLACE: OFlag = OFlag::O_NOFOLLOW.union(OFlag::O_NONBLOCK);

/// Writes a file of mode 0600 by rename.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), InstallationError> {
    let io = |source| InstallationError::Io { path: path.to_owned(), source };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = path.with_file_name(name);
    let _ = fs::remove_file(&temporary);
    let written = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| {
        let _ = fs::remove_file(&temporary);
        io(source)
    })
}

/// Makes a folder of mode 0700, with what is missing above it.
pub fn make_private_dir(path: &Path) -> Result<(), InstallationError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| InstallationError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<Installation, InstallationError> {
        let pairs: Vec<(String, OsString)> = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        Installation::from_env(|name| {
            pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        })
    }

    fn in_folder(folder: &Path) -> Installation {
        let folder = folder.to_str().unwrap();
        from(&[("HOME", folder), ("XDG_RUNTIME_DIR", "/nowhere")]).unwrap()
    }

    #[test]
    fn everything_follows_from_home_and_the_variables_override_it() {
        let plain = from(&[("HOME", "/home/p"), ("XDG_STATE_HOME", "/elsewhere")]).unwrap();
        assert_eq!(plain.port, 9008);
        assert_eq!(plain.runtime_dir, Path::new("/home/p/.local/state/tabmux/run"));
        assert_eq!(plain.config_path, Path::new("/home/p/.config/tabmux/config.toml"));
        let other =
            from(&[("HOME", "/home/p"), ("TABMUX_PORT", "19008"), ("TABMUX_STATE_DIR", "/s")]).unwrap();
        assert_eq!((other.port, other.state_dir.as_path()), (19008, Path::new("/s")));
        assert!(matches!(from(&[]), Err(InstallationError::NoHome)));
        assert!(matches!(from(&[("HOME", "/h"), ("TABMUX_PORT", "0")]), Err(InstallationError::BadPort(_))));
    }

    #[test]
    fn the_secret_is_written_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let installation = in_folder(folder.path());
        installation.prepare_runtime_dir().unwrap();
        assert!(installation.read_secret().unwrap().is_none());
        let first = installation.ensure_secret([1; 32]).unwrap().to_hex();
        assert_eq!(installation.ensure_secret([2; 32]).unwrap().to_hex(), first);
        let mode = fs::metadata(installation.token_path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(installation.token_path(), "garbage").unwrap();
        assert!(matches!(installation.ensure_secret([2; 32]), Err(InstallationError::BadToken(_))));
    }

    #[test]
    fn the_token_for_http_is_its_owners_only_and_one_that_others_know_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let installation = in_folder(folder.path());
        installation.prepare_runtime_dir().unwrap();
        let first = installation.ensure_http_token([1; 32]).unwrap();
        assert!(installation.ensure_http_token([2; 32]).unwrap().is(&first.to_hex()));
        let path = installation.http_token_path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let second = installation.ensure_http_token([2; 32]).unwrap();
        assert!(!second.is(&first.to_hex()) && second.is(&fs::read_to_string(&path).unwrap()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "garbage").unwrap();
        assert!(installation.ensure_http_token([3; 32]).unwrap().is(&"03".repeat(32)));
    }

    #[test]
    fn a_runtime_folder_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let installation = in_folder(folder.path());
        installation.prepare_runtime_dir().unwrap();
        fs::set_permissions(&installation.runtime_dir, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(installation.prepare_runtime_dir(), Err(InstallationError::Unsafe { .. })));
    }

    #[test]
    fn a_secret_that_others_can_read_or_choose_is_refused_on_both_sides() {
        let folder = tempfile::tempdir().unwrap();
        let installation = in_folder(folder.path());
        installation.prepare_runtime_dir().unwrap();
        let (token, elsewhere) = (installation.token_path(), folder.path().join("elsewhere"));
        installation.ensure_secret([1; 32]).unwrap();
        let is_unsafe = |installation: &Installation| {
            let read = installation.read_secret();
            let ensured = installation.ensure_secret([2; 32]);
            matches!(read, Err(InstallationError::Unsafe { .. }))
                && matches!(ensured, Err(InstallationError::Unsafe { .. }))
        };
        fs::set_permissions(&token, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(is_unsafe(&installation), "others can read it");
        fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(&installation.runtime_dir, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(is_unsafe(&installation), "others can replace it");
        fs::set_permissions(&installation.runtime_dir, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(installation.read_secret().unwrap().is_some());

        fs::rename(&token, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &token).unwrap();
        assert!(matches!(installation.read_secret(), Err(InstallationError::Io { .. })), "a link");
        fs::remove_file(&token).unwrap();
        nix::unistd::mkfifo(&token, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(matches!(installation.read_secret(), Err(InstallationError::Io { .. })), "a pipe");
        fs::rename(&installation.runtime_dir, folder.path().join("moved")).unwrap();
        std::os::unix::fs::symlink(folder.path().join("moved"), &installation.runtime_dir).unwrap();
        assert!(is_unsafe(&installation), "a folder behind a link");
    }

    #[test]
    fn nothing_is_appended_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (link, victim) = (folder.path().join("hub.log"), folder.path().join("victim"));
        fs::write(&victim, "before").unwrap();
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        assert!(append_private(&link).is_err());
        assert_eq!(fs::read(&victim).unwrap(), b"before");
    }

    #[test]
    fn a_lock_is_held_by_one_and_ends_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let installation = in_folder(folder.path());
        installation.prepare_runtime_dir().unwrap();
        let held = installation.try_hub_lock().unwrap().unwrap();
        assert!(installation.try_hub_lock().unwrap().is_none());
        assert!(installation.try_launch_lock().unwrap().is_some());
        drop(held);
        assert!(installation.try_hub_lock().unwrap().is_some());
    }

    #[test]
    fn half_a_hub_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let installation = in_folder(folder.path());
        installation.prepare_runtime_dir().unwrap();
        fs::write(installation.hub_file_path(), r#"{"pid":1"#).unwrap();
        assert!(installation.read_hub_file().is_none());
    }
}
