//! The pages that snapshots are measured on: made by code, the same in every run, and each knows its own controls.

mod documents;
mod parts;
mod search;
mod text;
mod widgets;
mod writer;

pub use search::Search;
use writer::Writer;

/// A page of the corpus.
#[derive(Debug, Clone)]
pub struct CorpusPage {
    /// Its name on the site, below `/corpus/`.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The document; `OTHER_SITE` in it stands for the site's address under another host.
    pub html: String,
    /// The names of the controls that a person sees in it, its frames included: no name is there twice.
    pub controls: Vec<String>,
}

/// Stands in a page for the address of the same site under another host.
pub const OTHER_SITE: &str = "{other-site}";

/// All pages, the smallest first.
pub fn corpus() -> Vec<CorpusPage> {
    PAGES.iter().map(Source::make).collect()
}

/// The document of that name: a page, or what one of its frames shows.
pub fn corpus_document(name: &str) -> Option<String> {
    let page = PAGES.iter().find(|source| source.name == name);
    page.map(|source| source.make().html)
        .or_else(|| parts::frame(name).map(|writer| writer.document("Frame")))
}

struct Source {
    name: &'static str,
    about: &'static str,
    write: fn(&mut Writer),
}

impl Source {
    fn make(&self) -> CorpusPage {
        let mut writer = Writer::default();
        (self.write)(&mut writer);
        CorpusPage {
            name: self.name,
            about: self.about,
            controls: writer.controls.clone(),
            html: writer.document(self.about),
        }
    }
}

const PAGES: [Source; 11] = [
    Source { name: "login", about: "login", write: documents::login },
    Source { name: "form", about: "small form", write: documents::form },
    Source { name: "frames", about: "iframes", write: parts::frames },
    Source { name: "shadow", about: "shadow DOM", write: parts::shadow },
    Source { name: "article", about: "article", write: documents::article },
    Source { name: "search", about: "search results", write: documents::search },
    Source { name: "widgets", about: "single-page app, menus and dialogs", write: widgets::app },
    Source { name: "admin", about: "app page, 200 rows", write: widgets::admin },
    Source { name: "table-1000", about: "table of 1,000 rows", write: |page| documents::table(page, 1_000) },
    Source { name: "docs", about: "long documentation page", write: documents::documentation },
    Source { name: "table-5000", about: "table of 5,000 rows", write: |page| documents::table(page, 5_000) },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_control_is_known_by_its_name_and_every_run_has_the_same_pages() {
        for (page, again) in corpus().iter().zip(corpus()) {
            let names: BTreeSet<&String> = page.controls.iter().collect();
            assert_eq!(names.len(), page.controls.len(), "{}: a name is there twice", page.name);
            assert!(names.iter().all(|name| !name.contains(['"', '\\', '<', '&'])), "{}", page.name);
            assert_eq!(page.html, again.html, "{}", page.name);
        }
    }

    #[test]
    fn the_large_pages_are_as_large_as_they_say() {
        let elements = |name| corpus_document(name).map_or(0, |html| html.matches("</").count());
        assert!((24_000..27_000).contains(&elements("table-5000")), "{}", elements("table-5000"));
        assert!((15_000..17_000).contains(&elements("docs")), "{}", elements("docs"));
    }
}
