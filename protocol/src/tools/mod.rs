//! The table of tools: one row a tool, and everything that is a policy stands in the row.
//!
//! Each group of rows is a file here; its handlers are the file of the same name under `extension/tools/`.

mod args;
mod clipboard;
mod console;
mod dialog;
mod downloads;
mod drag;
mod evaluate;
mod find;
mod form;
mod further;
mod highlight;
mod input;
mod mouse;
mod navigate;
mod network;
mod pdf;
mod profile;
mod routes;
mod screenshot;
mod scroll;
mod sets;
mod snapshot;
mod status;
mod storage;
mod tabs;
mod text;
mod upload;
mod viewport;
mod wait;

use serde_json::{Map, Value, json};

pub use args::{Args, BadArgs};
pub use sets::{BadSelection, Listed, SETS, Selection, ToolSet};

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tool {
    /// The name under which it is listed: `[a-z0-9_]`, at most 40 characters.
    pub name: &'static str,
    /// Names under which it is accepted and not listed.
    pub aliases: &'static [&'static str],
    /// A few words for people.
    pub title: &'static str,
    /// What it does and when not to use it: imperative, two sentences at most, ASCII.
    pub description: &'static str,
    /// Its parameters, `tab` apart: that one comes with [`Tool::tab`].
    pub params: &'static [Param],
    /// What it may do to the world.
    pub effect: Effect,
    /// Which tab it works on.
    pub tab: TabNeed,
    /// How long a call may take, in milliseconds, from its arrival in the MCP process.
    pub deadline_ms: u64,
    /// The set with which it is listed.
    pub set: Set,
}

/// What a tool may do to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it may be run again at any time.
    ReadOnly,
    /// It opens, selects, resizes or closes tabs.
    Tabs,
    /// It leads a tab to another page.
    Navigation,
    /// It does what a person's mouse and keys could do.
    Input,
    /// It runs code of the caller's in the page.
    Script,
    /// It changes what pages load, or what they keep.
    State,
}

/// Which tab a tool works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TabNeed {
    /// None: the MCP process answers by itself.
    None,
    /// That of the tool which it names and runs.
    Inner,
    /// None: it looks at the browser as a whole.
    Browser,
    /// The named or current one, if there is any.
    Optional,
    /// The named or current one; without any the answer is `no_tab`.
    Existing,
    /// The named or current one; without any one is opened.
    Opens,
}

/// With which set a tool is listed; it can be called either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Listed unless something else was asked for.
    Default,
    /// Finer ways of using mouse, keys and clipboard.
    Input,
    /// What the page loads, and changing that.
    Network,
    /// Cookies and what else pages keep.
    Storage,
    /// The page as another device, place or network would show it.
    Emulation,
    /// What helps people who build pages.
    Devtools,
    /// Acting by coordinates, for agents that look at pictures.
    Vision,
    /// The person's own tabs, history and bookmarks, each by consent.
    Profile,
    /// Listed by no set of rows: too seldom of use for what its description costs every agent.
    Unlisted,
}

/// A parameter of a tool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// The name under which it is listed.
    pub name: &'static str,
    /// Another name under which it is accepted.
    pub alias: Option<&'static str>,
    /// What it may be.
    pub kind: ParamKind,
    /// Whether a call without it is refused.
    pub required: bool,
    /// What it means: a sentence without a full stop, ASCII.
    pub description: &'static str,
    /// Whether it is listed; if not it is accepted all the same: too seldom of use for what it costs every agent.
    pub listed: bool,
}

/// What a parameter may be: flat kinds, and lists of flat objects; several clients cannot show others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamKind {
    /// Text.
    Text,
    /// A number within bounds, both included.
    Number(f64, f64),
    /// A whole number from zero.
    Index,
    /// A whole number within bounds, both included.
    Whole(u64, u64),
    /// True or false.
    Flag,
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of words out of some.
    SomeOf(&'static [&'static str]),
    /// A list of paths of files; the extension gets each as a [`crate::message::SentFile`].
    Files,
    /// An open object, or the text of one: several clients show no objects, and write those as text.
    Object,
    /// A list of any values, or the text of one.
    Values,
    /// A list of closed objects with parameters of flat kinds; at least one.
    Objects(&'static [Param]),
}

