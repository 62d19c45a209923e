//! Files of other programs: looked at once, and replaced as a whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::edit::Problem;

/// Made by us, it is its owner's only: others put keys into these files.
const FRESH_MODE: u32 = 0o600;

/// A file as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The file itself, behind all links.
    pub(super) target: PathBuf,
    /// `None` if there is no such file.
    pub(super) content: Option<Vec<u8>>,
    pub(super) mode: u32,
    pub(super) modified_at: Option<SystemTime>,
}

impl Snapshot {
    /// Looks at a file.
    pub(super) fn of(path: &Path) -> Result<Self, Problem> {
        let problem = |error: io::Error| Problem::whole(format!("it cannot be read: {error}"));
        if let Err(error) = fs::symlink_metadata(path) {
            return match error.kind() {
                io::ErrorKind::NotFound => {
                    Ok(Self { target: path.to_owned(), content: None, mode: FRESH_MODE, modified_at: None })
                }
                _ => Err(problem(error)),
            };
        }
        let target = fs::canonicalize(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Problem::whole("it is a link that leads nowhere"),
            _ => problem(error),
        })?;
        let about = fs::metadata(&target).map_err(problem)?;
        if !about.is_file() {
            return Err(Problem::whole("it is not a file"));
        }
        let content = fs::read(&target).map_err(problem)?;
        let mode = about.permissions().mode() & 0o7777;
        Ok(Self { target, content: Some(content), mode, modified_at: about.modified().ok() })
    }

    /// The content, empty where there is no file.
    pub(super) fn bytes(&self) -> &[u8] {
        self.content.as_deref().unwrap_or_default()
    }

    /// Refuses a file that its owner has made read-only: that is a wish, though a rename would get past it.
    pub(super) fn writable(&self) -> Result<(), Problem> {
        if self.content.is_some() && self.mode & 0o222 == 0 {
            return Err(Problem::whole("it is read-only"));
        }
        Ok(())
    }

    /// Puts `content` in the file's place, unless somebody changed it since it was looked at.
    pub(super) fn replace(&self, content: &[u8]) -> Result<(), Problem> {
        self.put(content, self.mode)
    }

    /// Puts `content` in the file's place with that mode, under the same condition.
    pub(super) fn put(&self, content: &[u8], mode: u32) -> Result<(), Problem> {
        self.unchanged()?;
        write(&self.target, content, mode).map_err(unwritable)
    }

    /// Removes the file, under the same condition.
    pub(super) fn remove(&self) -> Result<(), Problem> {
        self.unchanged()?;
        fs::remove_file(&self.target).map_err(unwritable)
    }

    fn unchanged(&self) -> Result<(), Problem> {
        match Self::of(&self.target)?.content == self.content {
            true => Ok(()),
            false => Err(Problem::whole("another program changed it in this very moment: run this again")),
        }
    }
}

fn unwritable(error: io::Error) -> Problem {
    Problem::whole(format!("it cannot be written: {error}"))
}

/// Writes a file by rename, with that mode: nobody ever reads half of it.
pub(super) fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".tabmux-{}", std::process::id()));
    let temporary = path.with_file_name(name);
    let _ = fs::remove_file(&temporary);
    let written = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.set_permissions(fs::Permissions::from_mode(mode))?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path));
    written.inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

/// Gives a file the time of its last change back.
pub(super) fn set_modified(path: &Path, at: SystemTime) -> Result<(), Problem> {
    File::options().write(true).open(path).and_then(|file| file.set_modified(at)).map_err(unwritable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_followed_and_stays_and_the_mode_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
        fs::write(&file, "{}").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let snapshot = Snapshot::of(&link).unwrap();
        snapshot.replace(b"{1}").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"{1}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        let missing = Snapshot::of(&file).unwrap();
        fs::write(&file, "theirs").unwrap();
        assert!(missing.replace(b"ours").unwrap_err().message.contains("in this very moment"));
        let present = Snapshot::of(&file).unwrap();
        fs::write(&file, "theirs again").unwrap();
        assert!(present.replace(b"ours").is_err());
        assert_eq!(fs::read(&file).unwrap(), b"theirs again");
    }

    #[test]
    fn what_is_no_file_or_is_read_only_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.json"), folder.path().join("link"));
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
        assert!(Snapshot::of(&link).unwrap_err().message.contains("leads nowhere"));
        assert!(Snapshot::of(folder.path()).unwrap_err().message.contains("not a file"));
        fs::write(&file, "{}").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(Snapshot::of(&file).unwrap().writable().unwrap_err().message.contains("read-only"));
    }
}
