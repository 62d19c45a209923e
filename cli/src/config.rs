//! The configuration file: one typed tree, defaults for what is absent, errors with the line for what is unknown.

mod log;

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;
use tabmux_hub::HubSettings;
use tabmux_mcp_client::{ClientSettings, FilesSettings};
use tabmux_protocol::Installation;
use tabmux_protocol::installation::InstallationError;

pub use log::{LogFormat, LogSettings};

/// What a person may set in `config.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The hub's port on 127.0.0.1; `TABMUX_PORT` overrides it.
    pub port: Option<std::num::NonZeroU16>,
    /// The hub's own settings.
    pub hub: HubSettings,
    /// The settings of the MCP processes and of whoever else dials the hub.
    pub client: ClientSettings,
    /// Which files agents may name.
    pub files: FilesSettings,
    /// What is logged, how, and for how long it is kept.
    pub log: LogSettings,
}

/// Why a command cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The environment does not lead to an installation.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// The file cannot be read.
    #[error("{path}: {source}: make it a file that you can read, or set TABMUX_CONFIG to another")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not TOML, or has an unknown key or a wrong value.
    #[error("{path}: {source}correct the file, or set TABMUX_CONFIG to another")]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        source: toml::de::Error,
    },
}

impl Config {
    /// Reads the content of a configuration file.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

/// Reads the environment and the configuration file; a flag beats the environment, which beats the file.
pub fn load(port_flag: Option<u16>) -> Result<(Installation, Config), ConfigError> {
    let mut installation = Installation::from_env(|name| std::env::var_os(name))?;
    let config = read(&installation.config_path)?;
    let from_env = std::env::var_os("TABMUX_PORT").is_some_and(|value| !value.is_empty());
    if let Some(port) = config.port.filter(|_| !from_env) {
        installation.port = port.get();
    }
    if let Some(port) = port_flag {
        installation.port = port;
    }
    Ok((installation, config))
}

fn read(path: &Path) -> Result<Config, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            Config::parse(&text).map_err(|source| ConfigError::Wrong { path: path.to_owned(), source })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Config::default()),
        Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests {
    use tabmux_protocol::tools::Selection;

    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_missing_file_and_an_empty_one_mean_the_defaults() {
        assert!(read(Path::new("/nowhere/config.toml")).unwrap().port.is_none());
        assert!(parse("").unwrap().port.is_none());
        assert_eq!(parse("port = 9100").unwrap().port.unwrap().get(), 9100);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_shows_its_line() {
        let error = parse("port = 9008\n\n[hub]\nhartbeat_ms = 3\n").unwrap_err();
        assert!(error.contains("line 4") && error.contains("hartbeat_ms"), "{error}");
    }

    #[test]
    fn a_set_of_tools_that_there_is_not_is_an_error_that_names_those_that_there_are() {
        let listed = |text: &str| parse(text).unwrap().client.tools;
        assert_eq!(listed(""), Selection::default());
        assert_eq!(listed("[client]\ntools = \"browsermcp\"\n"), "browsermcp".parse().unwrap());
        let two = "default,network".parse().unwrap();
        assert_eq!(listed("[client]\ntools = \"default,network\"\n"), two);
        assert_eq!(listed("[client]\ntools = [\"default\", \"network\"]\n"), two);
        let error = parse("[client]\ntools = 3\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("a text or a list of texts"), "{error}");
        let error = parse("[client]\ntools = \"all\"\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("`browsermcp`"), "{error}");
    }

    #[test]
    fn files_come_from_the_folder_of_the_window_unless_others_are_named() {
        assert_eq!(parse("").unwrap().files.roots, [Path::new(".")]);
        let named = parse("[files]\nroots = [\".\", \"~/Downloads\"]\n").unwrap();
        assert_eq!(named.files.roots, [Path::new("."), Path::new("~/Downloads")]);
    }

    #[test]
    fn a_port_out_of_range_is_an_error() {
        assert!(parse("port = 0").is_err());
        assert!(parse("port = 70000").is_err());
    }
}
