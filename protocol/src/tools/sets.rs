//! What is listed to an agent: sets of tools, one row a set. Whatever the sets, every tool can be called.

use std::str::FromStr;

use serde_json::{Map, Value};

use super::{Param, Set, TOOLS, Tool, find};

/// A row of the table of sets.
#[derive(Debug, PartialEq)]
pub struct ToolSet {
    /// The name by which it is chosen: `tabmux mcp --tools NAME`.
    pub name: &'static str,
    /// Whom it is for: a sentence without a full stop.
    pub about: &'static str,
    shown: Shown,
}

/// Which tools a set lists, and as what.
#[derive(Debug, PartialEq)]
enum Shown {
    /// The rows of that set, as they are.
    Rows(Set),
    /// Tools by the names that they once had, with the parameters that they had then.
    As(&'static [Old]),
}

/// An older face of a tool: its name, what it does, and its parameters.
#[derive(Debug, PartialEq)]
struct Old {
    name: &'static str,
    /// For a tool that does more by now; else its own description holds.
    description: Option<&'static str>,
    params: &'static [&'static str],
}

/// A tool as a set lists it.
#[derive(Debug, Clone, Copy)]
pub struct Listed {
    /// The tool that a call of it reaches.
    pub tool: &'static Tool,
    old: Option<&'static Old>,
}

/// Every set; the first one is listed unless another is asked for.
pub static SETS: &[ToolSet] = &[
    rows("default", "what most agents need", Set::Default),
    rows("input", "finer ways of using mouse, keys and clipboard", Set::Input),
    rows("network", "requests and responses, and changing them", Set::Network),
    rows("storage", "cookies and what else pages keep", Set::Storage),
    rows("emulation", "the page as another device, place or network shows it", Set::Emulation),
    rows("devtools", "what helps people who build pages", Set::Devtools),
    rows("vision", "acting by coordinates, for agents that look at pictures", Set::Vision),
    rows("profile", "the person's own tabs, history and bookmarks, each by consent", Set::Profile),
    ToolSet {
        name: "browsermcp",
        about: "the twelve tools of BrowserMCP, under their old names",
        shown: Shown::As(&[
            old("browser_navigate", &["url"]),
            old("browser_go_back", &[]),
            old("browser_go_forward", &[]),
            old("browser_snapshot", &[]),
            old("browser_click", &["element", "ref"]),
            old("browser_hover", &["element", "ref"]),
            old("browser_type", &["element", "ref", "text", "submit"]),
            old("browser_select_option", &["element", "ref", "values"]),
            old("browser_press_key", &["key"]),
            did("browser_wait", "Wait for a time.", &["time"]),
            old("browser_get_console_logs", &[]),
            did("browser_screenshot", "Take a picture of the visible part of the page.", &[]),
        ]),
    },
];

/// The sets whose tools are listed together.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection(Vec<&'static ToolSet>);

/// Why sets cannot be listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSelection {
    /// A name that no set has.
    #[error("there is no set of tools `{0:.40}`; there are {known}", known = known())]
    Unknown(String),
    /// A set of older names beside another: a tool would be listed twice, under two names.
    #[error("the set `{0}` is listed alone, under its older names")]
    Alone(&'static str),
}

impl Selection {
    /// The tools of these sets; the error names the sets that there are.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, BadSelection> {
        let names = names.into_iter().map(str::trim);
        let sets = names.map(ToolSet::named).collect::<Result<Vec<_>, _>>()?;
        match sets.iter().find(|set| matches!(set.shown, Shown::As(_))) {
            _ if sets.is_empty() => Err(BadSelection::Unknown(String::new())),
            Some(set) if sets.len() > 1 => Err(BadSelection::Alone(set.name)),
            _ => Ok(Self(sets)),
        }
    }

    /// What is listed, in the order of the table; of a set of older names in its own.
    pub fn listed(&self) -> Vec<Listed> {
        if let [set] = self.0.as_slice() {
            return set.listed();
        }
        let lists = |tool: &Tool| self.0.iter().any(|set| set.shown == Shown::Rows(tool.set));
        TOOLS.iter().filter(|tool| lists(tool)).map(|tool| Listed { tool, old: None }).collect()
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self(vec![ToolSet::default_set()])
    }
}

impl FromStr for Selection {
    type Err = BadSelection;

    /// Reads names with commas between them.
    fn from_str(text: &str) -> Result<Self, BadSelection> {
        Self::of(text.split(','))
    }
}

impl ToolSet {
    /// The set that is listed unless another is asked for.
    pub fn default_set() -> &'static Self {
        &SETS[0]
    }

    /// The set of that name; the error names those that there are.
    pub fn named(name: &str) -> Result<&'static Self, BadSelection> {
        SETS.iter().find(|set| set.name == name).ok_or_else(|| BadSelection::Unknown(name.to_owned()))
    }

    /// The set with which a tool is listed; none if no set of rows lists it.
    pub fn of(tool: &Tool) -> Option<&'static Self> {
        SETS.iter().find(|set| set.shown == Shown::Rows(tool.set))
    }

    /// What is listed, in its order.
    pub fn listed(&self) -> Vec<Listed> {
        match self.shown {
            Shown::Rows(set) => {
                TOOLS.iter().filter(|tool| tool.set == set).map(|tool| Listed { tool, old: None }).collect()
            }
            Shown::As(names) => names
                .iter()
                .filter_map(|old| Some(Listed { tool: find(old.name)?, old: Some(old) }))
                .collect(),
        }
    }
}

