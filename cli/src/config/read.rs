//! The configuration file: what it sets and everything that is wrong in it, each with its place.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::Value;
use toml::de::{DeTable, DeValue};

use super::keys::{find, tables};
use super::mistake::{Mistake, Place, Position};
use super::value::{check, unknown_key, unknown_table};
use super::{Setting, Source};

/// How the parser begins to say that a word without quotes, or nothing, is no value.
const NO_VALUE: [&str; 3] = ["string values must be quoted", "invalid boolean", "invalid float"];
/// More than any configuration has.
const MAX: u64 = 1024 * 1024;

/// What a file sets, by the keys' paths, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) settings: BTreeMap<String, Setting>,
    pub(super) mistakes: Vec<Mistake>,
    /// Whether there is a file.
    pub(super) exists: bool,
}

/// Reads the file; one that does not exist sets nothing.
pub(super) fn read(path: &Path) -> Read {
    let bytes = match content(path) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Read::default(),
        Err(message) => return wrong(path, None, message),
    };
    parse(path, &bytes)
}

/// Reads the content of a file.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Read {
    match std::str::from_utf8(bytes) {
        Ok(text) => parse_text(path, text),
        Err(error) => {
            let at = Position::of(bytes, error.valid_up_to());
            wrong(path, Some(at), "here it is not UTF-8; save the file as UTF-8".into())
        }
    }
}

fn wrong(file: &Path, at: Option<Position>, message: String) -> Read {
    let place = Place::File { file: file.to_owned(), at };
    Read { mistakes: vec![Mistake { place, message }], exists: true, ..Read::default() }
}

fn content(path: &Path) -> Result<Option<Vec<u8>>, String> {
    const FIX: &str = "make it a file that you can read, or set TABMUX_CONFIG to another";
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("it cannot be read: {error}; {FIX}")),
    };
    if about.is_dir() {
        return Err(format!("it is a folder; {FIX}"));
    }
    // A pipe would be waited for.
    if !about.is_file() && path != Path::new("/dev/null") {
        return Err(format!("it is no file; {FIX}"));
    }
    if about.len() > MAX {
        return Err(format!("it is larger than 1 MiB; {FIX}"));
    }
    fs::read(path).map(Some).map_err(|error| format!("it cannot be read: {error}; {FIX}"))
}

fn parse_text(path: &Path, text: &str) -> Read {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { path, text, read: Read { exists: true, ..Read::default() } };
    for error in errors {
        reader.syntax(error.message(), error.span().unwrap_or_default());
    }
    let mut mistakes = std::mem::take(&mut reader.read.mistakes);
    mistakes.dedup_by_key(|mistake| line(mistake));
    let broken: Vec<Range<usize>> = mistakes.iter().map(|mistake| follows(text, line(mistake))).collect();
    reader.root(document.get_ref());
    let mut read = reader.read;
    read.mistakes.retain(|mistake| !broken.iter().any(|lines| lines.contains(&line(mistake))));
    read.mistakes.extend(mistakes);
    read.mistakes.sort_by(|one, two| one.place.cmp(&two.place));
    read
}

/// The lines in which mistakes may follow from a line that is not understood: itself, and the whole table of a header.
fn follows(text: &str, line: usize) -> Range<usize> {
    let is_header = |line: &&str| line.trim_start().starts_with('[');
    let mut lines = text.lines().skip(line.saturating_sub(1));
    match lines.next().filter(is_header) {
        Some(_) => line..line + 1 + lines.take_while(|line| !is_header(line)).count(),
        None => line..line + 1,
    }
}

/// The line of a mistake in a file.
fn line(mistake: &Mistake) -> usize {
    match &mistake.place {
        Place::File { at: Some(at), .. } => at.line,
        _ => 0,
    }
}

struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    read: Read,
}

impl Reader<'_> {
    fn root(&mut self, document: &DeTable<'_>) {
        for (name, value) in document {
            let table = tables().iter().find(|table| !table.name.is_empty() && table.name == *name.get_ref());
            match (table, value.get_ref()) {
                (Some(table), DeValue::Table(keys)) => {
                    for (key, value) in keys {
                        self.key(&format!("{}.{}", table.name, key.get_ref()), key.span(), value);
                    }
                }
                (Some(table), _) => {
                    let message = format!(
                        "`{0}` is {1}; it is a table: write its keys below a line `[{0}]`",
                        table.name,
                        self.shown(value.get_ref(), value.span())
                    );
                    self.wrong(value.span(), message);
                }
                (None, DeValue::Table(_)) if find(name.get_ref()).is_none() => {
                    self.wrong(name.span(), unknown_table(name.get_ref()));
                }
                (None, _) => self.key(name.get_ref(), name.span(), value),
            }
        }
    }

    fn key(&mut self, path: &str, name: Range<usize>, value: &Spanned<DeValue<'_>>) {
        let Some(key) = find(path) else { return self.wrong(name, unknown_key(path)) };
        let plain = plain(value.get_ref());
        let all_wrong = check(key, &plain);
        if all_wrong.is_empty() {
            let source = Source::File { line: Position::of(self.text.as_bytes(), name.start).line };
            let setting = Setting { value: plain, source, place: self.place(value.span()) };
            self.read.settings.insert(path.to_owned(), setting);
        }
        for wrong in all_wrong {
            let item = wrong.item.and_then(|number| value.get_ref().as_array()?.get(number));
            let of_what = if item.is_some() { "an item of " } else { "" };
            let value = item.unwrap_or(value);
            let shown = self.shown(value.get_ref(), value.span());
            self.wrong(value.span(), format!("{of_what}`{path}` is {shown}; {}", wrong.right));
        }
    }

    fn syntax(&mut self, message: &str, span: Range<usize>) {
        let rest = self.text.get(span.start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let message = match message {
            "duplicate key" => {
                let key = self.text.get(span.clone()).unwrap_or_default();
                format!("`{}` is set a second time; remove one of the two", abbreviated(key))
            }
            _ if !NO_VALUE.iter().any(|start| message.starts_with(start)) => {
                format!("it is not TOML: {message}")
            }
            _ if rest.trim().is_empty() => "here a value is missing".into(),
            _ => format!(
                "`{}` is no value; texts stand in quotes, numbers have no unit",
                abbreviated(rest.split('#').next().unwrap_or_default())
            ),
        };
        self.wrong(span, message);
    }

    fn wrong(&mut self, span: Range<usize>, message: String) {
        let place = self.place(span);
        self.read.mistakes.push(Mistake { place, message });
    }

    fn place(&self, span: Range<usize>) -> Place {
        let at = Some(Position::of(self.text.as_bytes(), span.start));
        Place::File { file: self.path.to_owned(), at }
    }

    /// The value as it stands in the file; a table by that word, since it may be long and far apart.
    fn shown(&self, value: &DeValue<'_>, span: Range<usize>) -> String {
        match value {
            DeValue::Table(_) => "a table".into(),
            _ => abbreviated(self.text.get(span).unwrap_or_default()),
        }
    }
}

/// A text in one line that is not too long.
pub(super) fn abbreviated(text: &str) -> String {
    const LONGEST: usize = 60;
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}

/// The value without its places. A number beyond 64 bits becomes the greatest or smallest, which no key takes.
fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let beyond = if number.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(beyond))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Boolean(*flag),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| plain(item.get_ref())).collect()),
        DeValue::Table(_) => Value::Table(toml::Table::new()),
    }
}
