//! Servers of others that drive a browser, each with the whole of it to itself.

use super::edit::Server;

/// Their packages, and their names for people.
const PACKAGES: [(&str, &str); 3] = [
    ("@browsermcp/mcp", "BrowserMCP"),
    ("@playwright/mcp", "Playwright MCP"),
    ("chrome-devtools-mcp", "chrome-devtools-mcp"),
];
/// What the packages call their executables.
const EXECUTABLES: [(&str, &str); 4] = [
    ("mcp-server-browsermcp", "BrowserMCP"),
    ("mcp-server-playwright", "Playwright MCP"),
    ("playwright-mcp", "Playwright MCP"),
    ("chrome-devtools-mcp", "chrome-devtools-mcp"),
];

/// What a server is, if Tabmux does its work.
pub(super) fn known(server: &Server) -> Option<&'static str> {
    let program = server.command.rsplit('/').next().unwrap_or_default();
    if let Some((_, name)) = EXECUTABLES.iter().find(|(executable, _)| *executable == program) {
        return Some(name);
    }
    let is_it = |argument: &str, package: &str| {
        argument.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('@'))
    };
    // Options that follow are the server's own, and may name anything.
    let argument = server
        .args
        .iter()
        .find(|argument| !argument.starts_with('-') && *argument != "exec" && *argument != "dlx")?;
    PACKAGES.iter().find(|(package, _)| is_it(argument, package)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_browsers_are_known_however_they_are_started_and_others_are_not() {
        let server = |command: &str, args: &[&str]| Server {
            command: command.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            ..Server::default()
        };
        for (command, args, name) in [
            ("npx", &["-y", "@playwright/mcp@latest", "--headless"][..], Some("Playwright MCP")),
            ("npx", &["@browsermcp/mcp@1.2"], Some("BrowserMCP")),
            ("pnpm", &["dlx", "chrome-devtools-mcp"], Some("chrome-devtools-mcp")),
            ("/usr/bin/mcp-server-playwright", &[], Some("Playwright MCP")),
            ("npx", &["-y", "@playwright/mcp-other"], None),
            ("npx", &["-y", "mcp-remote", "chrome-devtools-mcp"], None),
            ("node", &[], None),
        ] {
            assert_eq!(known(&server(command, args)), name, "{command} {args:?}");
        }
    }
}
