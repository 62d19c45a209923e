//! Files that somebody put into the installation's folders: links, pipes, foreign rights, garbage.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::stat::Mode;
use nix::unistd::{Uid, chown, geteuid, mkfifo};
use tabmux_tests::Lab;

/// What a victim's file holds before and after.
const VICTIM: &str = "precious";
/// A secret that an attacker has chosen.
const CHOSEN: &str = "0101010101010101010101010101010101010101010101010101010101010101";

/// A case: its name, what is put in place, and what `hub start` says about it; nothing if it is no harm.
type Row = (&'static str, fn(&Lab, &Path) -> Result<()>, Option<&'static str>);

const ROWS: &[Row] = &[
    (
        "a secret behind a link",
        |lab, victim| {
            fs::write(victim.with_file_name("chosen"), CHOSEN)?;
            Ok(symlink(victim.with_file_name("chosen"), run(lab, "token"))?)
        },
        Some("token"),
    ),
    (
        "a secret that others can read",
        |lab, _| {
            fs::write(run(lab, "token"), CHOSEN)?;
            mode(&run(lab, "token"), 0o644)
        },
        Some("other users have rights on it"),
    ),
    (
        "a secret that others can write",
        |lab, _| {
            fs::write(run(lab, "token"), CHOSEN)?;
            mode(&run(lab, "token"), 0o620)
        },
        Some("other users have rights on it"),
    ),
    ("a secret that is a pipe", |lab, _| pipe(&run(lab, "token")), Some("token")),
    ("a secret that is a folder", |lab, _| Ok(fs::create_dir(run(lab, "token"))?), Some("token")),
    (
        "a secret that is none",
        |lab, _| {
            fs::write(run(lab, "token"), "garbage")?;
            mode(&run(lab, "token"), 0o600)
        },
        Some("not a secret"),
    ),
    (
        "a secret of megabytes",
        |lab, _| {
            fs::write(run(lab, "token"), "0".repeat(4 << 20))?;
            mode(&run(lab, "token"), 0o600)
        },
        Some("not a secret"),
    ),
    (
        "a folder that others can list",
        |lab, _| mode(&run(lab, ""), 0o755),
        Some("other users have rights on it"),
    ),
    (
        "a folder that others can write",
        |lab, _| mode(&run(lab, ""), 0o730),
        Some("other users have rights on it"),
    ),
    (
        "a folder behind a link",
        |lab, victim| {
            let moved = victim.with_file_name("moved");
            fs::rename(run(lab, ""), &moved)?;
            Ok(symlink(moved, run(lab, ""))?)
        },
        Some("not a folder of its own"),
    ),
    (
        "a hub's lock behind a link",
        |lab, victim| Ok(symlink(victim, run(lab, "hub.lock"))?),
        Some("hub.lock"),
    ),
    ("a hub's lock that is a pipe", |lab, _| pipe(&run(lab, "hub.lock")), Some("hub.lock")),
    ("a hub's lock that is a folder", |lab, _| Ok(fs::create_dir(run(lab, "hub.lock"))?), Some("hub.lock")),
    (
        "a launcher's lock behind a link",
        |lab, victim| Ok(symlink(victim, run(lab, "launch.lock"))?),
        Some("launch.lock"),
    ),
    ("a launcher's lock that is a pipe", |lab, _| pipe(&run(lab, "launch.lock")), Some("launch.lock")),
    (
        "a log behind a link",
        |lab, victim| {
            fs::create_dir_all(lab.installation.log_dir())?;
            Ok(symlink(victim, lab.installation.log_dir().join("hub.log"))?)
        },
        None,
    ),
    ("a record behind a link", |lab, victim| Ok(symlink(victim, run(lab, "hub.json"))?), None),
    ("a record without an end", |lab, _| Ok(symlink("/dev/zero", run(lab, "hub.json"))?), None),
    ("a record that is a pipe", |lab, _| pipe(&run(lab, "hub.json")), None),
    ("a record that is garbage", |lab, _| Ok(fs::write(run(lab, "hub.json"), [0xff; 4096])?), None),
    ("a record nested without end", |lab, _| Ok(fs::write(run(lab, "hub.json"), "[".repeat(60_000))?), None),
    (
        "a record of a process that is no hub",
        |lab, _| {
            Ok(fs::write(
                run(lab, "hub.json"),
                format!(
                    r#"{{"pid":1,"startedAt":"2026-01-01T00:00:00Z","port":{},"version":"9.9.9","hubId":"00000000-0000-0000-0000-000000000001"}}"#,
                    lab.installation.port
                ),
            )?)
        },
        None,
    ),
    ("a mark behind a link", |lab, victim| Ok(symlink(victim, run(lab, "stopped"))?), None),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_runtime_folder_is_refused_or_harmless() -> Result<()> {
    let mut wrong = Vec::new();
    for (name, put, expected) in ROWS {
        let (lab, victim) = prepared()?;
        put(&lab, &victim)?;
        let output = bounded(&lab, &["hub", "start"]).await.with_context(|| *name)?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let is_right = match expected {
            None => output.status.success(),
            Some(reason) => !output.status.success() && said.contains(reason),
        };
        if !is_right {
            wrong.push(format!("{name}: {} {said}", output.status));
        }
        bounded(&lab, &["hub", "stop"]).await.with_context(|| *name)?;
        ensure!(fs::read_to_string(&victim)? == VICTIM, "{name}: the victim's file is as it was");
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_takes_no_secret_that_others_have_chosen() -> Result<()> {
    for (name, put, expected) in
        ROWS.iter().filter(|(name, ..)| name.starts_with("a secret") || name.starts_with("a folder"))
    {
        let (lab, victim) = prepared()?;
        lab.run_ok(&["hub", "start"])?;
        let _ = fs::remove_file(run(&lab, "token"));
        put(&lab, &victim)?;
        let output = bounded(&lab, &["status"]).await.with_context(|| *name)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let reason = expected.context("each of them is refused")?;
        ensure!(output.status.code() == Some(1) && said.contains(reason), "{name}: {} {said}", output.status);
        // So that the lab can stop its hub.
        kill_hub(&lab)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_user_is_refused() -> Result<()> {
    let (lab, _) = prepared()?;
    let nobody = Uid::from_raw(65_534);
    if !geteuid().is_root() {
        // Only root can give files away; another user's folder is at hand all the same.
        let output = lab.command(&["hub", "start"]).env("TABMUX_RUNTIME_DIR", "/").output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!output.status.success() && said.contains("belongs to another user"), "{said}");
        return Ok(());
    }
    fs::write(run(&lab, "token"), CHOSEN)?;
    mode(&run(&lab, "token"), 0o600)?;
    for path in [run(&lab, "token"), run(&lab, "")] {
        chown(&path, Some(nobody), None)?;
        let output = bounded(&lab, &["hub", "start"]).await?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!output.status.success() && said.contains("belongs to another user"), "{path:?}: {said}");
        chown(&path, Some(geteuid()), None)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_hub_writes_is_its_owners_only() -> Result<()> {
    let (lab, _) = prepared()?;
    lab.run_ok(&["hub", "start"])?;
    lab.run_ok(&["hub", "stop"])?;
    lab.run_ok(&["hub", "start"])?;
    let mut folders = vec![lab.installation.runtime_dir.clone(), lab.installation.state_dir.clone()];
    while let Some(folder) = folders.pop() {
        ensure!(fs::metadata(&folder)?.permissions().mode() & 0o077 == 0, "{}", folder.display());
        for entry in fs::read_dir(&folder)?.flatten() {
            let about = entry.metadata()?;
            ensure!(about.permissions().mode() & 0o077 == 0, "{}", entry.path().display());
            if about.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Ok(())
}

/// An installation whose runtime folder is made, and a file beside it that nobody may touch.
fn prepared() -> Result<(Lab, std::path::PathBuf)> {
    let lab = Lab::new()?;
    lab.installation.prepare_runtime_dir()?;
    let victim = lab.folder().join("victim");
    fs::write(&victim, VICTIM)?;
    Ok((lab, victim))
}

/// Runs a command that must come to an end, whatever it meets.
async fn bounded(lab: &Lab, arguments: &[&str]) -> Result<Output> {
    let mut command = tokio::process::Command::from(lab.command(arguments));
    command.stdin(std::process::Stdio::null()).kill_on_drop(true);
    Ok(tokio::time::timeout(Duration::from_secs(30), command.output()).await.context("it hangs")??)
}

fn kill_hub(lab: &Lab) -> Result<()> {
    let folder = fs::canonicalize(&lab.installation.runtime_dir)?;
    let record: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("hub.json"))?)?;
    let pid = i32::try_from(record["pid"].as_i64().context("a pid")?)?;
    Ok(nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM)?)
}

fn run(lab: &Lab, name: &str) -> std::path::PathBuf {
    match name {
        "" => lab.installation.runtime_dir.clone(),
        name => lab.installation.runtime_dir.join(name),
    }
}

fn mode(path: &Path, mode: u32) -> Result<()> {
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

fn pipe(path: &Path) -> Result<()> {
    Ok(mkfifo(path, Mode::S_IRUSR | Mode::S_IWUSR)?)
}
