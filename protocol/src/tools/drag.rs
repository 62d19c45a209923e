//! Tools that drag.

use super::input::INPUT_DEADLINE_MS;
use super::{ELEMENT, Effect, Param, ParamKind, REF, Set, TabNeed, Tool};

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

pub(super) const DROP: Tool = Tool {
    name: "browser_drop",
    aliases: &[],
    title: "Drop files or data",
    description: "Drop files or data onto an element, as if they came from outside the browser. For what is on the page \
                  use browser_drag.",
    params: &[
        ELEMENT.unlisted(),
        REF,
        Param::optional("paths", ParamKind::Files, "Files to drop"),
        Param::optional("text", ParamKind::Text, "Plain text to drop"),
        Param::optional("html", ParamKind::Text, "HTML to drop"),
        Param::optional("url", ParamKind::Text, "Link to drop"),
        Param::optional("data", ParamKind::Object, "What to drop as further kinds, by media type").unlisted(),
    ],
    effect: Effect::Input,
    tab: TabNeed::Existing,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Input,
};
