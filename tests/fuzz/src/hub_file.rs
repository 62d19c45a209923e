//! `hub.json` and `token`, which a hub that died in any state, or a disk that was full, may have left.

use std::cell::OnceCell;
use std::fs;

use tabmux_protocol::Installation;
use tempfile::TempDir;

/// The input is the content of both files.
pub fn hub_file(data: &[u8]) {
    thread_local! {
        static FOLDER: OnceCell<TempDir> = const { OnceCell::new() };
    }
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| tempfile::tempdir().unwrap()).path();
        let installation = Installation {
            port: 9008,
            runtime_dir: folder.to_owned(),
            state_dir: folder.to_owned(),
            config_path: folder.join("config.toml"),
        };
        fs::write(installation.hub_file_path(), data).unwrap();
        if let Some(file) = installation.read_hub_file() {
            installation.write_hub_file(&file).unwrap();
            assert_eq!(
                installation.read_hub_file().map(|again| format!("{again:?}")),
                Some(format!("{file:?}"))
            );
        }
        fs::write(folder.join("token"), data).unwrap();
        if let Ok(secret) = installation.read_secret() {
            let text = std::str::from_utf8(data).unwrap();
            assert_eq!(secret.unwrap().to_hex(), text.trim(), "a secret is what the file says");
        }
    });
}
