//! What `tabmux setup` and `tabmux uninstall` print with `--json`: one object, stable through versions.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::args::ProgramId;

/// What `tabmux setup` did; with `--dry-run`, what it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SetupOutcome {
    /// Whether nothing was changed, since that was asked for.
    pub dry_run: bool,
    /// The copy of the executable that the entries name; absent with `--undo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executable: Option<ExecutableOutcome>,
    /// The programs that were found or named.
    pub programs: Vec<ProgramOutcome>,
    /// The browsers that were found; empty with `--undo`.
    pub browsers: Vec<BrowserOutcome>,
    /// What a real call said; absent where none was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<CheckOutcome>,
}

/// The copy of the executable in its stable place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExecutableOutcome {
    /// Where it lies.
    pub path: PathBuf,
    /// What became of it.
    pub change: ExecutableChange,
    /// Its version, where that is not our own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// What became of the copy of the executable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ExecutableChange {
    /// This executable was copied there.
    Copied,
    /// It was there already.
    Unchanged,
    /// A newer one was there, and stays.
    NewerKept,
}

/// One agent program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProgramOutcome {
    /// Its name for `--only`.
    pub program: ProgramId,
    /// Its name for people.
    pub name: String,
    /// Its configuration file.
    pub path: PathBuf,
    /// What became of its entry.
    pub change: ProgramChange,
    /// The changed lines, as `diff` shows them; empty where none is changed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub diff: String,
    /// The servers that were taken out, or put back with `--undo`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<String>,
    /// The servers that `--replace` would take out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaceable: Vec<String>,
    /// Why the file was left as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<FileProblem>,
}

/// What became of the entry of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ProgramChange {
    /// The file was made, with our entry.
    Created,
    /// Our entry was put into the file.
    Added,
    /// Our entry was there and was changed.
    Updated,
    /// All is as it should be.
    Unchanged,
    /// The file is again as it was before, byte for byte.
    Restored,
    /// The file was changed by others since: our entry alone was taken out.
    TakenOut,
    /// The file was made by `setup` and is removed.
    Removed,
    /// The file was left as it is, since something is wrong with it.
    Failed,
}

/// Why a file was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FileProblem {
    /// What is wrong, and where.
    pub message: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What to paste into the file by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paste: Option<String>,
}

/// One browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BrowserOutcome {
    /// Its name for people.
    pub name: String,
    /// The folder of its profiles.
    pub profile_root: PathBuf,
    /// Whether the native host had to be registered; `false` where it was already.
    pub registered: bool,
}

/// What a real call said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckOutcome {
    /// Whether everything that was tried went well.
    pub ok: bool,
    /// What was started, as an entry names it.
    pub command: Vec<String>,
    /// The number of tools that it lists.
    pub tools: usize,
    /// From the start of the process to the list of its tools, in milliseconds.
    pub listed_ms: u64,
    /// From the start of the process to the hub's answer, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub_ms: Option<u64>,
    /// The browser that is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// How long a page took to open in a background tab, in milliseconds; absent without a browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_ms: Option<u64>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What `tabmux uninstall` did; with `--dry-run`, what it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UninstallOutcome {
    /// Whether nothing was changed, since that was asked for.
    pub dry_run: bool,
    /// The programs whose files have an entry of ours.
    pub programs: Vec<ProgramOutcome>,
    /// Everything else, in the order in which it was done.
    pub steps: Vec<UninstallStep>,
    /// The entries of our name that `setup` did not write: they stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftEntry>,
}

/// An entry called `tabmux` that somebody else wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct LeftEntry {
    /// The program's name for `--only`.
    pub program: ProgramId,
    /// The program's name for people.
    pub name: String,
    /// The file in which it stands.
    pub path: PathBuf,
    /// The executable that it names; empty where it names none.
    pub command: String,
}

/// One thing that is taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UninstallStep {
    /// What it is, for people.
    pub what: String,
    /// Where it lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Why it is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}
