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
    let folder = folder(installation);
    for name in Carried::iter() {
        let Some(file) = Carried::get(&name) else { continue };
        write_if_changed(&folder.join(name.as_ref()), &file.data)?;
    }
    remove_strangers(&folder, &folder)?;
    Ok(folder)
}

/// What lies in the folder of the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unpacked {
    /// What this executable carries.
    Same,
    /// Something else, of that release, if it has one.
    Other(Option<String>),
    /// Nothing.
    Missing,
}

/// Compares what lies in the folder with what the executable carries.
pub(crate) fn unpacked(installation: &Installation) -> Unpacked {
    let folder = folder(installation);
    let Ok(manifest) = fs::read(folder.join(MANIFEST)) else { return Unpacked::Missing };
    let is_same = |name: &str| {
        Carried::get(name)
            .is_some_and(|file| fs::read(folder.join(name)).is_ok_and(|present| present == *file.data))
    };
    if Carried::iter().all(|name| is_same(&name)) {
        return Unpacked::Same;
    }
    Unpacked::Other(field(&manifest, "version"))
}

/// The oldest release of Chromium that the extension runs in.
pub(crate) fn minimum_browser() -> Option<u32> {
    field(&Carried::get(MANIFEST)?.data, "minimum_chrome_version")?.parse().ok()
}

/// The folder into which it is unpacked.
pub(crate) fn folder(installation: &Installation) -> PathBuf {
    installation.state_dir.join("extension")
}

fn field(manifest: &[u8], name: &str) -> Option<String> {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).ok()?;
    manifest[name].as_str().map(str::to_owned)
}

const MANIFEST: &str = "manifest.json";

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
        assert_eq!(super::unpacked(&installation), Unpacked::Missing);
        let unpacked = unpack(&installation).unwrap();
        assert_eq!(super::unpacked(&installation), Unpacked::Same);
        assert!(unpacked.join("manifest.json").is_file() && unpacked.join("worker.js").is_file());
        assert!(!unpacked.join("test").exists());
        fs::write(unpacked.join("lib/old.js"), "left behind").unwrap();
        fs::write(unpacked.join("worker.js"), "changed").unwrap();
        let present = env!("CARGO_PKG_VERSION").to_owned();
        assert_eq!(super::unpacked(&installation), Unpacked::Other(Some(present)));
        unpack(&installation).unwrap();
        assert!(!unpacked.join("lib/old.js").exists());
        assert_eq!(fs::read(unpacked.join("worker.js")).unwrap(), *Carried::get("worker.js").unwrap().data);
    }
}
