//! The hub as a service of a person's session: the files that systemd and launchd read, and what `tabmux hub install`
//! and `tabmux hub uninstall` tell.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tabmux_protocol::installation::VARIABLES;

use crate::outcome::ExecutableOutcome;

/// The words by which a file is known as ours.
pub const MARK: &str = "Written by `tabmux hub install`; `tabmux hub uninstall` removes it.";
/// Where systemd looks for the unit, below the home folder.
pub const UNIT: &str = ".config/systemd/user/tabmux.service";
/// Where launchd looks for the agent, below the home folder.
pub const AGENT: &str = "Library/LaunchAgents/dev.tabmux.hub.plist";

/// What the session is to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    executable: String,
    variables: Vec<(&'static str, String)>,
}

/// A path that a service's file cannot hold: systemd and launchd read text, and systemd starts nothing whose path has
/// quotes or backslashes.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} cannot stand in a service's file: use a folder whose name is text without control characters and, for the \
     executable, without quotes and backslashes"
)]
pub struct BadPath(OsString);

impl Service {
    /// The service of that executable, an absolute path, with those of the variables of an installation which `variable`
    /// knows; folders are made absolute, since a service begins in another one.
    pub fn new(executable: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, BadPath> {
        let mut variables = Vec::new();
        for name in VARIABLES {
            let Some(value) = variable(name).filter(|value| !value.is_empty()) else { continue };
            let is_folder = name != VARIABLES[0];
            let absolute = is_folder.then(|| std::path::absolute(&value).ok()).flatten();
            variables.push((name, text(absolute.map_or(value, PathBuf::into_os_string))?));
        }
        let executable = text(executable.into())?;
        if executable.contains(['"', '\'', '\\']) {
            return Err(BadPath(executable.into()));
        }
        Ok(Self { executable, variables })
    }

    /// The unit for systemd's manager of a person's services.
    ///
    /// A hub that cannot start is tried five times in a minute; the agents, which start one as well, tell why it cannot.
    /// What confines a service is not used: it would hold for all that the hub starts, and a browser's own sandbox needs
    /// what it takes away.
    pub fn systemd_unit(&self) -> String {
        // The colon keeps `$` in the path as it is.
        let mut exec = format!(":{}", quoted(&self.executable));
        exec.push_str(" hub run --service");
        let variables: String = self
            .variables
            .iter()
            .map(|(name, value)| format!("Environment={}\n", quoted(&format!("{name}={value}"))))
            .collect();
        format!(
            "# {MARK}\n# `systemctl --user edit tabmux` makes changes that stay.\n\n\
             [Unit]\nDescription=Tabmux hub, through which AI agents share one browser\n\
             StartLimitIntervalSec=60\nStartLimitBurst=5\n\n\
             [Service]\nType=exec\nExecStart={exec}\n{variables}\
             Restart=on-failure\nRestartSec=1\nKillMode=mixed\nUMask=0077\nLimitCORE=0\n\n\
             [Install]\nWantedBy=default.target\n"
        )
    }

    /// The property list for launchd.
    pub fn launchd_agent(&self) -> String {
        let mut arguments = String::new();
        for word in [self.executable.as_str(), "hub", "run", "--service"] {
            let _ = writeln!(arguments, "    <string>{}</string>", escaped(word));
        }
        let mut variables = String::new();
        for (name, value) in &self.variables {
            let _ = writeln!(variables, "    <key>{name}</key>\n    <string>{}</string>", escaped(value));
        }
        let environment = match variables.as_str() {
            "" => String::new(),
            all => format!("  <key>EnvironmentVariables</key>\n  <dict>\n{all}  </dict>\n"),
        };
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <!-- {MARK} -->\n<plist version=\"1.0\">\n<dict>\n\
             \x20 <key>Label</key>\n  <string>dev.tabmux.hub</string>\n\
             \x20 <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n{environment}\
             \x20 <key>RunAtLoad</key>\n  <true/>\n\
             \x20 <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  </dict>\n\
             \x20 <key>ProcessType</key>\n  <string>Interactive</string>\n\
             \x20 <key>Umask</key>\n  <integer>{UMASK}</integer>\n\
             \x20 <key>HardResourceLimits</key>\n  <dict>\n    <key>Core</key>\n    <integer>0</integer>\n  </dict>\n\
             </dict>\n</plist>\n"
        )
    }
}

/// What `tabmux hub install` or `uninstall` did, or with `--dry-run` would do.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceReport {
    /// The copy of the executable that the service starts; absent when the service is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executable: Option<ExecutableOutcome>,
    /// The service's file.
    pub file: PathBuf,
    /// What became of it.
    pub change: ServiceChange,
    /// Whether nothing was done in truth.
    pub dry_run: bool,
    /// What the file holds; absent when it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// What the manager of the session's services is told, in this order.
    pub commands: Vec<ServiceCommand>,
}

