//! The configuration: one typed tree. A flag beats the environment, which beats the file, which beats the defaults; what
//! is wrong is told all at once, each mistake with its place.

mod keys;
mod log;
mod mistake;
mod overrides;
mod read;
mod relations;
mod shown;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tabmux_hub::{HttpSettings, HubSettings, Settings, TabsSettings};
use tabmux_mcp_client::{ClientSettings, FilesSettings};
use tabmux_protocol::installation::InstallationError;
use tabmux_protocol::{DEFAULT_PORT, Installation};

pub use keys::{Applies, Key, Table, Takes, find, schema, tables};
pub use log::{LogFormat, LogSettings};
pub use mistake::{Mistake, Mistakes, Place, Position};
pub use overrides::apply_flags;
pub use shown::{CheckedConfig, ShownConfig, ShownKey};
pub use value::unknown_key;

/// What a person may set in `config.toml`. The documents take what keys and tables mean from here.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "Configuration of Tabmux", extend("x-applies" = "restart"))]
pub struct Config {
    /// The hub's port on 127.0.0.1.
    #[schemars(range(min = 1))]
    pub port: u16,
    /// The hub's own times and limits.
    pub hub: HubSettings,
    /// How agent windows and commands reach the hub.
    pub client: ClientSettings,
    /// Which files agents may name.
    pub files: FilesSettings,
    /// What every process writes down, and for how long.
    pub log: LogSettings,
    /// What becomes of agents' tabs.
    pub tabs: TabsSettings,
    /// Who may ask the hub.
    pub http: HttpSettings,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: DEFAULT_PORT,
            hub: HubSettings::default(),
            client: ClientSettings::default(),
            files: FilesSettings::default(),
            log: LogSettings::default(),
            tabs: TabsSettings::default(),
            http: HttpSettings::default(),
        }
    }
}

/// A value that somebody set.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The value, checked.
    pub value: toml::Value,
    /// Who set it.
    pub source: Source,
    /// Where exactly.
    pub place: Place,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "source")]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file.
    File {
        /// The line of its key, counted from 1.
        line: usize,
    },
    /// The environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// The command line (`--set`).
    Flag,
}

/// Why a command cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The environment does not lead to an installation.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// The file, the environment or a flag is wrong.
    #[error(transparent)]
    Wrong(#[from] Mistakes),
}

/// What file, environment and flags come to.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The file, whether it exists or not.
    pub file: PathBuf,
    /// Whether it exists.
    pub exists: bool,
    /// What was set, by the keys' paths; the strongest source only.
    pub settings: BTreeMap<String, Setting>,
    /// What is wrong; a value that is wrong is not set.
    pub mistakes: Mistakes,
    /// The values, with the default of what was not set.
    pub config: Config,
}

impl Reading {
    /// The keys whose values are not as in another reading.
    pub fn differences<'r>(&'r self, other: &'r Self) -> impl Iterator<Item = &'static Key> + use<'r> {
        tables().iter().flat_map(|table| &table.keys).filter(|key| self.value(key) != other.value(key))
    }

    /// The value of a key; null where its default depends on the installation.
    fn value(&self, key: &Key) -> serde_json::Value {
        let set = self.settings.get(&key.path);
        set.map_or_else(|| key.default.clone(), |set| serde_json::to_value(&set.value).unwrap_or_default())
    }
}

impl Config {
    /// What the hub needs of it.
    pub fn for_hub(&self) -> Settings {
        Settings {
            hub: self.hub.clone(),
            tabs: self.tabs.clone(),
            http: self.http.clone(),
            ..Settings::default()
        }
    }
}

/// Reads the environment and the configuration file; a flag beats the environment, which beats the file.
pub fn load(port_flag: Option<u16>) -> Result<(Installation, Config), ConfigError> {
    read_right(port_flag).map(|(installation, reading)| (installation, reading.config))
}

/// Reads everything; a mistake is an error.
pub fn read_right(port_flag: Option<u16>) -> Result<(Installation, Reading), ConfigError> {
    let (mut installation, reading) = read()?;
    if let Some(port) = port_flag {
        installation.port = port;
    }
    match reading.mistakes.0.is_empty() {
        true => Ok((installation, reading)),
        false => Err(reading.mistakes.into()),
    }
}

/// Reads everything, mistakes included.
pub fn read() -> Result<(Installation, Reading), InstallationError> {
    let mut installation =
        Installation::from_env(|name| std::env::var_os(name).filter(|_| name != "TABMUX_PORT"))?;
    let path = &installation.config_path;
    let reading = put_together(path, read::read(path), overrides::from_environment(std::env::vars_os()));
    installation.port = reading.config.port;
    Ok((installation, reading))
}

/// Reads a file alone, without the environment.
pub fn read_file(path: &Path) -> Reading {
    put_together(path, read::read(path), overrides::Overrides::default())
}

/// Reads the content of a file of that name.
pub fn parse(path: &Path, content: &[u8]) -> Reading {
    put_together(path, read::parse(path, content), overrides::Overrides::default())
}

fn put_together(path: &Path, read: read::Read, overrides: overrides::Overrides) -> Reading {
    let read::Read { mut settings, mut mistakes, exists } = read;
    settings.extend(overrides.settings);
    mistakes.extend(overrides.mistakes);
    mistakes.extend(relations::check(&settings));
    let config = build(&settings).unwrap_or_else(|error| {
        let place = Place::File { file: path.to_owned(), at: None };
        mistakes.push(Mistake { place, message: error.message().to_owned() });
        Config::default()
    });
    Reading { file: path.to_owned(), exists, settings, mistakes: Mistakes(mistakes), config }
}

/// The typed tree. Its types take whatever was checked.
fn build(settings: &BTreeMap<String, Setting>) -> Result<Config, toml::de::Error> {
    let mut root = toml::Table::new();
    for (path, setting) in settings {
        let table = match path.split_once('.') {
            None => &mut root,
            Some((table, _)) => {
                let table = root.entry(table).or_insert_with(|| toml::Table::new().into());
                let Some(table) = table.as_table_mut() else { continue };
                table
            }
        };
        table.insert(path.rsplit('.').next().unwrap_or_default().to_owned(), setting.value.clone());
    }
    root.try_into()
}

#[cfg(test)]
mod tests;
