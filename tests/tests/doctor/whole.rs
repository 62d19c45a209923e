//! Everything well, and everything broken at once.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use anyhow::Result;
use tabmux_cli::diagnosis::{Check, Link, Verdict};
use tabmux_tests::{Lab, executable};

use crate::stage::{diagnose, has_tabmux, manifest, set_up, verdict};

#[tokio::test(flavor = "multi_thread")]
async fn with_a_real_browser_all_is_well_and_no_tab_is_left() -> Result<()> {
    let lab = Lab::new()?;
    has_tabmux(&lab, &executable())?;
    lab.run_ok(&["browser", "launch", "--headless"])?;
    let before = lab.status()?;
    let (diagnosis, code) = diagnose(&lab)?;
    assert_eq!(code, 0, "{diagnosis:#?}");
    assert!(diagnosis.healthy && diagnosis.first.is_none());
    // Chromium makes its usual profile root, too, in which nothing is registered.
    let is_well =
        |check: &Check| check.verdict == Verdict::Ok || check.subject.as_deref() == Some("Chromium");
    assert!(diagnosis.checks.iter().all(is_well), "{diagnosis:#?}");
    assert_eq!(verdict(&diagnosis, Link::Page), Some(Verdict::Ok));
    assert_eq!(lab.status()?.clients, before.clients);

    let people = lab.run_ok(&["doctor"])?;
    assert!(people.lines().all(|line| line.chars().count() <= 100 || line.contains('/')), "{people}");
    assert!(people.trim_end().ends_with("All is well."), "{people}");
    Ok(())
}

#[test]
fn with_everything_broken_every_cause_is_named_and_nothing_hangs() -> Result<()> {
    let lab = set_up()?;
    let _stranger = TcpListener::bind(("127.0.0.1", lab.installation.port))?;
    lab.installation.prepare_runtime_dir()?;
    lab.installation.ensure_secret([7; 32])?;
    fs::set_permissions(&lab.installation.runtime_dir, Permissions::from_mode(0o777))?;
    fs::set_permissions(&lab.installation.state_dir, Permissions::from_mode(0o777))?;
    lab.configure("port = \"many\"\n")?;
    fs::write(manifest(&lab), "{")?;
    fs::remove_dir_all(lab.installation.state_dir.join("extension"))?;
    let (diagnosis, code) = diagnose(&lab)?;
    assert_eq!(code, 1);
    let failed: Vec<Link> = diagnosis
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Fail)
        .map(|check| check.link)
        .collect();
    let expected = [
        Link::Configuration,
        Link::StateFolder,
        Link::RuntimeFolder,
        Link::Port,
        Link::ExtensionFiles,
        Link::NativeHost,
    ];
    assert_eq!(failed, expected, "{diagnosis:#?}");
    assert!(
        diagnosis.checks.iter().any(|check| check.link == Link::Page && check.verdict == Verdict::Skipped)
    );

    let output =
        lab.command(&["doctor"]).env("LANG", "C").env_remove("LC_ALL").stdin(Stdio::null()).output()?;
    let people = String::from_utf8(output.stdout)?;
    assert!(people.is_ascii() && people.contains("\nx Port "), "{people}");
    assert!(people.contains("6 links are broken."), "{people}");
    Ok(())
}
