//! What `tabmux config show` and `tabmux config check` print as JSON.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;
use tabmux_protocol::Installation;

use super::keys::{Key, tables};
use super::{Mistake, Reading, Source};

/// Every key with its value.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShownConfig {
    /// The configuration file.
    pub file: PathBuf,
    /// Whether it exists; it need not.
    pub exists: bool,
    /// The keys in the order of their names, those above all tables first.
    pub keys: Vec<ShownKey>,
    /// What is wrong; a value that is wrong is not shown, but the one that holds without it.
    pub mistakes: Vec<Mistake>,
}

/// A key with its value.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ShownKey {
    /// Its path, such as `hub.grace_ms`.
    pub key: &'static str,
    /// Its value.
    pub value: Value,
    /// Where the value comes from.
    #[serde(flatten)]
    pub source: Source,
}

/// The outcome of a check.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckedConfig {
    /// The file that was checked.
    pub file: PathBuf,
    /// Whether it exists.
    pub exists: bool,
    /// What is wrong; nothing, if the list is empty.
    pub mistakes: Vec<Mistake>,
}

impl ShownConfig {
    /// What was read, in full.
    pub fn new(installation: &Installation, reading: &Reading) -> Self {
        let keys = tables().iter().flat_map(|table| &table.keys);
        Self {
            file: reading.file.clone(),
            exists: reading.exists,
            keys: keys.map(|key| ShownKey::new(key, installation, reading)).collect(),
            mistakes: reading.mistakes.0.clone(),
        }
    }
}

impl ShownKey {
    /// The key's value in what was read.
    pub fn new(key: &'static Key, installation: &Installation, reading: &Reading) -> Self {
        let (value, source) = match reading.settings.get(&key.path) {
            Some(setting) => {
                (serde_json::to_value(&setting.value).unwrap_or_default(), setting.source.clone())
            }
            None if key.path == "log.dir" => {
                (reading.config.log.folder(installation).to_string_lossy().into(), Source::Default)
            }
            None => (key.default.clone(), Source::Default),
        };
        Self { key: &key.path, value, source }
    }
}

impl From<Reading> for CheckedConfig {
    fn from(reading: Reading) -> Self {
        Self { file: reading.file, exists: reading.exists, mistakes: reading.mistakes.0 }
    }
}
