//! The flags of `tabmux mcp`.

use clap::Args;
use tabmux_protocol::tools::Selection;

/// The flags of `tabmux mcp`.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// Name for this window's tab group [default: the session's, or the agent program's name]
    #[arg(long, value_name = "NAME")]
    pub label: Option<String>,
    /// Go on with the tabs of the last window of this session; they stay for 10 minutes when it closes
    #[arg(long, value_name = "NAME", value_parser = session_name)]
    pub session: Option<String>,
    /// Sets of tools to list, with commas between: default, input, network, storage, emulation, devtools, vision,
    /// profile; or `browsermcp` alone for the twelve of BrowserMCP; all others can be called all the same
    /// [default: `tools` under `[client]` in the configuration file, or `default`]
    #[arg(long, value_name = "SETS")]
    pub tools: Option<Selection>,
}

/// A name that a person can see and type.
fn session_name(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().count() > 64 {
        return Err("a session's name has 1 to 64 characters".into());
    }
    if text.chars().any(char::is_control) {
        return Err("a session's name has no control characters".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_sessions_can_be_seen_and_typed() {
        for name in ["a", "work \u{1f980} two", &"x".repeat(64)] {
            assert_eq!(session_name(name).as_deref(), Ok(name));
        }
        for name in ["", "  ", "a\nb", "a\u{7f}", &"x".repeat(65)] {
            assert!(session_name(name).is_err(), "{name:?}");
        }
    }
}
