//! Tools that work on what sites keep in the browser.

use super::{CURSOR, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const COOKIES: Tool = Tool {
    name: "browser_cookies",
    aliases: &["browser_cookie_list", "browser_cookie_get", "browser_cookie_set"],
    title: "Cookies",
    description: "List, get, set, delete or clear the cookies of the site that the tab shows, and of no other.",
    params: &[
        Param::optional(
            "action",
            ParamKind::OneOf(&["list", "get", "set", "delete", "clear"]),
            "Default: set with a value, get with a name, else list",
        ),
        Param::optional("name", ParamKind::Text, "Name of the cookie"),
        Param::optional("value", ParamKind::Text, "Its value"),
        Param::optional("domain", ParamKind::Text, "Such as .example.com; default: the page's host"),
        Param::optional("path", ParamKind::Text, "Its path"),
        Param::optional(
            "expires",
            ParamKind::Number(-1.0, 1e11),
            "Seconds since the epoch; default: with the browser",
        ),
        Param::optional("httpOnly", ParamKind::Flag, "Keep it from scripts"),
        Param::optional("secure", ParamKind::Flag, "Send it over https only"),
        Param::optional(
            "sameSite",
            ParamKind::OneOf(&["Strict", "Lax", "None"]),
            "With which requests it goes",
        ),
        CURSOR.unlisted(),
    ],
    effect: Effect::State,
    tab: TabNeed::Existing,
    deadline_ms: STORAGE_DEADLINE_MS,
    set: Set::Storage,
};

pub(super) const STORAGE: Tool = Tool {
    name: "browser_storage",
    aliases: &["browser_localstorage_list", "browser_localstorage_get", "browser_localstorage_set"],
    title: "Local and session storage",
    description: "List, get, set, delete or clear what the page keeps in its local or session storage.",
    params: &[
        Param::optional("area", ParamKind::OneOf(&["local", "session"]), "Default: local"),
        Param::optional(
            "action",
            ParamKind::OneOf(&["list", "get", "set", "delete", "clear"]),
            "Default: set with a value, get with a key, else list",
        ),
        Param::optional("key", ParamKind::Text, "Key of the entry"),
        Param::optional("value", ParamKind::Text, "Its value"),
        CURSOR.unlisted(),
    ],
    effect: Effect::State,
    tab: TabNeed::Existing,
    deadline_ms: STORAGE_DEADLINE_MS,
    set: Set::Storage,
};

pub(super) const STATE: Tool = Tool {
    name: "browser_storage_state",
    aliases: &["browser_set_storage_state"],
    title: "Save or load a login",
    description: "Save the cookies and local storage of the site that the tab shows to a file, or load such a state, \
                  in Playwright's format.",
    params: &[
        Param::optional(
            "action",
            ParamKind::OneOf(&["save", "load"]),
            "Default: load with a path, else save",
        ),
        Param::optional("paths", ParamKind::Files, "The file to load"),
        Param::optional("state", ParamKind::Object, "What was saved, in place of a file").unlisted(),
    ],
    effect: Effect::State,
    tab: TabNeed::Existing,
    deadline_ms: STORAGE_DEADLINE_MS,
    set: Set::Storage,
};

/// How long it may take to look into what a site keeps, in milliseconds.
const STORAGE_DEADLINE_MS: u64 = 30_000;
