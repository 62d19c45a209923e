//! `tabmux hub install`: the hub as a service of the person's session.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs, io};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tabmux_tests::{Lab, executable, wait_until};

const UNIT: &str = ".config/systemd/user/tabmux.service";
const COPY: &str = ".local/share/tabmux/bin/tabmux";

#[test]
fn a_service_is_shown_written_enabled_once_and_removed_without_a_trace() -> Result<()> {
    let desk = Desk::new()?;
    desk.manager("exit 0")?;
    let before = desk.tree()?;
    let shown = desk.json(&["hub", "install", "--dry-run", "--json"])?;
    assert_eq!((&shown["change"], &shown["dryRun"]), (&json!("created"), &json!(true)));
    assert_eq!(states(&shown), ["toRun", "toRun"]);
    assert!(desk.tree()? == before && !desk.home().join(COPY).exists(), "nothing is done");
    assert_eq!(desk.told()?, "", "and nobody is told");

    let installed = desk.json(&["hub", "install", "--json"])?;
    assert_eq!((&installed["change"], states(&installed)), (&json!("created"), vec!["done", "done"]));
    let unit = fs::read_to_string(desk.home().join(UNIT))?;
    assert_eq!(installed["content"], unit);
    assert_eq!(installed["content"], shown["content"]);
    let copy = desk.home().join(COPY);
    assert!(unit.contains(&format!("ExecStart=:\"{}\" hub run --service\n", copy.display())), "{unit}");
    assert_eq!(installed["executable"]["change"], "copied", "what is started must stay");
    assert_eq!(fs::read(&copy)?, fs::read(executable())?);
    assert!(unit.contains(&format!("\"TABMUX_PORT={}\"", desk.lab.installation.port)), "{unit}");
    let told = "--user daemon-reload\n--user enable --now tabmux.service\n";
    assert_eq!(desk.told()?, told);

    let after = desk.tree()?;
    assert_eq!(desk.json(&["hub", "install", "--json"])?["change"], "unchanged");
    assert_eq!(desk.tree()?, after, "a second time changes nothing");
    fs::write(desk.home().join(UNIT), unit.replace("RestartSec=1", "RestartSec=9"))?;
    assert_eq!(desk.json(&["hub", "install", "--json"])?["change"], "replaced");
    assert_eq!(desk.tree()?, after);

    // As `systemctl --user enable` does it.
    let wants = desk.home().join(".config/systemd/user/default.target.wants");
    fs::create_dir(&wants)?;
    symlink(desk.home().join(UNIT), wants.join("tabmux.service"))?;
    assert_eq!(desk.json(&["hub", "uninstall", "--dry-run", "--json"])?["change"], "removed");
    assert!(desk.home().join(UNIT).exists());
    desk.told()?;
    assert_eq!(desk.json(&["hub", "uninstall", "--json"])?["change"], "removed");
    assert_eq!(desk.told()?, "--user disable --now tabmux.service\n--user daemon-reload\n");
    assert_eq!(desk.tree()?, before, "nothing is left");
    assert_eq!(desk.json(&["hub", "uninstall", "--json"])?["change"], "absent");
    desk.json(&["uninstall", "--yes", "--json"])?;
    assert!(!desk.home().join(".local").exists(), "the copy goes with Tabmux");
    Ok(())
}

#[test]
fn without_a_manager_that_answers_the_commands_are_told_and_a_failure_is_named() -> Result<()> {
    let desk = Desk::new()?;
    desk.manager("echo 'Failed to connect to bus' >&2; exit 1")?;
    let output = desk.run(&["hub", "install"])?;
    let said = String::from_utf8(output.stdout)?;
    assert!(
        output.status.success() && said.contains("systemctl --user enable --now tabmux.service"),
        "{said}"
    );
    assert!(desk.home().join(UNIT).exists());

    desk.manager("case \"$2\" in enable) echo 'unit is masked' >&2; exit 1;; esac")?;
    let output = desk.run(&["hub", "install"])?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("enable --now tabmux.service` failed: unit is masked"), "{said}");
    Ok(())
}

