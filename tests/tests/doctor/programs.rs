//! What is broken in the agent programs: the entry that starts Tabmux, and the file that it stands in.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::json;
use tabmux_cli::diagnosis::{Check, Link, Verdict};
use tabmux_tests::{Lab, executable};

use crate::stage::{FakeBrowser, Flaw, assert_blames, diagnose, has_tabmux, set_up, verdict};

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_blamed_for_what_it_starts_and_for_no_other_reason() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let _browser = FakeBrowser::connect(&lab, Flaw::None, |_| ()).await?;
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::Program), Some(Verdict::Skipped), "nobody has Tabmux");

    let ours = has_tabmux(&lab, &executable())?;
    assert_eq!(row(&lab)?.verdict, Verdict::Ok);

    has_tabmux(&lab, Path::new("/nowhere/tabmux"))?;
    let parts = ["Cursor", "/nowhere/tabmux", "no executable is there", "`tabmux setup --only cursor`"];
    assert_blames(&diagnose(&lab)?, Verdict::Fail, Link::Program, &parts, 1);

    for (says, mode, verdict, parts, code) in [
        ("echo tabmux 0.0.1", 0o700, Verdict::Warn, ["it starts 0.0.1", "puts this release there"], 0),
        ("echo tabmux 99.0.0", 0o700, Verdict::Warn, ["it starts 99.0.0", "keeps a newer copy"], 0),
        ("exit 1", 0o700, Verdict::Fail, ["no `tabmux` that runs", "tabmux setup"], 1),
        ("echo tabmux 99.0.0", 0o600, Verdict::Fail, ["no executable is there", "tabmux setup"], 1),
    ] {
        has_tabmux(&lab, &script(&lab, says, mode)?)?;
        assert_blames(&diagnose(&lab)?, verdict, Link::Program, &parts, code);
    }

    fs::write(&ours, "{\n  \"mcpServers\": {\n    \"tabmux\": {}\n    \"other\": {}\n  }\n}\n")?;
    let parts = ["Cursor", ".cursor/mcp.json: line 3, column 17", "Correct the file"];
    assert_blames(&diagnose(&lab)?, Verdict::Fail, Link::Program, &parts, 1);
    fs::write(&ours, "{ \"mcpServers\": ")?;
    assert_blames(&diagnose(&lab)?, Verdict::Warn, Link::Program, &["Cursor", "line 1"], 0);
    Ok(())
}

#[test]
fn an_entry_of_another_installation_or_of_another_kind_is_told_and_not_blamed() -> Result<()> {
    let lab = set_up()?;
    let path = has_tabmux(&lab, &executable())?;
    let put = |entry| fs::write(&path, json!({ "mcpServers": { "tabmux": entry } }).to_string());
    put(json!({ "command": executable(), "args": ["mcp"] }))?;
    let check = row(&lab)?;
    assert_eq!(check.verdict, Verdict::Skipped);
    assert!(check.seen.contains("another installation") && check.seen.contains(".local/state/tabmux/run"));
    put(json!({ "command": "/bin/sh", "args": ["-c", "exec tabmux mcp"] }))?;
    let check = row(&lab)?;
    assert_eq!((check.verdict, check.seen.as_str()), (Verdict::Ok, "starts /bin/sh -c exec tabmux mcp"));
    put(json!({ "url": "https://example.com/mcp" }))?;
    assert_eq!(row(&lab)?.verdict, Verdict::Warn);
    put(json!({ "command": executable(), "args": ["mcp"], "env": { "TABMUX_PORT": "many" } }))?;
    let check = row(&lab)?;
    assert!(check.verdict == Verdict::Fail && check.seen.contains("TABMUX_PORT"), "{check:?}");
    Ok(())
}

/// The row of the program that has an entry.
fn row(lab: &Lab) -> Result<Check> {
    let mut rows = diagnose(lab)?.0.checks;
    rows.retain(|check| check.link == Link::Program);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!(rows[0].subject.as_deref(), Some("Cursor"));
    Ok(rows.remove(0))
}

/// An executable that does just that.
fn script(lab: &Lab, says: &str, mode: u32) -> Result<PathBuf> {
    let path = lab.folder().join("another-tabmux");
    fs::write(&path, format!("#!/bin/sh\n{says}\n"))?;
    fs::set_permissions(&path, Permissions::from_mode(mode))?;
    Ok(path)
}
