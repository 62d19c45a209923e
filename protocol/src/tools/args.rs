//! Checks the arguments of a call against its row, so that a mistake is named before anything is sent.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::{Param, ParamKind, Tool};
use crate::error::{ErrorCode, ToolError};
use crate::ids::TabId;

/// Arguments that fit their tool.
#[derive(Debug)]
pub struct Args {
    /// The tab that was named, taken out of the arguments: the hub decides over it.
    pub tab: Option<TabId>,
    /// The rest, under the listed names.
    pub rest: Box<RawValue>,
}

/// What is wrong with arguments, with the parameter named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{tool}: {problem}")]
pub struct BadArgs {
    tool: &'static str,
    problem: String,
    known: String,
}

impl From<BadArgs> for ToolError {
    fn from(bad: BadArgs) -> Self {
        let fix = format!("Call {} again with {}.", bad.tool, bad.known);
        Self::new(ErrorCode::BadInput, format!("{bad}."), fix)
    }
}

impl Tool {
    /// Checks names and kinds, gives aliases their listed names, and takes `tab` out.
    ///
    /// A parameter that is `null` counts as absent: several clients write absent ones so.
    pub fn check(&self, given: Map<String, Value>) -> Result<Args, BadArgs> {
        let params: Vec<&Param> = self.all_params().collect();
        let mut rest = fitting(&params, given, "").map_err(|problem| self.bad(problem))?;
        let tab = match rest.remove("tab") {
            Some(Value::String(text)) => Some(text.parse().map_err(|e| self.bad(format!("`tab`: {e}")))?),
            _ => None,
        };
        match to_raw_value(&rest) {
            Ok(rest) => Ok(Args { tab, rest }),
            Err(error) => unreachable!("a map of JSON values must serialize: {error}"),
        }
    }

    fn bad(&self, problem: String) -> BadArgs {
        let names: Vec<String> = self.all_params().map(Param::usage).collect();
        let known =
            if names.is_empty() { "no parameters".into() } else { format!("{{{}}}", names.join(", ")) };
        BadArgs { tool: self.name, problem, known }
    }
}

impl BadArgs {
    /// The error where another tool was asked to run this one: the next step is a call of that.
    pub fn by_way_of(self, outer: &Tool) -> ToolError {
        let fix = format!("Call {} again with tool {:?} and args {}.", outer.name, self.tool, self.known);
        ToolError { fix, ..self.into() }
    }
}

/// Arguments under their listed names; else what is wrong, where `at` leads to the object that holds them.
fn fitting(params: &[&Param], given: Map<String, Value>, at: &str) -> Result<Map<String, Value>, String> {
    let mut rest = Map::new();
    for (name, value) in given {
        if value.is_null() {
            continue;
        }
        let param = params
            .iter()
            .find(|param| param.name == name || param.alias == Some(&name))
            .ok_or_else(|| format!("there is no parameter `{at}{name:.40}`"))?;
        param.fits(&value).map_err(|wanted| format!("`{at}{name}` must be {wanted}"))?;
        let value = match (param.kind, value) {
            (ParamKind::Objects(inner), Value::Array(items)) => {
                let inner: Vec<&Param> = inner.iter().collect();
                let fit = |(i, item)| match item {
                    Value::Object(item) => {
                        fitting(&inner, item, &format!("{at}{name}[{i}].")).map(Value::Object)
                    }
                    _ => Err(format!("`{at}{name}[{i}]` must be an object")),
                };
                Value::Array(items.into_iter().enumerate().map(fit).collect::<Result<_, _>>()?)
            }
            (_, value) => value,
        };
        if rest.insert(param.name.to_owned(), value).is_some() {
            return Err(format!("`{at}{}` is given twice, also as `{at}{name}`", param.name));
        }
    }
    match params.iter().find(|param| param.required && !rest.contains_key(param.name)) {
        Some(missing) => Err(format!("`{at}{}` is missing", missing.name)),
        None => Ok(rest),
    }
}

