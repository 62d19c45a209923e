//! Tools that give the page files and data of the machine.

use super::input::INPUT_DEADLINE_MS;
use super::{ELEMENT, Effect, OPTIONAL_REF, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const FILE_UPLOAD: Tool = Tool {
    name: "browser_file_upload",
    aliases: &[],
    title: "Upload files",
    description: "Give files to a file field, or to the chooser that a click opened.",
    params: &[
        OPTIONAL_REF,
        ELEMENT.unlisted(),
        Param::optional("paths", ParamKind::Files, "Paths; none: cancel the chooser"),
    ],
    effect: Effect::Input,
    tab: TabNeed::Existing,
    deadline_ms: INPUT_DEADLINE_MS,
    set: Set::Default,
};
