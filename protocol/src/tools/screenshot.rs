//! Tools that take pictures.

use super::{ELEMENT, Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const TAKE_SCREENSHOT: Tool = Tool {
    name: "browser_take_screenshot",
    aliases: &["browser_screenshot"],
    title: "Take a screenshot",
    description: "Take a picture of what is in view, of an element, or of the whole page. To act, use browser_snapshot.",
    params: &[
        ELEMENT.unlisted(),
        OPTIONAL_REF,
        Param::optional("fullPage", ParamKind::Flag, "The whole page; a long one in tiles"),
        Param::optional(
            "tile",
            ParamKind::Whole(0, 10_000),
            "Which part of a picture too large for one, from 1; 0: all of it, scaled down",
        )
        .unlisted(),
        Param::optional("type", ParamKind::OneOf(&["jpeg", "png"]), "Default: jpeg"),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
