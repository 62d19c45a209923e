//! What `setup` remembers of its changes, so that they can be undone byte for byte: `<state>/setup/` holds each file as
//! it was before and as it was left.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fs, io};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tabmux_cli::args::ProgramId;
use tabmux_protocol::Installation;
use tabmux_protocol::installation::{make_private_dir, write_private};

use super::files::Snapshot;

/// All changes.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// The files that were changed.
    pub(super) files: Vec<Kept>,
    /// The folders that were made.
    pub(super) folders: BTreeSet<PathBuf>,
    #[serde(skip)]
    folder: PathBuf,
}

/// One file that was changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Kept {
    /// Whose file it is.
    pub(super) program: ProgramId,
    /// Where it lies, behind all links.
    pub(super) path: PathBuf,
    /// Whether there was none before.
    pub(super) created: bool,
    /// Its mode before.
    pub(super) mode: u32,
    /// When it was last changed before, since 1970.
    pub(super) modified: Option<Duration>,
    /// The servers that were taken out of it.
    pub(super) replaced: Vec<String>,
    /// The name of its copies.
    copy: String,
}

impl Kept {
    /// When it was last changed before.
    pub(super) fn modified_at(&self) -> Option<SystemTime> {
        self.modified.and_then(|since| UNIX_EPOCH.checked_add(since))
    }
}

impl Record {
    /// Reads the record; an empty one if nothing was changed yet.
    pub(super) fn read(installation: &Installation) -> anyhow::Result<Self> {
        let folder = installation.state_dir.join("setup");
        let path = folder.join("record.json");
        let record = match fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        Ok(Self { folder, ..record })
    }

    /// Keeps what an undo is to bring back, and the file as it will be left, before it is changed.
    pub(super) fn keep(
        &mut self,
        program: ProgramId,
        snapshot: &Snapshot,
        before: Before,
        replaced: &[String],
        after: &[u8],
    ) -> anyhow::Result<()> {
        make_private_dir(&self.folder)?;
        let earlier = self.of(&snapshot.target).cloned();
        let mut kept = match (before, earlier) {
            (Before::Recorded, Some(earlier)) => earlier,
            (before, earlier) => {
                let copy = earlier.map_or_else(|| self.free_name(program), |kept| kept.copy);
                let content = match before {
                    Before::Content(content) => content,
                    Before::Recorded => snapshot.content.clone(),
                };
                if let Some(content) = &content {
                    write_private(&self.folder.join(format!("{copy}.before")), content)?;
                }
                Kept {
                    program,
                    path: snapshot.target.clone(),
                    created: content.is_none(),
                    mode: snapshot.mode,
                    modified: snapshot.modified_at.and_then(|at| at.duration_since(UNIX_EPOCH).ok()),
                    replaced: Vec::new(),
                    copy,
                }
            }
        };
        kept.replaced.extend(replaced.iter().cloned());
        write_private(&self.folder.join(format!("{}.after", kept.copy)), after)?;
        self.files.retain(|other| other.path != kept.path);
        self.files.push(kept);
        self.write()
    }

    /// What is kept of the file that lies there.
    pub(super) fn of(&self, target: &Path) -> Option<&Kept> {
        self.files.iter().find(|kept| kept.path == target)
    }

    /// What the file held before; empty where there was none.
    pub(super) fn before(&self, kept: &Kept) -> io::Result<Vec<u8>> {
        match kept.created {
            true => Ok(Vec::new()),
            false => fs::read(self.folder.join(format!("{}.before", kept.copy))),
        }
    }

    /// What the file held when it was left.
    pub(super) fn after(&self, kept: &Kept) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join(format!("{}.after", kept.copy)))
    }

    /// Forgets a file that is undone.
    pub(super) fn forget(&mut self, kept: &Kept) -> anyhow::Result<()> {
        self.files.retain(|other| other.path != kept.path);
        self.write()?;
        for end in ["before", "after"] {
            let _ = fs::remove_file(self.folder.join(format!("{}.{end}", kept.copy)));
        }
        Ok(())
    }

    /// Makes a folder with what is missing above it, and remembers what was made.
    pub(super) fn make_folder(&mut self, path: &Path) -> io::Result<()> {
        self.will_make(path);
        fs::create_dir_all(path)
    }

    /// Remembers which folders are missing on the way to this one.
    pub(super) fn will_make(&mut self, path: &Path) {
        let missing = path.ancestors().take_while(|folder| !folder.exists());
        self.folders.extend(missing.map(Path::to_owned));
    }

    /// Removes the folders that were made and are empty, inner ones first.
    pub(super) fn remove_folders(&mut self) {
        self.folders = std::mem::take(&mut self.folders)
            .into_iter()
            .rev()
            .filter(|folder| fs::remove_dir(folder).is_err() && folder.exists())
            .collect();
    }

    /// Writes the record.
    pub(super) fn write(&self) -> anyhow::Result<()> {
        make_private_dir(&self.folder)?;
        Ok(write_private(&self.folder.join("record.json"), &serde_json::to_vec_pretty(self)?)?)
    }

    /// The folder of the record.
    pub(super) fn path(&self) -> &Path {
        &self.folder
    }

    /// Removes the record with its copies.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn free_name(&self, program: ProgramId) -> String {
        let names = (1..).map(|number| format!("{program:?}-{number}").to_lowercase());
        let is_free = |name: &String| self.files.iter().all(|kept| kept.copy != *name);
        names.into_iter().find(is_free).unwrap_or_default()
    }
}

/// What an undo is to bring back.
pub(super) enum Before {
    /// What the record says already.
    Recorded,
    /// This; `None` if there is to be no file.
    Content(Option<Vec<u8>>),
}
