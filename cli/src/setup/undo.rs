//! Taking our entries out of the files of agent programs: byte for byte where nobody else wrote to them since.

use std::path::{Path, PathBuf};
use std::{fs, io};

use tabmux_cli::args::ProgramId;
use tabmux_cli::outcome::{ProgramChange, ProgramOutcome};

use super::diff;
use super::edit::{NAME, Problem};
use super::files::{Snapshot, set_modified};
use super::plan::{told, untouched};
use super::programs::{PROGRAMS, Program};
use super::record::{Kept, Record};
use super::stable;

/// One file, and how our entry leaves it.
pub(super) struct UndoPlan {
    kept: Option<Kept>,
    back: Option<Back>,
    pub(super) outcome: ProgramOutcome,
    /// Whether it could not be undone though that was planned.
    pub(super) failed_late: bool,
}

/// How a file is left.
enum Back {
    /// There was none.
    Remove(Snapshot),
    /// As it was before, byte for byte.
    Restore(Snapshot, Vec<u8>),
    /// As it is, without our entry.
    Edit(Snapshot, Vec<u8>),
}

impl UndoPlan {
    /// Works out the undoing of everything that is recorded, and of entries that name our copy without a record.
    pub(super) fn all(record: &Record, only: &[ProgramId], home: &Path) -> Vec<Self> {
        let is_meant = |id: ProgramId| only.is_empty() || only.contains(&id);
        let mut plans: Vec<Self> = Vec::new();
        for program in PROGRAMS.iter().filter(|program| is_meant(program.id)) {
            let kept: Vec<&Kept> = record.files.iter().filter(|kept| kept.program == program.id).collect();
            plans.extend(kept.iter().map(|kept| Self::of(program, kept, record)));
            let path = program.path(home);
            let target = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            if kept.iter().all(|kept| kept.path != target) {
                plans.extend(Self::unrecorded(program, path, home));
            }
        }
        plans
    }

    pub(super) fn is_needed(&self) -> bool {
        self.back.is_some()
    }

    fn of(program: &'static Program, kept: &Kept, record: &Record) -> Self {
        let mut outcome = untouched(program, &kept.path);
        let back = Self::work_out(program, kept, record).unwrap_or_else(|problem| {
            outcome.problem = Some(told(&problem, None));
            outcome.change = ProgramChange::Failed;
            None
        });
        if let Some(back) = &back {
            let (change, snapshot, after) = match back {
                Back::Remove(snapshot) => (ProgramChange::Removed, snapshot, &[][..]),
                Back::Restore(snapshot, content) => (ProgramChange::Restored, snapshot, content.as_slice()),
                Back::Edit(snapshot, content) => (ProgramChange::TakenOut, snapshot, content.as_slice()),
            };
            outcome.change = change;
            outcome.diff = diff::lines(snapshot.bytes(), after);
            outcome.replaced.clone_from(&kept.replaced);
        }
        Self { kept: Some(kept.clone()), back, outcome, failed_late: false }
    }

    fn work_out(program: &Program, kept: &Kept, record: &Record) -> Result<Option<Back>, Problem> {
        let unreadable = |error: io::Error| Problem::whole(format!("its backup cannot be read: {error}"));
        let snapshot = Snapshot::of(&kept.path)?;
        if snapshot.content.is_none() {
            return Ok(None);
        }
        let before = record.before(kept).map_err(unreadable)?;
        if snapshot.bytes() == record.after(kept).map_err(unreadable)? {
            snapshot.writable()?;
            return Ok(Some(match kept.created {
                true => Back::Remove(snapshot),
                false => Back::Restore(snapshot, before),
            }));
        }
        if !kept.created && snapshot.bytes() == before {
            return Ok(None);
        }
        let after = program.shape.take(snapshot.bytes(), &before, &kept.replaced)?;
        if after == snapshot.bytes() {
            return Ok(None);
        }
        snapshot.writable()?;
        let says_nothing = after.iter().all(|byte| byte.is_ascii_whitespace() || b"{}".contains(byte));
        Ok(Some(match kept.created && says_nothing {
            true => Back::Remove(snapshot),
            false => Back::Edit(snapshot, after),
        }))
    }

    /// An entry that names our copy is ours, though nothing is known of how its file was.
    fn unrecorded(program: &'static Program, path: PathBuf, home: &Path) -> Option<Self> {
        let snapshot = Snapshot::of(&path).ok()?;
        let ours =
            program.shape.servers(snapshot.bytes()).ok()?.into_iter().find(|server| server.name == NAME)?;
        if Path::new(&ours.command) != stable::path(home) {
            return None;
        }
        let mut outcome = untouched(program, &path);
        let taken = snapshot.writable().and_then(|()| program.shape.take(snapshot.bytes(), b"", &[]));
        let back = match taken {
            Ok(after) => {
                outcome.change = ProgramChange::TakenOut;
                outcome.diff = diff::lines(snapshot.bytes(), &after);
                Some(Back::Edit(snapshot, after))
            }
            Err(problem) => {
                outcome.change = ProgramChange::Failed;
                outcome.problem = Some(told(&problem, None));
                None
            }
        };
        Some(Self { kept: None, back, outcome, failed_late: false })
    }

    /// Undoes it, and forgets it.
    pub(super) fn apply(&mut self, record: &mut Record) {
        if self.outcome.change == ProgramChange::Failed {
            return;
        }
        if let Err(problem) = self.undo(record) {
            self.failed_late = true;
            self.outcome.change = ProgramChange::Failed;
            self.outcome.problem = Some(told(&problem, None));
        }
    }

    fn undo(&mut self, record: &mut Record) -> Result<(), Problem> {
        match self.back.take() {
            None => {}
            Some(Back::Remove(snapshot)) => snapshot.remove()?,
            Some(Back::Restore(snapshot, content)) => {
                snapshot.put(&content, self.kept.as_ref().map_or(snapshot.mode, |kept| kept.mode))?;
                if let Some(at) = self.kept.as_ref().and_then(Kept::modified_at) {
                    set_modified(&snapshot.target, at)?;
                }
            }
            Some(Back::Edit(snapshot, content)) => snapshot.replace(&content)?,
        }
        match &self.kept {
            Some(kept) => record.forget(kept).map_err(|error| Problem::whole(format!("{error:#}"))),
            None => Ok(()),
        }
    }
}
