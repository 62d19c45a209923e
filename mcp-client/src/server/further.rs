//! `hub_tools`, `hub_read` and `hub_call`: what a window does not list can be found and run all the same.

use std::cmp::Reverse;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Map, Value};
use tabmux_protocol::tools::{self, Args, SETS, Set, TOOLS, TabNeed, Tool, ToolSet};
use tabmux_protocol::{ErrorCode, ToolError};

/// The longest answer of `hub_tools`, in bytes: that of every answer.
const ANSWER_LIMIT: usize = 10_000;
/// The longest name that is told back, in characters.
const NAME_LIMIT: usize = 60;

/// What `hub_tools` is asked.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    query: Option<String>,
    set: Option<String>,
}

/// What `hub_read` and `hub_call` are asked.
#[derive(Debug, Deserialize)]
struct Named {
    tool: String,
    #[serde(default)]
    args: Value,
}

/// The tool that a call reaches, with its arguments: the called one, or that which `hub_read` or `hub_call` names.
pub(super) fn reach(
    tool: &'static Tool,
    given: Map<String, Value>,
) -> Result<(&'static Tool, Args), ToolError> {
    let args = tool.check(given)?;
    if tool.tab != TabNeed::Inner {
        return Ok((tool, args));
    }
    let named: Named = read(&args)?;
    let inner = tools::find(&named.tool).filter(|inner| inner.tab != TabNeed::Inner).ok_or_else(|| {
        let name: String = named.tool.chars().take(NAME_LIMIT).collect();
        bad(format!("{}: `tool` is {name:?}, which is no tool that it can run.", tool.name))
    })?;
    if tool.effect.read_only() && !inner.effect.read_only() {
        return Err(ToolError::new(
            ErrorCode::NotPermitted,
            format!("{} is not read-only, and {} runs what is read-only.", inner.name, tool.name),
            "Call hub_call with the same.",
        ));
    }
    let args = inner.check(object(named.args)).map_err(|bad| bad.by_way_of(tool))?;
    Ok((inner, args))
}

/// The name of the tool that a call means, for the log: with the one that it names, if there is such a tool.
pub(super) fn logged_name(tool: &str, given: Option<&Map<String, Value>>) -> String {
    let reaches = tools::find(tool).is_some_and(|tool| tool.tab == TabNeed::Inner);
    let named = given.filter(|_| reaches).and_then(|given| given.get("tool")?.as_str());
    match named.and_then(tools::find) {
        Some(inner) => format!("{tool} {}", inner.name),
        None => tool.to_owned(),
    }
}

/// Answers `hub_tools`: the tools of a set, those that words lead to, or all sets.
pub(super) fn tell(args: &Args) -> Result<String, ToolError> {
    let wanted: Wanted = read(args)?;
    let set = match &wanted.set {
        None => None,
        Some(name) => {
            let known = ToolSet::named(name).map_err(|error| bad(format!("hub_tools: `set`: {error}.")))?;
            Some(known)
        }
    };
    let words: Vec<String> =
        wanted.query.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() && set.is_none() {
        return Ok(sets());
    }
    let within: Vec<&Tool> = TOOLS.iter().filter(|tool| set.is_none_or(|set| is_in(set, tool))).collect();
    let found = matching(&within, &words);
    if found.is_empty() {
        return Ok(format!("No tool matches that.\n\n{}", sets()));
    }
    Ok(describe(&found))
}

/// The tools that have the most of the words, those first whose names have more of them.
fn matching<'a>(within: &[&'a Tool], words: &[String]) -> Vec<&'a Tool> {
    let scores: Vec<(usize, usize)> = within.iter().map(|tool| score(tool, words)).collect();
    let most = scores.iter().map(|(all, _)| *all).max().unwrap_or(0);
    if most == 0 && !words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(usize, &Tool)> = scores
        .iter()
        .zip(within)
        .filter(|((all, _), _)| *all == most)
        .map(|((_, in_name), tool)| (*in_name, *tool))
        .collect();
    found.sort_by_key(|(in_name, _)| Reverse(*in_name));
    found.into_iter().map(|(_, tool)| tool).collect()
}

/// How many of the words are in what is known of a tool, and how many in its names.
fn score(tool: &Tool, words: &[String]) -> (usize, usize) {
    let mut names = tool.name.to_owned();
    tool.aliases.iter().chain([&tool.title]).for_each(|name| names = format!("{names} {name}"));
    let names = names.to_lowercase();
    let mut about = format!("{names} {}", tool.description);
    if let Some(set) = ToolSet::of(tool) {
        about = format!("{about} {} {}", set.name, set.about);
    }
    for param in tool.params {
        about = format!("{about} {} {}", param.name, param.description);
    }
    let about = about.to_lowercase();
    let in_text = |text: &str| words.iter().filter(|word| text.contains(*word)).count();
    (in_text(&about), in_text(&names))
}

