//! What a person says to single agents: pause, resume, stop.

use std::time::Instant;

use tabmux_protocol::message::{
    Control, ControlAction, ControlOutput, ControlParams, ControlledClient, Notice,
};
use tabmux_protocol::{CallId, ClientId, ToolError};

use super::calls::{Call, Phase};
use super::hub::{Hub, Peer};
use super::io::{LinkId, Message, Outcome};
use super::refusals;

impl Hub {
    /// A person speaks to an agent or to all: from the command line, which is answered, or in the popup.
    pub(super) fn on_control(&mut self, link: LinkId, id: Option<u64>, said: ControlParams, now: Instant) {
        match (self.links.get(&link), id) {
            (None, _) | (Some(Peer::Client(_)), None) => return,
            (Some(Peer::Client(_)), Some(id)) => {
                let message = "only a person may pause, resume and stop agents";
                return self.send(link, Message::NotAllowed { id, message });
            }
            (Some(Peer::Cli | Peer::Extension(_)), _) => {}
        }
        let is_meant = |client: &ClientId| said.client_id.is_none_or(|only| only == *client);
        let meant: Vec<ClientId> = self.roster.iter().map(|client| client.id).filter(is_meant).collect();
        let mut clients: Vec<ControlledClient> =
            meant.into_iter().filter_map(|client| self.control(client, said.action, now)).collect();
        clients.sort_by(|one, two| one.label.cmp(&two.label));
        if let Some(id) = id {
            let output = ControlOutput { clients, tabs_on_leave: self.policy.tabs_on_leave };
            self.send(link, Message::Controlled { id, output });
        }
    }

    /// Why a call of that client is not run, if a person holds the client. What may have acted before is asked for at the
    /// browser, which alone knows how it ended; of a client that was stopped nothing is.
    pub(super) fn held(&self, client: ClientId, is_resent: bool, is_read_only: bool) -> Option<ToolError> {
        match self.roster.get(client)?.control() {
            Control::Running => None,
            Control::Paused => (!is_resent).then(|| refusals::paused(client)),
            Control::Stopped if is_resent && !is_read_only => Some(refusals::outcome_of_client_stop(client)),
            Control::Stopped => Some(refusals::client_stopped(client)),
        }
    }

    fn control(
        &mut self,
        client_id: ClientId,
        action: ControlAction,
        now: Instant,
    ) -> Option<ControlledClient> {
        let client = self.roster.get_mut(client_id)?;
        let before = client.control();
        let control = match action {
            ControlAction::Resume => Control::Running,
            ControlAction::Pause if before == Control::Stopped => Control::Stopped,
            ControlAction::Pause => Control::Paused,
            ControlAction::Stop => Control::Stopped,
        };
        client.said = Some(control);
        let link = client.link;
        let changed = control != before;
        let tabs = self.tabs.keys_of(client_id).len();
        let calls_ended = match control {
            Control::Paused => {
                self.end_calls(client_id, |call| call.phase == Phase::Waiting && !call.resend, now)
            }
            Control::Stopped => self.end_calls(client_id, |_| true, now),
            Control::Running => 0,
        };
        if changed {
            if control == Control::Stopped {
                self.give_up_tabs(client_id);
            }
            if let Some(link) = link {
                self.send(link, Message::Notice(Notice { control: Some(control), ..Notice::default() }));
            }
            self.clients_changed(now);
        }
        let client = self.roster.get(client_id)?;
        let (label, calls_in_flight) = (client.label.clone(), client.in_flight);
        Some(ControlledClient { client_id, label, control, changed, calls_ended, calls_in_flight, tabs })
    }

    /// Ends the calls of a held client that the condition picks. Returns how many.
    fn end_calls(&mut self, client_id: ClientId, picks: impl Fn(&Call) -> bool, now: Instant) -> usize {
        let ended: Vec<CallId> = self.calls.ids_where(|call| call.client == client_id && picks(call));
        for call_id in &ended {
            let Some(call) = self.calls.by_id.get(call_id) else { continue };
            let is_resent = call.resend || call.phase != Phase::Waiting;
            let Some(error) = self.held(client_id, is_resent, call.tool.effect.read_only()) else { continue };
            self.recall(*call_id);
            self.finish(*call_id, Outcome::Refused(error), now);
        }
        ended.len()
    }
}
