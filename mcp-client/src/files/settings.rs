//! What a person may set for the files that agents name.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

/// The `[files]` table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-applies" = "start"))]
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
