//! The copy of the executable in a place that stays: what agent programs start must be there tomorrow, wherever this one
//! was unpacked or cached.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use anyhow::Context;
use tabmux_cli::outcome::{ExecutableChange, ExecutableOutcome};
use tabmux_protocol::Installation;

use super::files::write;
use super::record::Record;
use crate::release::{VERSION, is_newer, version_of};

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
        let outcome = match version_of(&path).filter(|version| is_newer(version, VERSION)) {
            Some(version) => outcome(ExecutableChange::NewerKept, Some(version)),
            None if is_same().unwrap_or(false) => outcome(ExecutableChange::Unchanged, None),
            None => outcome(ExecutableChange::Copied, None),
        };
        Ok(Self { own, outcome })
    }

    pub(crate) fn is_needed(&self) -> bool {
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

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
