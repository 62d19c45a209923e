//! Tools that show what pages download.

use super::{CURSOR, Effect, Set, TabNeed, Tool};

pub(super) const DOWNLOADS: Tool = Tool {
    name: "browser_downloads",
    aliases: &[],
    title: "List downloads",
    description: "List the downloads that your tabs have started: name, size, and whether each is complete.",
    params: &[CURSOR],
    effect: Effect::ReadOnly,
    tab: TabNeed::Browser,
    deadline_ms: 30_000,
    set: Set::Network,
};
