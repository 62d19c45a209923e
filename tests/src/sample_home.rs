//! A home folder as a person has one who runs all the agent programs that `tabmux setup` knows, each configured in another
//! way; and readers that know nothing of how it edits.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::executable;

/// The programs by their names for `--only`, each with its file, the place of its servers, and what the file holds.
pub const SAMPLES: [(&str, &str, &str, &str); 8] = [
    (
        "claude-desktop",
        ".config/Claude/claude_desktop_config.json",
        "mcpServers",
        "{\n    \"globalShortcut\": \"\",\n    \"mcpServers\": {\n        \"files\": {\n            \"command\": \"npx\",\n            \"args\": [\"-y\", \"files\"]\n        }\n    }\n}",
    ),
    // A link to a file that the person keeps elsewhere.
    (
        "claude-code",
        ".claude.json",
        "mcpServers",
        "{\n  \"numStartups\": 42,\n  \"projects\": {\"/work\": {\"mcpServers\": {}}},\n  \"mcpServers\": {}\n}\n",
    ),
    (
        "cursor",
        ".cursor/mcp.json",
        "mcpServers",
        "{\r\n\t\"mcpServers\": {\r\n\t\t\"playwright\": {\r\n\t\t\t\"command\": \"npx\",\r\n\t\t\t\"args\": [\"@playwright/mcp@latest\"]\r\n\t\t},\r\n\t\t\"other\": { \"url\": \"https://example.com/mcp\" }\r\n\t}\r\n}\r\n",
    ),
    (
        "vscode",
        ".config/Code/User/mcp.json",
        "servers",
        "\u{feff}// Made by hand.\n{\n  /* none yet */\n  \"servers\": {\n  },\n  \"inputs\": [],\n}\n",
    ),
    (
        "windsurf",
        ".codeium/windsurf/mcp_config.json",
        "mcpServers",
        "{\n  \"mcpServers\": {\n    \"a\": {}\n    \"b\": {}\n  }\n}\n",
    ),
    (
        "zed",
        ".config/zed/settings.json",
        "context_servers",
        "// Zed settings\n{\n  \"theme\": \"One Dark\", // at night\n  \"context_servers\": {\n    // mine\n    \"mine\": { \"source\": \"custom\", \"command\": \"mine\", \"args\": [], },\n  },\n}\n",
    ),
    (
        "codex",
        ".codex/config.toml",
        "mcp_servers",
        "# Codex\nmodel = \"large\"   # the best\n\n[mcp_servers.docs]\ncommand = \"docs\"\nargs = ['--all']\n\n[tui]\nnotifications = true\n# the end\n",
    ),
    ("gemini", ".gemini/settings.json", "mcpServers", ""),
];

/// The sample whose file is broken.
pub const BROKEN: &str = "windsurf";

/// How a program starts our server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedBy {
    /// The program's name for `--only`.
    pub program: &'static str,
    /// The executable.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A folder with its mode.
    Folder(u32),
    /// A file with its mode, the time of its last change, and its content.
    File(u32, i64, i64, Vec<u8>),
    /// A link, and where it leads.
    Link(PathBuf),
}

/// A home folder of its own, on a port of its own.
pub struct SampleHome {
    folder: TempDir,
    port: u16,
}

