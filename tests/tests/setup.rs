//! `tabmux setup` and `tabmux uninstall` on home folders as people have them: what programs are left with works, and what
//! is undone is as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_tests::{Agent, BROKEN, Item, SAMPLES, SampleHome, Site, executable};

#[tokio::test(flavor = "multi_thread")]
async fn a_home_is_set_up_works_from_its_very_entries_and_is_given_back_byte_for_byte() -> Result<()> {
    let home = SampleHome::with_all_programs()?;
    let before = home.tree()?;

    let shown = home.json(&["setup", "--dry-run", "--json"], 1)?;
    assert_eq!(home.tree()?, before, "a dry run changes nothing");
    let done = home.json(&["setup", "--yes", "--json"], 1)?;
    for (program, ..) in SAMPLES {
        let (shown, done) = (of(&shown, program)?, of(&done, program)?);
        assert_eq!(shown, done, "what was shown is what was done");
        let expected = if program == BROKEN { "failed" } else { "added" };
        assert_eq!(done["change"], expected, "{done}");
    }
    let problem = &of(&done, BROKEN)?["problem"];
    assert_eq!((&problem["line"], &problem["column"]), (&json!(3), &json!(12)), "{problem}");
    assert!(problem["paste"].as_str().is_some_and(|text| text.contains("\"mcpServers\"")), "{problem}");
    assert_eq!(of(&done, "cursor")?["replaceable"], json!(["playwright"]));
    assert_eq!(done["executable"]["change"], "copied");
    assert_eq!(done["browsers"][0]["registered"], true, "{done}");
    assert_eq!(
        (&done["check"]["ok"], &done["check"]["tools"]),
        (&json!(true), &json!(24)),
        "{}",
        done["check"]
    );

    let stable = home.path().join(".local/share/tabmux/bin/tabmux");
    let host = home.path().join(".config/chromium/NativeMessagingHosts/dev.tabmux.host.sh");
    assert!(fs::read_to_string(&host)?.contains(&stable.display().to_string()), "browsers start what stays");
    let entries = home.entries()?;
    assert_eq!(entries.len(), SAMPLES.len() - 1, "{entries:?}");
    for entry in &entries {
        assert_eq!(
            (Path::new(&entry.command), entry.args.as_slice()),
            (stable.as_path(), &["mcp".to_owned()][..])
        );
        let agent = Agent::spawn(entry.start(&home)).await.context(entry.program)?;
        assert_eq!(agent.tools().await?.len(), 24, "{}", entry.program);
        assert!(agent.ok("hub_status", json!({})).await?.contains("Instance: "), "{}", entry.program);
        agent.close().await?;
    }

    let after = home.tree()?;
    let again = home.json(&["setup", "--yes", "--json"], 1)?;
    for (program, ..) in SAMPLES {
        let expected = if program == BROKEN { "failed" } else { "unchanged" };
        assert_eq!(of(&again, program)?["change"], expected);
    }
    assert_eq!(again["executable"]["change"], "unchanged");
    assert_eq!(without_data(home.tree()?), without_data(after), "a second run changes nothing");

    let undone = home.json(&["setup", "--undo", "--yes", "--json"], 0)?;
    assert_eq!(of(&undone, "codex")?["change"], "restored");
    let tree = home.tree()?;
    for (program, file, ..) in SAMPLES {
        let path = fs::canonicalize(home.path().join(file))?;
        assert_eq!(tree.get(&path), before.get(&path), "{program}");
    }
    assert_eq!(home.json(&["setup", "--undo", "--yes", "--json"], 0)?["programs"], json!([]));

    home.json(&["setup", "--yes", "--json"], 1)?;
    let gone = home.json(&["uninstall", "--purge", "--yes", "--json"], 0)?;
    assert!(gone["steps"].as_array().is_some_and(|steps| steps.len() >= 5), "{gone}");
    assert_eq!(home.tree()?, before, "nothing is left");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_opened_in_a_real_browser_by_the_check_and_by_an_agent() -> Result<()> {
    let (home, site) = (SampleHome::with_all_programs()?, Site::start().await?);
    home.json(&["setup", "--yes", "--json", "--only", "codex"], 0)?;
    home.launch(&executable())?;

    let done = home.json(&["setup", "--yes", "--json", "--only", "codex"], 0)?;
    let check = &done["check"];
    assert!(check["browser"].is_string() && check["pageMs"].is_u64(), "{check}");
    let entry = home.entries()?.into_iter().find(|entry| entry.program == "codex").context("its entry")?;
    let agent = Agent::spawn(entry.start(&home)).await?;
    let tabs = agent.ok("browser_navigate", json!({ "url": site.url("/greet?who=codex") })).await?;
    assert!(tabs.contains("codex"), "{tabs}");

    // The window is open, and would write to the folders again.
    let left = home.json(&["uninstall", "--purge", "--yes", "--json"], 1)?;
    let steps = left["steps"].as_array().context("steps")?;
    let failed: Vec<&Value> = steps.iter().filter(|step| !step["problem"].is_null()).collect();
    assert!(
        !failed.is_empty() && failed.iter().all(|step| step["problem"].to_string().contains("agent window")),
        "{left}"
    );
    assert!(!home.path().join(".config/chromium/NativeMessagingHosts").exists(), "the rest is done");
    agent.close().await?;
    home.json(&["uninstall", "--purge", "--yes", "--json"], 0)?;
    assert!(!home.path().join(".local").exists(), "{:?}", home.tree()?.keys());
    Ok(())
}

#[test]
fn a_file_that_others_changed_since_loses_our_entry_and_nothing_else() -> Result<()> {
    let home = SampleHome::with_all_programs()?;
    home.json(&["setup", "--yes", "--json", "--only", "zed", "--only", "cursor", "--replace"], 0)?;
    let (zed, cursor) = (home.path().join(".config/zed/settings.json"), home.path().join(".cursor/mcp.json"));
    assert!(!fs::read_to_string(&cursor)?.contains("playwright"));
    for path in [&zed, &cursor] {
        let text = fs::read_to_string(path)?;
        fs::write(path, text.replacen('{', "{ \"since\": 1,", 1))?;
    }
    let undone = home.json(&["setup", "--undo", "--yes", "--json"], 0)?;
    for program in ["zed", "cursor"] {
        assert_eq!(of(&undone, program)?["change"], "takenOut", "{undone}");
    }
    let sample = SAMPLES.iter().find(|(program, ..)| *program == "zed").context("the sample")?.3;
    assert_eq!(fs::read_to_string(&zed)?, sample.replacen('{', "{ \"since\": 1,", 1));
    let text = fs::read_to_string(&cursor)?;
    for part in ["\"since\": 1", "@playwright/mcp@latest", "https://example.com/mcp"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !text.contains("tabmux") && text.matches('\n').count() == text.matches("\r\n").count(),
        "{text:?}"
    );
    Ok(())
}

#[test]
fn a_program_that_was_not_there_is_given_a_file_and_loses_it_again() -> Result<()> {
    let home = SampleHome::empty()?;
    let (code, printed, said) = home.run(&["setup", "--dry-run"])?;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        printed.contains("No agent program was found") && printed.contains("\"mcpServers\""),
        "{printed}"
    );
    let before = home.tree()?;
    let done = home.json(&["setup", "--yes", "--json", "--only", "gemini"], 0)?;
    assert_eq!(of(&done, "gemini")?["change"], "created");
    assert_eq!(home.entries()?.len(), 1);
    let undone = home.json(&["setup", "--undo", "--yes", "--json"], 0)?;
    assert_eq!(of(&undone, "gemini")?["change"], "removed");
    assert!(!home.path().join(".gemini").exists());
    home.json(&["uninstall", "--purge", "--yes", "--json"], 0)?;
    assert_eq!(home.tree()?, before);
    Ok(())
}

