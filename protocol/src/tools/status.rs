//! Tools that the MCP process answers by itself.

use super::{Effect, Set, TabNeed, Tool};

pub(super) const STATUS: Tool = Tool {
    name: "hub_status",
    aliases: &[],
    title: "Status",
    description: "Tell who you are to the hub, whether hub and browser are connected, your tabs and your counters. It \
                  answers at once, also while another call runs.",
    params: &[],
    effect: Effect::ReadOnly,
    tab: TabNeed::None,
    deadline_ms: 5_000,
    set: Set::Default,
};
