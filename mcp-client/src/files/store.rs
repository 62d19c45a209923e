//! The files of this process's answers: written into its client's folder, and read again from there.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::BASE64;
use nix::fcntl::OFlag;
use tabmux_protocol::installation::make_private_dir;
use tabmux_protocol::{ClientId, Installation};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::name::{numbered, plain};

/// How many files a process remembers; those before them stay where they are.
const REMEMBERED: usize = 200;
/// The largest file that is read into an answer, in bytes: in base64 it stays below the longest line that programs take.
const READ_LIMIT: u64 = 8 << 20;
/// How much of a text is shown with its path, in bytes.
const PREVIEW: usize = 1_000;

/// The files that this process stored; every clone is the same.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    installation: Arc<Installation>,
    stored: Arc<Mutex<VecDeque<Stored>>>,
    written: Arc<Notify>,
}

/// A file to store.
#[derive(Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) name: &'a str,
    pub(crate) mime_type: &'a str,
    /// The bytes in base64.
    pub(crate) data: &'a str,
    pub(crate) about: Option<&'a str>,
}

/// A file that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) path: PathBuf,
    pub(crate) mime_type: String,
    pub(crate) about: Option<String>,
    pub(crate) size: u64,
    /// How a text begins, and whether that is not all of it.
    pub(crate) preview: Option<(String, bool)>,
}

/// Why a file was not stored, or is not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The extension sent what is not base64.
    #[error("its content is not base64")]
    NotBase64,
    /// The disk is full, or the folder cannot be written to or read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No file of this process has that address.
    #[error("this process stored no such file; resources/list names those that it did")]
    Unknown,
    /// The file was there and was removed.
    #[error("{} is no longer there: files are kept for 7 days, and 1 GiB in all", .0.display())]
    Gone(PathBuf),
    /// The file does not fit into an answer.
    #[error("{} has {size} bytes, more than the {READ_LIMIT} that an answer takes: read it from there", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
}

impl Files {
    /// The files of a process of this installation: none yet.
    pub(crate) fn new(installation: Installation) -> Self {
        Self {
            installation: Arc::new(installation),
            stored: Arc::default(),
            written: Arc::new(Notify::new()),
        }
    }

    /// Writes a file into the client's folder, under its name or the next that is free.
    pub(crate) async fn store(
        &self,
        client_id: ClientId,
        incoming: &Incoming<'_>,
    ) -> Result<Stored, StoreError> {
        let folder = self.client_dir(client_id);
        let (name, data) = (plain(incoming.name), incoming.data.to_owned());
        let mime_type = mime_type(incoming.mime_type);
        let about = incoming.about.map(str::to_owned);
        let stored = blocking(folder.clone(), move || {
            let bytes = BASE64.decode(data.as_bytes()).map_err(|_| StoreError::NotBase64)?;
            let preview = is_text(&mime_type).then(|| preview(&bytes));
            let path = write(&folder, &name, &bytes)?;
            Ok(Stored { path, mime_type, about, size: bytes.len() as u64, preview })
        })
        .await?;
        self.remember(stored.clone());
        self.written.notify_one();
        Ok(stored)
    }

    /// The files that this process stored and that are still there, the newest first.
    pub(crate) async fn list(&self) -> Vec<Stored> {
        let stored: Vec<Stored> = self.locked().iter().rev().cloned().collect();
        let there = move || Ok(stored.into_iter().filter(|file| file.path.is_file()).collect());
        blocking(self.folder(), there).await.unwrap_or_default()
    }

    /// What a file of this process holds.
    pub(crate) async fn read(&self, uri: &str) -> Result<(Stored, Vec<u8>), StoreError> {
        let found = self.locked().iter().find(|file| file.uri() == uri).cloned();
        let file = found.ok_or(StoreError::Unknown)?;
        blocking(file.path.clone(), move || Ok((file.clone(), read(&file.path)?))).await
    }

