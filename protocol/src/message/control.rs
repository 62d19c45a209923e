//! What a person says to single agents: pause, resume, stop.

use serde::{Deserialize, Serialize};

use super::TabsOnLeave;
use crate::ids::ClientId;

/// Whether an agent may work: running ⇄ paused, either → stopped → running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Control {
    /// It may.
    #[default]
    Running,
    /// A person paused it: what runs is finished, nothing further is run, and it keeps its tabs.
    Paused,
    /// A person stopped it: its calls were ended, its tabs dealt with as when it leaves, and nothing further is run.
    Stopped,
}

impl Control {
    /// Whether nothing further is run.
    pub fn is_held(self) -> bool {
        self != Self::Running
    }

    /// Whether it may work, which goes without saying on the wire.
    pub fn is_running(&self) -> bool {
        !self.is_held()
    }
}

/// What a person can say to an agent. Saying it again changes nothing, and a pause takes nothing from a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ControlAction {
    /// Finish what runs and run nothing further.
    Pause,
    /// Go on.
    Resume,
    /// End what runs, deal with the tabs as when it leaves, and run nothing further.
    Stop,
}

/// Says that to an agent, or to all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ControlParams {
    /// What is said.
    pub action: ControlAction,
    /// The agent; without it everyone that the hub knows, and nobody who comes later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ControlOutput {
    /// The agents concerned, by label; none if the one that was meant is gone.
    pub clients: Vec<ControlledClient>,
    /// What becomes of the tabs of an agent that is stopped.
    pub tabs_on_leave: TabsOnLeave,
}

/// An agent that was spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ControlledClient {
    /// Its id.
    pub client_id: ClientId,
    /// Its label.
    pub label: String,
    /// Whether it may work from here on.
    pub control: Control,
    /// Whether that was otherwise before.
    pub changed: bool,
    /// Its calls that were ended or refused unfinished.
    pub calls_ended: usize,
    /// Its calls that go on to their end.
    pub calls_in_flight: usize,
    /// Its tabs; of an agent that was just stopped, those that are dealt with.
    pub tabs: usize,
}
