//! What `tabmux status` shows.

use std::time::Instant;

use tabmux_protocol::BrowserId;
use tabmux_protocol::message::{
    BrowserStatus, CallPhase, ClientStatus, ConfigState, CurrentCall, HubStatus, LastCall, Notice, Status,
};

use super::browser::Browser;
use super::calls::Phase;
use super::hub::{Hub, Peer};
use super::io::{LinkId, Message};

impl Hub {
    pub(super) fn on_status(&mut self, link: LinkId, id: u64, watch: bool, now: Instant) {
        match self.links.get(&link) {
            Some(Peer::Extension(_)) => {
                let message = "extensions are told who the clients are, and no more";
                self.send(link, Message::NotAllowed { id, message });
            }
            Some(peer) => {
                // What other agents have open is none of an agent's business, nor is the person's file: it is told of
                // itself.
                let only = if let Peer::Client(client) = peer { Some(*client) } else { None };
                let mut status = Box::new(self.status(now));
                status.clients.retain(|client| only.is_none_or(|own| client.client_id == own));
                if only.is_some() {
                    status.hub.config = ConfigState::default();
                }
                self.send(link, Message::Status { id, status });
                if watch {
                    self.watchers.insert(link);
                }
            }
            None => {}
        }
    }

    /// Tells those who watch that something changed. Each asks again before it is told again, so that whoever reads slowly
    /// is told rarely.
    pub(super) fn tell_watchers(&mut self) {
        for link in std::mem::take(&mut self.watchers) {
            self.send(link, Message::Notice(Notice { status_changed: true, ..Notice::default() }));
        }
    }

    fn status(&self, now: Instant) -> Status {
        let since = |then: Instant| {
            u64::try_from(now.saturating_duration_since(then).as_millis()).unwrap_or(u64::MAX)
        };
        let identity = &self.identity;
        let hub = HubStatus {
            hub_id: identity.hub_id,
            instance: identity.instance.clone(),
            pid: identity.pid,
            version: identity.version.clone(),
            state: self.state,
            port: identity.port,
            uptime_ms: since(self.started_at),
            calls_in_flight: self.calls.len(),
            calls_queued: self.calls.len() - self.calls.at_extension(),
            calls_answered: self.answered,
            calls_failed: self.failed,
            answers_dropped: self.dropped,
            memory_bytes: None,
            config: self.config.clone(),
        };
        let mut connected: Vec<(&BrowserId, &Browser)> =
            self.browsers.iter().filter(|(_, browser)| browser.link.is_some()).collect();
        connected.sort_by_key(|(id, browser)| (self.active != Some(**id), browser.since));
        let browser_status = |(id, browser): (&BrowserId, &Browser)| BrowserStatus {
            active: self.active == Some(*id),
            state: browser.state(*id),
            extension_version: browser.version.clone(),
            connected_ms: since(browser.since),
        };
        let mut current = self.calls.oldest();
        let mut tabs = self.tabs.statuses();
        let mut clients: Vec<ClientStatus> = self
            .roster
            .iter()
            .map(|client| ClientStatus {
                client_id: client.id,
                instance: client.instance.clone(),
                label: client.label.clone(),
                colour: client.colour.to_owned(),
                agent: client.agent.clone(),
                pid: client.pid,
                connected: client.link.is_some(),
                control: client.control(),
                since_ms: since(client.since),
                tabs: tabs.remove(&client.id).unwrap_or_default(),
                calls_in_flight: client.in_flight,
                succeeded: client.succeeded,
                failed: client.failed,
                current_call: current.remove(&client.id).map(|call| CurrentCall {
                    tool: call.tool.name.to_owned(),
                    phase: phase(call.phase),
                    age_ms: since(call.since),
                }),
                last_call: client.last_call.map(|last| LastCall {
                    tool: last.tool.to_owned(),
                    succeeded: last.succeeded,
                    ago_ms: since(last.at),
                }),
            })
            .collect();
        clients.sort_by(|one, two| one.label.cmp(&two.label));
        Status { hub, browsers: connected.into_iter().map(browser_status).collect(), clients }
    }
}

fn phase(phase: Phase) -> CallPhase {
    match phase {
        Phase::Waiting => CallPhase::Waiting,
        Phase::Sent(..) => CallPhase::Running,
        Phase::Lost(_) => CallPhase::Lost,
    }
}
