//! What a person may set for the files that agents name.

use std::path::PathBuf;

use serde::Deserialize;

/// The `[files]` table of the configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FilesSettings {
    /// The folders in which agents may name files. One that begins with `~/` is below the home folder, a relative one
    /// below the folder in which the agent window works.
    pub roots: Vec<PathBuf>,
}

impl Default for FilesSettings {
    fn default() -> Self {
        Self { roots: vec![PathBuf::from(".")] }
    }
}
