//! Entries in JSON with comments: read from the syntax tree that knows positions, changed in the one that keeps everything.

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use jsonc_parser::errors::ParseError;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{ARGS, Entry, NAME, Problem, Server};

/// JSON with comments and trailing commas, as editors read it, and none of the further liberties.
const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

pub(super) fn servers(text: &str, key: &str) -> Result<Vec<Server>, Problem> {
    let root = parse(text)?;
    let Some(servers) = object_of_servers(text, root.as_ref(), key)? else { return Ok(Vec::new()) };
    servers.properties.iter().map(|property| server(text, property)).collect()
}

pub(super) fn put(
    text: &str,
    key: &str,
    extra: Option<(&str, &str)>,
    entry: &Entry,
    without: &[String],
) -> Result<String, Problem> {
    let present = servers(text, key)?.into_iter().find(|server| server.name == NAME);
    let (root, servers) = open(text, key)?;
    for name in without {
        remove(&servers, name);
    }
    let value = servers.get(NAME).and_then(|property| property.object_value());
    match (value, present.filter(Server::is_ours)) {
        // Whatever else the person set in it stays.
        (Some(value), Some(_)) => mend(&value, entry),
        _ => set(&servers, NAME, whole(extra, entry)),
    }
    Ok(root.to_string())
}

pub(super) fn take(text: &str, key: &str, before: &str, back: &[String]) -> Result<String, Problem> {
    let parsed = parse(before)?;
    let earlier = object_of_servers(before, parsed.as_ref(), key)?;
    let (root, servers) = open(text, key)?;
    let value =
        |name: &str| Some(input(&earlier?.properties.iter().find(|one| one.name.as_str() == name)?.value));
    for name in back {
        if let Some(value) = value(name) {
            set(&servers, name, value);
        }
    }
    match value(NAME) {
        Some(value) => set(&servers, NAME, value),
        None => remove(&servers, NAME),
    }
    if earlier.is_none() && servers.properties().is_empty() {
        let object = root.object_value();
        if let Some(property) = object.and_then(|object| object.get(key)) {
            property.remove();
        }
    }
    Ok(root.to_string())
}

fn parse(text: &str) -> Result<Option<Value<'_>>, Problem> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &OPTIONS);
    Ok(parsed.map_err(|error| syntax(text, &error))?.value)
}

fn syntax(text: &str, error: &ParseError) -> Problem {
    let what = error.kind().to_string();
    Problem::at(text, error.range().start, format!("this is not JSON: {}", lower_case(&what)))
}

fn lower_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The object of all servers, if the file has one; a key that is there twice is refused, since programs differ in which
/// one they take.
fn object_of_servers<'a, 'b>(
    text: &str,
    root: Option<&'b Value<'a>>,
    key: &str,
) -> Result<Option<&'b Object<'a>>, Problem> {
    let Some(root) = root else { return Ok(None) };
    let Value::Object(object) = root else {
        return Err(Problem::at(text, root.start(), "an object is expected here"));
    };
    let Some(property) = object.properties.iter().find(|one| one.name.as_str() == key) else {
        return Ok(None);
    };
    only_once(text, object, key)?;
    let Value::Object(servers) = &property.value else {
        return Err(Problem::at(
            text,
            property.value.start(),
            format!("the value of `{key}` must be an object"),
        ));
    };
    for property in &servers.properties {
        only_once(text, servers, property.name.as_str())?;
    }
    Ok(Some(servers))
}

fn only_once(text: &str, object: &Object<'_>, name: &str) -> Result<(), Problem> {
    match object.properties.iter().filter(|one| one.name.as_str() == name).nth(1) {
        Some(second) => {
            Err(Problem::at(text, second.start(), format!("`{name}` is here for the second time")))
        }
        None => Ok(()),
    }
}