impl Param {
    /// The name in brackets as calls are to be written, with a question mark for one that may be absent.
    fn usage(&self) -> String {
        let inner: Vec<String> = self.inner().iter().map(Self::usage).collect();
        let of = if inner.is_empty() { String::new() } else { format!(": [{{{}}}]", inner.join(", ")) };
        format!("{}{}{of}", self.name, if self.required { "" } else { "?" })
    }

    /// Says what would fit when `value` does not.
    fn fits(&self, value: &Value) -> Result<(), String> {
        let (fits, wanted) = match self.kind {
            ParamKind::Text => (value.is_string(), "text".into()),
            ParamKind::Number(min, max) => (
                value.as_f64().is_some_and(|number| (min..=max).contains(&number)),
                format!("a number from {min} to {max}"),
            ),
            ParamKind::Index => (value.as_u64().is_some(), "a whole number from 0".into()),
            ParamKind::Whole(min, max) => (
                value.as_u64().is_some_and(|number| (min..=max).contains(&number)),
                format!("a whole number from {min} to {max}"),
            ),
            ParamKind::Flag => (value.is_boolean(), "true or false".into()),
            ParamKind::OneOf(words) => (is_word(value, words), format!("one of {}", words.join(", "))),
            ParamKind::Texts => {
                let fits = value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
                (fits, "a list of texts".into())
            }
            ParamKind::Files => {
                let fits = value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
                (fits, "a list of paths".into())
            }
            ParamKind::SomeOf(words) => {
                let fits =
                    value.as_array().is_some_and(|items| items.iter().all(|item| is_word(item, words)));
                (fits, format!("a list out of {}", words.join(", ")))
            }
            ParamKind::Object => {
                let written = |text| serde_json::from_str::<Map<String, Value>>(text).is_ok();
                (value.is_object() || value.as_str().is_some_and(written), "an object".into())
            }
            ParamKind::Values => {
                let written = |text| serde_json::from_str::<Vec<Value>>(text).is_ok();
                (value.is_array() || value.as_str().is_some_and(written), "a list".into())
            }
            ParamKind::Objects(_) => (
                value.as_array().is_some_and(|items| !items.is_empty()),
                "a list of at least one object".into(),
            ),
        };
        if fits { Ok(()) } else { Err(wanted) }
    }
}

