//! Tools that wait.

use super::{CALL_DEADLINE_MS, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const WAIT_FOR: Tool = Tool {
    name: "browser_wait_for",
    aliases: &["browser_wait"],
    title: "Wait",
    description: "Wait until a text appears or is gone, or for a time. Actions wait for what they start, so that \
                  this is for what comes late.",
    params: &[
        Param::optional(
            "time",
            ParamKind::Number(0.0, 60.0),
            "Seconds to wait; with a text, the most to wait for it (default 30)",
        ),
        Param::optional("text", ParamKind::Text, "Text that must be visible"),
        Param::optional("textGone", ParamKind::Text, "Text that must not be visible"),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Optional,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};
