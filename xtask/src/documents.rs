//! The documents: whatever they link to is there, and every picture has words for who does not see it.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What is wrong with the documents; `names` is every file of the repository, `read` gives the text of one.
pub fn problems(names: &[&str], read: impl Fn(&str) -> String) -> Vec<String> {
    let documents: Vec<&str> = names.iter().copied().filter(|name| name.ends_with(".md")).collect();
    let pages: BTreeMap<&str, Page> =
        documents.iter().map(|name| (*name, Page::parse(&read(name)))).collect();
    let files: BTreeSet<&str> = names.iter().copied().collect();
    let mut problems = Vec::new();
    for (name, page) in &pages {
        let broken = page.links.iter().filter_map(|link| problem_of_link(name, link, &files, &pages));
        problems.extend(broken.map(|problem| format!("{name}: {problem}")));
        let silent = page.silent_pictures.iter();
        problems
            .extend(silent.map(|picture| format!("{name}: the picture {picture} has no alternative text")));
    }
    problems
}

/// The addresses that a document links to, pictures included.
pub fn links(text: &str) -> Vec<String> {
    Page::parse(text).links
}

/// Where a link of a document leads, as a path in the repository; `None` when it climbs out of it.
pub fn resolve(document: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = document.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a link leads out of the repository: to the web, to a mail program, to a page of the browser.
pub fn is_outside(link: &str) -> bool {
    let scheme = link.split(['/', '#']).next().unwrap_or_default();
    scheme.contains(':')
}

fn problem_of_link(
    document: &str,
    link: &str,
    files: &BTreeSet<&str>,
    pages: &BTreeMap<&str, Page>,
) -> Option<String> {
    if is_outside(link) {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { Some(document.to_owned()) } else { resolve(document, path) };
    let Some(target) = target else { return Some(format!("{link} leads out of the repository")) };
    let is_folder = || files.iter().any(|file| file.starts_with(&format!("{target}/")));
    if !files.contains(&*target) && !is_folder() {
        return Some(format!("{link} leads to nothing"));
    }
    let anchor = anchor?;
    let page = pages.get(&*target)?;
    (!page.anchors.contains(anchor)).then(|| format!("{link}: {target} has no such heading"))
}

/// What others need of a document.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
    silent_pictures: Vec<String>,
}

impl Page {
    fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        let mut picture: Option<(String, String)> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.add_heading(&heading.take().unwrap_or_default()),
                Event::Start(Tag::Link { dest_url, .. }) => page.links.push(dest_url.into_string()),
                Event::Start(Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.to_string());
                    picture = Some((dest_url.into_string(), String::new()));
                }
                Event::End(TagEnd::Image) => {
                    let silent = picture.take().filter(|(_, words)| words.trim().is_empty());
                    page.silent_pictures.extend(silent.map(|(name, _)| name));
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some((_, said)) = &mut picture {
                        said.push_str(&words);
                    } else if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => page.add_html(&html),
                _ => {}
            }
        }
        page
    }

    /// The anchor that readers of Markdown make of a heading: a second one of the same words gets `-1`.
    fn add_heading(&mut self, words: &str) {
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let slug: String =
            kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let mut anchor = slug.clone();
        for count in 1.. {
            if self.anchors.insert(anchor) {
                break;
            }
            anchor = format!("{slug}-{count}");
        }
    }

    fn add_html(&mut self, html: &str) {
        if html.starts_with("<!--") {
            return;
        }
        for tag in html.split('<').skip(1) {
            let value = |name: &str| {
                let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
                Some(rest.split_once('"')?.0.to_owned())
            };
            self.links.extend(["src", "srcset", "href"].iter().filter_map(|name| value(name)));
            self.anchors.extend(value("id"));
            if tag.starts_with("img ") && value("alt").is_none_or(|words| words.trim().is_empty()) {
                self.silent_pictures.extend(value("src"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems_of(documents: &[(&str, &str)]) -> Vec<String> {
        let names: Vec<&str> = documents.iter().map(|(name, _)| *name).collect();
        let text = |name: &str| documents.iter().find(|(other, _)| *other == name).unwrap().1.to_owned();
        problems(&names, text)
    }

    #[test]
    fn a_link_leads_to_a_file_and_its_anchor_to_a_heading() {
        let good = "# A page\n\n[up](../README.md#the-hubs-own-word) [own](#a-page) [web](https://a.example/#x) \
                    [folder](decisions) [code](../src/main.rs) `[no](link.md)`\n";
        let documents = [
            ("docs/page.md", good),
            ("docs/decisions/1.md", ""),
            ("README.md", "## The hub's *own* `word`\n"),
            ("src/main.rs", ""),
        ];
        assert_eq!(problems_of(&documents), [""; 0]);

        let mut broken = documents;
        broken[0].1 =
            "[a](none.md) [b](../README.md#none) [c](../../x) <a href=\"gone.md\">d</a> ![](1.png)\n";
        let said = problems_of(&broken);
        for part in [
            "none.md leads to nothing",
            "README.md has no such heading",
            "out of the repository",
            "gone.md leads",
            "1.png has no alternative text",
        ] {
            assert!(said.iter().any(|problem| problem.contains(part)), "{part}: {said:?}");
        }
    }

    #[test]
    fn equal_headings_have_anchors_of_their_own() {
        let page = Page::parse("# Use\n## Use\n### `browser_tabs`: a tool\n```\n# no heading\n```\n");
        let anchors: Vec<&str> = page.anchors.iter().map(String::as_str).collect();
        assert_eq!(anchors, ["browser_tabs-a-tool", "use", "use-1"]);
    }
}
