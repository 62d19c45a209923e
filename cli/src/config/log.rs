//! What a person may set about log lines and log files.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tabmux_protocol::Installation;

/// The `[log]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-applies" = "restart"))]
pub struct LogSettings {
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, or by part, as in `warn,tabmux_hub=debug`. From
    /// `debug` on, addresses and contents of pages may be in it.
    #[schemars(extend("x-items" = "level"))]
    pub level: String,
    /// How a line is written.
    pub format: LogFormat,
    /// The folder of the log files, from the state folder on if it is not a whole path; without it `logs`.
    pub dir: Option<PathBuf>,
    /// A file of that many MiB is turned over: the next line begins another.
    #[schemars(range(min = 1, max = 1_024))]
    pub file_mb: u64,
    /// The most MiB of all log files together; the oldest go first.
    #[schemars(range(min = 1, max = 102_400))]
    pub total_mb: u64,
    /// How many days a log file is kept after its last line.
    #[schemars(range(min = 1, max = 3_650))]
    pub keep_days: u64,
}

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// The folder of the log files.
    pub fn folder(&self, installation: &Installation) -> PathBuf {
        self.dir.as_ref().map_or_else(|| installation.log_dir(), |dir| installation.state_dir.join(dir))
    }
}
