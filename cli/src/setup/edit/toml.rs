//! Entries in TOML: tables below `mcp_servers`.

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{ARGS, Entry, NAME, Problem, Server};

const KEY: &str = "mcp_servers";

pub(super) fn servers(text: &str) -> Result<Vec<Server>, Problem> {
    let document = parse(text)?;
    let Some(item) = document.get(KEY) else { return Ok(Vec::new()) };
    let Some(servers) = item.as_table_like() else { return Err(no_table(text, item)) };
    Ok(servers.iter().map(|(name, item)| server(name, item)).collect())
}

pub(super) fn put(text: &str, entry: &Entry, without: &[String]) -> Result<String, Problem> {
    let is_ours = servers(text)?.iter().any(|server| server.name == NAME && server.is_ours());
    let mut document = parse(text)?;
    let is_empty = document.is_empty() && document.trailing().as_str().is_none_or(str::is_empty);
    let servers = open(&mut document)?;
    for name in without {
        servers.remove(name);
    }
    let present = servers.get_mut(NAME).and_then(Item::as_table_like_mut).filter(|_| is_ours);
    if let Some(present) = present {
        mend(present, entry);
        return Ok(document.to_string());
    }
    servers.remove(NAME);
    let mut fields = Table::new();
    fields.insert("command", command(entry));
    fields.insert("args", Item::Value(Value::Array(Array::from_iter(ARGS))));
    if !entry.env.is_empty() {
        let variables = entry.env.iter().map(|(name, value)| (*name, value.as_str()));
        fields.insert("env", Item::Value(Value::InlineTable(InlineTable::from_iter(variables))));
    }
    if !is_empty {
        fields.decor_mut().set_prefix("\n");
    }
    servers.insert(NAME, Item::Table(fields));
    Ok(document.to_string())
}

pub(super) fn take(text: &str, before: &str, back: &[String]) -> Result<String, Problem> {
    servers(text)?;
    let (mut document, earlier) = (parse(text)?, parse(before)?);
    let earlier = earlier.get(KEY).and_then(Item::as_table_like);
    let servers = open(&mut document)?;
    servers.remove(NAME);
    for name in back.iter().map(String::as_str).chain([NAME]) {
        if let Some(item) = earlier.and_then(|servers| servers.get(name)) {
            servers.insert(name, unplaced(item.clone()));
        }
    }
    if earlier.is_none() && servers.is_empty() {
        document.remove(KEY);
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut, Problem> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        let message = format!("this is not TOML: {}", error.message().trim_end().replace('\n', ", "));
        Problem::at(text, error.span().map_or(0, |span| span.start), message)
    })
}

fn no_table(text: &str, item: &Item) -> Problem {
    let message = format!("`{KEY}` must be a table");
    // Only a document that is not to be changed knows where things are.
    let start = toml_edit::Document::parse(text).ok().and_then(|document| document.get(KEY)?.span());
    match start.or_else(|| item.span()) {
        Some(span) => Problem::at(text, span.start, message),
        None => Problem::whole(message),
    }
}

fn server(name: &str, item: &Item) -> Server {
    let mut server = Server { name: name.to_owned(), ..Server::default() };
    let Some(fields) = item.as_table_like() else { return server };
    let text = |item: &Item| item.as_str().map(str::to_owned);
    server.command = fields.get("command").and_then(text).unwrap_or_default();
    let args = fields.get("args").and_then(Item::as_array).into_iter().flatten();
    server.args = args.filter_map(|value| value.as_str().map(str::to_owned)).collect();
    if let Some(env) = fields.get("env").and_then(Item::as_table_like) {
        server.env = env.iter().filter_map(|(name, item)| Some((name.to_owned(), text(item)?))).collect();
    }
    server
}

/// The table of servers, made if it is missing, without a header of its own.
fn open(document: &mut DocumentMut) -> Result<&mut dyn TableLike, Problem> {
    let item = document.entry(KEY).or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    item.as_table_like_mut().ok_or_else(|| Problem::whole(format!("`{KEY}` must be a table")))
}

/// Without the place that it had in another document, so that it comes behind what is there.
fn unplaced(mut item: Item) -> Item {
    if let Item::Table(table) = &mut item {
        table.set_position(None);
        for (_, below) in table.iter_mut() {
            *below = unplaced(std::mem::take(below));
        }
    }
    item
}

fn command(entry: &Entry) -> Item {
    toml_edit::value(entry.command.to_string_lossy().into_owned())
}

fn mend(fields: &mut dyn TableLike, entry: &Entry) {
    fields.insert("command", command(entry));
    if entry.env.is_empty() {
        return;
    }
    if !fields.get("env").is_some_and(Item::is_table_like) {
        fields.insert("env", Item::Value(Value::InlineTable(InlineTable::new())));
    }
    if let Some(env) = fields.get_mut("env").and_then(Item::as_table_like_mut) {
        for (name, text) in &entry.env {
            env.insert(name, toml_edit::value(text.as_str()));
        }
    }
}
