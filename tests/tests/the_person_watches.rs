//! The commands with which a person looks at what runs, tries it, and cleans up after it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tabmux_cli::config::Config;
use tabmux_cli::scratch::{Scratch, ScratchError};
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame::error_response;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::{ErrorCode, InstanceId, ToolError, method};
use tabmux_tests::{Agent, Browser, Lab, Peer, Terminal, call, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn people_see_agents_tabs_and_totals_in_a_terminal_and_scripts_as_they_are() -> Result<()> {
    let lab = Lab::new()?;
    lab.run_ok(&["hub", "start"])?;
    let (_browser, _alice) = a_busy_moment(&lab).await?;

    let mut settings = insta::Settings::clone_current();
    settings.set_filters(filters());
    let _filtered = settings.bind_to_scope();
    insta::assert_snapshot!(on_80_columns(&lab, &["status"])?, @r"
    Hub      serving on port [port], up [n] s, pid [pid], version 0.1.0, [n] MB
    Calls    1 answered, 0.0 % well, 1 failed, 1 in flight
    Browser  Chromium of a test, active, connected for [n] s, pid [pid], extension
             0.1.0
    Agents   1 connected

    LABEL       STATE  TABS  CALLS  FAILED  LAST CALL     AGENT       INSTANCE
    alice, wh…  busy      1      1       1  snapshot [n] s  claude-co…  12345-a1b2c3d4

    TAB  LABEL                     TITLE                     ADDRESS
    t1   alice, who has a long n…  A page with a title tha…  https://example.com/a/…
    ");
    insta::assert_snapshot!(on_80_columns(&lab, &["clients"])?, @r"
    LABEL       STATE  TABS  CALLS  FAILED  LAST CALL     AGENT       INSTANCE
    alice, wh…  busy      1      1       1  snapshot [n] s  claude-co…  12345-a1b2c3d4
    ");
    insta::assert_snapshot!(on_80_columns(&lab, &["tabs"])?, @r"
    TAB  LABEL                     TITLE                     ADDRESS
    t1   alice, who has a long n…  A page with a title tha…  https://example.com/a/…
    ");
    insta::assert_snapshot!(lab.run_ok(&["tabs"])?, @r"
    TAB  LABEL                       TITLE                                                                               ADDRESS
    t1   alice, who has a long name  A page with a title that is longer than eighty columns can hold beside its address  https://example.com/a/long/address?with=a&query=too
    ");
    insta::assert_snapshot!(lab.run_ok(&["tabs", "--json"])?, @r#"[{"tab":"t1","label":"alice, who has a long name","clientId":"[uuid]","title":"A page with a title that is longer than eighty columns can hold beside its address","url":"https://example.com/a/long/address?with=a&query=too"}]"#);
    insta::assert_snapshot!(lab.run_ok(&["health"])?, @"ok: port [port], pid [pid], version 0.1.0, up [n] s, browser connected, 1 agent");
    let clients: Value = serde_json::from_str(&lab.run_ok(&["clients", "--json"])?)?;
    let status: Value = serde_json::from_str(&lab.run_ok(&["status", "--json"])?)?;
    assert_eq!(clients[0]["label"], status["clients"][0]["label"]);
    assert_eq!(clients[0]["currentCall"]["tool"], "browser_snapshot");
    assert_eq!(clients[0]["lastCall"]["succeeded"], false);
    assert_eq!((&status["hub"]["callsFailed"], &status["hub"]["callsAnswered"]), (&json!(1), &json!(1)));
    let health: Value = serde_json::from_str(&lab.run_ok(&["health", "--json"])?)?;
    assert_eq!(health["instance"], status["hub"]["instance"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_is_shown_each_change_through_a_restart_and_the_terminal_is_as_before() -> Result<()>
{
    let lab = Lab::new()?;
    let (mut people, mut lines) = watch(&lab, &["status", "--watch"])?;
    let (mut scripts, mut objects) = watch(&lab, &["status", "--watch", "--json"])?;
    let mut command = lab.command(&["status", "--watch"]);
    command.env("NO_COLOR", "1");
    let terminal = Terminal::run(command, 80, 24)?;
    assert!(line_with(&mut lines, "no hub is running")?.contains("tabmux hub start"));
    assert!(object_with(&mut objects, |line| line["problem"].is_string())?);
    wait_until("the terminal says so", async || terminal.seen().contains("no hub is running")).await;

    lab.run_ok(&["hub", "start"])?;
    line_with(&mut lines, "browser none, agents 0, tabs 0")?;
    let (_browser, _alice) = a_busy_moment(&lab).await?;
    line_with(
        &mut lines,
        "browser connected, agents 1, tabs 1, in flight 1, queued 0, answered 1, failed 1",
    )?;
    object_with(&mut objects, |line| line["clients"][0]["currentCall"]["phase"] == "running")?;
    wait_until("the terminal shows it", async || terminal.seen().contains("alice")).await;

    lab.run_ok(&["hub", "restart"])?;
    line_with(&mut lines, "browser none, agents 0")?;
    object_with(&mut objects, |line| line["clients"] == json!([]))?;
    for watcher in [&mut people, &mut scripts] {
        kill(Pid::from_raw(i32::try_from(watcher.id())?), Signal::SIGINT)?;
        assert!(watcher.wait()?.success());
    }
    terminal.interrupt()?;
    let (status, seen) = terminal.end()?;
    assert!(
        status.success() && seen.starts_with("\u{1b}[?1049h") && seen.ends_with("\u{1b}[?1049l"),
        "{seen:?}"
    );
    assert!(!seen.contains("\u{1b}[1m"), "NO_COLOR holds: {seen:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_measures_the_browser_or_else_the_hub_and_leaves_nothing_behind() -> Result<()> {
    let lab = Lab::new()?;
    assert_eq!(lab.run(&["test", "3"])?.status.code(), Some(3));
    assert_eq!(lab.run(&["test", "0"])?.status.code(), Some(2), "the number is bounded");
    lab.run_ok(&["hub", "start"])?;
    let test = |arguments: &[&str]| -> Result<Value> {
        Ok(serde_json::from_str(&lab.run_ok(&[&["test", "--json"], arguments].concat())?)?)
    };
    let hub = test(&["20", "--concurrency", "4"])?;
    assert_eq!(
        (&hub["target"], &hub["succeeded"], &hub["concurrency"]),
        (&json!("hub"), &json!(20), &json!(4))
    );

    lab.launch(&Browser { devtools: true, ..Browser::default() })?;
    let before = lab.browser().await?.pages().await?;
    let browser = test(&["6", "--concurrency", "2"])?;
    assert_eq!((&browser["target"], &browser["successRate"]), (&json!("browser"), &json!(1.0)));
    let number = |name: &str| browser[name].as_f64().unwrap_or_default();
    assert!(
        0.0 < number("p50Ms") && number("p50Ms") <= number("p99Ms") && number("p99Ms") <= number("maxMs")
    );
    assert!(number("averageMs") > 0.0 && number("requestsPerSecond") > 0.0, "{browser}");
    assert_eq!(lab.browser().await?.pages().await?, before);

    // Ended in the middle by Ctrl-C, it closes its tabs all the same, and shows what it has.
    let terminal = Terminal::run(lab.command(&["test", "100000", "--concurrency", "2"]), 80, 24)?;
    wait_until("calls are counted", async || terminal.seen().contains(" of 100000 calls")).await;
    terminal.interrupt()?;
    let (status, seen) = terminal.end()?;
    assert!(status.code() == Some(1) && seen.contains("Ended after"), "{seen}");
    assert_eq!(lab.browser().await?.pages().await?, before);
    wait_until("no agent is left", async || lab.status().is_ok_and(|status| status.clients.is_empty())).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_of_all_processes_are_read_as_one_and_followed() -> Result<()> {
    let lab = Lab::new()?;
    assert!(lab.run_ok(&["logs"])?.is_empty());
    lab.run_ok(&["hub", "start"])?;
    let (mut follower, mut lines) = watch(&lab, &["logs", "1", "--follow", "--level", "info"])?;
    line_with(&mut lines, "[INFO]")?;
    let agent = Agent::start(&lab, "alice").await?;
    let pid = agent.pid().context("its pid")?.to_string();
    line_with(&mut lines, &format!("[{pid}-"))?;
    agent.close().await?;
    kill(Pid::from_raw(i32::try_from(follower.id())?), Signal::SIGINT)?;
    follower.wait()?;

    let all = lab.run_ok(&["logs", "1000"])?;
    let hub = lab.status()?.hub.instance;
    assert!(all.contains(&format!("[{hub}]")) && all.contains(&format!("[{pid}-")), "{all}");
    let times: Vec<&str> = all.lines().filter_map(|line| line.strip_prefix('[')?.get(..19)).collect();
    assert!(times.len() > 3 && times.is_sorted(), "{all}");
    let only = lab.run_ok(&["logs", "1000", "--instance", &pid, "--json"])?;
    for line in only.lines() {
        let line: Value = serde_json::from_str(line)?;
        assert!(line["instance"].as_str().is_some_and(|instance| instance.starts_with(&pid)), "{line}");
    }
    assert!(only.lines().count() > 0 && lab.run_ok(&["logs", "2"])?.lines().count() == 2);
    assert!(lab.run_ok(&["logs", "--level", "error"])?.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_about_agents_is_forgotten_and_of_a_connected_one_only_when_told() -> Result<()> {
    let lab = Lab::new()?;
    lab.run_ok(&["hub", "start"])?;
    let agent = Agent::start(&lab, "alice").await?;
    wait_until("alice is connected", async || lab.status().is_ok_and(|status| status.clients.len() == 1))
        .await;
    let alice = lab.status()?.clients.remove(0);
    let clients = lab.installation.clients_dir();
    let hers = clients.join(alice.client_id.to_string());
    let old = clients.join("00000000-0000-4000-8000-000000000001");
    let logs = lab.installation.log_dir();
    let her_log = logs.join(format!("mcp-{}.log", alice.instance.context("her instance")?));
    let old_log = logs.join("mcp-1-aaaaaaaa.20251030-063521.log");
    let elsewhere = lab.folder().join("elsewhere");
    let linked = clients.join("00000000-0000-4000-8000-000000000002");
    for folder in [&hers, &old, &elsewhere, &clients.join("not-a-client")] {
        fs::create_dir_all(folder)?;
        fs::write(folder.join("page.pdf"), "stored")?;
    }
    std::os::unix::fs::symlink(&elsewhere, &linked)?;
    fs::write(&old_log, "line\n")?;

    let asked = lab.run(&["forget"])?;
    assert_eq!(asked.status.code(), Some(1), "nobody is there to be asked: {asked:?}");
    assert!(old.exists() && old_log.exists());
    let said: Value = serde_json::from_str(&lab.run_ok(&["forget", "--yes", "--json"])?)?;
    assert_eq!(said, json!({ "agents": 1, "logs": 1, "files": 2, "bytes": 11 }));
    assert!(!old.exists() && !old_log.exists() && hers.exists() && her_log.exists());
    assert!(elsewhere.join("page.pdf").exists() && clients.join("not-a-client").exists());

    assert_eq!(lab.run(&["forget", "--client", "bob", "--yes"])?.status.code(), Some(1));
    lab.run_ok(&["forget", "--client", "alice", "--yes"])?;
    assert!(!hers.exists() && logs.read_dir()?.count() > 0);
    lab.run_ok(&["forget", "--all", "--yes"])?;
    assert!(agent.call("browser_tabs", json!({ "action": "list" })).await.is_ok(), "she goes on");
    agent.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_for_a_bug_report_holds_no_secret_and_nothing_of_pages() -> Result<()> {
    let lab = Lab::new()?;
    lab.configure("# my own words\n[log]\nlevel = \"debug\"\n")?;
    lab.run_ok(&["hub", "start"])?;
    let (_browser, _alice) = a_busy_moment(&lab).await?;
    let token = fs::read_to_string(lab.installation.runtime_dir.join("token"))?;
    fs::write(lab.installation.runtime_dir.join("http-token"), "planted-http-secret")?;
    let planted = format!(
        "[2025-10-30 06:35:21] [INFO] [1-a] url=https://user:pw@bank.example/planted-path?planted-query \
         token={token} http=planted-http-secret code=PLANTED-ABCDEFG-HIJKLMN-OPQRSTU\n\
         [2025-10-30 06:35:22] [DEBUG] [1-a] planted-page-text\n"
    );
    fs::write(lab.installation.log_dir().join("mcp-1-a.log"), planted)?;
    let her_files = lab.installation.clients_dir().join("00000000-0000-4000-8000-000000000001");
    fs::create_dir_all(&her_files)?;
    fs::write(her_files.join("planted-name.pdf"), "planted-content")?;

    let archive = lab.folder().join("report.tar.gz");
    let said = lab.run_ok(&["diagnostics", "--output", &archive.to_string_lossy()])?;
    assert!(said.contains("report.tar.gz") && said.contains("Nothing was sent"), "{said}");
    assert_eq!(
        lab.run(&["diagnostics", "-o", &archive.to_string_lossy()])?.status.code(),
        Some(1),
        "never overwritten"
    );
    let unpacked = std::process::Command::new("tar").arg("-xzOf").arg(&archive).output()?;
    assert!(unpacked.status.success());
    let text = String::from_utf8(unpacked.stdout)?;
    for part in [
        "https://bank.example/...",
        "\"callsInFlight\": 1",
        "level = \"debug\"",
        "1 files",
        "\"checks\"",
        "https://example.com/...",
    ] {
        assert!(text.contains(part), "{part} is in it: {text}");
    }
    let home = lab.folder().to_string_lossy().into_owned();
    for secret in [
        token.trim(),
        "planted",
        "PLANTED",
        "user:pw",
        "A page with a title",
        "a/long/address",
        "my own words",
        &home,
    ] {
        assert!(!text.contains(secret), "{secret} is in it: {text}");
    }
    Ok(())
}

#[test]
fn a_wrong_configuration_keeps_nobody_from_an_archive_for_a_bug_report() -> Result<()> {
    let lab = Lab::new()?;
    lab.configure("[hub]\ngrace_ms = \"soon\"\n")?;
    let archive = lab.folder().join("report.tar.gz");
    lab.run_ok(&["diagnostics", "--output", &archive.to_string_lossy()])?;
    let unpacked = std::process::Command::new("tar").arg("-xzOf").arg(&archive).output()?;
    let text = String::from_utf8(unpacked.stdout)?;
    assert!(text.contains("config.toml:2:12"), "doctor names it: {text}");
    Ok(())
}

#[test]
fn health_says_whether_there_is_a_hub_or_something_else() -> Result<()> {
    let lab = Lab::new()?;
    let health = lab.run(&["health"])?;
    assert_eq!(health.status.code(), Some(3), "{health:?}");
    let stranger = std::net::TcpListener::bind(("127.0.0.1", lab.installation.port))?;
    let answering = std::thread::spawn(move || -> Result<()> {
        let (mut stream, _) = stranger.accept()?;
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")?;
        Ok(())
    });
    let health = lab.run(&["health", "--json"])?;
    let said = String::from_utf8(health.stderr)?;
    assert_eq!((health.status.code(), health.stdout.len()), (Some(5), 0), "{said}");
    assert!(said.contains("is not a hub of Tabmux"), "{said}");
    answering.join().ok().context("the stranger")?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_our_own_works_in_a_tab_of_its_own_and_leaves_nothing_behind() -> Result<()> {
    let lab = Lab::new()?;
    // Where the tabs of those who leave are kept, it closes its own.
    lab.configure("[tabs]\non_leave = \"keep\"\n")?;
    lab.launch(&Browser { devtools: true, ..Browser::default() })?;
    let mut browser = lab.browser().await?;
    let before = browser.pages().await?;

    let mut scratch = Scratch::greet(&lab.installation, &Config::default(), "scratch").await?;
    assert!(scratch.browser().connected);
    assert_eq!(scratch.ask_hub().await?.clients.len(), 1);
    scratch.open_tab().await?;
    let seen = scratch.call("browser_snapshot", &json!({})).await?;
    assert!(seen.contains("heading \"Tabmux tries itself\"") && seen.contains("button \"Press\""), "{seen}");
    assert_eq!(browser.pages().await?.len(), before.len() + 1);
    match scratch.call("browser_click", &json!({ "element": "none", "ref": "e999" })).await {
        Err(ScratchError::Tool(error)) => assert_eq!(error.code, ErrorCode::StaleRef),
        other => panic!("{other:?}"),
    }

    scratch.leave().await;
    assert_eq!(browser.pages().await?, before);
    assert_eq!(lab.status()?.hub.calls_failed, 1, "leaving is no failed call");
    wait_until("the hub forgot it", async || lab.status().is_ok_and(|status| status.clients.is_empty()))
        .await;
    Ok(())
}

/// A browser with a tab of alice's, whose first call failed and whose second one runs.
async fn a_busy_moment(lab: &Lab) -> Result<(Peer, Peer)> {
    let mut browser =
        Peer::dial(&lab.installation, PeerKind::Extension, |hello| hello.pid = Some(4711)).await?;
    let mut alice = Peer::dial(&lab.installation, PeerKind::Client, |hello| {
        hello.label = Some("alice, who has a long name".into());
        hello.agent = Some("claude-code/2.1.329".into());
        hello.instance = Some(InstanceId::new(12_345, 0xa1b2_c3d4));
    })
    .await?;
    let client_id = alice.welcome.client_id.context("her id")?;
    let title = "A page with a title that is longer than eighty columns can hold beside its address";
    let tab = json!({ "event": "tabCreated", "tab": "t1", "clientId": client_id, "title": title,
        "url": "https://example.com/a/long/address?with=a&query=too" });
    browser.notify(method::EVENT, &tab).await?;
    let first = alice.request(method::CALL, &call("browser_click", json!({}), None)).await?;
    let asked = browser.next_named(method::CALL).await?["id"].as_u64().context("its id")?;
    let error = ToolError::new(ErrorCode::StaleRef, "It is gone.", "Look again.");
    browser.send(error_response(asked, &RpcError::from(&error))).await?;
    alice.answer_to(first).await?;
    alice.request(method::CALL, &call("browser_snapshot", json!({}), None)).await?;
    browser.next_named(method::CALL).await?;
    Ok((browser, alice))
}

/// What a command shows on a terminal of 80 columns, without colours.
fn on_80_columns(lab: &Lab, arguments: &[&str]) -> Result<String> {
    let mut command = lab.command(arguments);
    command.env("NO_COLOR", "1");
    let (status, seen) = Terminal::run(command, 80, 24)?.end()?;
    anyhow::ensure!(status.success(), "{arguments:?}: {seen}");
    for line in seen.lines() {
        anyhow::ensure!(line.chars().count() <= 80, "too wide: {line}");
    }
    Ok(seen.replace('\r', ""))
}

/// What differs from run to run, at the width that it has.
fn filters() -> Vec<(&'static str, &'static str)> {
    vec![
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[uuid]"),
        (r"port \d+", "port [port]"),
        (r"pid \d+", "pid [pid]"),
        (r"\d+ s", "[n] s"),
        (r"\d+ MB", "[n] MB"),
    ]
}

fn watch(lab: &Lab, arguments: &[&str]) -> Result<(Child, impl Iterator<Item = String> + use<>)> {
    let mut child = lab.command(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let stdout: ChildStdout = child.stdout.take().context("its output")?;
    Ok((child, BufReader::new(stdout).lines().map_while(Result::ok)))
}

fn line_with(lines: &mut impl Iterator<Item = String>, part: &str) -> Result<String> {
    lines.find(|line| line.contains(part)).with_context(|| format!("no line with {part:?}"))
}

fn object_with(lines: &mut impl Iterator<Item = String>, is_it: impl Fn(&Value) -> bool) -> Result<bool> {
    let mut objects = lines.map(|line| serde_json::from_str::<Value>(&line));
    let found = objects.find(|object| object.as_ref().map_or(true, &is_it)).context("no such line")?;
    Ok(is_it(&found?))
}
