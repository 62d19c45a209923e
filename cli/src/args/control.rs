//! What a person says to single agents: `tabmux pause`, `resume` and `stop`.

use clap::{ArgGroup, Args};

/// Which agents are meant.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").required(true).args(["id", "all"]))]
pub struct ControlArgs {
    /// The agent, as `tabmux status` shows it: its label, its instance id, or its client id; of the ids the beginning
    /// is enough
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// All agents that are there at this moment
    #[arg(long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) const PAUSE: &str = "\
What the agent has running in the browser is finished; nothing further is run, and the agent is told that a person paused \
it. Its tabs stay. It stays paused through lost connections and restarts of the hub.

Examples:
  tabmux pause research
  tabmux pause 12345-a1b2c3d4
  tabmux pause --all";

pub(super) const RESUME: &str = "\
Examples:
  tabmux resume research
  tabmux resume --all";

pub(super) const STOP: &str = "\
The agent's calls are ended first, then its tabs are closed, or left to you where the configuration says so. Its process \
lives on, and nothing further is run for it until `tabmux resume`. To stop the hub itself, use `tabmux hub stop`.

Examples:
  tabmux stop research
  tabmux stop --all --json";
