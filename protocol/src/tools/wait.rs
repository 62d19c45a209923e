//! Tools that wait.

use super::{CALL_DEADLINE_MS, Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const WAIT_FOR: Tool = Tool {
    name: "browser_wait_for",
    aliases: &["browser_wait"],
    title: "Wait",
    description: "Wait until a text appears or is gone, or for a time. Also takes ref, selector, url, networkIdle and \
                  function; actions wait for what they start by themselves.",
    params: &[
        Param::optional(
            "time",
            ParamKind::Number(0.0, 60.0),
            "Seconds; with a text, the most to wait (default 30)",
        ),
        Param::optional("text", ParamKind::Text, "Text to appear"),
        Param::optional("textGone", ParamKind::Text, "Text to be gone"),
        Param { description: "Element that must be visible", ..OPTIONAL_REF }.unlisted(),
        Param::optional(
            "selector",
            ParamKind::Text,
            "CSS selector, also in open shadow roots, of which one element must be visible",
        )
        .unlisted(),
        Param::optional(
            "state",
            ParamKind::OneOf(&["visible", "hidden"]),
            "With ref or selector: what to wait for; hidden is also gone; default: visible",
        )
        .unlisted(),
        Param::optional("url", ParamKind::Text, "Part of the address, or all of it with * for anything")
            .unlisted(),
        Param::optional(
            "networkIdle",
            ParamKind::Flag,
            "Wait until the page is loaded and no request was open for half a second",
        )
        .unlisted(),
        Param::optional(
            "function",
            ParamKind::Text,
            "JavaScript such as () => window.ready === true that must return a true value; it may look and not act",
        )
        .unlisted(),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Optional,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};
