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

pub(super) const EMULATE: Tool = Tool {
    name: "browser_emulate",
    aliases: &["browser_emulate_media"],
    title: "Emulate a device",
    description: "Make the tab's page see another device, language, place, network or processor, until it is changed \
                  again; what is left out stays. The answer lists what is in force.",
    params: &[
        Param::optional("reset", ParamKind::Flag, "First end all that is emulated"),
        Param::optional(
            "device",
            ParamKind::OneOf(DEVICES),
            "Phone or tablet: size, touch and user agent in one; what else is given comes before it",
        ),
        Param::optional("width", SIDE, "Width in CSS pixels, with height"),
        Param::optional("height", SIDE, "Height in CSS pixels, with width"),
        Param::optional("deviceScaleFactor", ParamKind::Number(0.5, 5.0), "Device pixels for one of CSS"),
        Param::optional("mobile", ParamKind::Flag, "Lay the page out as a phone does"),
        Param::optional("touch", ParamKind::Flag, "A screen that takes touches"),
        Param::optional("userAgent", ParamKind::Text, "User-Agent header and navigator.userAgent"),
        Param::optional("locale", ParamKind::Text, "Language tag, such as de-DE"),
        Param::optional("timezone", ParamKind::Text, "Time zone, such as Europe/Berlin"),
        Param::optional("latitude", ParamKind::Number(-90.0, 90.0), "Degrees north, with longitude"),
        Param::optional("longitude", ParamKind::Number(-180.0, 180.0), "Degrees east, with latitude"),
        Param::optional(
            "accuracy",
            ParamKind::Number(0.0, 100_000.0),
            "How near the place is known, in metres; default: 10",
        ),
        Param::optional(
            "colorScheme",
            ParamKind::OneOf(&["light", "dark", "no-preference"]),
            "Colours asked for",
        ),
        Param::optional("reducedMotion", ParamKind::OneOf(&["reduce", "no-preference"]), "Motion asked for"),
        Param::optional(
            "forcedColors",
            ParamKind::OneOf(&["active", "none"]),
            "Whether colours are the system's",
        ),
        Param::optional("media", ParamKind::OneOf(&["screen", "print"]), "Style sheets that count"),
        Param::optional(
            "network",
            ParamKind::OneOf(&["offline", "slow-3g", "fast-3g", "4g", "none"]),
            "Speed of the network; none: as it is",
        ),
        Param::optional(
            "cpu",
            ParamKind::Number(1.0, 20.0),
            "How many times slower scripts run; 1: as it is",
        ),
    ],
    effect: Effect::Tabs,
    tab: TabNeed::Opens,
    deadline_ms: 30_000,
    set: Set::Emulation,
};

/// Names as in extension/lib/devices.js.
const DEVICES: &[&str] = &[
    "iPhone SE",
    "iPhone 15",
    "iPhone 15 Pro Max",
    "Pixel 8",
    "Pixel 9 Pro",
    "Galaxy S24",
    "Galaxy A55",
    "iPad Mini",
    "iPad Air",
    "iPad Pro 11",
    "Galaxy Tab S9",
];
