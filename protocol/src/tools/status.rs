//! Tools that the MCP process answers by itself.

use super::{Effect, Set, TabNeed, Tool};

pub(super) const STATUS: Tool = Tool {
    name: "hub_status",
    aliases: &[],
    title: "Status",
    description: "Tell whether hub and browser are connected, and what your tabs are. It answers at once.",
    params: &[],
    effect: Effect::ReadOnly,
    tab: TabNeed::None,
    deadline_ms: 5_000,
    set: Set::Default,
};
