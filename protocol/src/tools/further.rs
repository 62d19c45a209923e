//! Tools that reach those which are not listed.

use super::{CALL_DEADLINE_MS, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const FIND: Tool = Tool {
    name: "hub_tools",
    aliases: &[],
    title: "Find more tools",
    description: "Find tools that are not listed, such as for cookies, emulation or PDF.",
    params: &[
        Param::optional("query", ParamKind::Text, "Words"),
        Param::optional("set", ParamKind::Text, "Set of tools"),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::None,
    deadline_ms: 5_000,
    set: Set::Default,
};

pub(super) const READ: Tool = Tool {
    name: "hub_read",
    aliases: &[],
    title: "Run a reading tool",
    description: "Run a read-only tool that hub_tools found.",
    params: NAMED,
    effect: Effect::ReadOnly,
    tab: TabNeed::Inner,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const CALL: Tool = Tool {
    name: "hub_call",
    aliases: &[],
    title: "Run another tool",
    description: "Run any tool that hub_tools found.",
    params: NAMED,
    effect: Effect::Script,
    tab: TabNeed::Inner,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};

const NAMED: &[Param] = &[
    Param::required("tool", ParamKind::Text, "Name"),
    Param::optional("args", ParamKind::Object, "Its parameters"),
];