fn server(text: &str, property: &ObjectProp<'_>) -> Result<Server, Problem> {
    let mut server = Server { name: property.name.as_str().to_owned(), ..Server::default() };
    let Value::Object(object) = &property.value else { return Ok(server) };
    for property in &object.properties {
        only_once(text, object, property.name.as_str())?;
        match (property.name.as_str(), &property.value) {
            ("command", Value::StringLit(command)) => server.command = command.value.to_string(),
            ("args", Value::Array(array)) => server.args = array.elements.iter().filter_map(string).collect(),
            ("env", Value::Object(object)) => {
                let variables = object.properties.iter();
                let pair = |one: &ObjectProp<'_>| Some((one.name.as_str().to_owned(), string(&one.value)?));
                server.env = variables.filter_map(pair).collect();
            }
            // Older versions of Zed keep all three in there.
            ("command", Value::Object(command)) => {
                for part in &command.properties {
                    match (part.name.as_str(), &part.value) {
                        ("path", Value::StringLit(path)) => server.command = path.value.to_string(),
                        ("args", Value::Array(array)) => {
                            server.args = array.elements.iter().filter_map(string).collect();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(server)
}

fn string(value: &Value<'_>) -> Option<String> {
    match value {
        Value::StringLit(text) => Some(text.value.to_string()),
        _ => None,
    }
}

/// The tree of the file, and its object of servers, made if it is missing.
fn open(text: &str, key: &str) -> Result<(CstRootNode, CstObject), Problem> {
    object_of_servers(text, parse(text)?.as_ref(), key)?;
    let root = CstRootNode::parse(text, &OPTIONS).map_err(|error| syntax(text, &error))?;
    let servers = root.object_value_or_create().and_then(|object| object.object_value_or_create(key));
    let servers = servers.ok_or_else(|| Problem::whole(format!("`{key}` is not an object")))?;
    Ok((root, servers))
}

fn whole(extra: Option<(&str, &str)>, entry: &Entry) -> CstInputValue {
    let mut fields: Vec<(String, CstInputValue)> = Vec::new();
    fields.extend(extra.map(|(name, value)| (name.to_owned(), value.into())));
    fields.push(("command".into(), entry.command.to_string_lossy().into_owned().into()));
    fields.push(("args".into(), ARGS.to_vec().into()));
    if !entry.env.is_empty() {
        let variables = entry.env.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
        fields.push(("env".into(), CstInputValue::Object(variables.collect())));
    }
    CstInputValue::Object(fields)
}

fn mend(value: &CstObject, entry: &Entry) {
    if value.get("command").and_then(|command| command.object_value()).is_some() {
        set(value, "args", ARGS.to_vec().into());
    }
    set(value, "command", entry.command.to_string_lossy().into_owned().into());
    if entry.env.is_empty() {
        return;
    }
    let env = value.object_value_or_set("env");
    for (name, text) in &entry.env {
        set(&env, name, text.clone().into());
    }
}

fn set(object: &CstObject, name: &str, value: CstInputValue) {
    match object.get(name) {
        Some(property) => property.set_value(value),
        None => {
            object.append(name, value);
        }
    }
}

fn remove(object: &CstObject, name: &str) {
    if let Some(property) = object.get(name) {
        property.remove();
    }
}

fn input(value: &Value<'_>) -> CstInputValue {
    match value {
        Value::NullKeyword(_) => CstInputValue::Null,
        Value::BooleanLit(literal) => CstInputValue::Bool(literal.value),
        Value::NumberLit(literal) => CstInputValue::Number(literal.value.to_owned()),
        Value::StringLit(literal) => CstInputValue::String(literal.value.to_string()),
        Value::Array(array) => CstInputValue::Array(array.elements.iter().map(input).collect()),
        Value::Object(object) => {
            let pair = |one: &ObjectProp<'_>| (one.name.as_str().to_owned(), input(&one.value));
            CstInputValue::Object(object.properties.iter().map(pair).collect())
        }
    }
}
