//! What is handed out, as those who get it use it. `cargo xtask dist --debug` makes it, and `cargo xtask test` runs that.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tabmux_tests::{
    Agent, Lab, SAMPLES, SampleHome, Site, package, packages, repository, unpack_archive, wait_until,
};

/// No folder of the tests is worse than one that a person may have.
const ODD: &str = "Téléchargements – 下載 (1) it's";

#[test]
fn every_package_has_its_sum_and_every_crate_its_notice() -> Result<()> {
    let dist = packages();
    succeeds(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(&dist))?;
    let sums = fs::read_to_string(dist.join("SHA256SUMS"))?;
    assert_eq!(sums.lines().count(), 4, "{sums}");
    for begin in ["tabmux-extension-", "tabmux-npm-"] {
        assert!(sums.contains(&format!("  {begin}{}", env!("CARGO_PKG_VERSION"))), "{sums}");
    }
    let lab = Lab::new()?;
    let notices = fs::read_to_string(unpack_archive(&lab.folder().join(ODD))?.join("THIRD-PARTY.txt"))?;
    for part in
        ["  tokio 1.", "  rmcp 3.9.0 (Apache-2.0)", "the Rust standard library", "Permission is hereby"]
    {
        assert!(notices.contains(part), "{part}");
    }
    for not_linked in ["  proptest ", "  serde_derive ", "  tabmux"] {
        assert!(!notices.contains(not_linked), "{not_linked}");
    }
    Ok(())
}