impl Listed {
    /// The name under which it is listed.
    pub fn name(&self) -> &'static str {
        self.old.map_or(self.tool.name, |old| old.name)
    }

    /// What it does.
    pub fn description(&self) -> &'static str {
        self.old.and_then(|old| old.description).unwrap_or(self.tool.description)
    }

    /// The JSON Schema of the arguments: one flat object, closed, no nulls, no references.
    pub fn input_schema(&self) -> Map<String, Value> {
        self.tool.schema_of(|param| self.shows(param))
    }

    fn shows(&self, param: &Param) -> bool {
        self.old.map_or(param.listed, |old| old.params.contains(&param.name))
    }
}

const fn rows(name: &'static str, about: &'static str, set: Set) -> ToolSet {
    ToolSet { name, about, shown: Shown::Rows(set) }
}

const fn old(name: &'static str, params: &'static [&'static str]) -> Old {
    Old { name, description: None, params }
}

const fn did(name: &'static str, description: &'static str, params: &'static [&'static str]) -> Old {
    Old { name, description: Some(description), params }
}

fn known() -> String {
    let names: Vec<String> = SETS.iter().map(|set| format!("`{}` ({})", set.name, set.about)).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_default_list_stays_under_3000_tokens() {
        let tokens = tokens(ToolSet::default_set());
        assert!(tokens < 3_000, "{tokens} tokens");
    }

    #[test]
    fn the_older_list_has_the_twelve_names_and_parameters_that_it_always_had() {
        let set = ToolSet::named("browsermcp").unwrap();
        let listed: Vec<String> = set
            .listed()
            .iter()
            .map(|listed| {
                let schema = listed.input_schema();
                let names: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
                let names = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
                format!("{}({names})", listed.name())
            })
            .collect();
        insta::assert_snapshot!(listed.join("\n"), @r"
        browser_navigate(url)
        browser_go_back()
        browser_go_forward()
        browser_snapshot()
        browser_click(element, ref)
        browser_hover(element, ref)
        browser_type(element, ref, submit, text)
        browser_select_option(element, ref, values)
        browser_press_key(key)
        browser_wait(time)
        browser_get_console_logs()
        browser_screenshot()
        ");
        assert!(tokens(set) < 1_500, "{} tokens", tokens(set));
    }

    #[test]
    fn each_name_of_a_set_leads_to_a_tool_that_takes_its_parameters() {
        for set in SETS {
            let Shown::As(names) = set.shown else { continue };
            assert_eq!(set.listed().len(), names.len(), "a name in {} leads to no tool", set.name);
            for listed in set.listed() {
                for name in listed.old.unwrap().params {
                    assert!(
                        listed.tool.all_params().any(|param| param.name == *name),
                        "{}.{name}",
                        listed.name()
                    );
                }
            }
        }
    }

    #[test]
    fn an_unknown_set_is_answered_with_those_that_there_are() {
        assert_eq!(ToolSet::named("default").unwrap(), ToolSet::default_set());
        let error = ToolSet::named("browser").unwrap_err().to_string();
        assert!(error.starts_with(
            "there is no set of tools `browser`; there are `default` (what most agents need), "
        ));
        assert!(SETS.iter().all(|set| error.contains(&format!("`{}` ({})", set.name, set.about))), "{error}");
    }

    #[test]
    fn sets_are_listed_together_in_the_order_of_the_table_and_each_tool_once() {
        let names = |text: &str| -> Vec<&str> {
            text.parse::<Selection>().unwrap().listed().iter().map(Listed::name).collect()
        };
        let both = names("input, default,input");
        assert_eq!(both, names("default,input"));
        let rows = |tool: &&Tool| matches!(tool.set, Set::Default | Set::Input);
        assert_eq!(both, TOOLS.iter().filter(rows).map(|tool| tool.name).collect::<Vec<_>>());
        assert_eq!(
            names("default"),
            Selection::default().listed().iter().map(Listed::name).collect::<Vec<_>>()
        );
        assert_eq!(names("browsermcp").len(), 12);
        for (text, expected) in [
            ("browsermcp,network", "the set `browsermcp` is listed alone, under its older names"),
            ("", "there is no set of tools ``; there are `default` ("),
            ("default,,input", "there is no set of tools ``; there are `default` ("),
            ("default,all", "there is no set of tools `all`; there are `default` ("),
        ] {
            let error = text.parse::<Selection>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        assert!(Selection::of([]).is_err());
    }

    fn tokens(set: &ToolSet) -> usize {
        let bytes: usize = set
            .listed()
            .iter()
            .map(|listed| {
                let title = listed.tool.title;
                json!({ "name": listed.name(), "title": title, "description": listed.description(),
                        "inputSchema": listed.input_schema(),
                        "annotations": { "readOnlyHint": true, "destructiveHint": false } })
                .to_string()
                .len()
            })
            .sum();
        bytes / 4
    }
}
