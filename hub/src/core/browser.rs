//! Browsers: joining, one of them active, the others in reserve; losses, and what happens to tabs.

use std::collections::BTreeMap;
use std::time::Instant;

use tabmux_protocol::message::{
    BrowserState, EventKind, ExtensionEvent, HubState, OwnedTab, PeerKind, Place, PlaceNotice, Welcome,
};
use tabmux_protocol::{BootId, BrowserId, CallId, ClientId};
use uuid::Uuid;

use super::Hub;
use super::hub::{Peer, displaced};
use super::io::{ExtensionJoin, LinkId, Message};
use super::queue::{Queue, Window};
use super::timers::Reason;

/// A browser that is connected, or was a moment ago and keeps its place.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) link: Option<LinkId>,
    pub(crate) boot_id: BootId,
    pub(crate) pid: Option<u32>,
    pub(crate) name: Option<String>,
    pub(crate) version: String,
    pub(crate) since: Instant,
    /// Its number in the order in which browsers came.
    pub(super) order: u64,
    /// What it was last told about its place.
    pub(super) told: PlaceNotice,
    /// The calls that it had on an earlier link, for sending again.
    pub(super) resends: Queue,
    /// What its socket has not taken yet.
    pub(super) window: Window,
    /// The client that had the last turn.
    pub(super) last_turn: ClientId,
    /// What it was asked on its current link and has not answered.
    pub(crate) requests: BTreeMap<u64, Request>,
}

/// What an extension was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Request {
    Call(CallId),
    Leave(ClientId),
}

impl Browser {
    /// What clients are told about it.
    pub(crate) fn state(&self, id: BrowserId) -> BrowserState {
        BrowserState {
            connected: self.link.is_some(),
            browser_id: Some(id),
            boot_id: Some(self.boot_id),
            pid: self.pid,
            name: self.name.clone(),
        }
    }
}

impl Hub {
    pub(super) fn join_extension(
        &mut self,
        link: LinkId,
        id: u64,
        terms: (String, u32),
        join: ExtensionJoin,
        now: Instant,
    ) {
        let browser_id = join.browser_id;
        if let Some(older) = self.browsers.get(&browser_id).and_then(|browser| browser.link) {
            self.unlink(older);
            self.close(older, displaced("browser"));
            self.calls_lost(browser_id, now);
        }
        self.counters.joined_by(PeerKind::Extension, self.browsers.contains_key(&browser_id));
        // A browser that only was away keeps its number in the order.
        let order = self.browsers.get(&browser_id).map_or(self.joined_browsers, |browser| browser.order);
        self.joined_browsers += 1;
        let place = self.place_on_join(browser_id, join.place, now);
        let browser = Browser {
            link: Some(link),
            boot_id: join.boot_id,
            pid: join.pid,
            name: join.name,
            version: join.version,
            since: now,
            order,
            told: PlaceNotice { place, active: None },
            resends: Queue::default(),
            window: Window::default(),
            last_turn: ClientId(Uuid::nil()),
            requests: BTreeMap::new(),
        };
        let state = browser.state(browser_id);
        self.browsers.insert(browser_id, browser);
        self.links.insert(link, Peer::Extension(browser_id));
        self.tabs.raise_next(join.next_tab);
        let leavers = self.adopt_tabs(browser_id, join.tabs, now);
        let welcome = Welcome {
            browser: state,
            next_tab: Some(self.tabs.next()),
            place: Some(place),
            clients: self.roster.summaries(),
            ..self.welcome(terms)
        };
        self.send(link, Message::Welcome { id, welcome: Box::new(welcome) });
        for client in leavers {
            self.send_leave(browser_id, client);
        }
        match place {
            Place::Active => self.activate(browser_id, now),
            Place::Reserve => self.hold_in_reserve(browser_id, now),
        }
    }

    /// An extension's connection is gone; its browser keeps its place for a while.
    pub(super) fn lose_extension(&mut self, browser_id: BrowserId, now: Instant) {
        self.calls_lost(browser_id, now);
        if self.active == Some(browser_id) {
            if let Some(browser) = self.browsers.get_mut(&browser_id) {
                browser.link = None;
                browser.requests.clear();
                browser.resends = Queue::default();
            }
            self.timers.set(Reason::Promote, now + self.policy.reserve_wait);
            self.tell_browser();
        } else {
            self.browsers.remove(&browser_id);
        }
    }

    pub(super) fn on_event(&mut self, link: LinkId, event: ExtensionEvent, now: Instant) {
        let Some(Peer::Extension(browser)) = self.links.get(&link).copied() else { return };
        let ExtensionEvent { event, tab, client_id, url, title } = event;
        let believed = match event {
            EventKind::TabCreated => {
                let (url, title) = (url.unwrap_or_default(), title.unwrap_or_default());
                self.take_in(browser, OwnedTab { tab, client_id, url, title }, now)
            }
            EventKind::TabChanged => self.tabs.change(browser, tab, client_id, url, title),
            EventKind::TabClosed => self.tabs.close(browser, tab, client_id),
            EventKind::TakenOver => self.tabs.take_over(browser, tab, client_id),
        };
        if !believed {
            self.dropped += 1;
        }
    }

    /// Notes what a connected browser is asked. Returns its link and the number of the request.
    pub(super) fn ask(&mut self, browser_id: BrowserId, request: Request) -> Option<(LinkId, u64)> {
        let browser = self.browsers.get_mut(&browser_id)?;
        let link = browser.link?;
        let id = self.next_request;
        self.next_request += 1;
        browser.requests.insert(id, request);
        Some((link, id))
    }

    /// Takes over what the browser has stored about tabs. Returns the clients that left or were stopped while it was away:
    /// it is to deal with their tabs first.
    fn adopt_tabs(&mut self, browser: BrowserId, tabs: Vec<OwnedTab>, now: Instant) -> Vec<ClientId> {
        self.tabs.forget_browser(browser);
        let mut leavers = Vec::new();
        for tab in tabs {
            let client = tab.client_id;
            let is_gone = self
                .leaving
                .get(&(browser, client))
                .is_some_and(|leaving| leaving.is_stopped || self.roster.get(client).is_none());
            if is_gone {
                self.tabs.give(browser, tab);
                if !leavers.contains(&client) {
                    leavers.push(client);
                }
            } else if !self.take_in(browser, tab, now) {
                self.dropped += 1;
            }
        }
        self.leaving.retain(|(of, _), _| *of != browser);
        leavers
    }

    /// Notes a tab and its owner; an unknown owner becomes a client that is away.
    fn take_in(&mut self, browser: BrowserId, tab: OwnedTab, now: Instant) -> bool {
        let client = tab.client_id;
        let is_known = self.roster.get(client).is_some();
        if !is_known && (self.roster.len() >= self.policy.max_clients || self.state != HubState::Serving) {
            return false;
        }
        if !self.tabs.give(browser, tab) {
            return false;
        }
        if self.roster.adopt(client, now) {
            self.give_grace(client, now);
            self.clients_changed(now);
        }
        true
    }
}
