//! Tools for the page's dialogs.

use super::{Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const HANDLE_DIALOG: Tool = Tool {
    name: "browser_handle_dialog",
    aliases: &[],
    title: "Answer a dialog",
    description: "Answer the dialog that is open in the tab.",
    params: &[
        Param::required("accept", ParamKind::Flag, "OK or Cancel"),
        Param::optional("promptText", ParamKind::Text, "Text to enter in a prompt"),
    ],
    effect: Effect::Input,
    tab: TabNeed::Existing,
    deadline_ms: 30_000,
    set: Set::Default,
};
