//! What is broken about the hub and its port.

use std::fs;
use std::net::TcpListener;

use anyhow::Result;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tabmux_cli::diagnosis::{Link, Verdict};
use tabmux_tests::{Lab, Site, is_running, wait_until};

use crate::stage::{FakeBrowser, Flaw, assert_blames, diagnose, diagnosis_of, follow, set_up, verdict};

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_on_the_port_is_named_by_pid_and_program_whether_it_speaks_or_not() -> Result<()> {
    let own = std::process::id();
    let lab = set_up()?;
    let silent = TcpListener::bind(("127.0.0.1", lab.installation.port))?;
    let named = format!("(pid {own})");
    let fix = format!("`kill {own}`");
    let found = diagnose(&lab)?;
    assert_blames(&found, Verdict::Fail, Link::Port, &[&named, "says nothing", &fix, "port = "], 1);
    assert_eq!(verdict(&found.0, Link::Hub), Some(Verdict::Skipped), "it is not blamed for the stranger");
    drop(silent);

    let site = Site::start().await?;
    let mut command = lab.command(&["doctor", "--json"]);
    let port = site.url("/").rsplit(':').next().and_then(|end| end.trim_end_matches('/').parse::<u16>().ok());
    command.env("TABMUX_PORT", port.unwrap_or_default().to_string());
    let found = diagnosis_of(command)?;
    assert_blames(&found, Verdict::Fail, Link::Port, &[&named, "is no hub", "gave itself away"], 1);
    Ok(())
}

#[test]
fn the_hub_of_another_installation_is_named_with_its_folder() -> Result<()> {
    let (lab, other) = (set_up()?, Lab::new()?);
    // A secret of its own, without which it could be any hub.
    lab.run_ok(&["hub", "start"])?;
    lab.run_ok(&["hub", "stop"])?;
    fs::remove_file(lab.installation.stopped_mark())?;
    let mut there = other.command(&["hub", "start"]);
    assert!(there.env("TABMUX_PORT", lab.installation.port.to_string()).status()?.success());
    let found = diagnose(&lab)?;
    let folder = other.installation.runtime_dir.display().to_string();
    assert_blames(&found, Verdict::Fail, Link::Port, &["another installation", &folder, "port = "], 1);
    let mut there = other.command(&["hub", "stop"]);
    assert!(there.env("TABMUX_PORT", lab.installation.port.to_string()).status()?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_hangs_is_told_from_one_that_is_absent_and_the_fix_replaces_it() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let hung = lab.health().await?.pid;
    kill(Pid::from_raw(i32::try_from(hung)?), Signal::SIGSTOP)?;
    let found = diagnose(&lab)?;
    let pid = format!("pid {hung}");
    let fix = assert_blames(&found, Verdict::Fail, Link::Greeting, &[&pid, "did not answer"], 1);
    follow(&lab, &fix)?;
    assert_ne!(lab.health().await?.pid, hung);
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::Greeting), Some(Verdict::Ok));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_was_killed_is_missed_and_its_file_does_not_deceive() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let pid = lab.health().await?.pid;
    kill(Pid::from_raw(i32::try_from(pid)?), Signal::SIGKILL)?;
    wait_until("it is gone", async || !is_running(pid)).await;
    assert!(lab.installation.hub_file_path().exists());
    let found = diagnose(&lab)?;
    let parts = [&format!("pid {pid}")[..], "was killed", "tabmux hub start"];
    let fix = assert_blames(&found, Verdict::Warn, Link::Hub, &parts, 3);
    follow(&lab, &fix)?;
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::Greeting), Some(Verdict::Ok));
    Ok(())
}

#[test]
fn a_hub_that_the_person_stopped_is_not_broken_and_start_starts_it() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    lab.run_ok(&["hub", "stop"])?;
    let found = diagnose(&lab)?;
    assert_blames(&found, Verdict::Warn, Link::Hub, &["you stopped it", "tabmux hub start"], 3);
    assert!(lab.installation.stopped_mark().exists(), "it only looks");
    let (diagnosis, _) = diagnosis_of(lab.command(&["doctor", "--json", "--start"]))?;
    assert_eq!(verdict(&diagnosis, Link::Greeting), Some(Verdict::Ok));
    assert!(!lab.installation.stopped_mark().exists());
    Ok(())
}

#[test]
fn a_hub_that_cannot_be_started_says_why() -> Result<()> {
    let lab = set_up()?;
    // Its lock is held by something else than a hub.
    lab.installation.prepare_runtime_dir()?;
    fs::create_dir(lab.installation.hub_lock_path())?;
    let found = diagnosis_of(lab.command(&["doctor", "--json", "--start"]))?;
    assert_blames(&found, Verdict::Fail, Link::Hub, &["none can be started", "hub.lock"], 1);
    Ok(())
}

#[test]
fn a_hub_on_another_port_than_the_configuration_says_is_moved_by_the_fix() -> Result<()> {
    let lab = set_up()?;
    let elsewhere = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut command = lab.command(&["hub", "start"]);
    assert!(command.env("TABMUX_PORT", elsewhere.to_string()).status()?.success());
    let found = diagnose(&lab)?;
    let ports = [elsewhere.to_string(), lab.installation.port.to_string()];
    let fix = assert_blames(&found, Verdict::Fail, Link::Hub, &[&ports[0], &ports[1]], 1);
    follow(&lab, &fix)?;
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::Greeting), Some(Verdict::Ok));
    Ok(())
}

#[test]
fn a_hub_that_was_started_with_another_secret_gets_that_of_today_by_the_fix() -> Result<()> {
    let (lab, before) = (set_up()?, Lab::new()?);
    // The hub serves from its runtime folder; a copy of that folder, with the same lock, has another secret. So it is
    // while a hub has not noticed yet that its secret was replaced.
    let mut command = before.command(&["hub", "start"]);
    assert!(command.env("TABMUX_PORT", lab.installation.port.to_string()).status()?.success());
    lab.installation.prepare_runtime_dir()?;
    fs::hard_link(before.installation.hub_lock_path(), lab.installation.hub_lock_path())?;
    fs::copy(before.installation.hub_file_path(), lab.installation.hub_file_path())?;
    lab.installation.ensure_secret([7; 32])?;
    let found = diagnose(&lab)?;
    let fix =
        assert_blames(&found, Verdict::Fail, Link::Greeting, &["another secret", "tabmux hub restart"], 1);
    follow(&lab, &fix)?;
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::Greeting), Some(Verdict::Ok));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_changes_nothing_and_starts_nothing() -> Result<()> {
    let lab = Lab::new()?;
    let tree = || -> Result<Vec<String>> {
        let output = std::process::Command::new("find").arg(lab.folder()).output()?;
        let mut paths: Vec<String> = String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect();
        paths.sort();
        Ok(paths)
    };
    let before = tree()?;
    diagnose(&lab)?;
    assert_eq!(tree()?, before);

    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let _browser = FakeBrowser::connect(&lab, Flaw::None, |_| ()).await?;
    assert_eq!(diagnose(&lab)?.1, 0);
    wait_until("no client of ours is left", async || lab.health().await.is_ok_and(|hub| hub.clients == 0))
        .await;
    Ok(())
}
