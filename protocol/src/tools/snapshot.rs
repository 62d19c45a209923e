//! Tools that read the page's structure.

use super::{CURSOR, Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const SNAPSHOT: Tool = Tool {
    name: "browser_snapshot",
    aliases: &[],
    title: "Read the page",
    description: "Read the page as a tree of roles, names, states and refs; the refs are what the acting tools take. \
                  Use this rather than a screenshot unless looks matter.",
    params: &[
        Param { description: "Ref of a part or fold to read by itself", ..OPTIONAL_REF },
        Param::optional("depth", ParamKind::Whole(1, 100), "Levels of lines to show; the rest is folded")
            .unlisted(),
        Param::optional(
            "level",
            ParamKind::OneOf(&["interactive", "full"]),
            "Controls only, or all in parts with a ref on each line",
        ),
        Param::optional("viewport", ParamKind::Flag, "Only what is in view").unlisted(),
        Param::optional("base", ParamKind::Text, "Snapshot such as s12: answer with the changes since"),
        CURSOR,
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
