//! Tools that find what the page says.

use super::{CURSOR, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const FIND: Tool = Tool {
    name: "browser_find",
    aliases: &[],
    title: "Find on the page",
    description: "Find text or elements: the lines around each match, with refs. All that is given must hold.",
    params: &[
        Param::optional("text", ParamKind::Text, "Part of a line, in any case"),
        Param::optional("regex", ParamKind::Text, "JavaScript pattern, or /pattern/i"),
        Param::optional("role", ParamKind::Text, "Role, such as button"),
        Param::optional("name", ParamKind::Text, "Part of the name"),
        CURSOR,
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
