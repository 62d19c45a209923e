//! An installation in which every link is as it should be, made without a real browser, and what is asked of the doctor.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tabmux_cli::diagnosis::{Check, Diagnosis, Link, Verdict};
use tabmux_cli::scratch::TITLE;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame::error_response;
use tabmux_protocol::message::{Hello, PeerKind};
use tabmux_protocol::{ErrorCode, NATIVE_HOST, ToolError, method};
use tabmux_tests::{Lab, Peer, executable, wait_until};
use tokio::task::JoinHandle;

/// An installation with a browser that is set up and runs, as far as files tell: its lock names this very process.
pub fn set_up() -> Result<Lab> {
    let lab = Lab::new()?;
    fs::create_dir_all(profile_root(&lab))?;
    lab.run_ok(&["setup", "extension", "--no-wait"])?;
    symlink(format!("here-{}", std::process::id()), profile_root(&lab).join("SingletonLock"))?;
    Ok(lab)
}

/// The profile root of its Chromium.
pub fn profile_root(lab: &Lab) -> PathBuf {
    lab.folder().join(".config/chromium")
}

/// The manifest of the native host in it.
pub fn manifest(lab: &Lab) -> PathBuf {
    profile_root(lab).join(format!("NativeMessagingHosts/{NATIVE_HOST}.json"))
}

/// Gives an agent program, Cursor, an entry that starts that executable for this installation; returns its file.
pub fn has_tabmux(lab: &Lab, command: &Path) -> Result<PathBuf> {
    let path = lab.folder().join(".cursor/mcp.json");
    let env: BTreeMap<&str, String> = lab
        .installation
        .to_env()
        .into_iter()
        .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
        .collect();
    let entry = json!({ "command": command, "args": ["mcp"], "env": env });
    fs::create_dir_all(lab.folder().join(".cursor"))?;
    fs::write(&path, json!({ "mcpServers": { "tabmux": entry } }).to_string())?;
    Ok(path)
}

/// What `tabmux doctor --json` says, with the exit code.
pub fn diagnose(lab: &Lab) -> Result<(Diagnosis, i32)> {
    diagnosis_of(lab.command(&["doctor", "--json"]))
}

/// What that very command says, with the exit code.
pub fn diagnosis_of(mut command: Command) -> Result<(Diagnosis, i32)> {
    let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output()?;
    ensure!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    let diagnosis: Diagnosis = serde_json::from_slice(&stdout)?;
    for check in &diagnosis.checks {
        let needs_fix = matches!(check.verdict, Verdict::Warn | Verdict::Fail);
        ensure!(check.fix.is_some() == needs_fix, "a fix where there is something to fix: {check:?}");
    }
    Ok((diagnosis, status.code().context("an exit code")?))
}

/// The links that are blamed, with what is said of them.
pub fn blamed(diagnosis: &Diagnosis) -> Vec<(Link, Verdict, String)> {
    let is_blamed = |check: &&Check| matches!(check.verdict, Verdict::Warn | Verdict::Fail);
    let told = |check: &Check| {
        let subject = check.subject.as_deref().unwrap_or_default();
        format!(
            "{subject} {} {}\n{}",
            check.seen,
            check.details.join("\n"),
            check.fix.as_deref().unwrap_or("-")
        )
    };
    diagnosis.checks.iter().filter(is_blamed).map(|check| (check.link, check.verdict, told(check))).collect()
}

/// Asserts that this link alone is blamed, in these words, and with that exit code; returns its fix.
#[track_caller]
pub fn assert_blames(
    found: &(Diagnosis, i32),
    verdict: Verdict,
    link: Link,
    parts: &[&str],
    code: i32,
) -> String {
    let (diagnosis, exited) = found;
    let blamed = blamed(diagnosis);
    assert_eq!(blamed.len(), 1, "one link is blamed: {blamed:#?}");
    let (found, how, told) = &blamed[0];
    assert_eq!((found, how), (&link, &verdict), "{told}");
    for part in parts {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(*exited, code, "{blamed:#?}");
    assert_eq!(diagnosis.healthy, code == 0);
    diagnosis.first.clone().expect("the first thing to do")
}

/// Does what a fix says: the commands in its backticks, up to the word that begins another way.
pub fn follow(lab: &Lab, fix: &str) -> Result<()> {
    let way = fix.split("`, or ").next().unwrap_or(fix);
    let commands: Vec<&str> = way.split('`').skip(1).step_by(2).collect();
    ensure!(!commands.is_empty(), "no command: {fix}");
    let binary = executable();
    let folder = binary.parent().context("its folder")?.display().to_string();
    for command in commands {
        let mut shell = Command::new("/bin/sh");
        // The environment of the lab, with our executable found by its name.
        for (name, value) in lab.command(&[]).get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        let path = format!("{folder}:{}", std::env::var("PATH")?);
        let output = shell.args(["-c", command]).env("PATH", path).stdin(Stdio::null()).output()?;
        ensure!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// How one link is.
pub fn verdict(diagnosis: &Diagnosis, link: Link) -> Option<Verdict> {
    diagnosis.checks.iter().find(|check| check.link == link).map(|check| check.verdict)
}

/// A browser at the wire, which does what the doctor asks for.
pub struct FakeBrowser(JoinHandle<()>);

/// How a fake browser differs from one that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// Its policy keeps the debugger away from every page.
    ForbidsDebugger,
    /// Another page comes than the one that was asked for.
    ShowsAnotherPage,
}

impl FakeBrowser {
    pub async fn connect(lab: &Lab, flaw: Flaw, shape: impl FnOnce(&mut Hello)) -> Result<Self> {
        let peer = Peer::dial(&lab.installation, PeerKind::Extension, shape).await?;
        let serving = tokio::spawn(serve(peer, flaw));
        wait_until("agents use it", async || lab.status().is_ok_and(|status| status.browsers[0].active))
            .await;
        Ok(Self(serving))
    }
}

impl Drop for FakeBrowser {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve(mut peer: Peer, flaw: Flaw) {
    while let Ok(frame) = peer.next_named(method::CALL).await {
        let Some(id) = frame["id"].as_u64() else { continue };
        let sent = match answer(&frame["params"], flaw) {
            Ok(text) => peer.answer(id, &json!({ "content": [{ "type": "text", "text": text }] })).await,
            Err(error) => peer.send(error_response(id, &RpcError::from(&error))).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

fn answer(call: &Value, flaw: Flaw) -> Result<String, ToolError> {
    let is_title = call["args"]["function"].as_str().is_some_and(|code| code.contains("title"));
    match (call["tool"].as_str(), flaw) {
        (Some("browser_evaluate"), Flaw::ForbidsDebugger) => {
            let message =
                "The browser does not let extensions work on this page: Cannot attach to this target.";
            Err(ToolError::new(ErrorCode::PageRefused, message, "Lead the tab to an ordinary web page."))
        }
        (Some("browser_evaluate"), Flaw::ShowsAnotherPage) if is_title => Ok("### Result\n\"Log in\"".into()),
        (Some("browser_evaluate"), _) if is_title => Ok(format!("### Result\n{TITLE:?}")),
        (Some("browser_evaluate"), _) => Ok("### Result\n42".into()),
        (Some("browser_navigate"), _) => Ok("Opened the page.".into()),
        _ => Err(ToolError::new(ErrorCode::NoTab, "There is no tab.", "Open one.")),
    }
}

/// Replaces a text in a file.
pub fn edit(path: &Path, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(path)?;
    ensure!(text.contains(from), "{} holds {from}: {text}", path.display());
    Ok(fs::write(path, text.replace(from, to))?)
}