/// Every tool, in the order in which they are listed.
pub static TOOLS: &[Tool] = &[
    navigate::NAVIGATE,
    navigate::NAVIGATE_BACK,
    navigate::GO_FORWARD,
    navigate::RELOAD,
    snapshot::SNAPSHOT,
    find::FIND,
    text::GET_TEXT,
    input::CLICK,
    input::TYPE,
    input::PRESS_KEY,
    form::FILL_FORM,
    input::SELECT_OPTION,
    upload::FILE_UPLOAD,
    input::HOVER,
    drag::DRAG,
    drag::DROP,
    scroll::SCROLL,
    clipboard::CLIPBOARD,
    mouse::CLICK_XY,
    mouse::MOVE_XY,
    mouse::DRAG_XY,
    mouse::WHEEL,
    wait::WAIT_FOR,
    screenshot::TAKE_SCREENSHOT,
    pdf::PDF,
    evaluate::EVALUATE,
    console::CONSOLE_MESSAGES,
    network::REQUESTS,
    network::REQUEST,
    downloads::DOWNLOADS,
    routes::ROUTE,
    routes::UNROUTE,
    routes::ROUTE_LIST,
    storage::COOKIES,
    storage::STORAGE,
    storage::STATE,
    highlight::HIGHLIGHT,
    dialog::HANDLE_DIALOG,
    tabs::TABS,
    tabs::CLOSE,
    viewport::RESIZE,
    viewport::EMULATE,
    profile::PERSON_TABS,
    profile::CLAIM_TAB,
    profile::HISTORY,
    profile::BOOKMARKS,
    status::STATUS,
    further::FIND,
    further::READ,
    further::CALL,
];

/// The tool of that name, listed or alias.
pub fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().find(|tool| tool.name == name || tool.aliases.contains(&name))
}

impl Tool {
    /// The parameters, with `tab` where the tool works on one, and with [`ACTING`] where it acts on its page.
    pub fn all_params(&self) -> impl Iterator<Item = &Param> {
        let tab = self.tab.takes_one().then_some(&TAB);
        let acting = if self.effect.acts_on_pages() { ACTING } else { &[] };
        self.params.iter().chain(acting).chain(tab)
    }

    /// The JSON Schema of the arguments: one flat object, closed, no nulls, no references.
    pub fn input_schema(&self) -> Map<String, Value> {
        self.schema_of(|_| true)
    }

    /// The schema with some of the parameters only.
    fn schema_of(&self, shows: impl Fn(&Param) -> bool) -> Map<String, Value> {
        object_schema(self.all_params(), &shows)
    }
}

impl Effect {
    /// Whether a call may be run again without a second effect.
    pub fn read_only(self) -> bool {
        self == Self::ReadOnly
    }

    /// Whether it changes a page, or leads to another, so that its answer tells what came of it.
    pub fn acts_on_pages(self) -> bool {
        matches!(self, Self::Input | Self::Navigation)
    }

    /// Whether clients should warn their person: it may change what cannot be changed back.
    pub fn destructive(self) -> bool {
        matches!(self, Self::Input | Self::Script | Self::State)
    }

    /// The effect in one word, for documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::Tabs => "tabs",
            Self::Navigation => "navigation",
            Self::Input => "input",
            Self::Script => "script",
            Self::State => "state",
        }
    }
}

impl TabNeed {
    /// Whether a call can name the tab.
    pub fn takes_one(self) -> bool {
        !matches!(self, Self::None | Self::Inner | Self::Browser)
    }
}

impl Param {
    const fn required(name: &'static str, kind: ParamKind, description: &'static str) -> Self {
        Self { name, alias: None, kind, required: true, description, listed: true }
    }

    const fn optional(name: &'static str, kind: ParamKind, description: &'static str) -> Self {
        Self { name, alias: None, kind, required: false, description, listed: true }
    }

    const fn unlisted(mut self) -> Self {
        self.listed = false;
        self
    }

    const fn or(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    /// The parameters of the objects in a list of them.
    pub fn inner(&self) -> &'static [Self] {
        match self.kind {
            ParamKind::Objects(params) => params,
            _ => &[],
        }
    }

