//! Tools that use the mouse by coordinates, for agents that look at pictures.

use super::input::INPUT_DEADLINE_MS;
use super::{ELEMENT, Effect, Param, ParamKind, Set, TabNeed, Tool};

/// Larger than any viewport, in CSS pixels.
const LARGEST: f64 = 100_000.0;
/// Where the mouse goes: a place in what browser_take_screenshot shows, once it is divided by that picture's scale.
const X: Param =
    Param::required("x", ParamKind::Number(0.0, LARGEST), "Pixels from the left of the viewport");
const Y: Param = Param::required("y", ParamKind::Number(0.0, LARGEST), "Pixels from its top");

pub(super) const CLICK_XY: Tool = tool(
    "browser_mouse_click_xy",
    "Click at a place",
    "Click at a place of the viewport; if the screenshot was scaled, divide by its scale. With a ref use browser_click.",
    &[
        ELEMENT.unlisted(),
        X,
        Y,
        Param::optional(
            "button",
            ParamKind::OneOf(&["left", "right", "middle"]),
            "Mouse button; default: left",
        ),
        Param::optional("clickCount", ParamKind::Whole(1, 3), "How often; default: 1"),
    ],
);

pub(super) const MOVE_XY: Tool = tool(
    "browser_mouse_move_xy",
    "Move the mouse",
    "Move the mouse to a place of the viewport and leave it there.",
    &[ELEMENT.unlisted(), X, Y],
);

pub(super) const DRAG_XY: Tool = tool(
    "browser_mouse_drag_xy",
    "Drag between places",
    "Drag with the mouse from one place of the viewport to another and drop there.",
    &[
        ELEMENT.unlisted(),
        Param::required("startX", ParamKind::Number(0.0, LARGEST), "Where it begins, from the left"),
        Param::required("startY", ParamKind::Number(0.0, LARGEST), "Where it begins, from the top"),
        Param::required("endX", ParamKind::Number(0.0, LARGEST), "Where it ends, from the left"),
        Param::required("endY", ParamKind::Number(0.0, LARGEST), "Where it ends, from the top"),
    ],
);

pub(super) const WHEEL: Tool = tool(
    "browser_mouse_wheel",
    "Turn the mouse wheel",
    "Turn the mouse wheel at a place of the viewport, for pages that listen to it. To scroll use browser_scroll.",
    &[
        Param::optional("deltaX", ParamKind::Number(-LARGEST, LARGEST), "Pixels to the right; default: 0"),
        Param::optional("deltaY", ParamKind::Number(-LARGEST, LARGEST), "Pixels down; default: 0"),
        Param::optional("x", ParamKind::Number(0.0, LARGEST), "From the left; default: the middle"),
        Param::optional("y", ParamKind::Number(0.0, LARGEST), "From the top; default: the middle"),
    ],
);

const fn tool(
    name: &'static str,
    title: &'static str,
    description: &'static str,
    params: &'static [Param],
) -> Tool {
    Tool {
        name,
        aliases: &[],
        title,
        description,
        params,
        effect: Effect::Input,
        tab: TabNeed::Existing,
        deadline_ms: INPUT_DEADLINE_MS,
        set: Set::Vision,
    }
}
