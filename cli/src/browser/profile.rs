//! What a profile needs before each start.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::json;
use tabmux_protocol::Installation;

use crate::native_host;

/// Turns developer mode on in a fresh profile (or a reload of the extension would never come back, CHROME.md), registers
/// the native host in it, for this installation, and makes sure that the extension runs as it lies in its folder.
pub(crate) fn prepare(installation: &Installation, user_data_dir: &Path, extension: &Path) -> io::Result<()> {
    let default = user_data_dir.join("Default");
    let preferences = default.join("Preferences");
    if !preferences.exists() {
        fs::create_dir_all(&default)?;
        let content = json!({ "extensions": { "ui": { "developer_mode": true } } });
        fs::write(&preferences, content.to_string())?;
    }
    forget_old_workers(user_data_dir, extension)?;
    native_host::register(installation, user_data_dir)
}

/// Chromium keeps the scripts of an extension's worker in the profile, and goes on running them when the folder has
/// changed, under another version too. So the profile remembers with which content it ran last; when that is another, what
/// it keeps of workers is removed. Pages register theirs again with their next visit.
fn forget_old_workers(user_data_dir: &Path, extension: &Path) -> io::Result<()> {
    let mark = user_data_dir.join("tabmux-extension");
    let content = fingerprint(extension)?;
    if fs::read_to_string(&mark).is_ok_and(|last| last == content) {
        return Ok(());
    }
    for part in ["Database", "ScriptCache"] {
        match fs::remove_dir_all(user_data_dir.join("Default/Service Worker").join(part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::write(mark, content)
}

/// Tells one content of a folder from another; it is compared on this machine only.
fn fingerprint(folder: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_extension_makes_the_profile_forget_its_workers_once() {
        let folder = tempfile::tempdir().unwrap();
        let (profile, extension) = (folder.path().join("profile"), folder.path().join("extension"));
        let cache = profile.join("Default/Service Worker/ScriptCache");
        fs::create_dir_all(extension.join("lib")).unwrap();
        fs::write(extension.join("lib/worker.js"), "1").unwrap();
        let forgets = || {
            fs::create_dir_all(&cache).unwrap();
            forget_old_workers(&profile, &extension).unwrap();
            !cache.exists()
        };
        assert!(forgets(), "the first launch with this extension");
        assert!(!forgets(), "nothing has changed");
        fs::write(extension.join("lib/worker.js"), "2").unwrap();
        assert!(forgets());
        assert!(!forgets());
    }
}
