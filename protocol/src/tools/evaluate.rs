//! Tools that run the caller's code.

use super::{CALL_DEADLINE_MS, ELEMENT, Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const EVALUATE: Tool = Tool {
    name: "browser_evaluate",
    aliases: &[],
    title: "Run JavaScript",
    description: "Run a JavaScript function in the page and get its result as JSON. Prefer the other tools.",
    params: &[
        Param::required("function", ParamKind::Text, "() => value, or (element) => value when ref is given"),
        ELEMENT.unlisted(),
        OPTIONAL_REF,
        Param::optional("args", ParamKind::Values, "What the function takes, after the element").unlisted(),
    ],
    effect: Effect::Script,
    tab: TabNeed::Opens,
    deadline_ms: CALL_DEADLINE_MS,
    set: Set::Default,
};
