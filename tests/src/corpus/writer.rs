//! Writes a page and notes the controls in it.

use std::fmt::Write;

use super::text::Text;

/// A page that is being written.
#[derive(Debug, Default)]
pub struct Writer {
    /// What stands in the body so far.
    pub body: String,
    /// The names of its controls so far.
    pub controls: Vec<String>,
    /// Where its sentences come from.
    pub text: Text,
}

impl Writer {
    /// Adds markup as it is.
    pub fn add(&mut self, html: impl AsRef<str>) {
        self.body.push_str(html.as_ref());
    }

    /// Notes a control of that name, and gives the name back.
    pub fn control(&mut self, name: impl Into<String>) -> String {
        let name = name.into();
        self.controls.push(name.clone());
        name
    }

    /// A link, as markup.
    pub fn link(&mut self, name: impl Into<String>, path: &str) -> String {
        format!("<a href=\"{path}\">{}</a>", self.control(name))
    }

    /// A button, as markup.
    pub fn button(&mut self, name: impl Into<String>) -> String {
        format!("<button type=\"button\">{}</button>", self.control(name))
    }

    /// A labelled field of that type, as markup.
    pub fn field(&mut self, name: impl Into<String>, kind: &str) -> String {
        format!("<label>{} <input type=\"{kind}\"></label>", self.control(name))
    }

    /// A drop-down, as markup.
    pub fn choice(&mut self, name: impl Into<String>, options: &[&str]) -> String {
        let options: String = options.iter().fold(String::new(), |mut all, option| {
            let _ = write!(all, "<option>{option}</option>");
            all
        });
        format!("<label>{} <select>{options}</select></label>", self.control(name))
    }

    /// A list of links, as markup.
    pub fn links(&mut self, names: impl IntoIterator<Item = String>) -> String {
        let items: Vec<String> = names
            .into_iter()
            .map(|name| {
                let path = format!("/to/{}", name.to_lowercase().replace(' ', "-"));
                format!("<li>{}</li>", self.link(name, &path))
            })
            .collect();
        format!("<ul>{}</ul>", items.concat())
    }

    /// The navigation at the head of a page.
    pub fn navigation(&mut self, names: &[&str]) {
        let links = self.links(names.iter().map(|name| (*name).to_owned()));
        self.add(format!("<header><nav aria-label=\"Main\">{links}</nav></header>"));
    }

    /// The whole document.
    pub fn document(&self, title: &str) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             <body>{}</body>\n</html>\n",
            self.body
        )
    }
}

/// Enough for layout and cursors to cost what they cost on usual pages.
const STYLE: &str = "body { font: 15px/1.5 sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem; } \
    nav ul, .row { display: flex; flex-wrap: wrap; gap: .75rem; list-style: none; padding: 0; } \
    form { display: grid; gap: .75rem; max-width: 30rem; } table { border-collapse: collapse; width: 100%; } \
    td, th { border-bottom: 1px solid #ddd; padding: .25rem .5rem; text-align: left; } \
    .layout { display: grid; grid-template-columns: 14rem 1fr; gap: 1rem; } [hidden] { display: none; } \
    .card { cursor: pointer; padding: .5rem; } code { background: #eee; } iframe { width: 100%; height: 20rem; }";