/// What became of a service's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ServiceChange {
    /// It was not there.
    Created,
    /// It was ours, and other.
    Replaced,
    /// It was there as it should be.
    Unchanged,
    /// It was there.
    Removed,
    /// It was not there, and need not be.
    Absent,
}

/// One thing that the manager of the session's services is told.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ServiceCommand {
    /// The command, as it is typed.
    pub command: String,
    /// How far it is.
    pub state: CommandState,
    /// What it said when it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// How far a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum CommandState {
    /// It was run and succeeded.
    Done,
    /// It was run and failed.
    Failed,
    /// It was not run: nothing is done in truth, or no such manager answers here.
    ToRun,
}

/// 077, which XML has in decimal.
const UMASK: u32 = 0o077;

fn text(value: OsString) -> Result<String, BadPath> {
    value
        .into_string()
        .and_then(|text| if text.contains(char::is_control) { Err(text.into()) } else { Ok(text) })
        .map_err(BadPath)
}

/// One word for systemd, which reads `\`, `"` and `%` in it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    const ODD: &str = "100% $HOME ünï ;x <b> & co";
    const ODDER: &str = "it's \"\\ 100% $HOME";

    fn odd_service(folder: &Path) -> (Service, PathBuf) {
        let executable = folder.join(ODD);
        fs::write(&executable, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&executable, fs::Permissions::from_mode(0o755)).unwrap();
        let variables = |name: &str| match name {
            "TABMUX_PORT" => Some("9100".into()),
            "TABMUX_STATE_DIR" => Some(folder.join(ODDER).into()),
            "TABMUX_CONFIG" => Some(OsString::new()),
            _ => None,
        };
        (Service::new(&executable, variables).unwrap(), executable)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn systemd_accepts_the_unit_and_finds_an_executable_with_an_odd_name() {
        let folder = tempfile::tempdir().unwrap();
        let (service, executable) = odd_service(folder.path());
        let unit = folder.path().join("tabmux.service");
        let verify = |text: &str| {
            fs::write(&unit, text).unwrap();
            let mut command = Command::new("systemd-analyze");
            // The manager of a person's services wants the folder that a session would have.
            command.env("XDG_RUNTIME_DIR", folder.path());
            let output = command.args(["--user", "verify"]).arg(&unit).output();
            output
                .map(|output| (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned()))
        };
        assert_eq!(verify(&service.systemd_unit()).unwrap(), (true, String::new()));
        fs::remove_file(&executable).unwrap();
        let (_, said) = verify(&service.systemd_unit()).unwrap();
        assert!(
            said.contains("is not executable") && said.contains(ODD),
            "it looked at the whole path: {said}"
        );
    }

    #[test]
    fn the_property_list_says_what_is_to_run_and_where_it_belongs() {
        let folder = tempfile::tempdir().unwrap();
        let (service, executable) = odd_service(folder.path());
        let file = folder.path().join("agent.plist");
        fs::write(&file, service.launchd_agent()).unwrap();
        let script = "import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], 'rb'))))";
        let output = Command::new("python3").args(["-c", script]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read["ProgramArguments"], serde_json::json!([executable, "hub", "run", "--service"]));
        let state = folder.path().join(ODDER);
        let variables = serde_json::json!({ "TABMUX_PORT": "9100", "TABMUX_STATE_DIR": state });
        assert_eq!(read["EnvironmentVariables"], variables, "those that are set, and no others");
        assert_eq!(read["KeepAlive"]["SuccessfulExit"], false);
        let plain = Service::new(Path::new("/usr/bin/tabmux"), |_| None).unwrap();
        assert!(!plain.launchd_agent().contains("EnvironmentVariables"));
        assert!(!plain.systemd_unit().contains("Environment="));
    }

    #[test]
    fn a_path_that_would_not_be_read_as_it_is_is_refused() {
        let bad =
            |bytes: &[u8]| Service::new(Path::new(&OsString::from_vec(bytes.to_vec())), |_| None).is_err();
        assert!(
            bad(b"/a\xff") && bad(b"/a\nExecStart=/b") && bad(b"/a\x1b[2J") && bad(b"/it's") && bad(b"/a\\b")
        );
    }

    #[test]
    fn folders_of_a_service_are_absolute() {
        let relative = |name: &str| (name == "TABMUX_STATE_DIR").then(|| "state".into());
        let unit = Service::new(Path::new("/t"), relative).unwrap().systemd_unit();
        let here = std::env::current_dir().unwrap().join("state");
        assert!(unit.contains(&format!("TABMUX_STATE_DIR={}", here.display())), "{unit}");
    }
}
