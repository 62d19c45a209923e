//! Finds the id of a message that is too long to be read, so that its sender gets an answer.

use rmcp::model::RequestId;

/// The longest top-level key, number or text that is kept, in bytes: an id is shorter.
const TOKEN_LIMIT: usize = 256;

/// Reads a JSON object piece by piece in constant memory and keeps its top-level `id`.
#[derive(Debug, Default)]
pub(super) struct IdFinder {
    depth: usize,
    in_string: bool,
    escaped: bool,
    token: Vec<u8>,
    key_is_id: bool,
    id: Option<RequestId>,
}

impl IdFinder {
    /// Takes in the next piece.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.step(*byte);
        }
    }

    /// The id, if one came by.
    pub(super) fn into_id(self) -> Option<RequestId> {
        self.id
    }

    fn step(&mut self, byte: u8) {
        if self.in_string {
            self.keep(byte);
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.keep(byte);
            }
            b'{' | b'[' => {
                self.depth += 1;
                self.token.clear();
            }
            b'}' | b']' => {
                self.end_of_value();
                self.depth = self.depth.saturating_sub(1);
            }
            b',' => self.end_of_value(),
            b':' if self.depth == 1 => {
                self.key_is_id = self.token == br#""id""#;
                self.token.clear();
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => self.keep(byte),
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.depth == 1 && self.token.len() < TOKEN_LIMIT {
            self.token.push(byte);
        }
    }

    fn end_of_value(&mut self) {
        if self.depth != 1 {
            return;
        }
        if self.key_is_id {
            self.id = serde_json::from_slice(&self.token).ok();
        }
        self.key_is_id = false;
        self.token.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Option<RequestId> {
        let mut finder = IdFinder::default();
        for piece in text.as_bytes().chunks(3) {
            finder.feed(piece);
        }
        finder.into_id()
    }

    #[test]
    fn the_top_level_id_is_found_wherever_it_stands() {
        assert_eq!(find(r#"{"id":7,"params":{"x":1}}"#), Some(RequestId::Number(7)));
        assert_eq!(
            find(r#"{"params":{"id":1,"a":[{"id":2}],"t":"\"id\":3,"} , "id" : 42 }"#),
            Some(RequestId::Number(42))
        );
        assert_eq!(find(r#"{"params":"id","id":"a\"b"}"#), Some(RequestId::String("a\"b".into())));
    }

    #[test]
    fn what_has_no_usable_id_has_none() {
        assert_eq!(find(r#"{"params":{"id":1}}"#), None);
        assert_eq!(find(r#"{"id":null}"#), None);
        assert_eq!(find(r#"{"id":{"id":1}}"#), None);
        assert_eq!(find(&format!("{{\"id\":\"{}\"}}", "x".repeat(1_000))), None);
        assert_eq!(find("]]}}::,,\"\\"), None);
    }
}
