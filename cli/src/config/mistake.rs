//! What is wrong with a configuration, each mistake with its place.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

/// One thing that is wrong: `PLACE: what is wrong; what is right`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Mistake {
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", tag = "in")]
pub enum Place {
    /// In the file.
    File {
        /// The file.
        file: PathBuf,
        /// Line and column, both counted from 1; none where the file as a whole is meant.
        #[serde(flatten, skip_serializing_if = "Option::is_none")]
        at: Option<Position>,
    },
    /// In the environment.
    Environment {
        /// The variable.
        variable: String,
    },
    /// On the command line.
    Flag {
        /// What was set.
        set: String,
    },
}

/// A place in a text, counted from 1; columns are characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// Everything that is wrong, one mistake a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
pub struct Mistakes(pub Vec<Mistake>);

impl Mistakes {
    /// Whether all of it is in the configuration file: the environment and the flags are a command's own.
    pub fn are_in_file(&self) -> bool {
        self.0.iter().all(|mistake| matches!(mistake.place, Place::File { .. }))
    }
}

impl Position {
    /// Where the byte of that number stands.
    pub(super) fn of(text: &[u8], byte: usize) -> Self {
        let before = &text[..byte.min(text.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let is_first_of_character = |byte: &&u8| **byte & 0xc0 != 0x80;
        Self {
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + before[line_start..].iter().filter(is_first_of_character).count(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, at: Some(at) } => write!(f, "{}:{}:{}", file.display(), at.line, at.column),
            Self::File { file, at: None } => write!(f, "{}", file.display()),
            Self::Environment { variable } => f.write_str(variable),
            Self::Flag { set } => write!(f, "--set {set}"),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0.as_slice() {
            return only.fmt(f);
        }
        write!(f, "the configuration has {} mistakes:", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}
