//! Tools that drag.

use super::input::INPUT_DEADLINE_MS;
use super::{Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const DRAG: Tool = Tool {
    name: "browser_drag",
    aliases: &[],
    title: "Drag and drop",
    description: "Drag an element onto another with the mouse and drop it there.",
    params: &[
        Param::optional("startElement", ParamKind::Text, "What is dragged, in words, for the log"),
        Param::required("startRef", ParamKind::Text, "Ref of what is dragged").or("startTarget"),
        Param::optional("endElement", ParamKind::Text, "Where it is dropped, in words, for the log"),
        Param::required("endRef", ParamKind::Text, "Ref of where it is dropped").or("endTarget"),
    ],
    effect: Effect::Input,
    tab: TabNeed::Opens,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Input,
};