#[test]
fn a_service_and_log_files_in_a_folder_of_the_person_go_and_the_persons_own_files_stay() -> Result<()> {
    let home = SampleHome::with_all_programs()?;
    let logs = home.path().join("logs");
    fs::create_dir(&logs)?;
    fs::set_permissions(&logs, fs::Permissions::from_mode(0o700))?;
    fs::write(logs.join("mcp-notes.log"), "mine")?;
    let before = home.tree()?;
    fs::create_dir(home.path().join(".config/tabmux"))?;
    fs::write(home.path().join(".config/tabmux/config.toml"), format!("[log]\ndir = {logs:?}\n"))?;

    home.json(&["hub", "install", "--json"], 0)?;
    let unit = home.path().join(tabmux_cli::service::UNIT);
    assert!(fs::read_to_string(&unit)?.contains(".local/share/tabmux/bin/tabmux"));
    let (code, _, said) = home.run(&["hub", "start"])?;
    assert_eq!(code, Some(0), "{said}");
    assert!(fs::read_dir(&logs)?.count() > 1, "the hub writes there");

    let steps = |arguments: &[&str]| -> Result<Vec<String>> {
        let outcome = home.json(arguments, 0)?;
        let steps = outcome["steps"].as_array().context("steps")?;
        Ok(steps.iter().filter_map(|step| Some(step["what"].as_str()?.to_owned())).collect())
    };
    let of_logs = "remove the log files".to_owned();
    assert!(
        !steps(&["uninstall", "--dry-run", "--json"])?.contains(&of_logs),
        "data stays unless it is to go"
    );
    let gone = steps(&["uninstall", "--purge", "--yes", "--json"])?;
    assert_eq!(gone[0], "end the service", "who would start the hub again goes first");
    assert!(gone.contains(&of_logs), "{gone:?}");
    assert_eq!(home.tree()?, before, "nothing else is left, and nothing of the person's is gone");
    Ok(())
}

