//! Tools that read what the page says.

use super::{CURSOR, Effect, OPTIONAL_REF, Param, Set, TabNeed, Tool};

pub(super) const GET_TEXT: Tool = Tool {
    name: "browser_get_text",
    aliases: &["browser_get_page_text"],
    title: "Read the text",
    description: "Read the main text of the page, or of a part, as Markdown. For reading; to act, take a snapshot.",
    params: &[Param { description: "Ref of the part to read", ..OPTIONAL_REF }, CURSOR],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
