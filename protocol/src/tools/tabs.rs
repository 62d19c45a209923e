//! Tools for the caller's own tabs.

use super::{CALL_DEADLINE_MS, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const TABS: Tool = Tool {
    name: "browser_tabs",
    aliases: &[],
    title: "Manage tabs",
    description: "List, open, select or close your own tabs, which stay in the background.",
    params: &[
        Param::required("action", ParamKind::OneOf(&["list", "new", "select", "close"]), "What to do"),
        Param::optional("index", ParamKind::Index, "Place in the list, from 0"),
        Param::optional("url", ParamKind::Text, "Address for a new tab"),
    ],
    effect: Effect::Tabs,
    tab: TabNeed::Optional,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const CLOSE: Tool = Tool {
    name: "browser_close",
    aliases: &[],
    title: "Close the tab",
    description: "Close your current tab, or the one named.",
    params: &[],
    effect: Effect::Tabs,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