    /// The folder of a client's files.
    pub(crate) fn client_dir(&self, client_id: ClientId) -> PathBuf {
        self.installation.client_dir(client_id)
    }

    /// The folder of all clients' folders.
    pub(super) fn folder(&self) -> PathBuf {
        self.installation.clients_dir()
    }

    /// Ends after a file was written, at once if one was since this was last waited for.
    pub(super) async fn written(&self) {
        self.written.notified().await;
    }

    fn remember(&self, file: Stored) {
        let mut stored = self.locked();
        if stored.len() == REMEMBERED {
            stored.pop_front();
        }
        stored.push_back(file);
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, VecDeque<Stored>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stored {
    /// The last part of its path.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Its address, by which programs ask for it.
    pub(crate) fn uri(&self) -> String {
        let mut uri = "file://".to_owned();
        for byte in self.path.as_os_str().as_encoded_bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
                uri.push(char::from(*byte));
            } else {
                uri.push_str(&format!("%{byte:02X}"));
            }
        }
        uri
    }

    /// Its bytes as text, if it is one.
    pub(crate) fn as_text(&self, bytes: Vec<u8>) -> Result<String, Vec<u8>> {
        if !is_text(&self.mime_type) {
            return Err(bytes);
        }
        String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes)
    }
}

/// Runs what waits for the disk off the threads that serve; `path` is named should that fail.
async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let failed = |error| StoreError::Io { path, source: io::Error::other(error) };
    spawn_blocking(work).await.map_err(failed)?
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
    let failed = |path: &Path, source| StoreError::Io { path: path.to_owned(), source };
    make_private_dir(folder).map_err(|error| failed(folder, io::Error::other(error)))?;
    let (path, mut file) = create(folder, name).map_err(|source| failed(folder, source))?;
    match file.write_all(bytes) {
        Ok(()) => Ok(path),
        Err(source) => {
            let _ = fs::remove_file(&path);
            Err(failed(folder, source))
        }
    }
}