#[test]
fn a_service_of_the_same_name_that_is_not_ours_is_left_as_it_is() -> Result<()> {
    let desk = Desk::new()?;
    desk.manager("exit 0")?;
    let unit = desk.home().join(UNIT);
    fs::create_dir_all(unit.parent().context("a folder")?)?;
    for put in
        [&(|| Ok(fs::write(&unit, "[Service]\nExecStart=/my/own\n")?)) as &dyn Fn() -> Result<()>, &|| {
            Ok(symlink("/dev/null", &unit)?)
        }]
    {
        put()?;
        let before = desk.tree()?;
        for command in ["install", "uninstall"] {
            let output = desk.run(&["hub", command])?;
            let said = String::from_utf8(output.stderr)?;
            assert!(output.status.code() == Some(1) && said.contains("move it away"), "{command}: {said}");
        }
        assert_eq!((desk.tree()?, desk.told()?.as_str()), (before, ""));
        fs::remove_file(&unit)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_steps_back_for_a_hub_that_serves_and_for_one_that_was_stopped() -> Result<()> {
    let lab = Lab::new()?;
    let mut service = lab.command(&["hub", "run", "--service"]).stderr(Stdio::null()).spawn()?;
    wait_until("the service serves", async || lab.health().await.is_ok()).await;
    steps_back(&lab).await?;
    assert_eq!(lab.health().await?.pid, service.id());

    lab.run_ok(&["hub", "stop"])?;
    assert!(service.wait()?.success(), "a hub that was stopped has not failed");
    let said = steps_back(&lab).await?;
    assert!(said.contains("tabmux hub start"), "{said}");
    assert!(lab.health().await.is_err() && lab.installation.stopped_mark().exists());
    lab.run_ok(&["hub", "start"])?;
    lab.health().await.map(drop)
}

/// Runs the service, which is to end by itself and not as failed: systemd starts what fails again and again. Returns what
/// it said.
async fn steps_back(lab: &Lab) -> Result<String> {
    let mut service = lab.command(&["hub", "run", "--service"]).stderr(Stdio::piped()).spawn()?;
    wait_until("the service has stepped back", async || {
        service.try_wait().is_ok_and(|ended| ended.is_some_and(|status| status.success()))
    })
    .await;
    Ok(io::read_to_string(service.stderr.take().context("what it says")?)?)
}

/// A lab in whose PATH a script stands in for systemd's manager.
struct Desk {
    lab: Lab,
}

impl Desk {
    fn new() -> Result<Self> {
        let lab = Lab::new()?;
        fs::create_dir(lab.folder().join("bin"))?;
        fs::create_dir(lab.folder().join("home"))?;
        Ok(Self { lab })
    }

    fn home(&self) -> PathBuf {
        self.lab.folder().join("home")
    }

    /// Makes the manager note what it is told, and answer by that line of shell.
    fn manager(&self, answer: &str) -> Result<()> {
        let script = self.lab.folder().join("bin/systemctl");
        let note = "[ \"$2\" = show-environment ] || echo \"$*\" >>\"$(dirname \"$0\")/told\"";
        fs::write(&script, format!("#!/bin/sh\n{note}\n{answer}\n"))?;
        Ok(fs::set_permissions(&script, fs::Permissions::from_mode(0o700))?)
    }

    /// What the manager was told since the last look.
    fn told(&self) -> Result<String> {
        let notes = self.lab.folder().join("bin/told");
        let told = fs::read_to_string(&notes).unwrap_or_default();
        fs::write(&notes, "")?;
        Ok(told)
    }

    fn run(&self, arguments: &[&str]) -> Result<Output> {
        let path = env::var("PATH")?;
        let mut command: Command = self.lab.command(arguments);
        command.env("PATH", format!("{}:{path}", self.lab.folder().join("bin").display()));
        Ok(command.env("HOME", self.home()).stdin(Stdio::null()).output()?)
    }

    fn json(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.run(arguments)?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Every file and folder of the home folder but the copy of the executable, which `tabmux uninstall` removes.
    fn tree(&self) -> Result<BTreeMap<PathBuf, Option<Vec<u8>>>> {
        let mut found = BTreeMap::new();
        collect(&self.home(), &mut found)?;
        found.retain(|path, _| !path.starts_with(self.home().join(".local")));
        Ok(found)
    }
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Option<Vec<u8>>>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.is_symlink() {
            collect(&path, found)?;
            found.insert(path, None);
        } else {
            let content = fs::read(&path)?;
            found.insert(path, Some(content));
        }
    }
    Ok(())
}

fn states(report: &Value) -> Vec<&str> {
    let commands = report["commands"].as_array().into_iter().flatten();
    commands.filter_map(|command| command["state"].as_str()).collect()
}
