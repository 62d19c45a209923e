//! What a reader of the documents has before them: an installation at its usual places in a home of its own, a browser,
//! and two agents at work.

use std::process::Stdio;
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use serde_json::json;
use tabmux_protocol::message::Status;
use tabmux_tests::{Agent, Browser, Lab, Site, executable, wait_until};

/// Longer than any command in the documents takes.
const LIMIT: Duration = Duration::from_secs(60);
/// The port that the documents name.
const PORT: &str = "9008";
/// The home that the documents show.
const HOME: &str = "/home/ann";
/// The agent program of the stage, and the one of the same width that the documents show.
const PROGRAM: [&str; 2] = ["tabmux-tests 1.0.0", "claude-code 2.1.29"];

pub struct Stage {
    lab: Lab,
    agents: Vec<Agent>,
    _site: Site,
}

impl Stage {
    pub async fn set() -> Result<Self> {
        let mut lab = Lab::new()?;
        let home = lab.folder().to_owned();
        lab.installation.state_dir = home.join(".local/state/tabmux");
        lab.installation.runtime_dir = home.join(".local/state/tabmux/run");
        lab.installation.config_path = home.join(".config/tabmux/config.toml");
        for folder in [".config/tabmux", ".config/chromium"] {
            fs::create_dir_all(home.join(folder))?;
        }
        lab.launch(&Browser::default())?;
        let site = Site::start().await?;
        let url = site.url("/page/order");
        let mut agents = Vec::new();
        for label in ["research", "booking"] {
            let agent = Agent::start(&lab, label).await?;
            agent.ok("browser_navigate", json!({ "url": url })).await?;
            agents.push(agent);
        }
        wait_until("the hub knows what the tabs show", async || {
            let shown = |status: Status| status.clients.iter().all(|client| client.tabs[0].url == url);
            lab.status().is_ok_and(shown)
        })
        .await;
        Ok(Self { lab, agents, _site: site })
    }

    /// Runs a line as a shell does and returns what it printed; a failure is an error with what it said.
    pub async fn run(&self, line: &str) -> Result<String> {
        let line = line.replace(&format!(":{PORT}"), &format!(":{}", self.lab.installation.port));
        let folder = executable().parent().context("the executable's folder")?.to_owned();
        let path = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(std::iter::once(folder).chain(env::split_paths(&path)))?;
        let mut command = tokio::process::Command::new("sh");
        let ours = self.lab.command(&[]);
        command.env_clear().envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["-e", "-c", &line]).env("PATH", path).current_dir(self.lab.folder());
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = tokio::time::timeout(LIMIT, command.output()).await.context("it did not end")??;
        let said = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("{}: {said}", output.status);
        }
        let home = self.lab.folder().to_string_lossy();
        Ok(String::from_utf8(output.stdout)?.replace(&*home, HOME).replace(PROGRAM[0], PROGRAM[1]))
    }

    pub async fn clear(self) -> Result<()> {
        for agent in self.agents {
            agent.close().await?;
        }
        Ok(())
    }
}
