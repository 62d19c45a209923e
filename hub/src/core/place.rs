//! Which browser is active: calls go to one at a time, the others wait in reserve, and all are told.

use std::time::Instant;

use tabmux_protocol::BrowserId;
use tabmux_protocol::message::{ActiveBrowser, HubState, Notice, Place, PlaceNotice};

use super::Hub;
use super::hub::Peer;
use super::io::{LinkId, Message};
use super::timers::Reason;

impl Hub {
    /// The person wants calls to go to that browser. What the other one has is finished there; what waits goes to this
    /// one. A hub that leaves starts nothing any more.
    pub(super) fn on_activate(&mut self, link: LinkId, now: Instant) {
        let Some(Peer::Extension(chosen)) = self.links.get(&link).copied() else { return };
        if self.active == Some(chosen) || self.state != HubState::Serving {
            return;
        }
        self.give_up_lost_active();
        self.activate(chosen, now);
    }

    /// The active browser stayed away for too long: the first one in reserve takes its place.
    pub(super) fn promote(&mut self, now: Instant) {
        if self.active_link().is_some() {
            return;
        }
        self.give_up_lost_active();
        let first = self.browsers.iter().min_by_key(|(_, browser)| browser.order).map(|(id, _)| *id);
        if let Some(first) = first {
            self.activate(first, now);
        }
    }

    /// The place of a browser that joins. One that the hub before held in reserve does not take the place of a hub that
    /// has just started: the one that was active is about to come, too, and nothing is switched behind the person.
    pub(super) fn place_on_join(&self, joining: BrowserId, before: Option<Place>, now: Instant) -> Place {
        match self.active {
            Some(active) if active != joining => Place::Reserve,
            None if before == Some(Place::Reserve) && now < self.first_promotion() => Place::Reserve,
            _ => Place::Active,
        }
    }

    /// Makes a connected browser the one that calls go to.
    pub(super) fn activate(&mut self, browser_id: BrowserId, now: Instant) {
        self.active = Some(browser_id);
        self.timers.clear(Reason::Promote);
        self.tell_browser();
        self.tell_places();
        self.send_lost_calls(browser_id, now);
        self.send_waiting_calls(browser_id, now);
    }

    /// Lets a browser that has joined wait; what it had on an earlier connection it finishes.
    pub(super) fn hold_in_reserve(&mut self, browser_id: BrowserId, now: Instant) {
        if self.active.is_none() {
            self.timers.set_if_clear(Reason::Promote, self.first_promotion());
        }
        self.tell_places();
        self.send_lost_calls(browser_id, now);
    }

    /// The link of the active browser, while it is connected.
    pub(super) fn active_link(&self) -> Option<LinkId> {
        self.browsers.get(&self.active?)?.link
    }

    /// Tells clients and command lines about the browser, if that is news.
    pub(super) fn tell_browser(&mut self) {
        let connected = |id: BrowserId| {
            let browser = self.browsers.get(&id).filter(|browser| browser.link.is_some())?;
            Some(browser.state(id))
        };
        let state = self.active.and_then(connected).unwrap_or_default();
        if state == self.told {
            return;
        }
        self.told = state;
        let notice = Notice { browser: Some(self.told.clone()), ..Notice::default() };
        self.tell_peers(&notice);
    }

    /// Tells every client and command line.
    pub(super) fn tell_peers(&mut self, notice: &Notice) {
        let is_told = |peer: &Peer| !matches!(peer, Peer::Extension(_));
        let links: Vec<LinkId> =
            self.links.iter().filter(|(_, peer)| is_told(peer)).map(|(link, _)| *link).collect();
        for link in links {
            self.send(link, Message::Notice(notice.clone()));
        }
    }

    /// Tells every browser its place, if that is news to it. One that is away keeps its place for a while, so that
    /// those in reserve are still told its name.
    fn tell_places(&mut self) {
        let active = self.active.and_then(|id| self.browsers.get(&id));
        let active = active.map(|browser| ActiveBrowser { name: browser.name.clone(), pid: browser.pid });
        let mut news = Vec::new();
        for (id, browser) in &mut self.browsers {
            let place = match self.active {
                Some(active) if active == *id => PlaceNotice { place: Place::Active, active: None },
                _ => PlaceNotice { place: Place::Reserve, active: active.clone() },
            };
            if let Some(link) = browser.link.filter(|_| browser.told != place) {
                browser.told = place.clone();
                news.push((link, place));
            }
        }
        for (link, place) in news {
            self.send(link, Message::Place(place));
        }
    }

    /// When a hub that has just started has waited long enough for the browser that was active before.
    fn first_promotion(&self) -> Instant {
        self.started_at + self.policy.reserve_wait
    }

    /// Forgets an active browser that is away. What it may have done waits for it to come back as one in reserve.
    fn give_up_lost_active(&mut self) {
        if self.active_link().is_none()
            && let Some(lost) = self.active.take()
        {
            self.browsers.remove(&lost);
        }
    }
}
