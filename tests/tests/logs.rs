//! What logs say, and what they never say.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tabmux_protocol::ClientId;
use tabmux_protocol::message::PeerKind;
use tabmux_tests::{Agent, Browser, Lab, Peer, Site, executable, ref_in, wait_until};

/// Stands in everything that may be in no log.
const PLANTED: &str = "xyzzy";

#[tokio::test(flavor = "multi_thread")]
async fn no_log_for_people_holds_a_word_of_a_page_or_a_secret() -> Result<()> {
    let lines = drive("text").await?;
    for line in &lines {
        ensure!(is_for_people(line), "{line}");
    }
    let of = |part: &str| lines.iter().filter(|line| line.contains(part)).cloned().collect::<Vec<_>>();
    let started = of("Request #1 (ID: ");
    ensure!(started.iter().any(|line| line.contains(" started method=initialize")), "{started:?}");
    let completed = of("completed method=tools/call tool=browser_type ok=true ms=");
    ensure!(
        completed.iter().any(|line| line.contains(" call=") && line.contains(" client=")),
        "{completed:?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_for_programs_holds_a_word_of_a_page_or_a_secret() -> Result<()> {
    let lines = drive("json").await?;
    let mut calls = 0;
    for line in &lines {
        let object: Value = serde_json::from_str(line).with_context(|| line.clone())?;
        for member in ["time", "level", "instance", "target", "message"] {
            ensure!(object[member].is_string(), "{member} of {line}");
        }
        let time = object["time"].as_str().unwrap_or_default();
        ensure!(time.len() == 24 && time.ends_with('Z'), "RFC 3339 with milliseconds: {line}");
        let is_call = object["tool"] == "browser_type" && object["ms"].is_u64() && object["ok"] == true;
        calls += usize::from(is_call && object["call"].is_string() && object["client"].is_string());
    }
    ensure!(calls == 1, "{lines:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_never_reads_stderr_holds_up_nothing() -> Result<()> {
    let lab = Lab::new()?;
    let mut command = Command::new("sh");
    // Both ends are held open, and nobody reads: the pipe takes 64 KiB and then nothing more.
    command.arg("-c").arg("mkfifo \"$0\" && exec \"$1\" mcp 2<>\"$0\"").arg(lab.folder().join("stderr"));
    command.arg(executable()).env_clear().env("HOME", lab.folder()).envs(lab.installation.to_env());
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    let agent = Agent::spawn(command).await?;
    let asked = async {
        for _ in 0..500 {
            agent.tools().await?;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.context("the process stands still")??;
    let log = lab.logs();
    let written: usize = log.matches("Request #").count();
    ensure!(written >= 1_000, "the file holds every line: {written}");
    agent.close().await?;
    Ok(())
}

/// Works as agents and strangers do, with planted words wherever content goes, and returns every line that was logged.
async fn drive(format: &str) -> Result<Vec<String>> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let logs = lab.folder().join("logs");
    lab.configure(&format!("[log]\nformat = \"{format}\"\ndir = \"{}\"\n", logs.display()))?;
    lab.launch(&Browser::default())?;
    let agent = Agent::start(&lab, "alice").await?;
    let word = |kind: &str| format!("{PLANTED}-{kind}");
    agent.ok("browser_navigate", json!({ "url": site.url(&format!("/greet?q={}", word("query"))) })).await?;
    let page = format!(
        "() => {{ document.title = '{PLANTED}-title'; console.error('{PLANTED}-console'); localStorage.a = '{PLANTED}-stored';
         document.body.innerHTML = '<p>{PLANTED}-text<label>Password <input type=password>'; throw Error('{PLANTED}-thrown') }}"
    );
    agent.fails("browser_evaluate", json!({ "function": page })).await?;
    let snapshot = agent.ok("browser_snapshot", json!({})).await?;
    ensure!(snapshot.contains(&word("text")) && snapshot.contains(&word("title")), "{snapshot}");
    let field = ref_in(&snapshot, "Password")?;
    let typed = json!({ "element": "the password", "ref": field, "text": word("typed") });
    agent.ok("browser_type", typed).await?;
    agent.ok("browser_cookie_set", json!({ "name": "login", "value": word("cookie") })).await?;
    agent.ok("browser_console_messages", json!({})).await?;
    agent.ok("browser_network_requests", json!({})).await?;
    agent.ok("browser_take_screenshot", json!({})).await?;
    agent.ok("hub_status", json!({})).await?;
    agent
        .fails("browser_navigate", json!({ "url": format!("http://127.0.0.1:1/?q={}", word("lost")) }))
        .await?;
    agent.fails("browser_click", json!({ "element": word("element"), "ref": word("ref") })).await?;
    agent.fails("browser_click", json!({ "nonsense": word("argument") })).await?;
    lab.run_ok(&["hub", "restart"])?;
    agent.ok("browser_tabs", json!({ "action": "list" })).await?;

    for (frame, line) in [
        (format!(r#"{{"jsonrpc":"2.0","id":"{}"}}"#, word("frame")), "A peer sent what is not a frame"),
        (format!(r#"{{"jsonrpc":"2.0","id":5,"method":"call","params":"{}"}}"#, word("params")), ""),
    ] {
        let mut peer = Peer::dial(&lab.installation, PeerKind::Client, |_| {}).await?;
        peer.send(frame).await?;
        while !line.is_empty() && peer.next().await.is_ok() {}
        ensure!(read(&logs).contains(line), "{}", read(&logs));
    }
    let refused = Peer::dial(&lab.installation, PeerKind::Client, |hello| {
        hello.resume_token = Some(word("token"));
        hello.client_id = Some(ClientId(uuid::Uuid::nil()));
        hello.cwd = Some(word("folder"));
    });
    ensure!(refused.await.is_err(), "that is no token of its id");
    wait_until("the refusal is logged", async || read(&logs).contains("A peer is refused")).await;

    let secret = lab.installation.read_secret()?.context("a secret")?;
    let keys = [PeerKind::Client, PeerKind::Extension, PeerKind::Cli].map(|kind| secret.key(kind).to_hex());
    agent.close().await?;
    let text = read(&logs) + &lab.logs();
    for forbidden in keys.iter().chain([&PLANTED.to_owned(), &secret.to_hex(), &"127.0.0.1:1/".to_owned()]) {
        let line = text.lines().find(|line| line.contains(forbidden.as_str()));
        ensure!(line.is_none(), "{line:?} holds {forbidden}");
    }
    for (who, file) in [("the hub", "hub-"), ("the window", "mcp-")] {
        let is_there = |name: &String| name.starts_with(file);
        ensure!(
            names(&logs).iter().any(is_there),
            "{who} logs into the folder of its own: {:?}",
            names(&logs)
        );
    }
    Ok(read(&logs).lines().filter(|line| !line.starts_with("--- ")).map(str::to_owned).collect())
}

fn names(logs: &Path) -> Vec<String> {
    let names = fs::read_dir(logs).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

fn read(logs: &Path) -> String {
    names(logs).iter().map(|name| fs::read_to_string(logs.join(name)).unwrap_or_default()).collect()
}

/// `[2025-10-30 06:35:21] [INFO] [12345-a1b2c3d4] text`
fn is_for_people(line: &str) -> bool {
    let mut parts = line.splitn(4, "] ").map(|part| part.trim_start_matches('['));
    let (Some(time), Some(level), Some(instance), Some(_)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let instance =
        instance.split_once('-').filter(|(pid, random)| pid.parse::<u32>().is_ok() && random.len() == 8);
    shape == "0000-00-00 00:00:00" && ["ERROR", "WARN", "INFO"].contains(&level) && instance.is_some()
}
