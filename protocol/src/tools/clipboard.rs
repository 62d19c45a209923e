//! The clipboard of an agent, which is not the person's.

use super::input::INPUT_DEADLINE_MS;
use super::{Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const CLIPBOARD: Tool = Tool {
    name: "browser_clipboard",
    aliases: &[],
    title: "Copy and paste",
    description: "Use a clipboard of your own, which browser_press_key with Control+C, X and V uses, too. The person's \
                  clipboard is neither read nor written.",
    params: &[
        Param::required(
            "action",
            ParamKind::OneOf(&["read", "write", "copy", "cut", "paste"]),
            "Copy and cut take what is selected, paste goes to the focus",
        ),
        Param::optional("text", ParamKind::Text, "What to write, or to write and paste"),
        OPTIONAL_REF,
    ],
    effect: Effect::Input,
    tab: TabNeed::Existing,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Input,
};
