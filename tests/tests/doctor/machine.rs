//! What is broken on this machine: environment, configuration, folders, secret.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use anyhow::{Context, Result};
use tabmux_cli::diagnosis::{Link, Verdict};
use tabmux_tests::{Lab, executable};

use crate::stage::{FakeBrowser, Flaw, assert_blames, diagnose, diagnosis_of, edit, follow, set_up, verdict};

#[test]
fn without_a_home_folder_nothing_can_be_found() -> Result<()> {
    let mut command = Command::new(executable());
    command.args(["doctor", "--json"]).env_clear();
    let found = diagnosis_of(command)?;
    assert_blames(&found, Verdict::Fail, Link::Environment, &["HOME is not set"], 1);
    assert!(found.0.checks.iter().skip(2).all(|check| check.verdict == Verdict::Skipped));
    Ok(())
}

#[test]
fn a_port_that_is_none_is_blamed_on_its_variable() -> Result<()> {
    let lab = set_up()?;
    let mut command = lab.command(&["doctor", "--json"]);
    command.env("TABMUX_PORT", "many");
    let found = diagnosis_of(command)?;
    assert_blames(&found, Verdict::Fail, Link::Environment, &["TABMUX_PORT is `many`", "1 to 65535"], 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_configuration_is_named_with_its_line_and_all_else_is_checked() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let _browser = FakeBrowser::connect(&lab, Flaw::None, |_| ()).await?;
    lab.configure("[hub]\ngrace_ms = 1000\nhartbeat_ms = 3\n")?;
    let found = diagnose(&lab)?;
    assert_blames(&found, Verdict::Fail, Link::Configuration, &["config.toml:3:1", "hartbeat_ms"], 1);
    assert_eq!(verdict(&found.0, Link::Page), Some(Verdict::Ok), "the running hub serves");
    lab.configure("")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_folder_that_others_may_enter_is_closed_by_the_fix() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    fs::set_permissions(&lab.installation.runtime_dir, Permissions::from_mode(0o755))?;
    let found = diagnose(&lab)?;
    let fix = assert_blames(&found, Verdict::Fail, Link::RuntimeFolder, &["mode 755", "chmod 700"], 1);
    follow(&lab, &fix)?;
    let (diagnosis, _) = diagnose(&lab)?;
    assert_eq!(verdict(&diagnosis, Link::RuntimeFolder), Some(Verdict::Ok));
    assert_eq!(verdict(&diagnosis, Link::Greeting), Some(Verdict::Ok));
    Ok(())
}

#[test]
fn a_runtime_folder_that_is_a_link_is_none() -> Result<()> {
    let lab = set_up()?;
    let elsewhere = lab.folder().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o700))?;
    symlink(&elsewhere, &lab.installation.runtime_dir)?;
    let (diagnosis, code) = diagnose(&lab)?;
    let runtime =
        diagnosis.checks.iter().find(|check| check.verdict == Verdict::Fail).context("a failure")?;
    assert_eq!((runtime.link, code), (Link::RuntimeFolder, 1));
    follow(&lab, runtime.fix.as_deref().context("a fix")?)?;
    assert_eq!(diagnose(&lab)?.1, 3, "the next hub makes the folder");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_others_may_know_or_that_is_none_is_replaced_by_the_fix() -> Result<()> {
    for (content, mode, part) in
        [(None, 0o644, "other users have rights"), (Some("garbage"), 0o600, "something else")]
    {
        let lab = set_up()?;
        lab.run_ok(&["hub", "start"])?;
        let token = lab.installation.token_path();
        if let Some(content) = content {
            fs::write(&token, content)?;
        }
        fs::set_permissions(&token, Permissions::from_mode(mode))?;
        let found = diagnose(&lab)?;
        let fix = assert_blames(&found, Verdict::Fail, Link::Secret, &[part, "tabmux hub restart"], 1);
        follow(&lab, &fix)?;
        let (diagnosis, _) = diagnose(&lab)?;
        assert_eq!(verdict(&diagnosis, Link::Secret), Some(Verdict::Ok));
        assert_eq!(verdict(&diagnosis, Link::Greeting), Some(Verdict::Ok), "{diagnosis:#?}");
    }
    Ok(())
}

#[test]
fn a_state_folder_that_is_a_file_or_read_only_is_blamed() -> Result<()> {
    let lab = Lab::new()?;
    fs::write(&lab.installation.state_dir, "")?;
    let (diagnosis, _) = diagnose(&lab)?;
    assert_eq!(verdict(&diagnosis, Link::StateFolder), Some(Verdict::Fail));

    let lab = set_up()?;
    let state = &lab.installation.state_dir;
    let found = diagnosis_of(mounted(
        &lab,
        &format!("mount --bind -o ro '{0}' '{0}' && mount -o remount,bind,ro '{0}'", state.display()),
    ))?;
    let state = state.display().to_string();
    let failing = [&state[..], "cannot be written", "TABMUX_STATE_DIR"];
    assert_blames_beside_hub(&found, Link::StateFolder, &failing);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_starts_another_executable_is_written_anew_by_the_fix() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "install"])?;
    lab.run_ok(&["hub", "start"])?;
    let _browser = FakeBrowser::connect(&lab, Flaw::None, |_| ()).await?;
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::Service), Some(Verdict::Ok));
    let unit = lab.folder().join(".config/systemd/user/tabmux.service");
    edit(&unit, ".local/share/tabmux/bin/tabmux", "nowhere/tabmux")?;
    let found = diagnose(&lab)?;
    let fix = assert_blames(&found, Verdict::Warn, Link::Service, &["tabmux.service", "hub install"], 0);
    follow(&lab, fix.split(';').next().unwrap_or_default())?;
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::Service), Some(Verdict::Ok));
    Ok(())
}

#[test]
fn a_full_disk_is_blamed_and_not_the_rights() -> Result<()> {
    let lab = set_up()?;
    let runtime = &lab.installation.runtime_dir;
    fs::create_dir(runtime)?;
    let found = diagnosis_of(mounted(
        &lab,
        &format!("mount -t tmpfs -o size=4k,mode=700 tmpfs '{}'", runtime.display()),
    ))?;
    assert_blames_beside_hub(&found, Link::RuntimeFolder, &["is full", "Make room"]);
    Ok(())
}

/// The doctor where that was mounted, for it alone.
fn mounted(lab: &Lab, mount: &str) -> Command {
    let mut command = Command::new("unshare");
    for (name, value) in lab.command(&[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let script = format!("{mount} && exec '{}' doctor --json", executable().display());
    command.args(["--map-root-user", "--mount", "/bin/sh", "-c", &script]);
    command
}

/// Asserts that this link alone is broken where no hub runs.
#[track_caller]
fn assert_blames_beside_hub(found: &(tabmux_cli::diagnosis::Diagnosis, i32), link: Link, parts: &[&str]) {
    let mut without_hub = found.clone();
    without_hub.0.checks.retain(|check| check.link != Link::Hub || check.verdict == Verdict::Fail);
    assert_blames(&without_hub, Verdict::Fail, link, parts, 1);
}