#[test]
fn the_completions_of_the_archive_complete() -> Result<()> {
    let lab = Lab::new()?;
    let folder = unpack_archive(&lab.folder().join(ODD))?;
    let script = "source \"$0\"; COMP_WORDS=(tabmux hub in); COMP_CWORD=2; _tabmux tabmux in hub; echo \"${COMPREPLY[@]}\"";
    let said =
        succeeds(Command::new("bash").args(["-c", script]).arg(folder.join("completions/tabmux.bash")))?;
    assert_eq!(said, "install\n");
    let page = fs::read_to_string(folder.join("man/tabmux-hub-install.1"))?;
    assert!(page.contains(".TH") && page.contains("dry\\-run"), "{page}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_is_set_up_from_the_archive_works_without_it_and_is_given_back() -> Result<()> {
    let (home, site) = (SampleHome::with_all_programs()?, Site::start().await?);
    let before = home.tree()?;
    let folder = unpack_archive(&home.beside().join(ODD))?;
    let tabmux = folder.join("tabmux");
    // One of the sample's files is broken, which is told and makes the exit code 1.
    let run = |arguments: &[&str], code: i32| -> Result<Value> {
        let output = home.command_of(&tabmux, arguments).stdin(Stdio::null()).output()?;
        ensure!(output.status.code() == Some(code), "{arguments:?}: {output:?}");
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    run(&["setup", "--dry-run", "--json"], 1)?;
    assert_eq!(home.tree()?, before, "a dry run changes nothing");
    let done = run(&["setup", "--yes", "--no-wait", "--json"], 1)?;
    assert_eq!(done["check"]["ok"], true, "{done}");
    fs::remove_dir_all(&folder)?;

    let entries = home.entries()?;
    assert_eq!(entries.len(), SAMPLES.len() - 1, "all but the broken one");
    let stable = PathBuf::from(&entries[0].command);
    home.launch(&stable)?;
    for entry in &entries {
        let agent = Agent::spawn(entry.start(&home)).await?;
        opens_a_page(&agent, &site).await.context(entry.program)?;
        agent.close().await?;
    }
    succeeds(&mut home.command_of(&stable, &["setup", "--undo", "--yes"]))?;
    for (program, file, ..) in SAMPLES {
        let path = fs::canonicalize(home.path().join(file))?;
        assert_eq!(home.tree()?.get(&path), before.get(&path), "{program}");
    }
    succeeds(&mut home.command_of(&stable, &["uninstall", "--purge", "--yes"]))?;
    assert_eq!(home.tree()?, before, "nothing is left");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_npx_sets_up_stays_when_its_cache_is_gone() -> Result<()> {
    let home = SampleHome::with_all_programs()?;
    let (package, cache) = (package("tabmux-npm-")?, home.beside().join("cache"));
    let package = format!("--package={}", package.display());
    let setup = ["setup", "--yes", "--no-wait", "--json", "--only", "codex"];
    let arguments = [&["--yes", "--offline", &package, "--", "tabmux"][..], &setup].concat();
    let mut npx = home.command_of(Path::new("npx"), &arguments);
    npx.env("PATH", env::var_os("PATH").unwrap_or_default()).env("npm_config_cache", &cache);
    let done: Value = serde_json::from_str(&succeeds(npx.stdin(Stdio::null()))?)?;
    assert_eq!(
        (&done["executable"]["change"], &done["check"]["ok"]),
        (&json!("copied"), &json!(true)),
        "{done}"
    );

    fs::remove_dir_all(&cache)?;
    let entry = home.entries()?.into_iter().find(|entry| entry.program == "codex").context("its entry")?;
    assert!(Path::new(&entry.command).starts_with(home.path()), "{entry:?}");
    let agent = Agent::spawn(entry.start(&home)).await?;
    reaches_the_hub(&agent).await;
    agent.close().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_npm_package_runs_the_executable_as_if_it_were_the_executable() -> Result<()> {
    let lab = Lab::new()?;
    let project = lab.folder().join(ODD);
    fs::create_dir(&project)?;
    let package = package("tabmux-npm-")?;
    let npm = |program: &str, arguments: &[&str]| {
        let mut command = lab.command_of(program, arguments);
        command.current_dir(&project).stdin(Stdio::null());
        command
    };
    let package = package.to_string_lossy();
    succeeds(&mut npm("npm", &["install", "--offline", "--no-audit", "--no-fund", &package]))?;
    let version = format!("tabmux {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(succeeds(&mut npm("npx", &["--offline", "tabmux", "--version"]))?, version);
    let from_file = format!("--package={package}");
    let at_once = ["--yes", "--offline", &from_file, "--", "tabmux", "--version"];
    assert_eq!(succeeds(npm("npx", &at_once).current_dir(lab.folder()))?, version, "without installing it");

    let launcher = project.join("node_modules/.bin/tabmux");
    let direct = |arguments: &[&str]| lab.command_of(&launcher, arguments);
    assert_eq!(direct(&["status"]).output()?.status.code(), Some(3));
    assert_eq!(direct(&["--no-such-flag"]).output()?.status.code(), Some(2));

    let agent = Agent::spawn(npm("npx", &["--offline", "tabmux", "mcp"])).await?;
    assert!(agent.tools().await?.iter().any(|tool| tool.name == "browser_navigate"));
    reaches_the_hub(&agent).await;
    assert!(agent.close().await?.success(), "it ends with its standard input");
    lab.run_ok(&["hub", "stop"])?;

    for launcher_is_told in [true, false] {
        let mut launched = direct(&["hub", "run"]).stderr(Stdio::null()).spawn()?;
        wait_until("the hub serves", async || lab.health().await.is_ok()).await;
        let hub = lab.health().await?.pid;
        assert_ne!(hub, launched.id());
        let (told, signal, ends) = match launcher_is_told {
            true => (launched.id(), Signal::SIGTERM, (Some(0), None)),
            false => (hub, Signal::SIGKILL, (None, Some(9))),
        };
        kill(Pid::from_raw(i32::try_from(told)?), signal)?;
        let mut ended = None;
        wait_until("the launcher has ended", async || {
            ended = launched.try_wait().ok().flatten();
            ended.is_some()
        })
        .await;
        assert_eq!(ended.map(|status| (status.code(), status.signal())), Some(ends), "as the executable did");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundle_is_valid_and_its_server_starts_as_its_manifest_says() -> Result<()> {
    let lab = Lab::new()?;
    let bundle = package("tabmux-0")?;
    let folder = lab.folder().join(ODD);
    let mcpb = repository().join("tests/node/node_modules/.bin/mcpb");
    succeeds(lab.command_of(&mcpb, &["unpack"]).arg(&bundle).arg(&folder))?;
    succeeds(lab.command_of(&mcpb, &["validate"]).arg(folder.join("manifest.json")))?;
    let manifest: Value = serde_json::from_slice(&fs::read(folder.join("manifest.json"))?)?;
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    let filled =
        |text: &Value| text.as_str().map(|text| text.replace("${__dirname}", &folder.to_string_lossy()));
    let server = &manifest["server"]["mcp_config"];
    let arguments: Vec<String> = server["args"].as_array().into_iter().flatten().filter_map(filled).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let agent =
        Agent::spawn(lab.command_of(filled(&server["command"]).context("a command")?, &arguments)).await?;
    assert!(!agent.tools().await?.is_empty());
    reaches_the_hub(&agent).await;
    agent.close().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_extension_for_stores_has_no_key_and_works_with_one() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    let folder = lab.folder().join("for a store");
    let unzip = ["-m", "zipfile", "-e"];
    succeeds(Command::new("python3").args(unzip).arg(package("tabmux-extension-")?).arg(&folder))?;
    assert!(folder.join("LICENSE-MIT").is_file() && !folder.join("test").exists());
    let manifest = folder.join("manifest.json");
    let mut packed: Value = serde_json::from_slice(&fs::read(&manifest)?)?;
    assert!(packed.get("key").is_none(), "a store refuses a key that is not its own");
    assert_eq!(packed["version"], env!("CARGO_PKG_VERSION"));

    let own: Value = serde_json::from_slice(&fs::read(repository().join("extension/manifest.json"))?)?;
    packed["key"] = own["key"].clone();
    assert_eq!(packed, own, "nothing else is changed");
    fs::write(&manifest, packed.to_string())?;
    lab.run_ok(&["browser", "launch", "--headless", "--extension", &folder.to_string_lossy()])?;
    let agent = Agent::start(&lab, "alice").await?;
    opens_a_page(&agent, &site).await?;
    agent.close().await.map(drop)
}

async fn opens_a_page(agent: &Agent, site: &Site) -> Result<()> {
    let url = site.url("/greet?who=alice");
    let answer = agent.ok("browser_navigate", json!({ "url": url })).await?;
    ensure!(answer.contains(&url), "{answer}");
    Ok(())
}

async fn reaches_the_hub(agent: &Agent) {
    wait_until("the agent has reached the hub", async || {
        agent.ok("hub_status", json!({})).await.is_ok_and(|status| status.contains(", pid "))
    })
    .await;
}

/// Runs a command to its end and returns what it printed; a failure is an error with what it said.
fn succeeds(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?}: {}: {said}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout)
    );
    Ok(String::from_utf8(output.stdout)?)
}
