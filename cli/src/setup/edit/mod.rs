//! Changing one entry in a configuration file of others, from bytes to bytes: everything else stays as it is, comments,
//! order, line ends and byte-order mark included.

mod json;
mod toml;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use similar::{ChangeTag, TextDiff};

/// The name of our entry.
pub(crate) const NAME: &str = "tabmux";

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How a program writes down its MCP servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// JSON, with or without comments.
    Json {
        /// The object of all servers, at the top.
        key: &'static str,
        /// What an entry says beside command, arguments and environment.
        extra: Option<(&'static str, &'static str)>,
    },
    /// TOML, with a table `mcp_servers`.
    Toml,
}

/// Our entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The executable.
    pub(crate) command: PathBuf,
    /// What leads to another installation than the one of the home folder.
    pub(crate) env: Vec<(&'static str, String)>,
}

/// The arguments of our entry.
const ARGS: [&str; 1] = ["mcp"];

/// A server as a file names it; what the file leaves out is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Server {
    /// Its name.
    pub(crate) name: String,
    /// The executable.
    pub(crate) command: String,
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Its environment.
    pub(crate) env: BTreeMap<String, String>,
}

/// Why a file is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Line and column, from 1.
    pub(crate) at: Option<(usize, usize)>,
    /// What is wrong, for people.
    pub(crate) message: String,
}

impl Problem {
    /// What is wrong with a file as a whole.
    pub(crate) fn whole(message: impl Into<String>) -> Self {
        Self { at: None, message: message.into() }
    }

    fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { at: Some((line, column)), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => write!(f, "line {line}, column {column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Entry {
    /// It as a file would name it.
    pub(crate) fn server(&self) -> Server {
        Server {
            name: NAME.to_owned(),
            command: self.command.to_string_lossy().into_owned(),
            args: ARGS.map(str::to_owned).into(),
            env: self.env.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }
}

impl Server {
    /// Whether it starts what `entry` starts; arguments behind ours, such as a label, are the person's own choice.
    pub(crate) fn serves(&self, entry: &Entry) -> bool {
        self.is_ours()
            && self.command == entry.command.to_string_lossy()
            && entry.env.iter().all(|(name, value)| self.env.get(*name) == Some(value))
    }

    /// Whether it is one of ours by its arguments, whatever executable it names.
    pub(crate) fn is_ours(&self) -> bool {
        self.args.first().is_some_and(|first| first == ARGS[0])
    }
}

impl Shape {
    /// The servers that a file names.
    pub(crate) fn servers(self, content: &[u8]) -> Result<Vec<Server>, Problem> {
        let text = Text::read(content)?;
        self.servers_of(&text.lines)
    }

    fn servers_of(self, text: &str) -> Result<Vec<Server>, Problem> {
        match self {
            Self::Json { key, .. } => json::servers(text, key),
            Self::Toml => toml::servers(text),
        }
    }

    /// The file with our entry, and without the servers of those names.
    pub(crate) fn put(self, content: &[u8], entry: &Entry, without: &[String]) -> Result<Vec<u8>, Problem> {
        let text = Text::read(content)?;
        let before = self.servers_of(&text.lines)?;
        let edited = match self {
            Self::Json { key, extra } => json::put(&text.lines, key, extra, entry, without)?,
            Self::Toml => toml::put(&text.lines, entry, without)?,
        };
        let others =
            before.into_iter().filter(|server| server.name != NAME && !without.contains(&server.name));
        let expected: Vec<Server> = others.collect();
        self.check(&edited, &expected, |ours| ours.is_some_and(|ours| ours.serves(entry)))?;
        Ok(text.with(&edited))
    }

    /// The file without our entry, or with the one of that name that was there `before`; the servers of those names are
    /// put back as they were.
    pub(crate) fn take(self, content: &[u8], before: &[u8], back: &[String]) -> Result<Vec<u8>, Problem> {
        let (text, before) = (Text::read(content)?, Text::read(before)?);
        let edited = match self {
            Self::Json { key, .. } => json::take(&text.lines, key, &before.lines, back)?,
            Self::Toml => toml::take(&text.lines, &before.lines, back)?,
        };
        let had = self.servers_of(&before.lines)?;
        let mut expected = self.servers_of(&text.lines)?;
        expected.retain(|server| server.name != NAME && !back.contains(&server.name));
        expected.extend(had.iter().filter(|server| back.contains(&server.name)).cloned());
        let earlier = had.iter().find(|server| server.name == NAME);
        self.check(&edited, &expected, |ours| ours == earlier)?;
        Ok(text.with(&edited))
    }

    /// Holds an edited text against what it must say: a form that the editing libraries do not carry through is refused.
    fn check(
        self,
        edited: &str,
        expected: &[Server],
        is_right: impl Fn(Option<&Server>) -> bool,
    ) -> Result<(), Problem> {
        let servers = self.servers_of(edited).unwrap_or_default();
        let ours = servers.iter().find(|server| server.name == NAME);
        let others = servers.iter().filter(|server| server.name != NAME);
        let same =
            others.clone().count() == expected.len() && others.into_iter().all(|one| expected.contains(one));
        if is_right(ours) && same {
            return Ok(());
        }
        Err(Problem::whole("the file has a form that cannot be changed safely"))
    }

    /// What a person pastes into a file that is left as it is.
    pub(crate) fn snippet(self, entry: &Entry) -> String {
        let text = self.put(b"", entry, &[]).unwrap_or_default();
        String::from_utf8_lossy(&text).trim_end().to_owned()
    }
}

/// A file's text, and what of its form the editing libraries do not keep.
struct Text<'a> {
    mark: &'static str,
    original: &'a str,
    /// The text with `\n` as its only line end.
    lines: String,
}

impl<'a> Text<'a> {
    fn read(content: &'a [u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(content).map_err(|error| {
            let valid = String::from_utf8_lossy(&content[..error.valid_up_to()]);
            Problem::at(&valid, valid.len(), "this is not UTF-8 text")
        })?;
        let original = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mark = if original.len() < text.len() { BYTE_ORDER_MARK } else { "" };
        Ok(Self { mark, original, lines: original.replace("\r\n", "\n") })
    }

    /// The edited text in this file's form: each line that is kept has its own line end, each other one that of most.
    fn with(&self, edited: &str) -> Vec<u8> {
        let mut result = self.mark.to_owned();
        let crlf = self.original.matches("\r\n").count();
        if crlf == 0 {
            result.push_str(edited);
            return result.into_bytes();
        }
        let end = if 2 * crlf >= self.original.matches('\n').count() { "\r\n" } else { "\n" };
        let own: Vec<&str> = self.original.split_inclusive('\n').collect();
        let old: Vec<&str> = self.lines.split_inclusive('\n').collect();
        let new: Vec<&str> = edited.split_inclusive('\n').collect();
        for change in TextDiff::from_slices(&old, &new).iter_all_changes() {
            match (change.tag(), change.old_index()) {
                (ChangeTag::Delete, _) => {}
                (ChangeTag::Equal, Some(index)) => result.push_str(own[index]),
                _ => match change.value().strip_suffix('\n') {
                    Some(line) => result.extend([line, end]),
                    None => result.push_str(change.value()),
                },
            }
        }
        result.into_bytes()
    }
}

#[cfg(test)]
mod tests;