    fn schema(&self, shows: &dyn Fn(&Param) -> bool) -> Value {
        let mut schema = match self.kind {
            ParamKind::Text => json!({ "type": "string" }),
            ParamKind::Number(min, max) => json!({ "type": "number", "minimum": min, "maximum": max }),
            ParamKind::Index => json!({ "type": "integer", "minimum": 0 }),
            ParamKind::Whole(min, max) => json!({ "type": "integer", "minimum": min, "maximum": max }),
            ParamKind::Flag => json!({ "type": "boolean" }),
            ParamKind::OneOf(words) => json!({ "type": "string", "enum": words }),
            ParamKind::Texts | ParamKind::Files => json!({ "type": "array", "items": { "type": "string" } }),
            ParamKind::SomeOf(words) => {
                json!({ "type": "array", "items": { "type": "string", "enum": words } })
            }
            ParamKind::Object => json!({ "type": "object" }),
            ParamKind::Values => json!({ "type": "array" }),
            ParamKind::Objects(params) => {
                json!({ "type": "array", "items": object_schema(params.iter(), shows) })
            }
        };
        schema["description"] = self.description.into();
        schema
    }
}

/// The JSON Schema of a closed object with those of the parameters that are to be shown.
fn object_schema<'a>(
    params: impl Iterator<Item = &'a Param>,
    shows: &dyn Fn(&Param) -> bool,
) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required: Vec<&str> = Vec::new();
    for param in params.filter(|param| shows(param)) {
        properties.insert(param.name.to_owned(), param.schema(shows));
        if param.required {
            required.push(param.name);
        }
    }
    let mut schema = Map::new();
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    schema
}

/// What every tool that works on a page takes beside its own parameters.
const TAB: Param = Param::optional("tab", ParamKind::Text, "Tab such as t3");
/// What every tool that acts on a page takes beside its own parameters.
pub const ACTING: &[Param] = &[
    Param::optional("snapshot", ParamKind::Flag, "Add the page as browser_snapshot shows it").unlisted(),
    Param::optional(
        "settle_ms",
        ParamKind::Whole(0, 10_000),
        "Milliseconds to wait at most for requests and changes; default: 1000",
    )
    .unlisted(),
];
/// What names an element to people; it takes no part in finding it.
const ELEMENT: Param = Param::optional("element", ParamKind::Text, "The element in words, for the log");
/// What names an element to Tabmux, where the tool cannot do without.
const REF: Param = Param::required("ref", ParamKind::Text, "Ref such as e12").or("target");
/// What names an element to Tabmux, where the tool can also do without.
const OPTIONAL_REF: Param = Param::optional("ref", ParamKind::Text, "Ref such as e12").or("target");
/// Where a large output goes on.
const CURSOR: Param = Param::optional("cursor", ParamKind::Text, "From an answer, alone, to read on");
/// How long a call may take unless its row says otherwise, in milliseconds (acceptance row A10).
const CALL_DEADLINE_MS: u64 = 90_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_unique_and_text_is_ascii() {
        let mut names = std::collections::BTreeSet::new();
        for tool in TOOLS {
            for name in std::iter::once(&tool.name).chain(tool.aliases) {
                assert!(names.insert(*name), "{name} twice");
                assert!(
                    name.len() <= 40
                        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                );
            }
            assert!(tool.description.is_ascii() && tool.title.is_ascii(), "{}", tool.name);
            assert!(tool.description.matches(". ").count() <= 1, "{}: two sentences at most", tool.name);
            let inner = tool.params.iter().flat_map(Param::inner);
            for param in tool.all_params().chain(inner) {
                assert!(
                    param.description.is_ascii() && !param.description.is_empty(),
                    "{}.{}",
                    tool.name,
                    param.name
                );
            }
        }
    }

    #[test]
    fn a_schema_is_one_flat_closed_object() {
        for tool in TOOLS {
            assert_flat(tool.name, &Value::Object(tool.input_schema()), true);
        }
    }

    /// Lists of objects are as deep as it goes.
    fn assert_flat(name: &str, schema: &Value, may_hold_objects: bool) {
        assert_eq!(schema["type"], "object", "{name}");
        assert_eq!(schema["additionalProperties"], false, "{name}");
        for (part, property) in schema["properties"].as_object().unwrap() {
            let name = format!("{name}.{part}");
            assert!(property["type"].is_string(), "{name} has one type");
            assert!(property["description"].is_string(), "{name} is described");
            assert!(property.get("properties").is_none() && property.get("$ref").is_none(), "{name}");
            if property["items"]["type"] == "object" {
                assert!(may_hold_objects, "{name}");
                assert_flat(&name, &property["items"], false);
            }
        }
    }
}
