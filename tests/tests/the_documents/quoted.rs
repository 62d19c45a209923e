//! Messages that a document quotes, against the sources that say them.

use std::fs;
use std::path::Path;

use anyhow::Result;

/// Where messages come from.
const SOURCES: &[&str] = &["cli/src", "hub/src", "mcp-client/src", "protocol/src", "extension"];
/// Shorter pieces between two that differ are found anywhere and show nothing.
const TELLING: usize = 12;

/// The texts of all sources, each string in one line.
pub struct Sources(String);

impl Sources {
    pub fn read(repository: &Path) -> Result<Self> {
        let mut text = String::new();
        for folder in SOURCES {
            collect(&repository.join(folder), &mut text)?;
        }
        Ok(Self(text))
    }

    /// The piece of a quoted message that no source says: a code at its beginning and what `…` stands for apart.
    pub fn missing<'a>(&self, quoted: &'a str) -> Option<&'a str> {
        let message = match quoted.split_once(": ") {
            Some((code, rest)) if code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => rest,
            _ => quoted,
        };
        // A sentence for people has a capital letter and a dot more than the error that it is made of.
        let pieces =
            message.trim_end_matches('.').split('…').map(|piece| piece.trim_matches([' ', ':', ',']));
        pieces.filter(|piece| piece.len() >= TELLING).find(|piece| !self.says(piece))
    }

    fn says(&self, piece: &str) -> bool {
        let mut chars = piece.chars();
        let lower = chars.next().map(|first| first.to_lowercase().chain(chars).collect::<String>());
        self.0.contains(piece) || lower.is_some_and(|lower| self.0.contains(&lower))
    }
}

fn collect(folder: &Path, text: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "test" && name != "node_modules" {
                collect(&path, text)?;
            }
        } else if name.ends_with(".rs") || name.ends_with(".js") {
            let source = fs::read_to_string(&path)?.replace("\\\"", "\"");
            let mut lines = source.lines();
            while let Some(line) = lines.next() {
                let mut line = line.to_owned();
                while line.ends_with('\\') {
                    line.pop();
                    line.push_str(lines.next().unwrap_or_default().trim_start());
                }
                text.push_str(&line);
                text.push('\n');
            }
        }
    }
    Ok(())
}
