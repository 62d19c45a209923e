//! Clients that go: away for a while, or for good.

use std::time::Instant;

use tabmux_protocol::message::LeaveParams;
use tabmux_protocol::{BrowserId, CallId, ClientId, TabId};

use super::browser::Request;
use super::hub::{Hub, Peer};
use super::io::{LinkId, Message, Outcome, Output};
use super::refusals;
use super::timers::Reason;

/// The tabs of a client that a browser is to deal with.
#[derive(Debug, Default)]
pub(super) struct Leaving {
    /// Those that it was asked about; none before it is.
    tabs: Vec<(BrowserId, TabId)>,
    /// Whether a person stopped the client, so that its tabs go though it stays.
    pub(super) is_stopped: bool,
}

impl Hub {
    /// A client lost its connection: everything of its is kept for the grace period.
    pub(super) fn client_away(&mut self, client_id: ClientId, now: Instant) {
        let Some(client) = self.roster.get_mut(client_id) else { return };
        client.link = None;
        client.since = now;
        self.give_grace(client_id, now);
        self.clients_changed(now);
    }

    /// Keeps a client that is away from here on for its whole grace period. The clock does not count while the machine
    /// sleeps, so that whoever was there before is expected after; see `gap.rs`.
    pub(super) fn give_grace(&mut self, client_id: ClientId, now: Instant) {
        let is_session = self.roster.get(client_id).is_some_and(|client| client.session);
        let grace = if is_session { self.policy.session_grace } else { self.policy.grace };
        self.timers.set(Reason::Grace(client_id), now + grace);
    }

    pub(super) fn on_bye(&mut self, link: LinkId, now: Instant) {
        let Some(Peer::Client(client)) = self.links.get(&link).copied() else { return };
        self.remove_client(client, now);
        self.unlink(link);
        self.output(Output::Close { link, refusal: None });
    }

    /// A client left for good: its calls end, and every browser deals with its tabs.
    pub(super) fn remove_client(&mut self, client_id: ClientId, now: Instant) {
        for call_id in self.calls.ids_of(client_id) {
            self.end_call(call_id, now);
        }
        if self.roster.remove(client_id).is_none() {
            return;
        }
        self.timers.clear(Reason::Grace(client_id));
        self.give_up_tabs(client_id);
        self.clients_changed(now);
    }

    /// Has every browser deal with the tabs of a client that left for good or was stopped.
    pub(super) fn give_up_tabs(&mut self, client_id: ClientId) {
        let is_stopped = self.roster.get(client_id).is_some();
        for (browser, _) in self.tabs.keys_of(client_id) {
            // A browser that is away deals with them when it is back.
            self.leaving.entry((browser, client_id)).or_default().is_stopped |= is_stopped;
        }
        let connected: Vec<BrowserId> =
            self.browsers.iter().filter(|(_, browser)| browser.link.is_some()).map(|(id, _)| *id).collect();
        for browser in connected {
            self.send_leave(browser, client_id);
        }
    }

    /// Asks a connected browser to deal with the tabs of a client that left or was stopped.
    pub(super) fn send_leave(&mut self, browser_id: BrowserId, client_id: ClientId) {
        let Some((link, id)) = self.ask(browser_id, Request::Leave(client_id)) else { return };
        let mut tabs = self.tabs.keys_of(client_id);
        tabs.retain(|(of, _)| *of == browser_id);
        let is_stopped = self.roster.get(client_id).is_some();
        self.leaving.insert((browser_id, client_id), Leaving { tabs, is_stopped });
        let params = LeaveParams { client_id, tabs: self.policy.tabs_on_leave };
        self.send(link, Message::Leave { id, params });
    }

    /// A browser has dealt with the tabs of a client that left or was stopped.
    pub(super) fn left(&mut self, browser_id: BrowserId, client_id: ClientId, now: Instant) {
        if let Some(Leaving { tabs, .. }) = self.leaving.remove(&(browser_id, client_id)) {
            self.tabs.forget(client_id, &tabs);
        }
        // With the tabs an extension forgets the client, and one that was stopped is still there.
        if self.roster.get(client_id).is_some() {
            self.clients_changed(now);
        }
    }

    fn end_call(&mut self, call_id: CallId, now: Instant) {
        self.recall(call_id);
        self.finish(call_id, Outcome::Refused(refusals::caller_left()), now);
    }
}