#[test]
fn an_entry_of_our_name_that_the_person_wrote_stays_and_is_told() -> Result<()> {
    let home = SampleHome::with_all_programs()?;
    let cursor = home.path().join(".cursor/mcp.json");
    let own = "{ \"mcpServers\": { \"tabmux\": { \"command\": \"/opt/tabmux\", \"args\": [\"mcp\"] } } }\n";
    fs::write(&cursor, own)?;
    let told = json!([{ "program": "cursor", "name": "Cursor", "path": cursor, "command": "/opt/tabmux" }]);
    assert_eq!(home.json(&["uninstall", "--yes", "--json"], 0)?["left"], told);

    home.json(&["setup", "--yes", "--json", "--only", "cursor", "--only", "zed"], 0)?;
    assert_ne!(fs::read_to_string(&cursor)?, own);
    let gone = home.json(&["uninstall", "--yes", "--json"], 0)?;
    assert_eq!((&of(&gone, "cursor")?["change"], &gone["left"]), (&json!("restored"), &told));
    assert_eq!(fs::read_to_string(&cursor)?, own);
    let (_, printed, _) = home.run(&["uninstall", "--dry-run"])?;
    assert!(printed.contains("Left: the entry `tabmux` of Cursor") && printed.contains("~/.cursor/mcp.json"));
    Ok(())
}

#[test]
fn without_a_terminal_nothing_is_changed_unless_a_flag_says_so() -> Result<()> {
    let home = SampleHome::with_all_programs()?;
    let before = home.tree()?;
    for arguments in [&["setup"][..], &["setup", "--undo"], &["setup", "--json"], &["uninstall"]] {
        let (code, _, said) = home.run(arguments)?;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("--dry-run") && said.contains("--yes"), "{said}");
    }
    assert_eq!(home.tree()?, before);
    Ok(())
}

#[test]
fn a_person_is_shown_everything_within_80_columns_and_asked_before_anything_is_changed() -> Result<()> {
    let home = SampleHome::with_all_programs()?;
    let before = home.tree()?;
    let (screen, _) = on_a_terminal(&home, "tabmux setup --only cursor --only zed --no-wait", "n\nn\n")?;
    assert!(screen.contains("Cursor has playwright") && screen.contains("Nothing was changed."), "{screen}");
    assert_eq!(home.tree()?, before);

    let (screen, code) = on_a_terminal(&home, "tabmux setup --only cursor --only zed --no-wait", "y\n\n")?;
    assert_eq!(code, 0, "{screen}");
    for part in ["Cursor  ~/.cursor/mcp.json", "Checked:", "Load unpacked", "Restart Cursor, Zed"] {
        assert!(screen.contains(part), "{part}: {screen}");
    }
    let is_path = |line: &str| line.contains(&home.path().display().to_string()) || line.contains("~/");
    for line in screen.lines().filter(|line| !is_path(line)) {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
    assert!(
        !fs::read_to_string(home.path().join(".cursor/mcp.json"))?.contains("playwright"),
        "it was agreed to"
    );

    let (screen, code) = on_a_terminal(&home, "tabmux uninstall --purge", "\n")?;
    assert_eq!(code, 0, "{screen}");
    assert_eq!(home.tree()?, before, "{screen}");
    Ok(())
}

/// What a program's part of an outcome says.
fn of<'a>(outcome: &'a Value, program: &str) -> Result<&'a Value> {
    let programs = outcome["programs"].as_array().context("programs")?;
    programs.iter().find(|one| one["program"] == program).with_context(|| format!("{program}: {outcome}"))
}

/// The tree without the installation's own data, which running processes write.
fn without_data(mut tree: BTreeMap<PathBuf, Item>) -> BTreeMap<PathBuf, Item> {
    tree.retain(|path, _| !path.components().any(|part| part.as_os_str() == "state"));
    tree
}

/// Runs a line of shell on a terminal of 80 columns, with these keys typed; what is on the screen without colours, and
/// the exit code.
fn on_a_terminal(home: &SampleHome, line: &str, keys: &str) -> Result<(String, i32)> {
    let executable = executable();
    let folder = executable.parent().context("its folder")?.display();
    let line = format!("stty cols 80 rows 24 -echo; export PATH='{folder}:'$PATH; {line}");
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env_clear().env("HOME", home.path()).env("TERM", "xterm");
    command.env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh").env("TABMUX_PORT", home.port().to_string());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("script (bsdutils)")?;
    std::io::Write::write_all(&mut child.stdin.take().context("stdin")?, keys.as_bytes())?;
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    Ok((plain, output.status.code().unwrap_or(-1)))
}

/// The names of the samples are those of the command line.
#[test]
fn every_program_of_the_command_line_has_a_sample() -> Result<()> {
    let home = SampleHome::empty()?;
    let (_, _, said) = home.run(&["setup", "--only", "nothing"])?;
    let known = said.split_once("possible values: ").context("the names")?.1;
    let known: BTreeSet<&str> = known.split(']').next().unwrap_or_default().split(", ").collect();
    assert_eq!(known, SAMPLES.iter().map(|(program, ..)| *program).collect());
    Ok(())
}
