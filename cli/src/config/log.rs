//! What a person may set about log lines and log files.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de};
use tabmux_protocol::Installation;
use tracing_subscriber::filter::Targets;

/// The `[log]` table of the configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, or by part, as in `warn,tabmux_hub=debug`. From
    /// `debug` on, addresses and contents of pages may be in it. `TABMUX_LOG` overrides it.
    #[serde(deserialize_with = "level")]
    pub level: String,
    /// How a line is written: `text` or `json`. `TABMUX_LOG_FORMAT` overrides it.
    pub format: LogFormat,
    /// The folder of the log files, from the state folder on if it is not a whole path; without it `logs`.
    /// `TABMUX_LOG_DIR` overrides it.
    pub dir: Option<PathBuf>,
    /// A file of that many MiB is turned over: the next line begins another.
    pub file_mb: u64,
    /// The most MiB of all log files together; the oldest go first.
    pub total_mb: u64,
    /// How many days a log file is kept after its last line.
    pub keep_days: u64,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// `[2025-10-30 06:35:21] [INFO] [12345-a1b2c3d4] text field=value`, for people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
            dir: None,
            file_mb: 5,
            total_mb: 100,
            keep_days: 30,
        }
    }
}

impl LogSettings {
    /// Takes over what the environment says, read through `variable`. Returns what of it is not understood, a sentence
    /// each: a mistake there must not keep anything from running.
    pub fn read_env(&mut self, variable: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut mistakes = Vec::new();
        if let Some(level) = set("TABMUX_LOG") {
            match checked_level(&level) {
                Ok(()) => self.level = level,
                Err(problem) => mistakes.push(format!("TABMUX_LOG is not understood: {problem}")),
            }
        }
        match set("TABMUX_LOG_FORMAT").as_deref() {
            None => {}
            Some("text") => self.format = LogFormat::Text,
            Some("json") => self.format = LogFormat::Json,
            Some(_) => mistakes.push("TABMUX_LOG_FORMAT is not understood: use text or json".to_owned()),
        }
        if let Some(dir) = set("TABMUX_LOG_DIR") {
            self.dir = Some(dir.into());
        }
        mistakes
    }

    /// The folder of the log files.
    pub fn folder(&self, installation: &Installation) -> PathBuf {
        self.dir.as_ref().map_or_else(|| installation.log_dir(), |dir| installation.state_dir.join(dir))
    }
}

fn level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let level = String::deserialize(deserializer)?;
    checked_level(&level).map_err(de::Error::custom)?;
    Ok(level)
}

fn checked_level(level: &str) -> Result<(), &'static str> {
    match level.parse::<Targets>() {
        _ if level.trim().is_empty() => Err(LEVELS),
        // A single word that is no level would be taken for the name of a part of which everything is logged.
        Ok(targets) if targets.iter().all(|(target, _)| level.contains(&format!("{target}="))) => Ok(()),
        _ => Err(LEVELS),
    }
}

const LEVELS: &str =
    "use error, warn, info, debug or trace, or parts with levels, as in warn,tabmux_hub=debug";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<LogSettings, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn levels_are_words_or_parts_with_words_and_nothing_else() {
        for level in
            ["error", "warn", "INFO", "off", "debug", "trace", "warn,tabmux_hub=debug", "tabmux=info"]
        {
            assert_eq!(read(&format!("level = {level:?}")).unwrap().level, level);
        }
        for level in ["verbose", "", "tabmux", "tabmux=loud", "info,verbose"] {
            let error = read(&format!("level = {level:?}")).unwrap_err();
            assert!(error.contains("line 1") && error.contains("use error, warn"), "{level}: {error}");
        }
        assert!(read("format = \"xml\"").unwrap_err().contains("`text` or `json`"));
        assert!(read("file_mib = 5").unwrap_err().contains("file_mib"));
    }

    #[test]
    fn the_environment_overrides_the_file_and_its_mistakes_are_told() {
        let from = |pairs: &'static [(&str, &str)]| {
            let mut settings = read("level = \"warn\"\ndir = \"/file\"").unwrap();
            let variable =
                |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            let mistakes = settings.read_env(variable);
            (settings, mistakes)
        };
        let (settings, mistakes) =
            from(&[("TABMUX_LOG", "debug"), ("TABMUX_LOG_FORMAT", "json"), ("TABMUX_LOG_DIR", "/env")]);
        assert_eq!((settings.level.as_str(), settings.format), ("debug", LogFormat::Json));
        assert_eq!((settings.dir, mistakes.len()), (Some("/env".into()), 0));
        let (settings, mistakes) = from(&[("TABMUX_LOG", "loud"), ("TABMUX_LOG_FORMAT", "xml")]);
        assert_eq!((settings.level.as_str(), settings.format), ("warn", LogFormat::Text));
        assert!(mistakes.len() == 2 && mistakes[0].contains("TABMUX_LOG"), "{mistakes:?}");
        assert_eq!(from(&[("TABMUX_LOG_DIR", "")]).0.dir, Some("/file".into()));
    }
}
