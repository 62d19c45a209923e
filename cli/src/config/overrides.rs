//! What the environment and the command line set. A flag is put into the process's own environment, so that what it
//! starts, a hub above all, has the same values.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::sync::OnceLock;

use super::keys::{Key, Table, find, keys, tables};
use super::mistake::{Mistake, Mistakes, Place};
use super::read::abbreviated;
use super::value::{check, from_text, nearest, unknown_key};
use super::{Setting, Source};

/// The variables that flags have set.
static FLAGS: OnceLock<BTreeSet<String>> = OnceLock::new();

/// `TABMUX_LOG` is shorter than the name that follows from its key.
const SHORT_FOR_LEVEL: (&str, &str) = ("TABMUX_LOG", "log.level");

/// What the environment sets, by the keys' paths, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    pub(super) settings: BTreeMap<String, Setting>,
    pub(super) mistakes: Vec<Mistake>,
}

/// Takes `--set KEY=VALUE` for the whole process and for whatever it starts. To be called before there is a second thread.
pub fn apply_flags(flags: &[String]) -> Result<(), Mistakes> {
    let mut mistakes = Vec::new();
    let mut variables = Vec::new();
    for flag in flags {
        match read_flag(flag) {
            Ok((key, text)) => variables.push((key.variable(), text)),
            Err(message) => mistakes.push(Mistake { place: Place::Flag { set: flag.clone() }, message }),
        }
    }
    if !mistakes.is_empty() {
        return Err(Mistakes(mistakes));
    }
    for (name, text) in &variables {
        // SAFETY: nobody else reads or writes the environment, since the process has one thread.
        unsafe { env::set_var(name, text) };
    }
    let _ = FLAGS.set(variables.into_iter().map(|(name, _)| name).collect());
    Ok(())
}

fn read_flag(flag: &str) -> Result<(&'static Key, &str), String> {
    let Some((path, text)) = flag.split_once('=') else {
        return Err("it takes KEY=VALUE, such as hub.grace_ms=5000".into());
    };
    let key = find(path.trim()).ok_or_else(|| unknown_key(path.trim()))?;
    if text.trim().is_empty() {
        return Err(format!("`{}` is empty; it takes {}", key.path, key.expected()));
    }
    match wrong(key, text) {
        Some(message) => Err(message),
        None => Ok((key, text)),
    }
}

/// Reads the variables of all keys. One that names none is a mistake where it begins as those of a table do; others may
/// be another program's.
pub(super) fn from_environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Overrides {
    let mut overrides = Overrides::default();
    let known: BTreeMap<String, &Key> = keys().map(|key| (key.variable(), key)).collect();
    for (name, text) in variables {
        let (name, text) = (name.to_string_lossy(), text.to_string_lossy());
        if text.is_empty() || !name.starts_with("TABMUX_") {
            continue;
        }
        let short = if name == SHORT_FOR_LEVEL.0 { find(SHORT_FOR_LEVEL.1) } else { None };
        match known.get(name.as_ref()).copied().or(short) {
            Some(key) => overrides.take(key, &name, &text, short.is_some()),
            None => overrides.mistakes.extend(unknown_variable(&name)),
        }
    }
    overrides.mistakes.sort_by(|one, two| one.place.cmp(&two.place));
    overrides
}

impl Overrides {
    fn take(&mut self, key: &Key, name: &str, text: &str, is_short: bool) {
        let (source, place) = match FLAGS.get().is_some_and(|flags| flags.contains(name)) {
            true => (Source::Flag, Place::Flag { set: format!("{}={text}", key.path) }),
            false => {
                let variable = name.to_owned();
                (Source::Environment { variable: variable.clone() }, Place::Environment { variable })
            }
        };
        if let Some(message) = wrong(key, text) {
            self.mistakes.push(Mistake { place, message });
        } else if !is_short || !self.settings.contains_key(&key.path) {
            let setting = Setting { value: from_text(key, text), source, place };
            self.settings.insert(key.path.clone(), setting);
        }
    }
}

/// What is wrong with the text for a key.
fn wrong(key: &Key, text: &str) -> Option<String> {
    let wrong = check(key, &from_text(key, text)).into_iter().next()?;
    Some(format!("`{}` is \"{}\"; {}", key.path, abbreviated(text), wrong.right))
}

/// What is wrong with a variable that begins as those of a table do.
fn unknown_variable(name: &str) -> Option<Mistake> {
    let of_table = |table: &'static Table| {
        let prefix = format!("TABMUX_{}_", table.name.to_uppercase());
        Some((table, name.strip_prefix(&prefix)?)).filter(|_| !table.name.is_empty())
    };
    let (table, rest) = tables().iter().find_map(of_table)?;
    let right = match nearest(rest, table.keys.iter().map(Key::name)).and_then(|meant| table.key(meant)) {
        Some(meant) => format!("did you mean {}?", meant.variable()),
        None => "`tabmux config show` lists the keys that there are".into(),
    };
    let place = Place::Environment { variable: name.to_owned() };
    Some(Mistake { place, message: format!("it sets no key; {right}") })
}
