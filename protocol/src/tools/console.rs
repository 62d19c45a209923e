//! Tools that read what the page tells its developers.

use super::{CURSOR, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const CONSOLE_MESSAGES: Tool = Tool {
    name: "browser_console_messages",
    aliases: &["browser_get_console_logs"],
    title: "Read the console",
    description: "Read console messages, uncaught errors and failed requests since the last navigation.",
    params: &[
        Param::optional(
            "level",
            ParamKind::OneOf(&["error", "warning", "info", "debug"]),
            "And graver ones; default: info",
        ),
        Param::optional("since", ParamKind::Text, "Mark of an earlier answer: only what came after it")
            .unlisted(),
        Param::optional(
            "stack",
            ParamKind::Flag,
            "Where each message was said, from the innermost function on",
        )
        .unlisted(),
        CURSOR.unlisted(),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
