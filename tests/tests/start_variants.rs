//! What processes find when they start: leftovers, strangers, folders that cannot be used, crowds. Each ends with a call
//! that works or with an error that says what to do, and leaves nothing behind.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use tabmux_tests::{Agent, Lab, Site, executable, wait_until};
use tempfile::TempDir;

/// Without a browser, a call that reached a hub is answered soon.
const NO_BROWSER_SOON: &str = "[hub]\nbrowser_wait_ms = 100\n";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_an_older_hub_left_behind_the_next_one_serves_and_strangers_live() -> Result<()> {
    let lab = lab()?;
    let (own, port) = (std::process::id(), lab.installation.port);
    let mut ended = Command::new("true").spawn()?;
    let dead = ended.id();
    ended.wait()?;
    let hub = |pid: u32, started_at: &str, port: u16| {
        json!({ "pid": pid, "startedAt": started_at, "port": port, "version": "0.0.1",
                "hubId": "00000000-0000-4000-8000-000000000001" })
        .to_string()
    };
    lab.installation.prepare_runtime_dir()?;
    for left_behind in [
        hub(dead, "2026-11-21T02:00:00Z", port),
        hub(own, "2026-11-21T02:00:00Z", port),
        hub(own, "2026-11-21T02:00:00Z", 1),
        hub(1, "2999-01-01T00:00:00Z", port),
        hub(u32::MAX, "1970-01-01T00:00:00Z", 65_535),
        hub(own, "when the clock was wrong", port),
        r#"{"pid":"#.to_owned(),
        String::new(),
    ] {
        fs::write(lab.installation.hub_file_path(), &left_behind)?;
        assert!(lab.run(&["hub", "stop"])?.status.success(), "there is nothing to stop: {left_behind}");
        fs::write(lab.installation.hub_file_path(), &left_behind)?;
        let agent = Agent::start(&lab, "alice").await?;
        served(&lab, &agent).await.with_context(|| left_behind.clone())?;
        let file = lab.installation.read_hub_file().context("hub.json")?;
        assert_eq!((file.pid, file.port), (lab.health().await?.pid, port), "{left_behind}");
        // As a crash does it, so that the lock and the port are left to the next one.
        kill(Pid::from_raw(i32::try_from(file.pid)?), Signal::SIGKILL)?;
        served(&lab, &agent).await.with_context(|| left_behind.clone())?;
        agent.close().await?;
        lab.run_ok(&["hub", "stop"])?;
        assert!(lab.installation.read_hub_file().is_none(), "{left_behind}");
    }
    nothing_is_left(&lab).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_named_and_when_it_goes_the_window_goes_on() -> Result<()> {
    let lab = lab()?;
    let site = Site::start_on(lab.installation.port).await?;
    let agent = Agent::start(&lab, "alice").await?;
    let refused = agent.fails("browser_snapshot", json!({})).await?;
    let (port, own) = (format!("port {}", lab.installation.port), format!("pid {}", std::process::id()));
    assert!(refused.to_lowercase().contains(&port) && refused.contains(&own), "{refused}");
    assert!(refused.contains("TABMUX_PORT"), "it says what to do: {refused}");
    let stopping = lab.run(&["hub", "stop"])?;
    assert_eq!(stopping.status.code(), Some(5), "{}", String::from_utf8_lossy(&stopping.stderr));
    drop(site);
    wait_until("the port is free and the window has gone on", async || served(&lab, &agent).await.is_ok())
        .await;
    agent.close().await?;
    nothing_is_left(&lab).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_installation_on_the_same_port_is_named_as_one_and_neither_is_harmed() -> Result<()> {
    let (first, mut second) = (lab()?, lab()?);
    second.installation.port = first.installation.port;
    let ours = Agent::start(&first, "first").await?;
    served(&first, &ours).await?;
    let hub = first.health().await?.pid;
    // With a secret of its own and without one.
    for round in 0..2 {
        if round == 1 {
            second.installation.prepare_runtime_dir()?;
            second.installation.ensure_secret([9; 32])?;
        }
        let theirs = Agent::start(&second, "second").await?;
        let refused = theirs.fails("browser_snapshot", json!({})).await?;
        for part in ["another installation or user", &format!("pid {hub}"), "TABMUX_PORT"] {
            assert!(refused.contains(part), "{part} in: {refused}");
        }
        for command in [["hub", "stop"], ["hub", "restart"], ["hub", "start"]] {
            let output = second.run(&command)?;
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(5), "{command:?}: {said}");
            assert!(said.contains("another installation or user"), "{command:?}: {said}");
        }
        theirs.close().await?;
    }
    served(&first, &ours).await?;
    assert_eq!(first.health().await?.pid, hub, "the first hub serves as before");
    nothing_is_left(&second).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_serves_a_token_that_was_replaced_while_the_hub_ran() -> Result<()> {
    let lab = lab()?;
    let agent = Agent::start(&lab, "alice").await?;
    served(&lab, &agent).await?;
    let before = lab.health().await?.pid;
    fs::remove_file(lab.installation.runtime_dir.join("token"))?;
    lab.installation.ensure_secret([9; 32])?;
    // The hub takes us for a stranger, and is ours by its lock.
    lab.run_ok(&["hub", "restart"])?;
    let late = Agent::start(&lab, "late").await?;
    served(&lab, &late).await?;
    wait_until("who was in is served, too", async || served(&lab, &agent).await.is_ok()).await;
    assert_ne!(lab.health().await?.pid, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_folder_that_is_deleted_under_a_hub_costs_newcomers_a_moment() -> Result<()> {
    let lab = lab()?;
    let agent = Agent::start(&lab, "alice").await?;
    served(&lab, &agent).await?;
    let hub = lab.health().await?.pid;
    fs::remove_dir_all(&lab.installation.runtime_dir)?;
    served(&lab, &agent).await.context("whoever is in stays in")?;
    let late = Agent::start(&lab, "late").await?;
    wait_until("the hub has put its files back", async || served(&lab, &late).await.is_ok()).await;
    assert_eq!(lab.health().await?.pid, hub, "the same hub serves both");
    agent.close().await?;
    late.close().await?;
    nothing_is_left(&lab).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_byte_is_named_with_what_to_do() -> Result<()> {
    let lab = lab()?;
    let plain = lab.command(&[]);
    let mut command = Command::new("sh");
    // Every write to a file fails, in the window and in the hub that it starts; pipes and sockets are not concerned.
    command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" mcp"]).arg(executable()).env_clear();
    command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let agent = Agent::spawn(command).await?;
    let refused = agent.fails("browser_snapshot", json!({})).await?;
    let folder = lab.installation.runtime_dir.to_string_lossy().into_owned();
    assert!(refused.starts_with("hub_unavailable:") && refused.contains(&folder), "{refused}");
    assert!(refused.contains("the disk has room"), "{refused}");
    agent.close().await?;
    nothing_is_left(&lab).await?;
    let agent = Agent::start(&lab, "alice").await?;
    served(&lab, &agent).await.context("with a disk that takes bytes it serves")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_once_it_has_room_the_window_goes_on() -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        // Only root can mount a disk; the test before this one shows the same error to everybody.
        return Ok(());
    }
    let disk = SmallDisk::mount()?;
    let mut lab = lab()?;
    lab.installation.runtime_dir = disk.path().join("run");
    lab.installation.state_dir = disk.path().join("state");
    let filler = disk.fill()?;
    let agent = Agent::start(&lab, "alice").await?;
    let refused = agent.fails("browser_snapshot", json!({})).await?;
    assert!(refused.starts_with("hub_unavailable:"), "{refused}");
    let disk_path = disk.path().to_string_lossy();
    assert!(refused.contains(&*disk_path) && refused.contains("the disk has room"), "{refused}");
    let output = lab.run(&["hub", "start"])?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(&*disk_path), "{said}");

    fs::remove_file(&filler)?;
    served(&lab, &agent).await.context("there is room again")?;
    // It fills up again while the hub runs: agents do not notice.
    disk.fill()?;
    served(&lab, &agent).await?;
    let late = Agent::start(&lab, "late").await?;
    served(&lab, &late).await?;
    agent.close().await?;
    late.close().await?;
    nothing_is_left(&lab).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_that_cannot_be_written_costs_the_log_and_nothing_else() -> Result<()> {
    let mut lab = lab()?;
    // Below a file nobody can make a folder, not even root.
    let file = lab.folder().join("file");
    fs::write(&file, "")?;
    lab.installation.state_dir = file.join("state");
    let agent = Agent::start(&lab, "alice").await?;
    served(&lab, &agent).await?;
    agent.close().await?;
    lab.run_ok(&["hub", "restart"])?;
    nothing_is_left(&lab).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_folder_that_cannot_be_used_is_named_with_what_to_do() -> Result<()> {
    let lab = lab()?;
    fs::create_dir(&lab.installation.runtime_dir)?;
    fs::set_permissions(&lab.installation.runtime_dir, fs::Permissions::from_mode(0o755))?;
    let agent = Agent::start(&lab, "alice").await?;
    let refused = agent.fails("browser_snapshot", json!({})).await?;
    let folder = lab.installation.runtime_dir.to_string_lossy().into_owned();
    for part in [folder.as_str(), "other users have rights on it", "TABMUX_RUNTIME_DIR"] {
        assert!(refused.contains(part), "{part} in: {refused}");
    }
    fs::remove_dir_all(&lab.installation.runtime_dir)?;
    served(&lab, &agent).await.context("a folder that is missing is made")?;
    assert_eq!(fs::metadata(&lab.installation.runtime_dir)?.mode() & 0o777, 0o700);
    agent.close().await?;
    nothing_is_left(&lab).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_windows_at_once_start_one_hub_and_are_all_served() -> Result<()> {
    let lab = lab()?;
    let began_at = Instant::now();
    let labels: Vec<String> = (0..50).map(|number| format!("window {number}")).collect();
    let starting = labels.iter().map(|label| Agent::start(&lab, label));
    let agents: Vec<Agent> = futures_util::future::try_join_all(starting).await?;
    let serving = agents.iter().map(|agent| served(&lab, agent));
    futures_util::future::try_join_all(serving).await.with_context(|| lab.logs())?;
    assert!(began_at.elapsed() < Duration::from_secs(20), "{:?}", began_at.elapsed());
    assert_eq!(lab.health().await?.clients, 50);
    let logs = lab.logs();
    assert_eq!(logs.matches("Launching a hub").count(), 1, "one window started it");
    let files = fs::read_dir(lab.installation.log_dir())?.flatten();
    let hubs = files.filter(|file| file.file_name().to_string_lossy().starts_with("hub-")).count();
    assert_eq!(hubs, 1, "and no second one ever ran");
    for status in futures_util::future::try_join_all(agents.into_iter().map(Agent::close)).await? {
        assert!(status.success(), "{status}");
    }
    wait_until("no client is left", async || lab.health().await.is_ok_and(|health| health.clients == 0))
        .await;
    nothing_is_left(&lab).await
}

fn lab() -> Result<Lab> {
    let lab = Lab::new()?;
    fs::write(&lab.installation.config_path, NO_BROWSER_SOON)?;
    Ok(lab)
}

/// Makes a call, which must reach a hub.
async fn served(lab: &Lab, agent: &Agent) -> Result<()> {
    let answer = agent.fails("browser_snapshot", json!({})).await?;
    anyhow::ensure!(answer.starts_with("no_browser:"), "{answer}\n{}", lab.logs());
    Ok(())
}

/// No lock but the hub's own is held, no file lies about that nobody needs, no process but the hub is left.
async fn nothing_is_left(lab: &Lab) -> Result<()> {
    const FILES: [&str; 6] = ["hub.json", "hub.lock", "launch.lock", "token", "http-token", "stopped"];
    // A hub that could not serve has said so before it ends.
    wait_until("no process but the hub is left", async || {
        let hub = lab.installation.read_hub_file().map(|file| file.pid);
        processes_of(lab).iter().all(|pid| Some(*pid) == hub)
    })
    .await;
    for entry in fs::read_dir(&lab.installation.runtime_dir)?.flatten() {
        let name = entry.file_name();
        anyhow::ensure!(FILES.iter().any(|file| name == *file), "{name:?} is left");
    }
    anyhow::ensure!(lab.installation.try_launch_lock()?.is_some(), "the launch lock is held");
    Ok(())
}

/// The processes that were started in that lab and have not ended.
fn processes_of(lab: &Lab) -> Vec<u32> {
    let home = format!("HOME={}\0", lab.folder().display());
    let is_ours = |folder: &Path| {
        let environment = fs::read(folder.join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&home)
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ours = entries.filter(|entry| is_ours(&entry.path()));
    ours.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// A disk of its own that is soon full; unmounted when dropped.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    fn mount() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("tabmux-disk-").tempdir()?;
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs"])
            .arg(folder.path())
            .status()?;
        anyhow::ensure!(status.success(), "a disk of memory cannot be mounted: {status}");
        Ok(Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all its room; says which file does.
    fn fill(&self) -> Result<PathBuf> {
        let file = self.path().join("filler");
        let _ = fs::write(&file, vec![0; 1 << 20]);
        anyhow::ensure!(fs::write(self.path().join("more"), [0; 8192]).is_err(), "there is room left");
        Ok(file)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}
