//! The agent programs that `tabmux setup` knows: where each keeps its MCP servers, and by what it is noticed.

use std::env;
use std::path::{Path, PathBuf};

use tabmux_cli::args::ProgramId;

use super::edit::{NAME, Problem, Server, Shape};
use super::files::Snapshot;
use crate::platform::{APPLICATION_DATA, has_application, on_path};

/// One agent program.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) id: ProgramId,
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// How it writes down its servers.
    pub(crate) shape: Shape,
    place: Place,
    /// Folders below the home folder that it makes.
    folders: &'static [&'static str],
    /// Its executables.
    executables: &'static [&'static str],
    /// Its application, where the system has a folder of those.
    application: Option<&'static str>,
}

/// Where a configuration file lies.
#[derive(Debug)]
enum Place {
    /// Below the home folder.
    Home(&'static str),
    /// Below the folder in which graphical programs keep their data.
    Data(&'static str),
    /// In the folder that the variable names, else below the home folder.
    Variable { name: &'static str, file: &'static str, below_home: &'static str },
}

const SERVERS: Shape = Shape::Json { key: "mcpServers", extra: None };
const TYPED_SERVERS: Shape = Shape::Json { key: "mcpServers", extra: Some(("type", "stdio")) };

/// All of them, in the order in which they are shown.
pub(crate) const PROGRAMS: [Program; 8] = [
    Program {
        id: ProgramId::ClaudeDesktop,
        name: "Claude Desktop",
        shape: SERVERS,
        place: Place::Data("Claude/claude_desktop_config.json"),
        folders: &[],
        executables: &["claude-desktop"],
        application: Some("Claude"),
    },
    Program {
        id: ProgramId::ClaudeCode,
        name: "Claude Code",
        shape: TYPED_SERVERS,
        place: Place::Variable {
            name: "CLAUDE_CONFIG_DIR",
            file: ".claude.json",
            below_home: ".claude.json",
        },
        folders: &[".claude"],
        executables: &["claude"],
        application: None,
    },
    Program {
        id: ProgramId::Cursor,
        name: "Cursor",
        shape: SERVERS,
        place: Place::Home(".cursor/mcp.json"),
        folders: &[".cursor"],
        executables: &["cursor"],
        application: Some("Cursor"),
    },
    Program {
        id: ProgramId::Vscode,
        name: "VS Code",
        shape: Shape::Json { key: "servers", extra: Some(("type", "stdio")) },
        place: Place::Data("Code/User/mcp.json"),
        folders: &[".vscode"],
        executables: &["code"],
        application: Some("Visual Studio Code"),
    },
    Program {
        id: ProgramId::Windsurf,
        name: "Windsurf",
        shape: SERVERS,
        place: Place::Home(".codeium/windsurf/mcp_config.json"),
        folders: &[".codeium/windsurf"],
        executables: &["windsurf"],
        application: Some("Windsurf"),
    },
    Program {
        id: ProgramId::Zed,
        name: "Zed",
        // Versions of 2025 take an entry for an extension's without `source`; those after it read over it.
        shape: Shape::Json { key: "context_servers", extra: Some(("source", "custom")) },
        place: Place::Home(".config/zed/settings.json"),
        folders: &[".config/zed"],
        executables: &["zed", "zeditor"],
        application: Some("Zed"),
    },
    Program {
        id: ProgramId::Codex,
        name: "Codex",
        shape: Shape::Toml,
        place: Place::Variable { name: "CODEX_HOME", file: "config.toml", below_home: ".codex/config.toml" },
        folders: &[".codex"],
        executables: &["codex"],
        application: None,
    },
    Program {
        id: ProgramId::Gemini,
        name: "Gemini CLI",
        shape: SERVERS,
        place: Place::Home(".gemini/settings.json"),
        folders: &[".gemini"],
        executables: &["gemini"],
        application: None,
    },
];

impl Program {
    /// Its configuration file, which need not exist.
    pub(crate) fn path(&self, home: &Path) -> PathBuf {
        match self.place {
            Place::Home(path) => home.join(path),
            Place::Data(path) => home.join(APPLICATION_DATA).join(path),
            Place::Variable { name, file, below_home } => match env::var_os(name) {
                Some(folder) if !folder.is_empty() => Path::new(&folder).join(file),
                _ => home.join(below_home),
            },
        }
    }

    /// The server of our name in its configuration file at `path`, if there is one.
    pub(crate) fn entry(&self, path: &Path) -> Result<Option<Server>, Problem> {
        let servers = self.shape.servers(Snapshot::of(path)?.bytes())?;
        Ok(servers.into_iter().find(|server| server.name == NAME))
    }

    /// Whether there are signs of it on this machine.
    pub(crate) fn is_present(&self, home: &Path) -> bool {
        let path = self.path(home);
        let own_folder = match self.place {
            // That of the others is the home folder itself, or is named below.
            Place::Data(file) => {
                Path::new(file).components().next().map(|first| home.join(APPLICATION_DATA).join(first))
            }
            _ => None,
        };
        path.is_file()
            || own_folder.is_some_and(|folder| folder.is_dir())
            || self.folders.iter().any(|folder| home.join(folder).is_dir())
            || self.executables.iter().any(|name| on_path(name).is_some())
            || self.application.is_some_and(has_application)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_a_row_and_a_file_of_its_own() {
        let home = Path::new("/home/p");
        for (index, program) in PROGRAMS.iter().enumerate() {
            let others = PROGRAMS.iter().skip(index + 1);
            assert!(others.clone().all(|other| other.id != program.id), "{}", program.name);
            assert!(others.clone().all(|other| other.path(home) != program.path(home)), "{}", program.name);
            assert!(program.path(home).starts_with(home));
        }
    }

    #[test]
    fn a_program_is_noticed_by_its_folder_or_its_file() {
        let home = tempfile::tempdir().unwrap();
        let of = |id| PROGRAMS.iter().find(|program| program.id == id).unwrap();
        let zed = of(ProgramId::Zed);
        assert!(!zed.is_present(home.path()));
        std::fs::create_dir_all(home.path().join(".config/zed")).unwrap();
        assert!(zed.is_present(home.path()));
        let desktop = of(ProgramId::ClaudeDesktop);
        assert!(!desktop.is_present(home.path()));
        std::fs::create_dir_all(desktop.path(home.path()).parent().unwrap()).unwrap();
        assert!(desktop.is_present(home.path()));
    }
}
