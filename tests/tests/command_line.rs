//! The command line as people and scripts meet it: what it prints, where it puts things, and how it exits.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tabmux_protocol::message::ConfigState;
use tabmux_protocol::{EXTENSION_ID, NATIVE_HOST};
use tabmux_tests::{Agent, Browser, Lab, Site, wait_until};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_runs_the_extension_as_it_lies_at_each_launch() -> Result<()> {
    let lab = Lab::new()?;
    lab.run_ok(&["browser", "launch", "--headless"])?;
    lab.run_ok(&["browser", "stop"])?;
    // A second extension for the same profile: ours, with one sentence changed.
    let changed = lab.folder().join("changed");
    let carried = lab.installation.state_dir.join("extension");
    let copied = std::process::Command::new("cp").arg("-r").arg(&carried).arg(&changed).status()?;
    assert!(copied.success());
    let tool = changed.join("tools/navigate.js");
    std::fs::write(&tool, std::fs::read_to_string(&tool)?.replace("`Opened ", "`Reached "))?;

    for (folder, expected) in [(&changed, "Reached"), (&carried, "Opened")] {
        lab.run_ok(&["browser", "launch", "--headless", "--extension", &folder.to_string_lossy()])?;
        let agent = Agent::start(&lab, "alice").await?;
        let url = format!("http://127.0.0.1:{}/health", lab.installation.port);
        let answer = agent.ok("browser_navigate", json!({ "url": url })).await?;
        assert!(answer.starts_with(expected), "{answer}");
        agent.close().await?;
        lab.run_ok(&["browser", "stop"])?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn status_shows_hub_browser_clients_and_tabs_to_scripts_and_to_people() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;
    let url = site.url("/greet?who=alice");
    agent.ok("browser_navigate", json!({ "url": url })).await?;

    // The browser tells the hub of a tab's address beside the answers to calls.
    wait_until("the hub knows where the tab is", async || {
        lab.status().is_ok_and(|status| status.clients[0].tabs.iter().any(|tab| tab.url == url))
    })
    .await;

    let status: Value = serde_json::from_str(&lab.run_ok(&["status", "--json"])?)?;
    let health = lab.health().await?;
    assert_eq!(status["hub"]["instance"], json!(health.instance));
    assert_eq!(status["hub"]["port"], lab.installation.port);
    assert_eq!(status["browsers"][0]["state"]["connected"], true);
    let client = &status["clients"][0];
    assert_eq!(client["label"], "alice");
    let instance = client["instance"].as_str().context("the client's instance")?;
    assert!(instance.starts_with(&format!("{}-", agent.pid().context("its pid")?)), "{instance}");
    let tab = client["tabs"][0]["tab"].as_str().context("the client's tab")?;
    assert!(tab.starts_with('t') && client["tabs"][0]["url"] == url.as_str(), "{client}");

    let text = lab.run_ok(&["status"])?;
    for part in ["Hub ", "Browser ", "alice", instance, tab, url.as_str()] {
        assert!(text.contains(part), "{part} is shown to people, too: {text}");
    }
    let hub = lab.run_ok(&["hub", "status"])?;
    assert!(hub.contains(&format!("pid {}", health.pid)) && hub.lines().count() == 1, "{hub}");
    let hub: Value = serde_json::from_str(&lab.run_ok(&["hub", "status", "--json"])?)?;
    assert_eq!(hub["pid"], health.pid);
    Ok(())
}

#[test]
fn each_kind_of_failure_has_its_exit_code_and_the_next_step() -> Result<()> {
    let lab = Lab::new()?;
    for arguments in [&["status"][..], &["status", "--json"], &["hub", "status"]] {
        let said = exits(&lab, arguments, 3)?;
        assert!(said.contains("tabmux hub start"), "{arguments:?}: {said}");
    }
    for arguments in [&["status", "--jsno"][..], &["statsu"], &["hub", "run", "--port", "0"], &[]] {
        exits(&lab, arguments, 2)?;
    }
    let said = exits(&lab, &["setup", "extension", "--no-wait"], 4)?;
    assert!(said.contains("Chromium") && said.contains("tabmux browser launch"), "{said}");
    for arguments in [&["--help"][..], &["--version"], &["hub", "--help"]] {
        assert!(!lab.run_ok(arguments)?.is_empty(), "{arguments:?}");
    }
    assert!(!lab.installation.runtime_dir.join("hub.json").exists(), "none of these started a hub");
    Ok(())
}

#[test]
fn a_wrong_configuration_file_is_named_with_line_and_key() -> Result<()> {
    let lab = Lab::new()?;
    fs::write(&lab.installation.config_path, "# mine\n[hub]\nhartbeat_ms = 5000\n")?;
    for arguments in [&["status"][..], &["hub", "start"], &["hub", "run"], &["browser", "launch"]] {
        let said = exits(&lab, arguments, 1)?;
        for part in ["config.toml:3:1", "hartbeat_ms"] {
            assert!(said.contains(part), "{arguments:?} names {part}: {said}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_lives_with_a_wrong_configuration_and_its_calls_say_what_is_wrong() -> Result<()> {
    let lab = Lab::new()?;
    lab.configure("[hub]\nhartbeat_ms = 5000\n")?;
    let agent = Agent::start(&lab, "alice").await?;
    ensure!(!agent.tools().await?.is_empty());
    let told = agent.fails("browser_snapshot", json!({})).await?;
    ensure!(told.starts_with("hub_unavailable:") && told.contains("config.toml:2:1"), "{told}");
    lab.configure("[hub]\nbrowser_wait_ms = 100\n")?;
    let told = agent.fails("browser_snapshot", json!({})).await?;
    ensure!(told.starts_with("no_browser:"), "the next call has a hub: {told}");
    agent.close().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_hub_follows_its_configuration_and_keeps_the_last_right_one() -> Result<()> {
    let lab = Lab::new()?;
    lab.run_ok(&["hub", "start"])?;
    let logged = async |part: &str| wait_until(part, async || lab.logs().contains(part)).await;
    // Whether that extension may speak to the hub tells which configuration holds.
    let id = "abcdefghijklmnopabcdefghijklmnop";
    let allows = async || health_as(lab.installation.port, &format!("chrome-extension://{id}")).await;
    ensure!(!allows().await?);
    // As editors do it.
    let other = lab.folder().join("config.toml~");
    fs::write(&other, format!("[hub]\nallowed_extension_ids = [\"{id}\"]\nmax_half_open = 3\n"))?;
    fs::rename(other, &lab.installation.config_path)?;
    logged("keys=hub.max_half_open").await;
    logged("keys=hub.allowed_extension_ids").await;
    let told = async || lab.status().map(|status| status.hub.config);
    let needs = |state: ConfigState| state.mistakes.is_empty() && state.restart == ["hub.max_half_open"];
    wait_until("what needs a restart is told", async || told().await.is_ok_and(needs)).await;
    let said = lab.run_ok(&["status"])?;
    ensure!(said.contains("`tabmux hub restart`: hub.max_half_open"), "{said}");
    wait_until("the extension is allowed", async || allows().await.is_ok_and(|allowed| allowed)).await;
    lab.configure("[hub]\ngrace_ms = \"soon\"\n")?;
    logged("config.toml:2:12").await;
    let names = |state: ConfigState| state.mistakes.iter().any(|wrong| wrong.contains("config.toml:2:12"));
    wait_until("what is wrong is told", async || told().await.is_ok_and(names)).await;
    for command in [&["status"][..], &["hub", "status"]] {
        let said = lab.run_ok(command)?;
        ensure!(said.contains("Config   is wrong") && said.contains("config.toml:2:12"), "{said}");
    }
    ensure!(allows().await?, "the last right configuration holds");
    lab.configure("[hub]\ngrace_ms = 7\n")?;
    wait_until("it is not allowed any more", async || allows().await.is_ok_and(|allowed| !allowed)).await;
    wait_until("all is in force", async || told().await.is_ok_and(|state| state.is_in_force())).await;
    Ok(())
}

/// Whether the hub tells its health to a page of that origin.
async fn health_as(port: u16, origin: &str) -> Result<bool> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {origin}\r\n");
    socket.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_launched_once_and_stopped_whole() -> Result<()> {
    let lab = Lab::new()?;
    let first = lab.launch(&Browser::default())?;
    assert_eq!(first["alreadyRunning"], false, "{first}");
    let again = lab.launch(&Browser::default())?;
    assert_eq!(again["alreadyRunning"], true, "{again}");
    assert_eq!(first["pid"], again["pid"]);

    let elsewhere = lab.folder().join("elsewhere");
    let elsewhere = elsewhere.to_string_lossy();
    let said = exits(&lab, &["browser", "launch", "--headless", "--user-data-dir", &elsewhere], 1)?;
    assert!(said.contains("tabmux browser stop"), "{said}");

    let profile = first["userDataDir"].as_str().context("the profile")?;
    assert!(processes_with(profile) > 0, "the browser names its profile");
    lab.run_ok(&["browser", "stop"])?;
    wait_until("no process of that profile is left", async || processes_with(profile) == 0).await;
    wait_until("the hub knows", async || lab.health().await.is_ok_and(|health| !health.browser.connected))
        .await;
    lab.run_ok(&["browser", "stop"]).context("to stop what is stopped is no failure")?;
    assert_eq!(lab.launch(&Browser::default())?["alreadyRunning"], false, "it can be launched again");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_ends_while_it_is_waited_for_is_launched_again() -> Result<()> {
    let lab = Lab::new()?;
    let first = lab.launch(&Browser::default())?;
    let pid = Pid::from_raw(i32::try_from(first["pid"].as_i64().context("its pid")?)?);
    // A browser that stands still is there and not connected, as one is that is dying.
    kill(pid, Signal::SIGSTOP)?;
    lab.run_ok(&["hub", "stop"])?;
    let lab = Arc::new(lab);
    let launching = tokio::task::spawn_blocking({
        let lab = Arc::clone(&lab);
        move || lab.launch(&Browser::default())
    });
    wait_until("the launch has started a hub", async || lab.health().await.is_ok()).await;
    kill(pid, Signal::SIGKILL)?;
    let again = launching.await??;
    assert_eq!(again["alreadyRunning"], false, "{again}");
    assert_ne!(again["pid"], first["pid"]);
    Ok(())
}

#[test]
fn setup_unpacks_the_extension_and_registers_a_host_that_leads_to_the_hub() -> Result<()> {
    let lab = Lab::new()?;
    let profile = lab.folder().join(".config/chromium");
    fs::create_dir_all(&profile)?;
    let said = lab.run_ok(&["setup", "extension", "--no-wait"])?;
    let folder = lab.installation.state_dir.join("extension");
    assert!(said.contains("Chromium") && said.contains(&*folder.to_string_lossy()), "{said}");

    let unpacked: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json"))?)?;
    assert_eq!(unpacked["manifest_version"], 3);
    for place in ["/background/service_worker", "/action/default_popup", "/icons/128"] {
        let name = unpacked.pointer(place).and_then(Value::as_str).context(place)?;
        assert!(fs::metadata(folder.join(name)).is_ok_and(|file| file.len() > 0), "{name} is there");
    }
    assert!(!folder.join("test").exists() && !folder.join("node_modules").exists());

    let hosts = profile.join("NativeMessagingHosts");
    let manifest: Value = serde_json::from_slice(&fs::read(hosts.join(format!("{NATIVE_HOST}.json")))?)?;
    assert_eq!((&manifest["name"], &manifest["type"]), (&json!(NATIVE_HOST), &json!("stdio")));
    assert_eq!(manifest["allowed_origins"], json!([format!("chrome-extension://{EXTENSION_ID}/")]));
    let script = manifest["path"].as_str().context("the script's path")?;
    assert_eq!(fs::metadata(script)?.permissions().mode() & 0o777, 0o700);
    exits(&lab, &["status"], 3).context("setup with --no-wait starts no hub")?;

    // As a browser starts it: with the extension's origin, and with nothing of this installation in the environment.
    let mut host = Command::new(script)
        .arg(format!("chrome-extension://{EXTENSION_ID}/"))
        .env_clear()
        .env("HOME", lab.folder())
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdin = host.stdin.take().context("stdin")?;
    let question = json!({ "type": "connect" }).to_string();
    stdin.write_all(&u32::try_from(question.len())?.to_ne_bytes())?;
    stdin.write_all(question.as_bytes())?;
    stdin.flush()?;
    let stdout = host.stdout.as_mut().context("stdout")?;
    let mut length = [0; 4];
    stdout.read_exact(&mut length)?;
    let mut answer = vec![0; u32::from_ne_bytes(length) as usize];
    stdout.read_exact(&mut answer)?;
    let answer: Value = serde_json::from_slice(&answer)?;
    assert_eq!(
        (&answer["type"], &answer["port"]),
        (&json!("hub"), &json!(lab.installation.port)),
        "{answer}"
    );
    drop(stdin);
    assert!(host.wait()?.success(), "it leaves with the browser");
    assert_eq!(lab.status()?.hub.port, lab.installation.port, "the hub that it made sure of runs");
    Ok(())
}

/// Runs a command that must exit with that code and print nothing for scripts; returns what it said to people.
fn exits(lab: &Lab, arguments: &[&str], code: i32) -> Result<String> {
    let Output { status, stdout, stderr } = lab.run(arguments)?;
    let said = String::from_utf8(stderr)?;
    anyhow::ensure!(status.code() == Some(code), "tabmux {arguments:?}: {status}, not {code}: {said}");
    anyhow::ensure!(stdout.is_empty(), "tabmux {arguments:?}: {}", String::from_utf8_lossy(&stdout));
    Ok(said)
}

/// How many processes were started with that text among their arguments.
fn processes_with(text: &str) -> usize {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let names_it = |folder: &Path| {
        let arguments = fs::read(folder.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(text)
    };
    processes.filter(|entry| names_it(&entry.path())).count()
}
