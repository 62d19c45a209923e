//! The keys that there are, with what each takes: drawn from the schema of [`Config`], so that checks, documents and the
//! programs' own types cannot differ.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::Config;

/// A key of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Where it stands: `port`, or `hub.grace_ms` for `grace_ms` below `[hub]`.
    pub path: String,
    /// What it means.
    pub help: String,
    /// Its value where nobody sets it; null where that depends on the installation.
    pub default: Value,
    /// What it takes.
    pub takes: Takes,
    /// When a change of it takes effect.
    pub applies: Applies,
}

/// A table of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name; empty for what stands above all tables.
    pub name: String,
    /// What it is for.
    pub help: String,
    /// Its keys, in the order of their names.
    pub keys: Vec<Key>,
}

/// What a key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// A whole number from one bound to the other.
    Whole(i64, i64),
    /// One of these words.
    OneOf(Vec<String>),
    /// A text.
    Text(Item),
    /// A list of texts.
    Texts(Item),
    /// A list of texts, or one text with commas between them.
    TextOrTexts(Item),
}

/// What a text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Anything.
    Any,
    /// Such as `tabmux.test:9008`.
    Authority,
    /// The id of an extension.
    Extension,
    /// The name of a set of tools.
    Set,
    /// A level of logs.
    Level,
}

/// When a change of a key takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// At once, in a running hub.
    Now,
    /// With the next hub, and with the next start of other processes that read it.
    Restart,
    /// In the processes that are started from then on.
    Start,
}

/// Every table, what stands above all of them first.
pub fn tables() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| read_tables(&schema()));
    &TABLES
}

/// Every key.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    tables().iter().flat_map(|table| &table.keys)
}

/// The key of that path.
pub fn find(path: &str) -> Option<&'static Key> {
    keys().find(|key| key.path == path)
}

/// The JSON Schema of the configuration file.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Config>().into()
}

impl Key {
    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("TABMUX_{}", self.path.replace('.', "_").to_uppercase())
    }

    /// The name without that of its table.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// What it takes, in words.
    pub fn expected(&self) -> String {
        match &self.takes {
            Takes::Whole(min, max) => format!("a whole number{} from {min} to {max}", self.unit()),
            Takes::OneOf(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                words.join(" or ")
            }
            Takes::Text(item) => format!("a text{}", item.of("such as")),
            Takes::Texts(item) => format!("a list of texts{}", item.of("each such as")),
            Takes::TextOrTexts(_) => "a text or a list of texts".into(),
        }
    }

    /// What its number counts, by the end of its name.
    fn unit(&self) -> &'static str {
        match self.name().rsplit('_').next() {
            Some("ms") => " of milliseconds",
            Some("mb") => " of megabytes",
            Some("days") => " of days",
            _ => "",
        }
    }
}

impl Table {
    /// The key of that name.
    pub fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.name() == name)
    }
}

impl Item {
    fn of(self, such_as: &str) -> String {
        let example = match self {
            Self::Any | Self::Set => return String::new(),
            Self::Authority => "tabmux.test:9008",
            Self::Extension => "abcdefghijklmnopabcdefghijklmnop",
            Self::Level => "info",
        };
        format!(" {such_as} \"{example}\"")
    }
}

impl Applies {
    /// When it takes effect, in two words; docs/configuration.md explains them.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Now => "at once",
            Self::Restart => "hub restart",
            Self::Start => "next start",
        }
    }
}

fn read_tables(schema: &Value) -> Vec<Table> {
    let mut tables = vec![Table { name: String::new(), help: text(schema, "description"), keys: Vec::new() }];
    for (name, property) in properties(schema) {
        if properties(property).next().is_none() {
            tables[0].keys.push(read_key(name.clone(), property, schema));
            continue;
        }
        let keys = properties(property)
            .map(|(key, about)| read_key(format!("{name}.{key}"), about, property))
            .collect();
        tables.push(Table { name: name.clone(), help: text(property, "description"), keys });
    }
    tables
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flat_map(Map::iter)
}

fn read_key(path: String, about: &Value, table: &Value) -> Key {
    let applies = match about["x-applies"].as_str().or(table["x-applies"].as_str()) {
        Some("now") => Applies::Now,
        Some("restart") => Applies::Restart,
        _ => Applies::Start,
    };
    Key {
        path,
        help: text(about, "description"),
        default: about["default"].clone(),
        takes: takes(about),
        applies,
    }
}

fn takes(about: &Value) -> Takes {
    let item = match about["x-items"].as_str() {
        Some("authority") => Item::Authority,
        Some("extension") => Item::Extension,
        Some("set") => Item::Set,
        Some("level") => Item::Level,
        _ => Item::Any,
    };
    if about["anyOf"].is_array() {
        return Takes::TextOrTexts(item);
    }
    if let Some(variants) = about["oneOf"].as_array() {
        let words = variants.iter().filter_map(|variant| variant["const"].as_str());
        return Takes::OneOf(words.map(str::to_owned).collect());
    }
    let bound = |name: &str, unbounded: i64| about[name].as_i64().unwrap_or(unbounded);
    match about["type"].as_str() {
        Some("integer") => Takes::Whole(bound("minimum", 0), bound("maximum", i64::MAX)),
        Some("array") => Takes::Texts(item),
        _ => Takes::Text(item),
    }
}

/// A text of the schema on one line.
fn text(schema: &Value, name: &str) -> String {
    schema[name].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}
