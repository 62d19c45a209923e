//! Tools that read the page's structure.

use super::{Effect, OPTIONAL_REF, Param, Set, TabNeed, Tool};

pub(super) const SNAPSHOT: Tool = Tool {
    name: "browser_snapshot",
    aliases: &[],
    title: "Read the page",
    description: "Read the page as a tree of roles, names, states and refs; the refs are what the acting tools take. \
                  Use this rather than a screenshot unless looks matter.",
    params: &[Param {
        description: "Ref of a part to read by itself, such as one that a fold line names",
        ..OPTIONAL_REF
    }],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
