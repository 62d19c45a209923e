//! The extension, carried inside the executable, and the folder into which it is unpacked.

use std::path::{Path, PathBuf};
use std::{fs, io};

use rust_embed::RustEmbed;
use tabmux_protocol::Installation;

#[derive(RustEmbed)]
#[folder = "../extension"]
#[exclude = "test/*"]
#[exclude = "node_modules/*"]
#[exclude = ".*"]
struct Carried;

/// Unpacks the extension to `<state>/extension` and returns that folder. The folder stays the same through every
/// version, since browsers remember an unpacked extension by its path; files are replaced one by one, by rename, since
/// a browser may be reading them.
pub(crate) fn unpack(installation: &Installation) -> io::Result<PathBuf> {
    installation.prepare_state_dir().map_err(io::Error::other)?;
    let folder = installation.state_dir.join("extension");
    for name in Carried::iter() {
        let Some(file) = Carried::get(&name) else { continue };
        write_if_changed(&folder.join(name.as_ref()), &file.data)?;
    }
    remove_strangers(&folder, &folder)?;
    Ok(folder)
}

fn write_if_changed(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent)?;
    let temporary = parent.join(format!(".unpack-{}", std::process::id()));
    fs::write(&temporary, content)?;
    fs::rename(&temporary, path)
}

/// Removes what an older version left behind.
fn remove_strangers(root: &Path, folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_strangers(root, &path)?;
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        if Carried::get(&name).is_none() {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacking_twice_leaves_exactly_what_is_carried() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().as_os_str().to_owned();
        let installation = Installation::from_env(|name| (name == "HOME").then(|| home.clone())).unwrap();
        let unpacked = unpack(&installation).unwrap();
        assert!(unpacked.join("manifest.json").is_file() && unpacked.join("worker.js").is_file());
        assert!(!unpacked.join("test").exists());
        fs::write(unpacked.join("lib/old.js"), "left behind").unwrap();
        fs::write(unpacked.join("worker.js"), "changed").unwrap();
        unpack(&installation).unwrap();
        assert!(!unpacked.join("lib/old.js").exists());
        assert_eq!(fs::read(unpacked.join("worker.js")).unwrap(), *Carried::get("worker.js").unwrap().data);
    }
}
