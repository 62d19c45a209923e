//! Tools for what is the person's own, each by consent.

use super::{CALL_DEADLINE_MS, CURSOR, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const PERSON_TABS: Tool = Tool {
    name: "browser_person_tabs",
    aliases: &[],
    title: "List the person's tabs",
    description: "List or search the tabs that the person has open, once they allow it. For your own tabs use \
                  browser_tabs.",
    params: &[Param::optional("query", ParamKind::Text, "Words that title or address must have"), CURSOR],
    effect: Effect::ReadOnly,
    tab: TabNeed::Browser,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Profile,
};

pub(super) const CLAIM_TAB: Tool = Tool {
    name: "browser_claim_tab",
    aliases: &[],
    title: "Claim a tab of the person's",
    description: "Ask to work in a tab of the person's; once they allow it, call again to have it as your current tab. \
                  browser_close gives it back, open.",
    params: &[Param::required("id", ParamKind::Text, "Id such as p12 from browser_person_tabs")],
    effect: Effect::Tabs,
    tab: TabNeed::Browser,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Profile,
};

pub(super) const HISTORY: Tool = Tool {
    name: "browser_history",
    aliases: &[],
    title: "Search the person's history",
    description: "List pages that were visited in this browser, once the person allows it.",
    params: &[
        Param::optional("query", ParamKind::Text, "Words that title or address must have"),
        Param::optional(
            "since",
            ParamKind::Text,
            "Date or time such as 2026-11-01T09:00, by the person's clock",
        ),
        Param::optional("max", ParamKind::Whole(1, 1_000), "How many pages at most; default 100"),
        CURSOR,
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Browser,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Profile,
};

pub(super) const BOOKMARKS: Tool = Tool {
    name: "browser_bookmarks",
    aliases: &[],
    title: "Search the person's bookmarks",
    description: "List or search the person's bookmarks, once they allow it.",
    params: &[
        Param::optional("query", ParamKind::Text, "Words that title, address or folders must have"),
        CURSOR,
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Browser,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Profile,
};
