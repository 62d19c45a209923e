//! What an edit changes, and what it leaves: each case is a whole file.

use super::*;

const JSON: Shape = Shape::Json { key: "mcpServers", extra: None };

fn entry() -> Entry {
    Entry { command: "/stable/tabmux".into(), env: Vec::new() }
}

fn with_env() -> Entry {
    Entry { env: vec![("TABMUX_PORT", "19008".into())], ..entry() }
}

fn put(shape: Shape, before: &str) -> String {
    String::from_utf8(shape.put(before.as_bytes(), &entry(), &[]).unwrap()).unwrap()
}

/// Files of all forms, each with what it says after the entry was put.
fn cases() -> Vec<(&'static str, Shape, &'static str, &'static str)> {
    let zed = Shape::Json { key: "context_servers", extra: Some(("source", "custom")) };
    vec![
        (
            "an empty file",
            JSON,
            "",
            "{\n  \"mcpServers\": {\n    \"tabmux\": {\n      \"command\": \"/stable/tabmux\",\n      \"args\": [\"mcp\"]\n    }\n  }\n}\n",
        ),
        (
            "another server, four spaces, no line end at the end",
            JSON,
            "{\n    \"mcpServers\": {\n        \"a\": { \"command\": \"a\" }\n    },\n    \"z\": 1\n}",
            "{\n    \"mcpServers\": {\n        \"a\": { \"command\": \"a\" },\n        \"tabmux\": {\n            \"command\": \"/stable/tabmux\",\n            \"args\": [\"mcp\"]\n        }\n    },\n    \"z\": 1\n}",
        ),
        (
            "comments, tabs and trailing commas",
            zed,
            "// mine\n{\n\t\"theme\": \"One\", // dark\n\t\"context_servers\": {\n\t\t/* a */ \"a\": { \"command\": \"a\", },\n\t},\n}\n",
            "// mine\n{\n\t\"theme\": \"One\", // dark\n\t\"context_servers\": {\n\t\t/* a */ \"a\": { \"command\": \"a\", },\n\t\t\"tabmux\": {\n\t\t\t\"source\": \"custom\",\n\t\t\t\"command\": \"/stable/tabmux\",\n\t\t\t\"args\": [\"mcp\"],\n\t\t},\n\t},\n}\n",
        ),
        (
            "carriage returns, a byte-order mark, and one line that ends otherwise",
            JSON,
            "\u{feff}{\r\n  \"x\": \"\u{e9}\",\n  \"mcpServers\": {\r\n  }\r\n}\r\n",
            "\u{feff}{\r\n  \"x\": \"\u{e9}\",\n  \"mcpServers\": {\r\n    \"tabmux\": {\r\n      \"command\": \"/stable/tabmux\",\r\n      \"args\": [\"mcp\"]\r\n    }\r\n  }\r\n}\r\n",
        ),
        (
            "one of ours by hand, with more in it",
            JSON,
            "{\n  \"mcpServers\": {\n    \"tabmux\": { \"command\": \"tabmux\", \"args\": [\"mcp\", \"--label\", \"work\"], \"disabled\": false }\n  }\n}\n",
            "{\n  \"mcpServers\": {\n    \"tabmux\": { \"command\": \"/stable/tabmux\", \"args\": [\"mcp\", \"--label\", \"work\"], \"disabled\": false }\n  }\n}\n",
        ),
        (
            "TOML without servers",
            Shape::Toml,
            "# mine\nmodel = \"o\" # best\n\n[tui]\ntheme = 'x'\n",
            "# mine\nmodel = \"o\" # best\n\n[tui]\ntheme = 'x'\n\n[mcp_servers.tabmux]\ncommand = \"/stable/tabmux\"\nargs = [\"mcp\"]\n",
        ),
        (
            "TOML with servers, carriage returns, and a comment at the end",
            Shape::Toml,
            "[mcp_servers.a]\r\ncommand = \"a\"\r\n\r\n[z]\r\nq = 1\r\n# end\r\n",
            "[mcp_servers.a]\r\ncommand = \"a\"\r\n\r\n[mcp_servers.tabmux]\r\ncommand = \"/stable/tabmux\"\r\nargs = [\"mcp\"]\r\n\r\n[z]\r\nq = 1\r\n# end\r\n",
        ),
        (
            "an empty TOML file",
            Shape::Toml,
            "",
            "[mcp_servers.tabmux]\ncommand = \"/stable/tabmux\"\nargs = [\"mcp\"]\n",
        ),
    ]
}

#[test]
fn only_our_entry_differs_and_all_else_stays_byte_for_byte() {
    for (what, shape, before, after) in cases() {
        assert_eq!(put(shape, before), after, "{what}");
    }
}

#[test]
fn what_was_put_is_put_once_and_taken_out_again_leaves_what_was() {
    for (what, shape, before, after) in cases() {
        assert_eq!(put(shape, after), after, "{what}");
        let taken = shape.take(after.as_bytes(), before.as_bytes(), &[]).unwrap();
        let (taken, servers) = (String::from_utf8(taken).unwrap(), shape.servers(before.as_bytes()).unwrap());
        assert_eq!(shape.servers(taken.as_bytes()).unwrap(), servers, "{what}: {taken}");
        let kept: Vec<&str> = before
            .lines()
            .filter(|line| line.contains(['#', 'a', 'x', 'z']) && !line.contains(NAME))
            .collect();
        let lines: Vec<&str> = taken.lines().collect();
        assert!(kept.iter().all(|line| lines.contains(line)), "{what}: {taken}");
    }
}

