//! Which files an agent may name: those below the roots, wherever links and `..` lead.

use std::io;
use std::path::{Component, Path, PathBuf};

use tabmux_protocol::{ErrorCode, Installation, ToolError};

use super::FilesSettings;

/// A path longer than this is not quoted in full, in characters.
const QUOTED: usize = 200;

/// The folders in which an agent may name files.
///
/// Tabmux's own folders are closed whatever the roots are, since its secrets are in them; the agent's own folder is open
/// although it lies in one of them. A relative root that leads to the home folder or above it gives nothing: programs
/// that start there on their own do not mean all of the person's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots {
    cwd: Option<PathBuf>,
    home: Option<PathBuf>,
    /// All of these are the real paths of folders.
    roots: Vec<PathBuf>,
    own: Option<PathBuf>,
    closed: Vec<PathBuf>,
}

impl Roots {
    /// The roots of an agent window that works in `cwd`; folders that are not there give nothing.
    pub fn new(
        settings: &FilesSettings,
        cwd: Option<&Path>,
        home: Option<&Path>,
        installation: &Installation,
    ) -> Self {
        let [cwd, home] = [cwd, home].map(|folder| folder.and_then(|folder| folder.canonicalize().ok()));
        let root = |root: &PathBuf| {
            let named = absolute(root, cwd.as_deref(), home.as_deref())?.canonicalize().ok()?;
            let is_named = root.is_absolute() || root.starts_with("~");
            let holds_home = home.as_ref().map_or(named.parent().is_none(), |home| home.starts_with(&named));
            (is_named || !holds_home).then_some(named)
        };
        let roots = settings.roots.iter().filter_map(root).collect();
        let closed = [&installation.runtime_dir, &installation.state_dir];
        let closed =
            closed.into_iter().map(|folder| real(folder).unwrap_or_else(|| folder.clone())).collect();
        Self { cwd, home, roots, own: None, closed }
    }

    /// Opens the folder in which Tabmux itself keeps files for the agent.
    pub fn with_own(self, folder: &Path) -> Self {
        Self { own: Some(real(folder).unwrap_or_else(|| folder.to_owned())), ..self }
    }

    /// The real path of a file that an agent names, whether or not there is one; a relative path is below the folder in
    /// which the agent window works, and `~/` is the home folder.
    ///
    /// Errors: `bad_input` for what is no path, `not_permitted` for one outside the roots, in whatever way it leads
    /// there; it does not tell whether anything is there.
    pub fn resolve(&self, path: &str) -> Result<PathBuf, ToolError> {
        if path.is_empty() || path.contains('\0') {
            return Err(ToolError::new(ErrorCode::BadInput, "A path must not be empty.", "Name a file."));
        }
        let at = absolute(Path::new(path), self.cwd.as_deref(), self.home.as_deref());
        at.and_then(|at| real(&at)).filter(|real| self.is_open(real)).ok_or_else(|| self.refusal(path))
    }

    fn is_open(&self, real: &Path) -> bool {
        let below = |folders: &[PathBuf]| folders.iter().any(|folder| real.starts_with(folder));
        if self.own.as_ref().is_some_and(|own| real.starts_with(own)) {
            return true;
        }
        below(&self.roots) && !below(&self.closed)
    }

    fn refusal(&self, path: &str) -> ToolError {
        let path: String = path.chars().take(QUOTED).collect();
        let folders: Vec<String> =
            self.roots.iter().chain(&self.own).map(|folder| folder.display().to_string()).collect();
        let open = if folders.is_empty() { "none".to_owned() } else { folders.join(", ") };
        ToolError::new(
            ErrorCode::NotPermitted,
            format!("{path:?} is outside the folders whose files you may use ({open})."),
            "Use a file in one of them, or ask the person to add a folder to `roots` under `[files]` in Tabmux's \
             configuration file.",
        )
    }
}

fn absolute(path: &Path, cwd: Option<&Path>, home: Option<&Path>) -> Option<PathBuf> {
    match path.strip_prefix("~") {
        Ok(below) => Some(home?.join(below)),
        Err(_) if path.is_absolute() => Some(path.to_owned()),
        Err(_) => Some(cwd?.join(path)),
    }
}

