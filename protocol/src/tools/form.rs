//! Tools that fill several controls at once.

use super::input::INPUT_DEADLINE_MS;
use super::{ELEMENT, Effect, Param, ParamKind, REF, Set, TabNeed, Tool};

pub(super) const FILL_FORM: Tool = Tool {
    name: "browser_fill_form",
    aliases: &[],
    title: "Fill a form",
    description: "Fill several fields of any kind at once, without sending the form.",
    params: &[Param::required("fields", ParamKind::Objects(FIELD), "Filled in this order")],
    effect: Effect::Input,
    tab: TabNeed::Opens,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Default,
};

const FIELD: &[Param] = &[
    REF,
    Param::optional("value", ParamKind::Text, "Text, option's label, or true for a box"),
    Param::optional("paths", ParamKind::Files, "For a file field"),
    ELEMENT.unlisted(),
    Param::optional("name", ParamKind::Text, "The field in words, for the log").unlisted(),
    Param::optional("type", ParamKind::Text, "The kind of field; it is found by itself").unlisted(),
];
