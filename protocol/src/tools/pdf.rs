//! Tools that print.

use super::{Effect, Param, ParamKind, Set, TabNeed, Tool};

pub(super) const PDF: Tool = Tool {
    name: "browser_pdf",
    aliases: &["browser_pdf_save"],
    title: "Print to PDF",
    description: "Print the page to a PDF file and answer with where the file is. To read the page use \
                  browser_get_text.",
    params: &[
        Param::optional("landscape", ParamKind::Flag, "Turn the sheets on their side"),
        Param::optional(
            "format",
            ParamKind::OneOf(&["A3", "A4", "A5", "Legal", "Letter", "Tabloid"]),
            "Size of the sheets; default: A4",
        ),
        Param::optional(
            "background",
            ParamKind::Flag,
            "Print colours and pictures behind the text; default: true",
        ),
        Param::optional("scale", ParamKind::Number(0.1, 2.0), "Size of what is printed; default: 1"),
        Param::optional("pages", ParamKind::Text, "Pages such as 1-3, 5; default: all"),
        Param::optional("filename", ParamKind::Text, "Name of the file; default: the page's title"),
    ],
    effect: Effect::ReadOnly,
    tab: TabNeed::Existing,
    deadline_ms: 60_000,
    set: Set::Devtools,
};