impl SampleHome {
    /// An empty home folder.
    pub fn empty() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("tabmux-home-").tempdir()?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        fs::create_dir(folder.path().join("home"))?;
        fs::create_dir(folder.path().join("path"))?;
        Ok(Self { folder, port })
    }

    /// A home folder with all programs, and with the profile of a browser.
    pub fn with_all_programs() -> Result<Self> {
        let home = Self::empty()?;
        for (program, file, _, content) in SAMPLES {
            let path = home.path().join(file);
            fs::create_dir_all(path.parent().context("a folder")?)?;
            match program {
                "claude-code" => {
                    let elsewhere = home.path().join("dotfiles/claude.json");
                    fs::create_dir_all(elsewhere.parent().context("a folder")?)?;
                    fs::write(&elsewhere, content)?;
                    symlink(&elsewhere, &path)?;
                }
                _ => fs::write(&path, content)?,
            }
        }
        let codex = home.path().join(".codex/config.toml");
        fs::set_permissions(codex, fs::Permissions::from_mode(0o600))?;
        fs::create_dir_all(home.path().join(".config/chromium/Default"))?;
        Ok(home)
    }

    /// The home folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A folder for what is not to lie in the home folder.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// The port of its hub.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `tabmux` with these arguments, in this home folder and with a PATH on which no agent program is.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(&executable(), arguments)
    }

    /// Another executable with these arguments, in the same way.
    pub fn command_of(&self, executable: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(executable);
        command.args(arguments).env_clear().env("HOME", self.path()).env("TERM", "xterm");
        command.env("PATH", self.folder.path().join("path")).env("TABMUX_PORT", self.port.to_string());
        command
    }

    /// Runs `tabmux` with these arguments, without a terminal; its exit code, and what it printed and said.
    pub fn run(&self, arguments: &[&str]) -> Result<(Option<i32>, String, String)> {
        let output = self.command(arguments).stdin(std::process::Stdio::null()).output()?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?))
    }

    /// Runs `tabmux` with these arguments, which must print JSON and exit with that code.
    pub fn json(&self, arguments: &[&str], code: i32) -> Result<Value> {
        let (exit, printed, said) = self.run(arguments)?;
        anyhow::ensure!(exit == Some(code), "{arguments:?}: {exit:?}: {printed}{said}");
        serde_json::from_str(&printed).with_context(|| format!("{arguments:?}: {printed}"))
    }

    /// Launches a Chromium by that executable of ours, with a home folder of its own: what it leaves there is not ours.
    pub fn launch(&self, executable: &Path) -> Result<()> {
        let named = std::env::var("TABMUX_BROWSER").unwrap_or_else(|_| "chromium".to_owned());
        let (script, own) = (self.beside().join("browser.sh"), self.beside().join("browser-home"));
        fs::create_dir(&own)?;
        let own = own.display();
        fs::write(&script, format!("#!/bin/sh\nHOME='{own}' TMPDIR='{own}' exec {named} \"$@\"\n"))?;
        fs::set_permissions(&script, fs::Permissions::from_mode(0o700))?;
        let mut command = self.command_of(executable, &["browser", "launch", "--headless"]);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("TABMUX_BROWSER", script);
        let output = command.stdin(std::process::Stdio::null()).output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// How the programs start our server, as their files say.
    pub fn entries(&self) -> Result<Vec<StartedBy>> {
        let mut entries = Vec::new();
        for (program, file, key, _) in SAMPLES.into_iter().filter(|(program, ..)| *program != BROKEN) {
            let text = fs::read_to_string(self.path().join(file)).unwrap_or_default();
            if text.is_empty() {
                continue;
            }
            let value = read(file, &text).with_context(|| format!("{program}: {text}"))?;
            let entry = &value[key]["tabmux"];
            let Some(command) = entry["command"].as_str() else { continue };
            let texts = |value: &Value| -> Vec<String> {
                value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|one| one.as_str().map(str::to_owned))
                    .collect()
            };
            let pairs = entry["env"].as_object().into_iter().flatten();
            let env =
                pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
            entries.push(StartedBy {
                program,
                command: command.to_owned(),
                args: texts(&entry["args"]),
                env,
            });
        }
        Ok(entries)
    }

    /// Everything in the home folder.
    pub fn tree(&self) -> Result<BTreeMap<PathBuf, Item>> {
        let mut tree = BTreeMap::new();
        collect(&self.path(), &mut tree)?;
        Ok(tree)
    }
}

impl Drop for SampleHome {
    fn drop(&mut self) {
        let _ = self.run(&["hub", "stop"]);
        let _ = self.run(&["browser", "stop"]);
    }
}

impl StartedBy {
    /// The command, with the environment that agent programs pass on and no more.
    pub fn start(&self, home: &SampleHome) -> Command {
        let mut command = Command::new(&self.command);
        command.args(&self.args).env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
        command
            .env("TERM", "xterm")
            .env("USER", "me")
            .env("LOGNAME", "me")
            .env("SHELL", "/bin/sh")
            .envs(&self.env);
        command
    }
}

/// The content of a configuration file.
fn read(file: &str, text: &str) -> Result<Value> {
    if file.ends_with(".toml") {
        return Ok(serde_json::to_value(text.parse::<toml::Table>()?)?);
    }
    Ok(serde_json::from_str(&without_comments(text))?)
}

/// JSON without the comments, the trailing commas and the byte-order mark that editors allow in it.
fn without_comments(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text.trim_start_matches('\u{feff}'));
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
                plain.push_str(&rest[..end]);
                end
            }
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '}' | ']' => {
                plain.truncate(plain.trim_end().trim_end_matches(',').len());
                plain.push(first);
                1
            }
            _ => {
                plain.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    plain
}

fn collect(folder: &Path, tree: &mut BTreeMap<PathBuf, Item>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let about = fs::symlink_metadata(&path)?;
        let mode = about.permissions().mode();
        let item = if about.is_symlink() {
            Item::Link(fs::read_link(&path)?)
        } else if about.is_dir() {
            collect(&path, tree)?;
            Item::Folder(mode)
        } else {
            Item::File(mode, about.mtime(), about.mtime_nsec(), fs::read(&path)?)
        };
        tree.insert(path, item);
    }
    Ok(())
}
