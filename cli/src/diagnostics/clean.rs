//! What leaves the machine in a bug report says nothing that is the person's: no secrets, no addresses beyond their site,
//! no titles of pages, no name of the home folder.

use serde_json::Value;

/// What stands in the place of what was taken out.
const REMOVED: &str = "[removed]";
/// From this length on a run of hexadecimal digits is a secret or a proof: ids have dashes, instances eight digits.
const SECRET_HEX: usize = 32;
/// From this length on a run of capitals and digits is a pairing code.
const CODE: usize = 20;
/// What begins an address; behind it comes its site, or what is nobody's business at all.
const SCHEMES: [&str; 8] = ["http://", "https://", "ws://", "wss://", "ftp://", "file://", "data:", "blob:"];

/// Takes out of texts what is nobody else's business.
pub(super) struct Cleaner {
    /// The secrets of this installation, and the home folder with what stands for it.
    known: Vec<(String, &'static str)>,
}

impl Cleaner {
    /// Knows these secrets and this home folder beside what gives itself away by its form.
    pub(super) fn new(secrets: impl IntoIterator<Item = String>, home: Option<String>) -> Self {
        let secrets = secrets.into_iter().map(|secret| (secret, REMOVED));
        let known = secrets.chain(home.map(|home| (home, "~"))).filter(|(text, _)| text.len() > 1);
        Self { known: known.collect() }
    }

    /// The text without them.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (known, instead) in &self.known {
            text = text.replace(known.as_str(), instead);
        }
        without_runs(&without_addresses(&text))
    }

    /// The JSON without them, and without titles and what is named like a secret.
    pub(super) fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    match is_private(name) && !field.is_number() && !field.is_boolean() {
                        true => *field = REMOVED.into(),
                        false => self.json(field),
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_private(name: &str) -> bool {
    let name = name.to_lowercase();
    ["title", "token", "secret", "password", "passwd", "key", "code", "cookie"].iter().any(|word| {
        name == *word || name.ends_with(&format!("_{word}")) || name.ends_with(&format!("-{word}"))
    })
}

/// Each address cut to its site.
fn without_addresses(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, scheme)) = SCHEMES.iter().filter_map(|s| Some((rest.find(s)?, *s))).min() {
        let behind = &rest[at + scheme.len()..];
        let has_site = scheme.ends_with("//") && scheme != "file://";
        let ends = |c: char| c.is_whitespace() || c == '"' || has_site && "'`<>)]},\\".contains(c);
        let address = &behind[..behind.find(ends).unwrap_or(behind.len())];
        kept.push_str(&rest[..at + scheme.len()]);
        if has_site {
            let site = address.split(['/', '?', '#']).next().unwrap_or_default();
            // A name and password stand before it.
            kept.push_str(site.rsplit('@').next().unwrap_or(site));
            if site.len() < address.len() {
                kept.push_str("/...");
            }
        } else {
            kept.push_str("...");
        }
        rest = &behind[address.len()..];
    }
    kept + rest
}

/// Without what looks like a secret or a pairing code.
fn without_runs(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut rest = text;
    while let Some(begin) = rest.find(is_part) {
        let run = &rest[begin..];
        let run = &run[..run.find(|c| !is_part(c)).unwrap_or(run.len())];
        kept.push_str(&rest[..begin]);
        kept.push_str(if is_secret(run) { REMOVED } else { run });
        rest = &rest[begin + run.len()..];
    }
    kept + rest
}

fn is_secret(run: &str) -> bool {
    let hex =
        run.split('-').any(|part| part.len() >= SECRET_HEX && part.bytes().all(|b| b.is_ascii_hexdigit()));
    let is_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    let code = run.len() >= CODE && run.chars().all(is_code) && run.chars().any(|c| c.is_ascii_uppercase());
    hex || code
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_the_persons_is_taken_out_and_the_rest_stays() {
        let cleaner = Cleaner::new(["hunter2secret".to_owned()], Some("/home/ann".to_owned()));
        let cases = [
            ("url=https://bank.example:8443/a/b?session=1#x next", "url=https://bank.example:8443/... next"),
            ("\"http://ann:pw@host/\" and (file:///home/ann/x.pdf)", "\"http://host/...\" and (file://..."),
            ("data:text/html,<b>mine more", "data:... more"),
            ("plain http://127.0.0.1:9008", "plain http://127.0.0.1:9008"),
            ("proof=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.", "proof=[removed]."),
            ("code ABCDEFG-HIJKLMN-OPQRSTU-V234567", "code [removed]"),
            (
                "client=019c0a55-8f9e-7000-8000-0123456789ab [12345-a1b2c3d4]",
                "client=019c0a55-8f9e-7000-8000-0123456789ab [12345-a1b2c3d4]",
            ),
            ("it is hunter2secret in /home/ann/.config", "it is [removed] in ~/.config"),
        ];
        for (text, clean) in cases {
            assert_eq!(cleaner.text(text), clean);
        }
        let mut value = json!({ "tabs": [{ "title": "My account", "url": "https://a.example/x", "tab": "t1" }],
            "access_token": "abc", "pid": 7, "token": null });
        cleaner.json(&mut value);
        let clean = json!({ "tabs": [{ "title": "[removed]", "url": "https://a.example/...", "tab": "t1" }],
            "access_token": "[removed]", "pid": 7, "token": "[removed]" });
        assert_eq!(value, clean);
    }
}
