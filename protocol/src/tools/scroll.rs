//! Tools that show another part of the page.

use super::input::INPUT_DEADLINE_MS;
use super::{ELEMENT, Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

/// Further than any page reaches, in CSS pixels.
const FURTHEST: f64 = 1e7;

pub(super) const SCROLL: Tool = Tool {
    name: "browser_scroll",
    aliases: &[],
    title: "Scroll",
    description: "Bring an element or a text into view, or scroll the page or a scrolling part of it. To act on an \
                  element this is not needed.",
    params: &[
        ELEMENT.unlisted(),
        OPTIONAL_REF,
        Param::optional("text", ParamKind::Text, "Text to bring into view"),
        Param::optional("to", ParamKind::OneOf(&["top", "bottom"]), "An end of the page or part"),
        Param::optional(
            "direction",
            ParamKind::OneOf(&["down", "up", "right", "left"]),
            "By most of what is in view; default: down",
        ),
        Param::optional("deltaX", ParamKind::Number(-FURTHEST, FURTHEST), "Pixels to the right"),
        Param::optional("deltaY", ParamKind::Number(-FURTHEST, FURTHEST), "Pixels down"),
    ],
    effect: Effect::Input,
    tab: TabNeed::Existing,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Input,
};