#[test]
fn the_environment_of_another_installation_is_written_and_mended() {
    for shape in [JSON, Shape::Toml] {
        let fresh = shape.put(b"", &with_env(), &[]).unwrap();
        assert!(shape.servers(&fresh).unwrap()[0].serves(&with_env()));
        let mended = shape.put(&shape.put(b"", &entry(), &[]).unwrap(), &with_env(), &[]).unwrap();
        assert!(shape.servers(&mended).unwrap()[0].serves(&with_env()));
    }
}

#[test]
fn another_server_of_our_name_gives_way_and_comes_back() {
    let before =
        r#"{"mcpServers": {"tabmux": {"url": "http://x/", "n": [1, null, true, {"k": -1.5e3}]}, "a": {}}}"#;
    let after = put(JSON, before);
    let ours = &JSON.servers(after.as_bytes()).unwrap()[0];
    assert!(ours.serves(&entry()) && !after.contains("url"), "{after}");
    let taken = JSON.take(after.as_bytes(), before.as_bytes(), &[]).unwrap();
    let same = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).unwrap();
    assert_eq!(same(&taken), same(before.as_bytes()));
}

#[test]
fn servers_that_are_replaced_go_and_come_back() {
    let json = r#"{"mcpServers": {"pw": {"command": "npx", "args": ["@playwright/mcp@latest"]}, "a": {"command": "a"}}}"#;
    let toml = "# head\n[mcp_servers.pw]\ncommand = \"npx\"\nargs = [\"@playwright/mcp@latest\"]\n\n[mcp_servers.pw.env]\nA = \"1\"\n\n[mcp_servers.a]\ncommand = \"a\"\n";
    for (shape, before) in [(JSON, json), (Shape::Toml, toml)] {
        let without = ["pw".to_owned()];
        let after = shape.put(before.as_bytes(), &entry(), &without).unwrap();
        let names: Vec<String> = shape.servers(&after).unwrap().into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["a", "tabmux"], "{}", String::from_utf8_lossy(&after));
        let taken = shape.take(&after, before.as_bytes(), &without).unwrap();
        let mut servers = shape.servers(&taken).unwrap();
        servers.sort_by(|one, other| other.name.cmp(&one.name));
        assert_eq!(servers, shape.servers(before.as_bytes()).unwrap(), "{}", String::from_utf8_lossy(&taken));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_line_and_column() {
    let problem = |shape: Shape, text: &[u8]| shape.put(text, &entry(), &[]).unwrap_err().to_string();
    let json = |text: &str| problem(JSON, text.as_bytes());
    assert_eq!(json("{\n  \"a\": 1\n  \"b\": 2\n}"), "line 2, column 9: this is not JSON: expected comma");
    assert_eq!(json("{\n  \"mcpServers\": {"), "line 2, column 17: this is not JSON: unterminated object");
    assert_eq!(json("[]"), "line 1, column 1: an object is expected here");
    assert_eq!(json("{\"mcpServers\": 3}"), "line 1, column 16: the value of `mcpServers` must be an object");
    assert_eq!(
        json("{\"mcpServers\": {},\n\"mcpServers\": {}}"),
        "line 2, column 1: `mcpServers` is here for the second time"
    );
    let toml = |text: &str| problem(Shape::Toml, text.as_bytes());
    assert!(
        toml("a = 1\nb = \n").starts_with("line 2, column 5: this is not TOML: "),
        "{}",
        toml("a = 1\nb = \n")
    );
    assert_eq!(toml("mcp_servers = 3\n"), "line 1, column 15: `mcp_servers` must be a table");
    assert_eq!(problem(JSON, b"{\n\"\xff\": 1}"), "line 2, column 2: this is not UTF-8 text");
}

#[test]
fn forms_of_toml_are_carried_through_or_refused_and_never_broken() {
    let inline = "mcp_servers = { a = { command = \"a\" } }\n";
    let dotted = "mcp_servers.a.command = \"a\"\nx = 1\n";
    let headed = "[mcp_servers]\n# none yet\n\n[other]\nx = 1\n";
    for before in [inline, dotted, headed] {
        let Ok(after) = Shape::Toml.put(before.as_bytes(), &entry(), &[]) else { continue };
        let text = String::from_utf8(after).unwrap();
        let value: ::toml::Table = text.parse().unwrap();
        let mut expected: ::toml::Table = before.parse().unwrap();
        let ours: ::toml::Table = "command = \"/stable/tabmux\"\nargs = [\"mcp\"]".parse().unwrap();
        expected["mcp_servers"].as_table_mut().unwrap().insert(NAME.into(), ours.into());
        assert_eq!(value, expected, "{text}");
    }
}

#[test]
fn what_is_to_be_pasted_is_what_would_be_written() {
    let snippet = JSON.snippet(&entry());
    assert!(snippet.starts_with('{') && snippet.ends_with('}'), "{snippet}");
    assert!(Shape::Toml.snippet(&entry()).starts_with("[mcp_servers.tabmux]\n"));
}
