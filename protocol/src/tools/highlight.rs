//! Tools that point something out to the person.

use super::{ELEMENT, Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const HIGHLIGHT: Tool = Tool {
    name: "browser_highlight",
    aliases: &[],
    title: "Point out an element",
    description: "Outline an element for the person, until your next action in the tab.",
    params: &[
        OPTIONAL_REF,
        ELEMENT.unlisted(),
        Param::optional("off", ParamKind::Flag, "Take the outline away"),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Devtools,
};