/// Describes tools: with the meaning of each parameter, or without where that would be too long.
fn describe(found: &[&Tool]) -> String {
    let full: String = HEAD.to_owned() + &found.iter().map(|tool| entry(tool, true)).collect::<String>();
    if full.len() <= ANSWER_LIMIT {
        return full;
    }
    let mut text = HEAD.to_owned();
    for (at, tool) in found.iter().enumerate() {
        let (entry, left) = (entry(tool, false), names(&found[at..]));
        if text.len() + entry.len() + left.len() + MORE.len() > ANSWER_LIMIT {
            text.push_str(&format!("{MORE}{left}"));
            break;
        }
        text.push_str(&entry);
    }
    text
}

fn entry(tool: &Tool, meanings: bool) -> String {
    let by = if tool.effect.read_only() { "hub_read" } else { "hub_call" };
    let schema = tool.input_schema();
    let properties = &schema["properties"];
    let params: Vec<String> = tool
        .all_params()
        .map(|param| {
            let mark = if param.required { "" } else { "?" };
            format!("{}{mark}: {}", param.name, kind(&properties[param.name]))
        })
        .collect();
    let mut text = format!("\n{} {{{}}} ({by})\n  {}\n", tool.name, params.join(", "), tool.description);
    for param in tool.all_params().filter(|_| meanings) {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "  {}: {}", param.name, param.description);
    }
    text
}

/// The kind of a parameter in few words.
fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|");
    }
    let bounds = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        (min, Value::Null) => format!(" from {min}"),
        (min, max) => format!(" {min} to {max}"),
    };
    match schema["type"].as_str() {
        Some("string") => "text".into(),
        Some("boolean") => "true|false".into(),
        Some("array") => format!("list of {}", kind(&schema["items"])),
        Some("object") => match schema["properties"].as_object() {
            Some(inner) => format!("{{{}}}", inner.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
            None => "object".into(),
        },
        other => format!("{}{bounds}", other.unwrap_or_default()),
    }
}

fn sets() -> String {
    let mut text = SETS_HEAD.to_owned();
    for set in SETS {
        let own: Vec<&Tool> = TOOLS.iter().filter(|tool| is_in(set, tool)).collect();
        if !own.is_empty() {
            let _ = writeln!(text, "- {} ({}): {}", set.name, set.about, names(&own));
        }
    }
    let none: Vec<&Tool> = TOOLS.iter().filter(|tool| tool.set == Set::Unlisted).collect();
    let _ = writeln!(text, "- in no set: {}", names(&none));
    text
}

fn is_in(set: &ToolSet, tool: &Tool) -> bool {
    ToolSet::of(tool).is_some_and(|own| own == set)
}

fn names(tools: &[&Tool]) -> String {
    tools.iter().map(|tool| tool.name).collect::<Vec<_>>().join(", ")
}

/// The arguments of a tool whose row they fit.
fn read<'a, T: Deserialize<'a>>(args: &'a Args) -> Result<T, ToolError> {
    serde_json::from_str(args.rest.get())
        .map_err(|error| bad(format!("The arguments are not understood: {error}.")))
}

/// An object, or the text of one; the row lets nothing else pass.
fn object(args: Value) -> Map<String, Value> {
    match args {
        Value::Object(args) => args,
        Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
        _ => Map::new(),
    }
}

fn bad(message: String) -> ToolError {
    ToolError::new(ErrorCode::BadInput, message, "Call hub_tools for the tools that there are.")
}

const HEAD: &str = "Run these with hub_read or hub_call {tool, args}, as it stands behind each; those that are listed can \
                    also be called by their names.\n";