fn is_word(value: &Value, words: &[&str]) -> bool {
    value.as_str().is_some_and(|text| words.contains(&text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::find;
    use super::*;

    fn check(tool: &str, args: Value) -> Result<(Option<String>, String), String> {
        let Value::Object(args) = args else { panic!("arguments are an object") };
        match find(tool).unwrap().check(args) {
            Ok(args) => Ok((args.tab.map(|t| t.to_string()), args.rest.get().to_owned())),
            Err(bad) => Err(ToolError::from(bad).to_string()),
        }
    }

    #[test]
    fn the_tab_is_taken_out_and_aliases_get_their_listed_names() {
        let (tab, rest) =
            check("browser_click", json!({ "target": "e1", "tab": "t7", "element": null })).unwrap();
        assert_eq!(tab.as_deref(), Some("t7"));
        assert_eq!(rest, r#"{"ref":"e1"}"#);
        assert!(check("browser_go_back", json!({})).is_ok(), "an older name is accepted");
        let fields = json!({ "fields": [{ "target": "e1", "value": "a", "type": null }, { "ref": "e2", "value": "b" }] });
        let (_, rest) = check("browser_fill_form", fields).unwrap();
        assert_eq!(rest, r#"{"fields":[{"ref":"e1","value":"a"},{"ref":"e2","value":"b"}]}"#);
    }

    #[test]
    fn a_mistake_names_the_parameter_and_what_would_fit() {
        let wrong = |tool, args| check(tool, args).unwrap_err();
        insta::assert_snapshot!(wrong("browser_navigate", json!({})), @"bad_input: browser_navigate: `url` is missing. Call browser_navigate again with {url, snapshot?, settle_ms?, tab?}.");
        insta::assert_snapshot!(wrong("browser_navigate", json!({ "url": 3 })), @"bad_input: browser_navigate: `url` must be text. Call browser_navigate again with {url, snapshot?, settle_ms?, tab?}.");
        insta::assert_snapshot!(wrong("browser_navigate", json!({ "url": "x", "tab": "3" })), @"bad_input: browser_navigate: `tab`: `3` is not a tab handle; handles look like t3. Call browser_navigate again with {url, snapshot?, settle_ms?, tab?}.");
        insta::assert_snapshot!(wrong("browser_navigate", json!({ "url": "x", "wait": true })), @"bad_input: browser_navigate: there is no parameter `wait`. Call browser_navigate again with {url, snapshot?, settle_ms?, tab?}.");
        insta::assert_snapshot!(wrong("browser_tabs", json!({ "action": "open" })), @"bad_input: browser_tabs: `action` must be one of list, new, select, close. Call browser_tabs again with {action, index?, url?, tab?}.");
        insta::assert_snapshot!(wrong("browser_click", json!({ "ref": "e1", "target": "e2" })), @"bad_input: browser_click: `ref` is given twice, also as `target`. Call browser_click again with {element?, ref, doubleClick?, button?, modifiers?, snapshot?, settle_ms?, tab?}.");
        insta::assert_snapshot!(wrong("browser_resize", json!({ "width": 800.5, "height": 600 })), @"bad_input: browser_resize: `width` must be a whole number from 100 to 5000. Call browser_resize again with {width, height, tab?}.");
        insta::assert_snapshot!(wrong("browser_resize", json!({ "width": 800, "height": 5001 })), @"bad_input: browser_resize: `height` must be a whole number from 100 to 5000. Call browser_resize again with {width, height, tab?}.");
        insta::assert_snapshot!(wrong("browser_drag", json!({ "startTarget": "e1" })), @"bad_input: browser_drag: `endRef` is missing. Call browser_drag again with {startElement?, startRef, endElement?, endRef, snapshot?, settle_ms?, tab?}.");
        insta::assert_snapshot!(wrong("browser_wait", json!({ "time": 61 })), @"bad_input: browser_wait_for: `time` must be a number from 0 to 60. Call browser_wait_for again with {time?, text?, textGone?, ref?, selector?, state?, url?, networkIdle?, function?, tab?}.");
        insta::assert_snapshot!(wrong("browser_get_console_logs", json!({ "level": "all" })), @"bad_input: browser_console_messages: `level` must be one of error, warning, info, debug. Call browser_console_messages again with {level?, since?, stack?, cursor?, tab?}.");
        insta::assert_snapshot!(wrong("hub_status", json!({ "tab": "t1" })), @"bad_input: hub_status: there is no parameter `tab`. Call hub_status again with no parameters.");
    }
    #[test]
    fn a_mistake_in_a_list_of_objects_names_its_place() {
        let wrong = |fields| {
            let told = check("browser_fill_form", json!({ "fields": fields })).unwrap_err();
            let problem = told.split(" Call ").next().unwrap_or_default();
            problem.strip_prefix("bad_input: browser_fill_form: ").unwrap_or(problem).to_owned()
        };
        insta::assert_snapshot!(wrong(json!([])), @"`fields` must be a list of at least one object.");
        insta::assert_snapshot!(wrong(json!(["e1"])), @"`fields[0]` must be an object.");
        insta::assert_snapshot!(wrong(json!([{ "ref": "e1", "value": "a" }, { "ref": 3 }])), @"`fields[1].ref` must be text.");
        insta::assert_snapshot!(wrong(json!([{ "ref": "e1", "paths": [1] }])), @"`fields[0].paths` must be a list of paths.");
        insta::assert_snapshot!(wrong(json!([{ "ref": "e1", "target": "e1" }])), @"`fields[0].ref` is given twice, also as `fields[0].target`.");
        insta::assert_snapshot!(wrong(json!([{ "value": "a" }])), @"`fields[0].ref` is missing.");
    }
}
