//! Which client owns which tab. One owner a tab is what the map's shape guarantees.

use std::collections::BTreeMap;

use tabmux_protocol::message::{OwnedTab, TabStatus};
use tabmux_protocol::{BrowserId, ClientId, TabId};

/// The most tabs that are remembered of one installation; an extension that reports more is not believed.
const MAX_TABS: usize = 10_000;

/// A tab of a client.
#[derive(Debug)]
struct Tab {
    owner: ClientId,
    /// Whether the person has it: the former owner is told so when it names the tab.
    taken_over: bool,
    url: String,
    title: String,
}

/// What a client may do with a tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The tab is its own.
    Own,
    /// The tab is another client's.
    Foreign,
    /// The person took the tab from it.
    TakenOver,
    /// The tab is its own, in a browser that calls do not go to.
    Elsewhere,
    /// There is no such tab.
    Unknown,
}

/// All tabs, by browser and handle, and the next handle.
#[derive(Debug, Default)]
pub(crate) struct Tabs {
    tabs: BTreeMap<(BrowserId, TabId), Tab>,
    next: u64,
}

impl Tabs {
    /// Says what `client` may do with `tab`.
    pub(crate) fn claim(&self, browser: BrowserId, tab: TabId, client: ClientId) -> Claim {
        match self.claim_here(browser, tab, client) {
            Claim::Unknown if self.is_elsewhere(tab, client) => Claim::Elsewhere,
            claim => claim,
        }
    }

    /// Gives a tab to its owner; `false` if it is another's, or if there are too many.
    pub(crate) fn give(&mut self, browser: BrowserId, tab: OwnedTab) -> bool {
        let OwnedTab { tab, client_id, url, title } = tab;
        let claim = self.claim_here(browser, tab, client_id);
        if claim == Claim::Foreign || (claim == Claim::Unknown && self.tabs.len() >= MAX_TABS) {
            return false;
        }
        self.raise_next(tab.0.saturating_add(1));
        self.tabs.insert((browser, tab), Tab { owner: client_id, taken_over: false, url, title });
        true
    }

    /// Updates address and title; `false` if the tab is not that client's.
    pub(crate) fn change(
        &mut self,
        browser: BrowserId,
        tab: TabId,
        client: ClientId,
        url: Option<String>,
        title: Option<String>,
    ) -> bool {
        let Some(known) = self.owned(browser, tab, client) else { return false };
        known.url = url.unwrap_or_else(|| std::mem::take(&mut known.url));
        known.title = title.unwrap_or_else(|| std::mem::take(&mut known.title));
        true
    }

    /// Notes that the person has the tab; `false` if it is not that client's.
    pub(crate) fn take_over(&mut self, browser: BrowserId, tab: TabId, client: ClientId) -> bool {
        let Some(known) = self.owned(browser, tab, client) else { return false };
        known.taken_over = true;
        true
    }

    /// Forgets a tab; `false` if it is not that client's.
    pub(crate) fn close(&mut self, browser: BrowserId, tab: TabId, client: ClientId) -> bool {
        let is_its = self.owned(browser, tab, client).is_some();
        if is_its {
            self.tabs.remove(&(browser, tab));
        }
        is_its
    }

    /// Forgets every tab of a browser, before the browser tells them anew.
    pub(crate) fn forget_browser(&mut self, browser: BrowserId) {
        self.tabs.retain(|(of, _), _| *of != browser);
    }

    /// Forgets these tabs, as far as they are that client's.
    pub(crate) fn forget(&mut self, client: ClientId, gone: &[(BrowserId, TabId)]) {
        for key in gone {
            if self.tabs.get(key).is_some_and(|tab| tab.owner == client) {
                self.tabs.remove(key);
            }
        }
    }

    /// Every tab of a client, those that the person took included.
    pub(crate) fn keys_of(&self, client: ClientId) -> Vec<(BrowserId, TabId)> {
        self.tabs.iter().filter(|(_, tab)| tab.owner == client).map(|(key, _)| *key).collect()
    }

    /// Every tab of each client, in the order of the handles, as `tabmux status` shows it.
    pub(crate) fn statuses(&self) -> BTreeMap<ClientId, Vec<TabStatus>> {
        let mut statuses = BTreeMap::<ClientId, Vec<TabStatus>>::new();
        for ((_, tab), known) in self.tabs.iter().filter(|(_, known)| !known.taken_over) {
            let status = TabStatus { tab: *tab, url: known.url.clone(), title: known.title.clone() };
            statuses.entry(known.owner).or_default().push(status);
        }
        for tabs in statuses.values_mut() {
            tabs.sort_by_key(|status| status.tab);
        }
        statuses
    }

    /// How many tabs each client has, those that the person took not counted.
    pub(crate) fn counts(&self) -> BTreeMap<ClientId, usize> {
        let mut counts = BTreeMap::new();
        for known in self.tabs.values().filter(|known| !known.taken_over) {
            *counts.entry(known.owner).or_default() += 1;
        }
        counts
    }

    /// The number of the next handle, above all that were seen.
    pub(crate) fn next(&self) -> u64 {
        self.next.max(1)
    }

    /// Makes sure that the next handle is at least that.
    pub(crate) fn raise_next(&mut self, at_least: u64) {
        /// The largest number that JavaScript counts exactly; what claims to be above is not believed.
        const LARGEST: u64 = (1 << 53) - 1;
        if at_least <= LARGEST {
            self.next = self.next.max(at_least);
        }
    }

    fn claim_here(&self, browser: BrowserId, tab: TabId, client: ClientId) -> Claim {
        match self.tabs.get(&(browser, tab)) {
            Some(known) if known.owner != client && known.taken_over => Claim::Unknown,
            Some(known) if known.owner != client => Claim::Foreign,
            Some(known) if known.taken_over => Claim::TakenOver,
            Some(_) => Claim::Own,
            None => Claim::Unknown,
        }
    }

    fn is_elsewhere(&self, tab: TabId, client: ClientId) -> bool {
        let is_it = |((_, handle), known): (&(BrowserId, TabId), &Tab)| {
            *handle == tab && known.owner == client && !known.taken_over
        };
        self.tabs.iter().any(is_it)
    }

    fn owned(&mut self, browser: BrowserId, tab: TabId, client: ClientId) -> Option<&mut Tab> {
        self.tabs.get_mut(&(browser, tab)).filter(|known| known.owner == client)
    }
}
