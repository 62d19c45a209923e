//! Tools that show what pages ask for.

use super::{CURSOR, Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const REQUESTS: Tool = Tool {
    name: "browser_network_requests",
    aliases: &[],
    title: "List requests",
    description: "List the requests of the page since the last navigation.",
    params: &[
        Param::optional("filter", ParamKind::Text, "Part of the URL, or a pattern with *"),
        Param::optional(
            "static",
            ParamKind::Flag,
            "Also images, scripts, styles and the like that did not fail",
        )
        .unlisted(),
        Param::optional(
            "type",
            ParamKind::OneOf(&[
                "document",
                "xhr",
                "fetch",
                "websocket",
                "eventsource",
                "script",
                "stylesheet",
                "image",
                "media",
                "font",
                "ping",
                "other",
            ]),
            "What asked for it",
        )
        .unlisted(),
        Param::optional("status", ParamKind::Text, "Such as 404, 4xx, failed, or pending").unlisted(),
        Param::optional("method", ParamKind::Text, "Such as POST").unlisted(),
        CURSOR.unlisted(),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};

pub(super) const REQUEST: Tool = Tool {
    name: "browser_network_request",
    aliases: &[],
    title: "Look into a request",
    description: "Show a request that browser_network_requests lists: headers, timing, or the body of either side.",
    params: &[
        Param::optional("request", ParamKind::Text, "Its name, such as r12"),
        Param::optional("index", ParamKind::Index, "The number of its name").unlisted(),
        Param::optional(
            "part",
            ParamKind::OneOf(&[
                "headers",
                "request",
                "response",
                "timing",
                "request-headers",
                "request-body",
                "response-headers",
                "response-body",
            ]),
            "request and response are the bodies; default: all but these",
        ),
        Param::optional("secrets", ParamKind::Flag, "Show cookies and credentials, too"),
        CURSOR,
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Network,
};
