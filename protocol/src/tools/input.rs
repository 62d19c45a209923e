//! Tools that do what a person's mouse and keys could do.

use super::{ELEMENT, Effect, OPTIONAL_REF, Param, ParamKind, REF, Set, TabNeed, Tool};

/// How long an action may take, in milliseconds: waiting for the element and for what the action started.
pub(super) const INPUT_DEADLINE_MS: u64 = 60_000;

pub(super) const CLICK: Tool = Tool {
    name: "browser_click",
    aliases: &[],
    title: "Click",
    description: "Click an element, after waiting until it can be clicked. The answer tells what changed.",
    params: &[
        ELEMENT.unlisted(),
        REF,
        Param::optional("doubleClick", ParamKind::Flag, "Click twice"),
        Param::optional("button", ParamKind::OneOf(&["left", "right", "middle"]), "Default: left"),
        Param::optional(
            "modifiers",
            ParamKind::SomeOf(&["Alt", "Control", "ControlOrMeta", "Meta", "Shift"]),
            "Keys held down",
        ),
    ],
    effect: Effect::Input,
    tab: TabNeed::Opens,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const TYPE: Tool = Tool {
    name: "browser_type",
    aliases: &[],
    title: "Type text",
    description: "Replace the content of a text field or editable element with text. For single keys use \
                  browser_press_key.",
    params: &[
        ELEMENT.unlisted(),
        REF,
        Param::required("text", ParamKind::Text, "The new content"),
        Param::optional("submit", ParamKind::Flag, "Press Enter afterwards"),
        Param::optional("slowly", ParamKind::Flag, "Key by key"),
    ],
    effect: Effect::Input,
    tab: TabNeed::Opens,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const PRESS_KEY: Tool = Tool {
    name: "browser_press_key",
    aliases: &[],
    title: "Press a key",
    description: "Press a key or a chord in the focused element.",
    params: &[
        Param::required("key", ParamKind::Text, "DOM name such as Enter, or a chord such as Control+A"),
        ELEMENT.unlisted(),
        OPTIONAL_REF.unlisted(),
        Param::optional("count", ParamKind::Whole(1, 100), "How often; default: 1").unlisted(),
    ],
    effect: Effect::Input,
    tab: TabNeed::Opens,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const SELECT_OPTION: Tool = Tool {
    name: "browser_select_option",
    aliases: &[],
    title: "Select options",
    description: "Select options of a native list by value or label. In menus built by the page, click instead.",
    params: &[ELEMENT.unlisted(), REF, Param::required("values", ParamKind::Texts, "Values or labels")],
    effect: Effect::Input,
    tab: TabNeed::Opens,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Default,
};

pub(super) const HOVER: Tool = Tool {
    name: "browser_hover",
    aliases: &[],
    title: "Hover",
    description: "Move the mouse onto an element, for menus and tips that open under it.",
    params: &[ELEMENT.unlisted(), REF],
    effect: Effect::Input,
    tab: TabNeed::Opens,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Default,
};
