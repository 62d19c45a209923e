//! MCP clients that are not ours.

use std::path::Path;
use std::process::Stdio;

use anyhow::Result;
use tabmux_tests::{Browser, Lab, Site, executable};

#[tokio::test(flavor = "multi_thread")]
async fn two_clients_of_the_npm_sdk_share_the_browser() -> Result<()> {
    let (site, lab) = (Site::start().await?, Lab::new()?);
    lab.launch(&Browser::default())?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/other-client.mjs");
    let start = |word: &str| {
        let mut command = tokio::process::Command::new("node");
        command.arg(&script).arg(executable()).args([site.url(""), word.to_owned(), "50".to_owned()]);
        command.env("HOME", lab.folder()).envs(lab.installation.to_env());
        command.stdin(Stdio::null()).kill_on_drop(true).output()
    };
    let (one, two) = tokio::try_join!(start("ada"), start("ben"))?;
    for output in [one, two] {
        assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), lab.logs());
        assert_eq!(String::from_utf8_lossy(&output.stdout), "50 rounds\n");
    }
    Ok(())
}
