//! Tools that change what pages load.

use super::{Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const ROUTE: Tool = Tool {
    name: "browser_route",
    aliases: &[],
    title: "Change requests",
    description: "Block requests of your tabs, answer them yourself, or change their headers, until browser_unroute.",
    params: &[
        Param::required("pattern", ParamKind::Text, "Part of the URL, or a pattern with * for the whole"),
        Param::optional(
            "action",
            ParamKind::OneOf(&["block", "mock", "headers"]),
            "Default: by what is given",
        ),
        Param::optional("status", ParamKind::Whole(200, 599), "Status of the mock; default: 200"),
        Param::optional("body", ParamKind::Text, "Body of the mock"),
        Param::optional("contentType", ParamKind::Text, "Type of the mock's body; default: by its beginning"),
        Param::optional("headers", ParamKind::Texts, "Such as X-Test: 1; of the mock, else of the request"),
        Param::optional("removeHeaders", ParamKind::Text, "Names of request headers to leave out, by commas"),
    ],
    effect: Effect::State,
    tab: TabNeed::Browser,
    deadline_ms: ROUTE_DEADLINE_MS,
    set: Set::Network,
};

pub(super) const UNROUTE: Tool = Tool {
    name: "browser_unroute",
    aliases: &[],
    title: "Leave requests alone",
    description: "Remove your routes, or the one of a pattern.",
    params: &[Param::optional("pattern", ParamKind::Text, "As it was given to browser_route; default: all")],
    effect: Effect::State,
    tab: TabNeed::Browser,
    deadline_ms: ROUTE_DEADLINE_MS,
    set: Set::Network,
};

pub(super) const ROUTE_LIST: Tool = Tool {
    name: "browser_route_list",
    aliases: &[],
    title: "List changed requests",
    description: "List your routes.",
    params: &[],
    effect: Effect::ReadOnly,
    tab: TabNeed::Browser,
    deadline_ms: ROUTE_DEADLINE_MS,
    set: Set::Network,
};

/// How long it may take until every tab of the caller's has heard of it, in milliseconds.
const ROUTE_DEADLINE_MS: u64 = 30_000;
