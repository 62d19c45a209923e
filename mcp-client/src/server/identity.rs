//! The agent window's name, from what its person or its program calls it.

use rmcp::model::Implementation;

use crate::link::Identity;

/// The longest label, in characters: it stands on a tab group.
const LABEL_LIMIT: usize = 40;
/// The longest description of the agent program, in characters.
const AGENT_LIMIT: usize = 100;

/// The identity of a window whose program called itself `program`; a label that the person gave stands.
pub(super) fn identify(given: Option<&str>, program: &Implementation) -> Identity {
    let own_name = || [program.title.as_deref(), Some(&program.name)].into_iter().flatten().map(label);
    let label = given
        .map(label)
        .filter(|label| !label.is_empty())
        .or_else(|| own_name().find(|name| !name.is_empty()));
    let agent = one_line(&format!("{} {}", program.name, program.version), AGENT_LIMIT);
    Identity { label: label.unwrap_or_else(|| "agent".into()), agent: Some(agent) }
}

/// A text as a label: one line, short.
pub(super) fn label(text: &str) -> String {
    one_line(text, LABEL_LIMIT)
}

fn one_line(text: &str, limit: usize) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line: String = words.join(" ").chars().take(limit).collect();
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_persons_name_stands_then_the_programs_title_then_its_name() {
        let plain = Implementation::new("claude-code", "2.1");
        let titled = plain.clone().with_title("Claude Code");
        assert_eq!(identify(Some("Research"), &titled).label, "Research");
        assert_eq!(identify(None, &titled).label, "Claude Code");
        assert_eq!(identify(Some("  "), &plain).label, "claude-code");
        assert_eq!(identify(None, &Implementation::new("\n", "")).label, "agent");
        assert_eq!(identify(None, &plain).agent.as_deref(), Some("claude-code 2.1"));
    }

    #[test]
    fn a_label_is_one_short_line() {
        assert_eq!(label("a\u{1b}[31m\nb"), "a [31m b");
        assert_eq!(label(&"x".repeat(100)).len(), LABEL_LIMIT);
    }
}
