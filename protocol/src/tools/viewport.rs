//! Tools for the space in which a page is laid out.

use super::{Effect, Param, ParamKind, Set, TabNeed, Tool};

/// The sides that a page may be given, in CSS pixels: from a small watch to beyond the largest screens, and never so
/// large that painting it would starve the machine.
const SIDE: ParamKind = ParamKind::Whole(100, 5_000);

pub(super) const RESIZE: Tool = Tool {
    name: "browser_resize",
    aliases: &[],
    title: "Resize the page",
    description: "Lay the tab's page out in a viewport of this size, such as 390 x 844 for a phone. The person's window \
                  keeps its own.",
    params: &[
        Param::required("width", SIDE, "Width in CSS pixels"),
        Param::required("height", SIDE, "Height in CSS pixels"),
    ],
    effect: Effect::Tabs,
    tab: TabNeed::Opens,
    deadline_ms: 30_000,
    set: Set::Emulation,
};
