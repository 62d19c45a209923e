//! What is broken about browsers and the extension.

use std::fs;

use anyhow::{Context, Result};
use serde_json::json;
use tabmux_cli::diagnosis::{Link, Verdict};
use tabmux_protocol::EXTENSION_ID;
use tabmux_tests::{Lab, executable};

use crate::stage::{
    FakeBrowser, Flaw, assert_blames, blamed, diagnose, edit, follow, manifest, profile_root, set_up, verdict,
};

#[test]
fn a_native_host_that_is_missing_or_lets_another_extension_in_is_registered_by_the_fix() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    for spoil in [
        (|lab| Ok(fs::remove_file(manifest(lab))?)) as fn(&Lab) -> Result<()>,
        |lab| edit(&manifest(lab), EXTENSION_ID, "abcdefghijklmnopabcdefghijklmnop"),
        |lab| Ok(fs::write(manifest(lab), "{")?),
        |lab| edit(&manifest(lab).with_extension("sh"), "exec '", "exec '/nowhere"),
        |lab| Ok(fs::write(manifest(lab).with_extension("sh"), "#!/bin/sh\n")?),
    ] {
        spoil(&lab)?;
        let found = diagnose(&lab)?;
        let fix = assert_blames(&found, Verdict::Fail, Link::NativeHost, &["Chromium", "setup extension"], 1);
        follow(&lab, &fix)?;
        assert_eq!(verdict(&diagnose(&lab)?.0, Link::NativeHost), Some(Verdict::Ok));
    }
    Ok(())
}

#[test]
fn a_native_host_whose_executable_was_removed_or_is_another_release_is_named() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let removed = lab.folder().join("bin/tabmux");
    let script = manifest(&lab).with_extension("sh");
    edit(&script, &executable().to_string_lossy(), &removed.to_string_lossy())?;
    let parts = [&*removed.to_string_lossy(), "no executable is there"];
    assert_blames(&diagnose(&lab)?, Verdict::Fail, Link::NativeHost, &parts, 1);

    fs::create_dir(lab.folder().join("bin"))?;
    fs::write(&removed, "#!/bin/sh\necho tabmux 0.0.1\n")?;
    follow(&lab, &format!("`chmod 700 '{}'`", removed.display()))?;
    let blamed = blamed(&diagnose(&lab)?.0);
    let (link, how, told) = blamed.first().context("one is blamed")?;
    assert_eq!((link, how), (&Link::NativeHost, &Verdict::Warn));
    assert!(told.contains("it starts 0.0.1"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_an_older_extension_are_noticed_and_replaced_by_the_fix() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let _browser = FakeBrowser::connect(&lab, Flaw::None, |_| ()).await?;
    let files = lab.installation.state_dir.join("extension/manifest.json");
    edit(&files, concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\""), "\"version\": \"0.0.9\"")?;
    let found = diagnose(&lab)?;
    assert_blames(&found, Verdict::Warn, Link::ExtensionFiles, &["0.0.9", "reload"], 0);
    follow(&lab, "`tabmux setup extension --no-wait`")?;
    assert_eq!(diagnose(&lab)?.1, 0);
    assert_eq!(verdict(&diagnose(&lab)?.0, Link::ExtensionFiles), Some(Verdict::Ok));
    Ok(())
}

#[test]
fn without_a_browser_that_runs_nothing_is_broken_and_the_exit_code_says_so() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    fs::remove_file(profile_root(&lab).join("SingletonLock"))?;
    let found = diagnose(&lab)?;
    assert_blames(
        &found,
        Verdict::Warn,
        Link::Browser,
        &["none runs", "Chromium", "tabmux browser launch"],
        4,
    );
    Ok(())
}

#[test]
fn where_no_browser_was_ever_set_up_that_is_the_first_thing_to_do() -> Result<()> {
    let lab = Lab::new()?;
    lab.run_ok(&["hub", "start"])?;
    let (diagnosis, code) = diagnose(&lab)?;
    assert_eq!(code, 1);
    assert!(diagnosis.first.context("a step")?.contains("tabmux setup extension"));
    Ok(())
}

#[test]
fn a_browser_that_runs_without_the_extension_is_told_how_to_load_it() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    let folder = lab.installation.state_dir.join("extension").display().to_string();
    let found = diagnose(&lab)?;
    let parts = ["does not seem to be loaded", "chrome://extensions", "Load unpacked", &folder];
    assert_blames(&found, Verdict::Fail, Link::Extension, &parts, 1);

    let profile = profile_root(&lab).join("Default");
    fs::create_dir(&profile)?;
    let elsewhere = lab.folder().join("elsewhere").display().to_string();
    for (path, state, part) in [
        (&folder, 1, "is loaded in Chromium and not connected"),
        (&folder, 0, "is switched off in Chromium"),
        (&elsewhere, 1, &*format!("from {elsewhere}")),
    ] {
        let settings =
            json!({ "extensions": { "settings": { EXTENSION_ID: { "path": path, "state": state } } } });
        fs::write(profile.join("Preferences"), settings.to_string())?;
        assert_blames(&diagnose(&lab)?, Verdict::Fail, Link::Extension, &[part, "chrome://extensions"], 1);
    }
    Ok(())
}

#[test]
fn a_browser_in_a_sandbox_is_to_be_paired() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    fs::create_dir_all(lab.folder().join("snap/chromium/common/chromium"))?;
    let blamed = blamed(&diagnose(&lab)?.0);
    let (link, how, told) = blamed.first().context("one is blamed")?;
    assert_eq!((link, how), (&Link::NativeHost, &Verdict::Warn));
    assert!(told.contains("Chromium (Snap)") && told.contains("tabmux pair"), "{told}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_connected_browser_is_told_from_what_works() -> Result<()> {
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    {
        let _browser = FakeBrowser::connect(&lab, Flaw::None, |hello| hello.version = "0.0.9".into()).await?;
        assert_blames(&diagnose(&lab)?, Verdict::Warn, Link::Extension, &["0.0.9", "reload"], 0);
    }
    let lab = set_up()?;
    lab.run_ok(&["hub", "start"])?;
    {
        let old = Some("Chromium 120.0.1.2".to_owned());
        let _browser = FakeBrowser::connect(&lab, Flaw::None, |hello| hello.browser = old).await?;
        assert_blames(&diagnose(&lab)?, Verdict::Fail, Link::Browser, &["Chromium 120", "125 or later"], 1);
    }
    for (flaw, link, parts) in [
        (Flaw::ForbidsDebugger, Link::Debugger, ["Cannot attach", "chrome://policy"]),
        (Flaw::ShowsAnotherPage, Link::Page, ["Log in", "proxy"]),
    ] {
        let lab = set_up()?;
        lab.run_ok(&["hub", "start"])?;
        let _browser = FakeBrowser::connect(&lab, flaw, |_| ()).await?;
        assert_blames(&diagnose(&lab)?, Verdict::Fail, link, &parts, 1);
    }
    Ok(())
}