/// Makes a file that was not there: two processes of one client never get the same.
fn create(folder: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    for number in 1.. {
        let path = folder.join(numbered(name, number));
        match OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => StoreError::Gone(path.to_owned()),
        _ => StoreError::Io { path: path.to_owned(), source },
    };
    let in_place = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file = OpenOptions::new().read(true).custom_flags(in_place).open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > READ_LIMIT {
        return Err(StoreError::TooLarge { path: path.to_owned(), size });
    }
    let mut bytes = Vec::new();
    file.take(READ_LIMIT).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The kind without its parameters; what is no kind is bytes.
fn mime_type(given: &str) -> String {
    let kind = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/+-.".contains(c);
    let is_kind = kind.len() <= 80 && kind.contains('/') && kind.chars().all(is_plain);
    if is_kind { kind } else { "application/octet-stream".into() }
}

fn is_text(mime_type: &str) -> bool {
    mime_type.starts_with("text/")
        || ["json", "xml", "javascript"].iter().any(|ending| mime_type.ends_with(ending))
}

fn preview(bytes: &[u8]) -> (String, bool) {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(PREVIEW)]);
    (text.trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned(), bytes.len() > PREVIEW)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;

    const CLIENT: ClientId = ClientId(Uuid::nil());

    fn files(folder: &TempDir) -> Files {
        let at = |name: &str| folder.path().join(name);
        let [runtime_dir, state_dir, config_path] = ["run", "state", "config.toml"].map(at);
        Files::new(Installation { port: 9008, runtime_dir, state_dir, config_path })
    }

    async fn store(files: &Files, name: &str, kind: &str, bytes: &[u8]) -> Result<Stored, StoreError> {
        let data = BASE64.encode(bytes);
        files.store(CLIENT, &Incoming { name, mime_type: kind, data: &data, about: None }).await
    }

    #[tokio::test]
    async fn a_file_is_its_owners_only_and_never_in_anothers_place() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let own = files.folder().join(CLIENT.to_string());
        let first = store(&files, "../a b.json", "application/json; charset=utf-8", b"{}").await.unwrap();
        assert_eq!(first.path, own.join("a-b.json"));
        assert_eq!((first.mime_type.as_str(), first.size), ("application/json", 2));
        assert_eq!(first.preview, Some(("{}".into(), false)));
        symlink(folder.path().join("victim"), own.join("a-b-2.json")).unwrap();
        let other = self::files(&folder);
        let second = store(&other, "a b.json", "text/html\u{1b}", b"[]").await.unwrap();
        assert_eq!((second.name().as_str(), second.preview), ("a-b-3.json", None));
        assert_eq!(second.mime_type, "application/octet-stream");
        assert!(!folder.path().join("victim").exists());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&files.folder()), mode(&own), mode(&first.path)), (0o700, 0o700, 0o600));
    }

    #[tokio::test]
    async fn a_file_is_read_by_the_process_that_stored_it_and_by_its_address_only() {
        let folder = tempfile::tempdir().unwrap();
        let (files, other) = (files(&folder), files(&folder));
        let text = store(&files, "ü.txt", "text/plain", "größe".as_bytes()).await.unwrap();
        assert!(text.uri().ends_with("/%C3%BC.txt"), "{}", text.uri());
        let (file, bytes) = files.read(&text.uri()).await.unwrap();
        assert_eq!(file.as_text(bytes).unwrap(), "größe");
        assert!(matches!(other.read(&text.uri()).await, Err(StoreError::Unknown)));
        let around = text.uri().replace("/%C3%BC.txt", "/../x/%C3%BC.txt");
        assert!(matches!(files.read(&around).await, Err(StoreError::Unknown)));

        let broken = store(&files, "b.txt", "text/plain", b"a\xff").await.unwrap();
        let (file, bytes) = files.read(&broken.uri()).await.unwrap();
        assert_eq!(file.as_text(bytes).unwrap_err(), b"a\xff");
        assert_eq!(files.list().await, [broken, text.clone()]);
        fs::remove_file(&text.path).unwrap();
        assert_eq!(files.list().await.len(), 1);
        assert!(matches!(files.read(&text.uri()).await, Err(StoreError::Gone(_))));
        symlink("/etc/passwd", &text.path).unwrap();
        assert!(
            matches!(files.read(&text.uri()).await, Err(StoreError::Io { .. })),
            "a link is not followed"
        );
    }

    #[tokio::test]
    async fn what_does_not_fit_into_an_answer_is_named_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let large = vec![b'x'; usize::try_from(READ_LIMIT).unwrap() + 1];
        let file = store(&files, "large.txt", "text/plain", &large).await.unwrap();
        assert_eq!(file.preview, Some(("x".repeat(PREVIEW), true)));
        let error = files.read(&file.uri()).await.unwrap_err().to_string();
        assert!(error.starts_with(file.path.to_str().unwrap()) && error.ends_with("read it from there"));
        assert_eq!(fs::read(&file.path).unwrap(), large);
    }

    #[tokio::test]
    async fn what_cannot_be_stored_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let incoming = Incoming { name: "a", mime_type: "a/b", data: "no base64", about: None };
        assert!(matches!(files.store(CLIENT, &incoming).await, Err(StoreError::NotBase64)));
        fs::remove_dir_all(files.folder()).unwrap_or_default();
        fs::create_dir_all(folder.path().join("state")).unwrap();
        fs::write(files.folder(), "in the way").unwrap();
        let error = store(&files, "a", "a/b", b"").await.unwrap_err();
        assert!(error.to_string().contains("clients"), "{error}");
        assert!(files.list().await.is_empty());
    }

    #[test]
    fn a_preview_ends_with_a_whole_character() {
        let (text, more) = preview("ü".repeat(PREVIEW).as_bytes());
        assert_eq!((text, more), ("ü".repeat(PREVIEW / 2), true));
        assert_eq!(preview(&[b"x".repeat(PREVIEW - 1), "ü".into()].concat()).0, "x".repeat(PREVIEW - 1));
    }
}
