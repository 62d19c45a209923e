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
