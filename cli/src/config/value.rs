//! Whether a value is what its key takes.

use tabmux_protocol::tools::Selection;
use toml::Value;
use tracing::level_filters::LevelFilter;

use super::keys::{Item, Key, Takes, tables};

/// What is wrong with a value, or with one item of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The number of the item.
    pub(super) item: Option<usize>,
    /// What is right, for the end of the message.
    pub(super) right: String,
}

/// Everything that is wrong with the value of a key.
pub(super) fn check(key: &Key, value: &Value) -> Vec<Wrong> {
    let whole = |did_you_mean: Option<String>| {
        let hint = did_you_mean.map_or_else(String::new, |meant| format!("; did you mean {meant}?"));
        vec![Wrong { item: None, right: format!("it takes {}{hint}", key.expected()) }]
    };
    match (&key.takes, value) {
        (Takes::Whole(min, max), Value::Integer(number)) if (min..=max).contains(&number) => Vec::new(),
        (Takes::Whole(min, max), value) => {
            whole(as_whole(value).filter(|number| (min..=max).contains(&number)).map(|n| n.to_string()))
        }
        (Takes::OneOf(words), Value::String(text)) if words.contains(text) => Vec::new(),
        (Takes::OneOf(words), value) => {
            let meant = value.as_str().and_then(|text| nearest(text, words.iter().map(String::as_str)));
            whole(meant.map(|word| format!("\"{word}\"")))
        }
        (Takes::Text(item) | Takes::TextOrTexts(item), Value::String(text)) => {
            let wrong = |right| Wrong { item: None, right };
            item.check(text).err().map(wrong).into_iter().collect()
        }
        (Takes::Texts(item) | Takes::TextOrTexts(item), Value::Array(values)) => check_items(*item, values),
        (Takes::Text(_) | Takes::Texts(_) | Takes::TextOrTexts(_), _) => whole(None),
    }
}

/// Reads what an environment variable or a flag says: numbers as they are, lists with commas or as in the file.
pub(super) fn from_text(key: &Key, text: &str) -> Value {
    let text = text.trim();
    let as_in_a_file = || toml::from_str::<toml::Table>(&format!("value = {text}")).ok()?.remove("value");
    match key.takes {
        Takes::Whole(..) => text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Integer),
        Takes::OneOf(_) | Takes::Text(_) | Takes::TextOrTexts(_) => Value::String(text.to_owned()),
        Takes::Texts(_) if text.starts_with('[') => {
            as_in_a_file().unwrap_or_else(|| Value::String(text.to_owned()))
        }
        Takes::Texts(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
        }
    }
}

/// The name that was probably meant.
pub(super) fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    /// The share of letters that must be right.
    const NEAR: f64 = 0.6;
    let text = text.to_lowercase();
    names
        .map(|name| (strsim::normalized_damerau_levenshtein(&text, name), name))
        .filter(|(near, _)| *near >= NEAR)
        .max_by(|(one, _), (two, _)| one.total_cmp(two))
        .map(|(_, name)| name)
}

/// What to say of a key that there is not.
pub fn unknown_key(path: &str) -> String {
    if let Some((_, now)) = MOVED.iter().find(|(before, _)| *before == path) {
        let (table, name) = now.split_once('.').unwrap_or_default();
        return format!("`{path}` has moved; write `{name}` under `[{table}]`");
    }
    let (table, name) = path.split_once('.').unwrap_or(("", path));
    let own = tables().iter().find(|known| known.name == table);
    let names = |table: &'static super::keys::Table| table.keys.iter().map(Key::name);
    if let Some(meant) = own.and_then(|table| nearest(name, names(table))) {
        return format!("`{path}` is no key; did you mean `{meant}`?");
    }
    let elsewhere = tables().iter().find(|other| names(other).any(|other| other == name));
    if let Some(other) = elsewhere {
        return match other.name.as_str() {
            "" => format!("`{path}` is no key; did you mean `{name}` above all tables?"),
            other => format!("`{path}` is no key; did you mean `{name}` under `[{other}]`?"),
        };
    }
    let known = own.map(|table| names(table).collect::<Vec<_>>().join(", ")).unwrap_or_default();
    let whose = if table.is_empty() { "above all tables stands".into() } else { format!("`[{table}]` has") };
    format!("`{path}` is no key; {whose} {known}")
}

/// What to say of a table that there is not.
pub(super) fn unknown_table(name: &str) -> String {
    let names = || tables().iter().map(|table| table.name.as_str()).filter(|name| !name.is_empty());
    let known: Vec<String> = names().map(|name| format!("`[{name}]`")).collect();
    match nearest(name, names()) {
        Some(meant) => format!("`[{name}]` is no table; did you mean `[{meant}]`?"),
        None => format!("`[{name}]` is no table; there are {}", known.join(", ")),
    }
}

/// Keys that stood elsewhere in earlier releases.
const MOVED: [(&str, &str); 2] =
    [("hub.tabs_on_leave", "tabs.on_leave"), ("hub.allowed_hosts", "http.allowed_hosts")];

fn check_items(item: Item, values: &[Value]) -> Vec<Wrong> {
    if item == Item::Set {
        let names: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
        let right = match names.map(Selection::of) {
            None => "it takes a text or a list of texts".into(),
            Some(Ok(_)) => return Vec::new(),
            Some(Err(error)) => error.to_string(),
        };
        return vec![Wrong { item: None, right }];
    }
    let wrong = values.iter().enumerate().filter_map(|(number, value)| {
        let checked = value.as_str().map_or_else(|| Err("it takes texts".into()), |text| item.check(text));
        checked.err().map(|right| Wrong { item: Some(number), right })
    });
    wrong.collect()
}

impl Item {
    fn check(self, text: &str) -> Result<(), String> {
        let right = match self {
            Self::Any => return Ok(()),
            Self::Set => return text.parse::<Selection>().map(drop).map_err(|error| error.to_string()),
            Self::Authority => {
                let (host, port) = text.rsplit_once(':').unwrap_or_default();
                let is_host = !host.is_empty() && !host.contains(['/', '@', ' ']);
                (is_host && port.parse::<u16>().is_ok())
                    .then_some(())
                    .ok_or("it takes a host with its port, such as \"tabmux.test:9008\"")
            }
            Self::Extension => (text.len() == 32 && text.bytes().all(|byte| (b'a'..=b'p').contains(&byte)))
                .then_some(())
                .ok_or("it takes the id of an extension, 32 letters from a to p"),
            Self::Level => is_level_of_logs(text).then_some(()).ok_or(
                "it takes \"error\", \"warn\", \"info\", \"debug\" or \"trace\", also by target: \
                 \"warn,tabmux_hub=debug\"",
            ),
        };
        right.map_err(str::to_owned)
    }
}

/// A level, or several with commas between them of which each but one is that of a target.
fn is_level_of_logs(text: &str) -> bool {
    text.split(',').all(|part| {
        let (target, level) = part.split_once('=').unwrap_or(("all", part));
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_:-".contains(c);
        // The parser takes numbers, too, and nothing at all.
        let is_word = level.starts_with(|c: char| c.is_ascii_alphabetic());
        !target.is_empty() && target.chars().all(is_name) && is_word && level.parse::<LevelFilter>().is_ok()
    })
}

/// A number that somebody put in quotes or gave a fraction of nothing.
fn as_whole(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().replace(['_', ','], "").parse().ok(),
        Value::Float(number) if number.fract() == 0.0 => Some(*number as i64),
        _ => None,
    }
}