const MORE: &str = "\nAnd: ";
const SETS_HEAD: &str = "Sets of tools; give `set` or `query` for their parameters. The person can have sets listed: \
                         `tabmux mcp --tools default,network`.\n";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(args: Value) -> Result<String, String> {
        let Value::Object(args) = args else { panic!("arguments are an object") };
        let (_, args) = reach(tools::find("hub_tools").unwrap(), args).unwrap();
        tell(&args).map_err(|error| error.to_string())
    }

    fn reached(outer: &str, args: Value) -> Result<(String, String, Option<String>), String> {
        let Value::Object(args) = args else { panic!("arguments are an object") };
        reach(tools::find(outer).unwrap(), args)
            .map(|(tool, args)| {
                (tool.name.to_owned(), args.rest.get().to_owned(), args.tab.map(|tab| tab.to_string()))
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn every_tool_is_found_by_its_name_with_all_its_parameters_and_within_the_limit() {
        for tool in TOOLS {
            let text = told(json!({ "query": tool.name })).unwrap();
            let by = if tool.effect.read_only() { "hub_read" } else { "hub_call" };
            let line = text.lines().find(|line| line.starts_with(&format!("{} {{", tool.name))).unwrap();
            assert!(line.ends_with(&format!("({by})")), "{line}");
            assert!(tool.all_params().all(|param| line.contains(param.name)), "{line}");
        }
        for set in SETS {
            let text = told(json!({ "set": set.name })).unwrap();
            assert!(text.len() <= ANSWER_LIMIT && text.is_ascii(), "{}: {}", set.name, text.len());
        }
        let all: Vec<&Tool> = TOOLS.iter().chain(TOOLS).chain(TOOLS).collect();
        let text = describe(&all);
        assert!(text.len() <= ANSWER_LIMIT && text.contains(MORE), "{}", text.len());
        assert!(all.iter().all(|tool| text.contains(tool.name)));
        for tool in TOOLS {
            assert!(told(json!({})).unwrap().contains(tool.name), "{}", tool.name);
        }
    }

    #[test]
    fn a_tool_is_described_in_lines_with_the_kinds_of_its_parameters() {
        insta::assert_snapshot!(told(json!({ "query": "resize viewport" })).unwrap(), @r"
        Run these with hub_read or hub_call {tool, args}, as it stands behind each; those that are listed can also be called by their names.

        browser_resize {width: integer 100 to 5000, height: integer 100 to 5000, tab?: text} (hub_call)
          Lay the tab's page out in a viewport of this size, such as 390 x 844 for a phone. The person's window keeps its own.
          width: Width in CSS pixels
          height: Height in CSS pixels
          tab: Tab such as t3
        ");
        assert!(told(json!({ "query": "drag" })).unwrap().contains("\nbrowser_drag {startElement?: text"));
        let none = told(json!({ "query": "zzz" })).unwrap();
        assert!(none.starts_with("No tool matches that.\n\nSets of tools"), "{none}");
        let unknown = told(json!({ "set": "all" })).unwrap_err();
        assert!(
            unknown.starts_with("bad_input: hub_tools: `set`: there is no set of tools `all`"),
            "{unknown}"
        );
    }

    #[test]
    fn a_call_reaches_the_tool_that_it_names_with_its_arguments_and_its_tab() {
        let resize = json!({ "width": 800, "height": 600, "tab": "t3" });
        let expected = ("browser_resize".into(), r#"{"height":600,"width":800}"#.into(), Some("t3".into()));
        for args in [resize.clone(), resize.to_string().into()] {
            let named = json!({ "tool": "browser_resize", "args": args });
            assert_eq!(reached("hub_call", named).unwrap(), expected);
        }
        let find = reached("hub_read", json!({ "tool": "browser_get_page_text" })).unwrap();
        assert_eq!((find.0.as_str(), find.1.as_str()), ("browser_get_text", "{}"));
        assert_eq!(reached("hub_call", json!({ "tool": "hub_status" })).unwrap().0, "hub_status");
    }

    #[test]
    fn what_cannot_be_run_says_what_would() {
        let refused = |outer, args| reached(outer, args).unwrap_err();
        insta::assert_snapshot!(refused("hub_read", json!({ "tool": "browser_click", "args": { "ref": "e1" } })), @"not_permitted: browser_click is not read-only, and hub_read runs what is read-only. Call hub_call with the same.");
        insta::assert_snapshot!(refused("hub_call", json!({ "tool": "browser_resize", "args": { "width": 1, "height": 600 } })), @r#"bad_input: browser_resize: `width` must be a whole number from 100 to 5000. Call hub_call again with tool "browser_resize" and args {width, height, tab?}."#);
        insta::assert_snapshot!(refused("hub_call", json!({ "tool": "hub_call", "args": { "tool": "hub_status" } })), @r#"bad_input: hub_call: `tool` is "hub_call", which is no tool that it can run. Call hub_tools for the tools that there are."#);
        insta::assert_snapshot!(refused("hub_read", json!({ "tool": "nonsense\n" })), @r#"bad_input: hub_read: `tool` is "nonsense\n", which is no tool that it can run. Call hub_tools for the tools that there are."#);
        insta::assert_snapshot!(refused("hub_call", json!({ "tool": "browser_resize", "args": "[1]" })), @"bad_input: hub_call: `args` must be an object. Call hub_call again with {tool, args?}.");
        insta::assert_snapshot!(refused("hub_call", json!({ "args": {} })), @"bad_input: hub_call: `tool` is missing. Call hub_call again with {tool, args?}.");
    }

    #[test]
    fn the_log_names_the_tool_that_runs() {
        let given = |tool: &str| json!({ "tool": tool }).as_object().cloned();
        assert_eq!(logged_name("hub_call", given("browser_drag").as_ref()), "hub_call browser_drag");
        assert_eq!(logged_name("hub_call", given("a\nb").as_ref()), "hub_call");
        assert_eq!(logged_name("browser_click", given("browser_drag").as_ref()), "browser_click");
    }
}
