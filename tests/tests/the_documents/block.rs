//! Blocks of code in a document, and the commands in them.

/// A fenced block.
pub struct Block {
    /// The word after the fence.
    pub language: String,
    /// Its first line's number.
    pub line: usize,
    /// Its lines.
    pub lines: Vec<String>,
    /// Why it is not run, from the comment above it.
    pub not_run: Option<String>,
}

impl Block {
    pub fn is_shell(&self) -> bool {
        matches!(self.language.as_str(), "sh" | "console")
    }

    pub fn text(&self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// The fenced blocks of a document.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    let mut above = "";
    for (line, number) in text.lines().zip(1..) {
        let inner = line.trim_start();
        match (&mut open, inner.strip_prefix("```")) {
            (None, Some(language)) => {
                let not_run =
                    above.trim().strip_prefix("<!-- not run: ").and_then(|rest| rest.strip_suffix(" -->"));
                open = Some(Block {
                    language: language.trim().to_owned(),
                    line: number + 1,
                    lines: Vec::new(),
                    not_run: not_run.map(str::to_owned),
                });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => block.lines.push(line.to_owned()),
            (None, None) => {}
        }
        if !inner.is_empty() {
            above = line;
        }
    }
    found
}

/// The commands of a block for a shell, each with what it is shown to print.
pub fn commands(block: &Block) -> Vec<(String, Vec<String>)> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    for line in &block.lines {
        let command = if block.language == "console" { line.strip_prefix("$ ") } else { Some(line.as_str()) };
        match (command.map(str::trim), found.last_mut()) {
            (Some(command), _) if command.is_empty() || command.starts_with('#') => {}
            (Some(command), _) => found.push((command.to_owned(), Vec::new())),
            (None, Some((_, printed))) => printed.push(line.clone()),
            (None, None) => panic!("line {}: a block of `console` begins with `$ `", block.line),
        }
    }
    found
}

/// The commands that a document names in its running text, in backticks.
pub fn spans(text: &str) -> Vec<String> {
    let mut prose = String::new();
    let mut inside = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            prose.push_str(line);
            prose.push(' ');
        }
    }
    prose
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|span| span.starts_with("tabmux "))
        .map(str::to_owned)
        .collect()
}

/// The words of the first call of `tabmux` in a line for a shell, up to what the shell does with it; `None` without one.
pub fn words_of_tabmux(line: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') if word.is_empty() => {}
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (None, '|' | ';' | '#' | '>' | '&' | ')') if word.is_empty() || matches!(c, ';' | ')') => {
                word.clear();
                if words.iter().any(|word| word == "tabmux") {
                    break;
                }
            }
            (_, c) => word.push(c),
        }
    }
    let at = words.iter().position(|word| word == "tabmux")?;
    let begins = |before: &String| before.contains('=') || ["npx", "sudo"].contains(&before.as_str());
    words[..at].iter().all(begins).then(|| words[at..].to_vec())
}

#[test]
fn the_commands_of_a_line_are_found() {
    let words = |line: &str| words_of_tabmux(line).map(|words| words.join(" "));
    assert_eq!(words("tabmux status --json | jq .hub").as_deref(), Some("tabmux status --json"));
    assert_eq!(words("TABMUX_PORT=9010 tabmux hub start   # another").as_deref(), Some("tabmux hub start"));
    assert_eq!(words("tabmux mcp --label 'my tabs'").as_deref(), Some("tabmux mcp --label my tabs"));
    assert_eq!(words("cargo uninstall tabmux"), None);
    assert_eq!(words("curl 127.0.0.1:9008/health"), None);
}