/// The path without links and `..`, also where its end does not exist; none if that cannot be known.
fn real(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(real) => Some(real),
        // What is there and leads nowhere is a link: what is written to it would be written elsewhere.
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            let Some(Component::Normal(name)) = path.components().next_back() else { return None };
            Some(real(path.parent()?)?.join(name))
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A home folder with a project in it, in which the agent window works, and Tabmux's own folders.
    struct Machine {
        _folder: TempDir,
        top: PathBuf,
        installation: Installation,
    }

    impl Machine {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let top = folder.path().canonicalize().unwrap();
            for name in
                ["home/project/sub", "home/Pictures", "home/state/run", "home/state/clients/c", "other"]
            {
                fs::create_dir_all(top.join(name)).unwrap();
            }
            for name in ["home/project/a.txt", "home/.secret", "home/state/run/token", "other/b.txt"] {
                fs::write(top.join(name), "text").unwrap();
            }
            let installation = Installation {
                port: 9008,
                runtime_dir: top.join("home/state/run"),
                state_dir: top.join("home/state"),
                config_path: top.join("home/config.toml"),
            };
            Self { _folder: folder, top, installation }
        }

        fn roots(&self, roots: &[&str], cwd: &str) -> Roots {
            let settings = FilesSettings { roots: roots.iter().map(PathBuf::from).collect() };
            let home = self.top.join("home");
            Roots::new(&settings, Some(&self.top.join(cwd)), Some(&home), &self.installation)
        }

        fn path(&self, name: &str) -> PathBuf {
            self.top.join(name)
        }
    }

    fn code(outcome: Result<PathBuf, ToolError>) -> ErrorCode {
        outcome.unwrap_err().code
    }

    #[test]
    fn relative_paths_are_below_the_folder_of_the_window_and_so_is_what_does_not_exist_yet() {
        let machine = Machine::new();
        let roots = machine.roots(&["."], "home/project");
        let expected = machine.path("home/project/a.txt");
        for path in ["a.txt", "./sub/../a.txt", "~/project/a.txt", expected.to_str().unwrap()] {
            assert_eq!(roots.resolve(path).unwrap(), expected, "{path}");
        }
        assert_eq!(roots.resolve("sub/new/c.txt").unwrap(), machine.path("home/project/sub/new/c.txt"));
        assert_eq!(roots.resolve("\u{fc}.txt").unwrap(), machine.path("home/project/\u{fc}.txt"));
    }

    #[test]
    fn whatever_leads_outside_is_refused_and_does_not_tell_what_is_there() {
        let machine = Machine::new();
        let roots = machine.roots(&["."], "home/project");
        symlink(machine.path("other"), machine.path("home/project/linked")).unwrap();
        symlink(machine.path("other/b.txt"), machine.path("home/project/b.txt")).unwrap();
        symlink(machine.path("other/missing"), machine.path("home/project/dangling")).unwrap();
        symlink("loop", machine.path("home/project/loop")).unwrap();
        for path in [
            "../.secret",
            "../missing",
            "sub/../../.secret",
            "missing/../../.secret",
            "new/..",
            "linked/b.txt",
            "linked/missing",
            "b.txt",
            "dangling",
            "loop",
            "/etc/passwd",
            "~/.secret",
            "a.txt/below",
        ] {
            let error = roots.resolve(path).unwrap_err();
            assert_eq!(error.code, ErrorCode::NotPermitted, "{path}");
            assert!(error.message.contains("home/project)"), "{error}");
            assert!(error.fix.contains("`roots` under `[files]`"), "{error}");
        }
        assert_eq!(code(roots.resolve("")), ErrorCode::BadInput);
        assert_eq!(code(roots.resolve("a\0b")), ErrorCode::BadInput);
    }

    #[test]
    fn a_window_that_works_in_the_home_folder_or_above_it_has_no_files_unless_they_are_named() {
        let machine = Machine::new();
        for cwd in ["home", "", "/"] {
            let error = machine.roots(&["."], cwd).resolve(machine.path("other/b.txt").to_str().unwrap());
            assert!(error.unwrap_err().message.contains("(none)"));
        }
        let named = machine.roots(&["~/Pictures", "/", "~/missing"], "home");
        assert!(named.resolve("Pictures/a.png").is_ok());
        assert!(named.resolve(machine.path("other/b.txt").to_str().unwrap()).is_ok());
    }

    #[test]
    fn the_secrets_of_tabmux_are_closed_and_the_agents_own_folder_is_open() {
        let machine = Machine::new();
        let own = machine.path("home/state/clients/c");
        let roots = machine.roots(&["/", "."], "home/project").with_own(&own);
        for path in ["~/state/run/token", "~/state/clients/d", "~/state"] {
            assert_eq!(code(roots.resolve(path)), ErrorCode::NotPermitted, "{path}");
        }
        assert_eq!(roots.resolve("~/state/clients/c/a.pdf").unwrap(), own.join("a.pdf"));
        assert!(machine.roots(&["."], "").with_own(&own).resolve("home/state/clients/c").is_ok());
    }
}
