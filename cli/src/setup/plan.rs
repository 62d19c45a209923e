//! What `setup` is going to change, worked out before anything is changed.

use std::env;
use std::path::{Path, PathBuf};

use tabmux_cli::args::ProgramId;
use tabmux_cli::outcome::{FileProblem, ProgramChange, ProgramOutcome};
use tabmux_protocol::installation::VARIABLES;

use super::diff;
use super::edit::{Entry, NAME, Problem};
use super::files::Snapshot;
use super::programs::{PROGRAMS, Program};
use super::record::{Before, Record};
use super::replaceable;

/// The entry that leads agent programs to this installation. Variables that are not set are not written down, so that the
/// entry follows the home folder.
pub(crate) fn entry(executable: &Path) -> Entry {
    let set = |name: &&'static str| {
        let value = env::var(name).ok().filter(|value| !value.is_empty())?;
        Some((*name, value))
    };
    Entry { command: executable.to_owned(), env: VARIABLES.iter().filter_map(set).collect() }
}

/// The programs that are meant: those that were named, else those that are there.
pub(super) fn meant(only: &[ProgramId], home: &Path) -> Vec<&'static Program> {
    let is_meant = |program: &&Program| match only {
        [] => program.is_present(home),
        named => named.contains(&program.id),
    };
    PROGRAMS.iter().filter(is_meant).collect()
}

/// One program's file, and what is to become of it.
pub(super) struct FilePlan {
    pub(super) program: &'static Program,
    pub(super) path: PathBuf,
    /// What is to be written, if anything.
    pub(super) write: Option<Write>,
    pub(super) outcome: ProgramOutcome,
    /// Whether it could not be written though that was planned.
    pub(super) failed_late: bool,
}

/// What is to be written to a file that was looked at.
pub(super) struct Write {
    pub(super) snapshot: Snapshot,
    pub(super) after: Vec<u8>,
}

impl FilePlan {
    /// Works out how our entry comes into a program's file.
    pub(super) fn of(program: &'static Program, home: &Path, entry: &Entry, replace: bool) -> Self {
        let path = program.path(home);
        let mut plan =
            Self { program, write: None, outcome: untouched(program, &path), path, failed_late: false };
        if let Err(problem) = plan.work_out(entry, replace) {
            plan.fail(&problem, entry);
        }
        plan
    }

    fn work_out(&mut self, entry: &Entry, replace: bool) -> Result<(), Problem> {
        let (shape, outcome) = (self.program.shape, &mut self.outcome);
        let snapshot = Snapshot::of(&self.path)?;
        let servers = shape.servers(snapshot.bytes())?;
        let replaceable =
            servers.iter().filter(|server| server.name != NAME && replaceable::known(server).is_some());
        let replaceable: Vec<String> = replaceable.map(|server| server.name.clone()).collect();
        let without = if replace {
            replaceable
        } else {
            outcome.replaceable = replaceable;
            Vec::new()
        };
        let ours = servers.iter().find(|server| server.name == NAME);
        if without.is_empty() && ours.is_some_and(|ours| ours.serves(entry)) {
            return Ok(());
        }
        snapshot.writable()?;
        let after = shape.put(snapshot.bytes(), entry, &without)?;
        outcome.change = match (&snapshot.content, ours) {
            (None, _) => ProgramChange::Created,
            (_, None) => ProgramChange::Added,
            _ => ProgramChange::Updated,
        };
        outcome.diff = diff::lines(snapshot.bytes(), &after);
        outcome.replaced = without;
        self.write = Some(Write { snapshot, after });
        Ok(())
    }

    /// Writes the file, and remembers how it was.
    pub(super) fn apply(&mut self, record: &mut Record, entry: &Entry) {
        let Some(write) = self.write.take() else { return };
        if let Err(problem) = self.write(&write, record) {
            self.failed_late = true;
            self.fail(&problem, entry);
        }
    }

    fn write(&self, write: &Write, record: &mut Record) -> Result<(), Problem> {
        let Write { snapshot, after } = write;
        let problem = |error: anyhow::Error| Problem::whole(format!("{error:#}"));
        let (before, mut replaced) = self.before(snapshot, record)?;
        replaced.extend(self.outcome.replaced.iter().cloned());
        if let Some(folder) = snapshot.target.parent() {
            record.make_folder(folder).map_err(|error| problem(error.into()))?;
        }
        record.keep(self.program.id, snapshot, before, &replaced, after).map_err(problem)?;
        snapshot.replace(after)
    }

    /// What an undo is to bring back, and the servers that were taken out of it before. A file that others changed since we
    /// wrote it is brought back as it would be without us.
    fn before(&self, snapshot: &Snapshot, record: &Record) -> Result<(Before, Vec<String>), Problem> {
        let as_it_is = || Ok((Before::Content(snapshot.content.clone()), Vec::new()));
        let Some(kept) = record.of(&snapshot.target) else { return as_it_is() };
        let unreadable =
            |error: std::io::Error| Problem::whole(format!("its backup cannot be read: {error}"));
        if snapshot.content.as_deref() == Some(&record.after(kept).map_err(unreadable)?) {
            return Ok((Before::Recorded, Vec::new()));
        }
        let shape = self.program.shape;
        if !shape.servers(snapshot.bytes())?.iter().any(|server| server.name == NAME) {
            return as_it_is();
        }
        let before = record.before(kept).map_err(unreadable)?;
        let content = shape.take(snapshot.bytes(), &before, &kept.replaced)?;
        Ok((Before::Content(Some(content)), kept.replaced.clone()))
    }

    fn fail(&mut self, problem: &Problem, entry: &Entry) {
        self.write = None;
        let outcome = &mut self.outcome;
        outcome.change = ProgramChange::Failed;
        outcome.diff.clear();
        outcome.replaced.clear();
        outcome.problem = Some(told(problem, Some(self.program.shape.snippet(entry))));
    }
}

/// A program's file that is as it should be.
pub(super) fn untouched(program: &Program, path: &Path) -> ProgramOutcome {
    ProgramOutcome {
        program: program.id,
        name: program.name.to_owned(),
        path: path.to_owned(),
        change: ProgramChange::Unchanged,
        diff: String::new(),
        replaced: Vec::new(),
        replaceable: Vec::new(),
        problem: None,
    }
}

/// A problem as it is printed.
pub(super) fn told(problem: &Problem, paste: Option<String>) -> FileProblem {
    FileProblem {
        message: problem.message.clone(),
        line: problem.at.map(|(line, _)| line),
        column: problem.at.map(|(_, column)| column),
        paste,
    }
}
