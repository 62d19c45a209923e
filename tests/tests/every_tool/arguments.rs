//! Arguments that fit a tool, from its row.

use anyhow::Result;
use serde_json::{Map, Value, json};
use tabmux_protocol::tools::{Param, ParamKind, Tool};
use tabmux_tests::{Agent, ref_in};

/// What a page has to act on.
#[derive(Debug, Clone)]
pub struct Refs {
    pub button: String,
    pub other: String,
    pub textbox: String,
    pub list: String,
}

impl Refs {
    /// For where no page is reached.
    pub fn made_up() -> Self {
        let [button, other, textbox, list] = ["e1", "e2", "e3", "e4"].map(str::to_owned);
        Self { button, other, textbox, list }
    }

    /// Of the agent's current page, which must be `heavy.html` or `controls.html`.
    pub async fn of(agent: &Agent) -> Result<Self> {
        let args = json!({ "level": "interactive" });
        let page = agent.ok("browser_snapshot", args).await?;
        Ok(Self {
            button: ref_in(&page, "button \"Change\"")?,
            other: ref_in(&page, "button \"Other\"")?,
            textbox: ref_in(&page, "textbox \"Name\"")?,
            list: ref_in(&page, "combobox \"Day\"")?,
        })
    }
}

/// What a tool cannot do without, so that it does what it is for.
pub fn needed(tool: &Tool, refs: &Refs, url: &str) -> Map<String, Value> {
    let required = tool.params.iter().filter(|param| param.required);
    required.map(|param| (param.name.to_owned(), fitting(tool, param, refs, url))).collect()
}

/// A value that fits a parameter of a tool.
pub fn fitting(tool: &Tool, param: &Param, refs: &Refs, url: &str) -> Value {
    match (tool.name, param.name) {
        ("browser_type" | "browser_fill_form", "ref") => json!(refs.textbox),
        ("browser_select_option", "ref") => json!(refs.list),
        (_, "ref" | "startRef") => json!(refs.button),
        (_, "endRef") => json!(refs.other),
        (_, "url") => json!(url),
        (_, "function") => json!("() => 'x'.repeat(1000000)"),
        (_, "key") => json!("Enter"),
        (_, "time") => json!(0.05),
        ("browser_clipboard", "action") => json!("copy"),
        ("hub_read" | "hub_call", "tool") => json!("browser_snapshot"),
        _ => of_kind(tool, param, refs, url),
    }
}

fn of_kind(tool: &Tool, param: &Param, refs: &Refs, url: &str) -> Value {
    match param.kind {
        ParamKind::Text => json!("1"),
        ParamKind::Number(min, _) => json!(min),
        ParamKind::Index => json!(0),
        ParamKind::Whole(min, max) => json!(max.min(min.max(400))),
        ParamKind::Flag => json!(true),
        ParamKind::OneOf(words) => json!(words[0]),
        ParamKind::Texts | ParamKind::Files => json!(["1"]),
        ParamKind::SomeOf(words) => json!([words[0]]),
        ParamKind::Object => json!({}),
        ParamKind::Values => json!(["1"]),
        ParamKind::Objects(params) => {
            let inner = params.iter().filter(|param| param.required);
            let object: Map<String, Value> =
                inner.map(|param| (param.name.to_owned(), fitting(tool, param, refs, url))).collect();
            json!([object])
        }
    }
}
