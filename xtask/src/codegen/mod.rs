//! Generated files: everything that another language or a reader needs of the wire and the tools comes from the Rust
//! types and the table of tools, and from nowhere else.

mod markdown;
mod messages;
mod typescript;

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::machine::repository;

/// Writes the generated files, or only says which of them are stale.
pub fn run(check: bool) -> Result<()> {
    let stale: Vec<&str> = files()?
        .into_iter()
        .filter(|(name, text)| !is_current(name, text))
        .map(|(name, text)| {
            if !check {
                write(name, &text);
            }
            name
        })
        .collect();
    if check && !stale.is_empty() {
        bail!("stale: {}: run `cargo xtask codegen` and commit what it writes", stale.join(", "));
    }
    for name in stale {
        println!("wrote {name}");
    }
    Ok(())
}

/// Every generated file: its path in the repository, and what belongs in it.
fn files() -> Result<Vec<(&'static str, String)>> {
    let definitions = messages::definitions();
    Ok(vec![
        (
            "docs/schema/protocol.json",
            serde_json::to_string_pretty(&messages::document(&definitions))? + "\n",
        ),
        ("docs/schema/tools.json", serde_json::to_string_pretty(&messages::tools())? + "\n"),
        ("extension/protocol.d.ts", typescript::declarations(&definitions)),
        ("docs/protocol.md", markdown::protocol(&definitions)),
        ("docs/tools.md", markdown::tools()),
    ])
}

fn is_current(name: &str, text: &str) -> bool {
    fs::read_to_string(repository().join(name)).is_ok_and(|present| present == text)
}

fn write(name: &str, text: &str) {
    let path = repository().join(name);
    let written =
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).and_then(|()| fs::write(&path, text));
    if let Err(error) = written {
        println!("{name}: {error}");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_generated_is_stale() {
        super::run(true).unwrap();
    }
}
