//! What a profile needs before its first start.

use std::path::Path;
use std::{fs, io};

use serde_json::json;
use tabmux_protocol::Installation;

use crate::native_host;

/// Turns developer mode on in a fresh profile (or a reload of the extension would never come back, CHROME.md) and
/// registers the native host in it, for this installation.
pub(crate) fn prepare(installation: &Installation, user_data_dir: &Path) -> io::Result<()> {
    let default = user_data_dir.join("Default");
    let preferences = default.join("Preferences");
    if !preferences.exists() {
        fs::create_dir_all(&default)?;
        let content = json!({ "extensions": { "ui": { "developer_mode": true } } });
        fs::write(&preferences, content.to_string())?;
    }
    native_host::register(installation, user_data_dir)
}
