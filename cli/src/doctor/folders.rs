//! The folders of an installation and the secret in one of them: theirs alone, writable, with room.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::sys::statvfs::statvfs;
use nix::unistd::geteuid;
use tabmux_protocol::Installation;
use tabmux_protocol::installation::InstallationError;

use super::quoted;
use super::round::Finding;

/// Less room than this is told of, in bytes: logs may take 100 MB and files of agents more.
const LITTLE_ROOM: u64 = 200 * 1024 * 1024;
/// What is written to see whether anything can be, in bytes: more than a file system keeps in its own structures.
const PROBE: usize = 64 * 1024;

/// The folder of logs, files, the extension.
pub(super) fn state(installation: &Installation) -> (Finding, ()) {
    (folder(&installation.state_dir, "TABMUX_STATE_DIR"), ())
}

/// The folder by which processes find each other; what others may do there they could do to the hub.
pub(super) fn runtime(installation: &Installation) -> (Finding, ()) {
    let path = &installation.runtime_dir;
    let is_link = fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink());
    let finding = match is_link {
        true => Finding::fail(
            format!("{} is a link: whoever can change it could be the hub", path.display()),
            format!("`rm {}`; the next hub makes the folder.", quoted(path)),
        ),
        false => folder(path, "TABMUX_RUNTIME_DIR"),
    };
    (finding, ())
}

fn folder(path: &Path, variable: &str) -> Finding {
    let shown = path.display();
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return missing(path, variable),
        Err(error) => {
            return Finding::fail(
                format!("{shown}: {error}"),
                format!("Make it a folder that you can open, or set {variable} to another."),
            );
        }
    };
    if !about.is_dir() {
        return Finding::fail(format!("{shown} is no folder"), format!("`mv {0} {0}.old`", quoted(path)));
    }
    if let Some(finding) = rights(path, &about) {
        return finding;
    }
    if let Err(error) = try_to_write(path) {
        return unwritable(path, &error, variable);
    }
    match room(path) {
        Some(room) if room < LITTLE_ROOM => Finding::warn(
            format!("{shown}: {} MB are free on its disk", room / 1024 / 1024),
            format!("Make room there, or set {variable} to a folder on another disk."),
        ),
        Some(room) => Finding::ok(format!("{shown}, yours alone, {} free", gigabytes(room))),
        None => Finding::ok(format!("{shown}, yours alone")),
    }
}

/// A folder that is not there is made with the first hub, if that is possible.
fn missing(path: &Path, variable: &str) -> Finding {
    let above = path.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("/"));
    match try_to_write(above) {
        Ok(()) => Finding::ok(format!("{} is not there yet; the first hub makes it", path.display())),
        Err(error) => unwritable(above, &error, variable),
    }
}

fn rights(path: &Path, about: &Metadata) -> Option<Finding> {
    let shown = path.display();
    if about.uid() != geteuid().as_raw() {
        let fix = match geteuid().is_root() {
            true => format!("Run Tabmux as user {}, without `sudo`.", about.uid()),
            false => format!("`sudo chown -R {} {}`", geteuid(), quoted(path)),
        };
        let seen = format!("{shown} belongs to user {} and not to you (user {})", about.uid(), geteuid());
        return Some(Finding::fail(seen, fix));
    }
    let mode = about.mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Finding::fail(
            format!("{shown} is open to other users (mode {mode:03o}): what lies in it is yours alone"),
            format!("`chmod 700 {}`", quoted(path)),
        )
    })
}

fn unwritable(path: &Path, error: &io::Error, variable: &str) -> Finding {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Finding::fail(
            format!("the disk of {shown} is full"),
            format!("Make room there, or set {variable} to a folder on another disk."),
        ),
        io::ErrorKind::ReadOnlyFilesystem => Finding::fail(
            format!("{shown} cannot be written: its disk is read-only"),
            format!("Set {variable} to a folder on another disk."),
        ),
        _ => Finding::fail(
            format!("{shown} cannot be written: {error}"),
            format!("`chmod u+rwx {}`, or set {variable} to a folder that you can write.", quoted(path)),
        ),
    }
}

/// Writes a file without a name, of which nothing is left.
fn try_to_write(folder: &Path) -> io::Result<()> {
    tempfile::tempfile_in(folder)?.write_all(&[0; PROBE])
}

fn room(path: &Path) -> Option<u64> {
    let about = statvfs(path).ok()?;
    // The types differ from one system to the next.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    Some(about.blocks_available() as u64 * about.fragment_size() as u64)
}

fn gigabytes(bytes: u64) -> String {
    let tenths = bytes / (1024 * 1024 * 1024 / 10);
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// The secret, as whoever dials the hub reads it.
pub(super) fn secret(installation: &Installation) -> (Finding, ()) {
    let path = installation.token_path();
    let fresh = format!("`rm {}`, then `tabmux hub restart`: the hub writes a fresh one.", quoted(&path));
    let finding = match installation.read_secret() {
        Ok(Some(_)) => Finding::ok(format!("{}, readable by you alone", path.display())),
        Ok(None) => Finding::ok("none yet; the first hub writes it"),
        Err(InstallationError::BadToken(_)) => {
            Finding::fail(format!("{} holds something else than a secret", path.display()), fresh)
        }
        Err(InstallationError::Unsafe { problem, .. }) => {
            Finding::fail(format!("{}: {problem}: they may know it", path.display()), fresh)
        }
        Err(error) => Finding::fail(error.to_string(), fresh),
    };
    (finding, ())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tabmux_cli::diagnosis::Verdict;

    use super::*;

    fn judged(path: &Path) -> (Verdict, String) {
        let finding = folder(path, "TABMUX_STATE_DIR");
        (finding.verdict, finding.fix.unwrap_or(finding.seen))
    }

    #[test]
    fn a_folder_is_well_or_says_what_to_do() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("it's mine");
        assert_eq!(judged(&folder).0, Verdict::Ok, "it can be made");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(judged(&folder).0, Verdict::Ok);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left behind");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let (verdict, fix) = judged(&folder);
        assert_eq!(verdict, Verdict::Fail);
        assert!(fix.starts_with("`chmod 700 '") && fix.contains(r"it'\''s mine"), "{fix}");
        let file = home.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(judged(&file).1.starts_with("`mv "));
        assert_eq!(judged(&file.join("below")).0, Verdict::Fail);
    }

    #[test]
    fn a_full_disk_is_told_from_one_that_may_not_be_written() {
        let path = Path::new("/a");
        let full = unwritable(path, &io::ErrorKind::StorageFull.into(), "TABMUX_STATE_DIR");
        assert!(full.seen.contains("full"), "{full:?}");
        let closed = unwritable(path, &io::ErrorKind::ReadOnlyFilesystem.into(), "TABMUX_STATE_DIR");
        assert!(closed.seen.contains("read-only"), "{closed:?}");
        let forbidden = unwritable(path, &io::ErrorKind::PermissionDenied.into(), "TABMUX_STATE_DIR");
        assert!(forbidden.fix.unwrap().starts_with("`chmod u+rwx /a`"));
    }
}
