//! The copy of the executable in a place that stays: what agent programs start must be there tomorrow, wherever this one
//! was unpacked or cached.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use anyhow::Context;
use tabmux_cli::outcome::{ExecutableChange, ExecutableOutcome};
use tabmux_protocol::Installation;

use super::files::write;
use super::record::Record;

/// Whoever may read it may run it; it holds nothing private.
const MODE: u32 = 0o755;

/// The copy of the executable, below that home folder.
pub(crate) fn path(home: &Path) -> PathBuf {
    home.join(".local/share/tabmux/bin/tabmux")
}

/// What is to become of the copy.
#[derive(Debug)]
pub(crate) struct Copy {
    own: PathBuf,
    pub(crate) outcome: ExecutableOutcome,
}

impl Copy {
    /// Compares this executable with what lies in the stable place. A newer one there is not replaced by an older.
    pub(crate) fn plan(home: &Path) -> anyhow::Result<Self> {
        let own = env::current_exe().context("finding this executable")?;
        let path = path(home);
        let outcome = |change, version| ExecutableOutcome { path: path.clone(), change, version };
        let is_same = || -> io::Result<bool> {
            Ok(fs::canonicalize(&path)? == fs::canonicalize(&own)?
                || (fs::metadata(&path)?.len() == fs::metadata(&own)?.len()
                    && fs::read(&path)? == fs::read(&own)?))
        };
        let outcome = match version_of(&path).filter(|version| is_newer(version, env!("CARGO_PKG_VERSION"))) {
            Some(version) => outcome(ExecutableChange::NewerKept, Some(version)),
            None if is_same().unwrap_or(false) => outcome(ExecutableChange::Unchanged, None),
            None => outcome(ExecutableChange::Copied, None),
        };
        Ok(Self { own, outcome })
    }

    pub(super) fn is_needed(&self) -> bool {
        self.outcome.change == ExecutableChange::Copied
    }

    /// Puts the copy in place, and records the folders that are made for it and for our own data, so that `uninstall` takes
    /// them away.
    pub(crate) fn install(&self, installation: &Installation) -> anyhow::Result<Record> {
        let mut record = Record::read(installation)?;
        for folder in [&installation.state_dir, &installation.runtime_dir] {
            record.will_make(folder);
        }
        if let Some(folder) = self.outcome.path.parent() {
            record.make_folder(folder)?;
        }
        installation.prepare_state_dir()?;
        record.write()?;
        self.apply()?;
        Ok(record)
    }

    /// Puts the copy in place by rename: processes that run the one before it go on.
    fn apply(&self) -> anyhow::Result<()> {
        if !self.is_needed() {
            return Ok(());
        }
        let path = &self.outcome.path;
        let content = fs::read(&self.own).with_context(|| format!("reading {}", self.own.display()))?;
        write(path, &content, MODE).with_context(|| format!("copying this executable to {}", path.display()))
    }
}

/// The version that an executable says of itself; `None` if there is none or it cannot say.
fn version_of(path: &Path) -> Option<String> {
    let said = Command::new(path).arg("--version").env_clear().output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    said.strip_prefix("tabmux ")?.lines().next().map(str::to_owned)
}

/// Whether a version is behind the other in time; what is behind a hyphen comes before the version itself.
fn is_newer(one: &str, other: &str) -> bool {
    let order = |version: &str| -> Option<(Vec<u64>, bool)> {
        let (numbers, is_final) = match version.split_once('-') {
            Some((numbers, _)) => (numbers, false),
            None => (version, true),
        };
        Some((numbers.split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?, is_final))
    };
    matches!((order(one), order(other)), (Some(one), Some(other)) if one > other)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        for (older, newer) in [("0.9.0", "0.10.0"), ("0.1.0-rc.1", "0.1.0"), ("1.2.3", "2.0.0")] {
            assert!(is_newer(newer, older) && !is_newer(older, newer), "{older} {newer}");
        }
        assert!(!is_newer("0.1.0", "0.1.0") && !is_newer("what", "0.1.0"));
    }

    #[test]
    fn a_newer_copy_stays_and_an_older_or_broken_one_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = path(home.path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let change = || Copy::plan(home.path()).unwrap().outcome.change;
        assert_eq!(change(), ExecutableChange::Copied);
        for (says, expected) in [
            ("echo tabmux 99.0.0", ExecutableChange::NewerKept),
            ("echo tabmux 0.0.1", ExecutableChange::Copied),
            ("exit 1", ExecutableChange::Copied),
        ] {
            fs::write(&path, format!("#!/bin/sh\n{says}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            assert_eq!(change(), expected, "{says}");
        }
        Copy::plan(home.path()).unwrap().apply().unwrap();
        assert_eq!(change(), ExecutableChange::Unchanged);
    }
}
