//! Tools that lead a tab to another page.

use super::{CALL_DEADLINE_MS, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const NAVIGATE: Tool = Tool {
    name: "browser_navigate",
    aliases: &[],
    title: "Go to a page",
    description: "Open a URL in your current tab, or a background tab if you have none, and wait until the page is \
                  ready. Then read it with browser_snapshot.",
    params: &[Param::required("url", ParamKind::Text, "Address; https:// by default")],
    effect: Effect::Navigation,
    tab: TabNeed::Opens,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const NAVIGATE_BACK: Tool = Tool {
    name: "browser_navigate_back",
    aliases: &["browser_go_back"],
    title: "Go back",
    description: "Go back to the previous page in the tab's history.",
    params: &[],
    effect: Effect::Navigation,
    tab: TabNeed::Existing,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const GO_FORWARD: Tool = Tool {
    name: "browser_go_forward",
    aliases: &["browser_navigate_forward"],
    title: "Go forward",
    description: "Go forward to the next page in the tab's history, after going back.",
    params: &[],
    effect: Effect::Navigation,
    tab: TabNeed::Existing,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Input,
};

pub(super) const RELOAD: Tool = Tool {
    name: "browser_reload",
    aliases: &[],
    title: "Reload",
    description: "Load the page again; its refs are gone then. A form that led to the page is sent once more.",
    params: &[],
    effect: Effect::Navigation,
    tab: TabNeed::Existing,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Unlisted,
};
