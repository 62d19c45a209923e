//! The state machine: what it holds, and which part of it takes which input.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tabmux_protocol::message::{
    BrowserState, ConfigState, Control, HubState, PeerKind, TabsOnLeave, Welcome,
};
use tabmux_protocol::{BrowserId, ClientId, Refusal, RefusalCode};

use super::browser::Browser;
use super::calls::Calls;
use super::counters::Counters;
use super::io::{ClientJoin, Identity, Input, Joining, Leave, LinkId, Message, Output};
use super::leave::Leaving;
use super::memory::Memory;
use super::queue::Queue;
use super::rate::RateLimit;
use super::roster::Roster;
use super::tabs::Tabs;
use super::timers::{Reason, Timers};

/// How long changes of the clients are gathered before the extensions are told: below what a person notices in the
/// popup, and a thousand clients that join at once make a few messages and not a thousand.
const TELL_CLIENTS_AFTER: Duration = Duration::from_millis(50);

/// What the hub decides by; see `HubSettings` for the meaning of each.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How long a call waits for a browser.
    pub browser_wait: Duration,
    /// How long a lost browser keeps its place before one in reserve takes it.
    pub reserve_wait: Duration,
    /// How long a client that lost its connection is kept.
    pub grace: Duration,
    /// How long a named session is kept while nobody has taken it up.
    pub session_grace: Duration,
    /// How long a drain waits for calls in flight.
    pub shutdown: Duration,
    /// The most calls in flight of one client.
    pub max_calls_per_client: usize,
    /// How often a client may call.
    pub rate_limit: RateLimit,
    /// The most clients, those within their grace period included.
    pub max_clients: usize,
    /// What becomes of the tabs of a client that leaves.
    pub tabs_on_leave: TabsOnLeave,
}

/// What anybody may know at any time, without asking the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vitals {
    /// The hub's state.
    pub state: HubState,
    /// How many clients are connected.
    pub clients: usize,
    /// Whether the active browser is connected.
    pub browser_connected: bool,
}

/// The hub.
///
/// The life of a call; `answered` means once to each request that carried its id, and remembered for a minute:
///
/// | phase | what happens | next |
/// |---|---|---|
/// | - | `Call` | Waiting, and Sent at once if it is its turn |
/// | - | `Call` with an id in flight of the same client | attached to it |
/// | - | `Call` with a remembered id of the same client | answered from memory |
/// | - | `Call` that is over a limit, of an unknown tool, or has the id of another client's | refused |
/// | - | `Call` of a client that a person paused or stopped | answered `stopped`, unless it was sent before the pause |
/// | Waiting | a browser is there, and it is its turn | Sent, or answered `no_tab`, `not_yours`, `taken_over` |
/// | Waiting | likewise, and the browser has another memory than a call names that is sent for the first time | handed back |
/// | Waiting | no browser is there, and `browser_wait` or the deadline is over | answered `no_browser`, or `outcome_unknown` if it acts and was sent by another hub |
/// | Waiting | it was not its turn, and the deadline is over | answered `timeout`: it was never sent; or `outcome_unknown`, likewise |
/// | Waiting | `Cancel` | answered `cancelled`, likewise |
/// | Sent | `Answer` | answered |
/// | Sent | `Cancel` | Sent; the extension is told |
/// | Sent | deadline and a second are over | answered `timeout`; the extension is told |
/// | Sent | the extension is lost | Lost |
/// | Lost | the same browser is back, and it is its turn | Sent, marked as sent before |
/// | Lost | `browser_wait` or the deadline is over, or `Cancel` | answered `no_browser`, `timeout` or `cancelled` if read-only, else `outcome_unknown` |
/// | Waiting | a person pauses its client, and it was not sent before | answered `stopped` |
/// | any | a person stops its client | answered `stopped`, or `outcome_unknown` if it may have acted; the extension is told |
/// | any | its client left for good | answered `cancelled` to whoever listens; the extension is told |
/// | any | the drain of a stop is over | answered `stopped`, or `outcome_unknown` if it may have acted |
/// | any | the drain of a restart is over | handed back: the client sends it to the next hub |
///
/// A hub that drains takes calls as ever and sends none for the first time, so that each ends as its drain does.
///
/// The life of a client:
///
/// | phase | what happens | next |
/// |---|---|---|
/// | - | `Join` | Connected |
/// | - | an extension has tabs of it | Away |
/// | Connected | `Gone` | Away, for the grace period |
/// | Connected | `Join` with its id on another link | Connected there; the older link is displaced |
/// | Away | `Join` with its id | Connected, with label, colour, tabs and calls as they were |
/// | Connected | `Bye` | left: the extension deals with its tabs |
/// | Away | the grace period is over, a longer one for a named session | left, likewise |
///
/// A connected or absent client is running, paused or stopped besides, as a person says (see [`Control`]). Of a stopped one
/// the extension deals with the tabs as of one that left, and the client stays.
///
/// The life of the hub: serving → (`Shutdown`, `Signal`) draining → (nothing is at the extension, or `shutdown` is
/// over) stopped.
#[derive(Debug)]
pub struct Hub {
    pub(super) policy: Policy,
    /// What of the person's configuration is not in force.
    pub(super) config: ConfigState,
    pub(super) identity: Identity,
    pub(super) started_at: Instant,
    pub(super) state: HubState,
    pub(super) leave: Option<Leave>,
    pub(super) links: BTreeMap<LinkId, Peer>,
    pub(super) connected_clients: usize,
    pub(super) roster: Roster,
    pub(super) tabs: Tabs,
    pub(super) browsers: BTreeMap<BrowserId, Browser>,
    pub(super) joined_browsers: u64,
    /// The number of the next request to an extension. No number is used twice, on whichever link: an extension may
    /// answer on its next link what it was asked on the one before.
    pub(super) next_request: u64,
    /// The browser that calls go to. It keeps its place for a while after it is lost.
    pub(super) active: Option<BrowserId>,
    /// What clients were last told about it.
    pub(super) told: BrowserState,
    /// Clients that left for good or were stopped, and whose tabs a browser has not yet dealt with.
    pub(super) leaving: BTreeMap<(BrowserId, ClientId), Leaving>,
    pub(super) calls: Calls,
    /// The calls that no browser has seen, for the active one.
    pub(super) waiting: Queue,
    pub(super) memory: Memory,
    pub(super) timers: Timers,
    pub(super) answered: u64,
    pub(super) failed: u64,
    pub(super) dropped: u64,
    pub(super) counters: Counters,
    /// Who is to be told, once, that its picture of everything is out of date.
    pub(super) watchers: BTreeSet<LinkId>,
    outputs: VecDeque<Output>,
}

/// Who is at the other end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    Client(ClientId),
    Cli,
    Extension(BrowserId),
}

impl Hub {
    /// A hub that serves, with nobody connected.
    pub fn new(policy: Policy, identity: Identity, now: Instant) -> Self {
        // Each hub starts elsewhere, so that an answer meant for the one before is nobody's. Zero is the heartbeat's;
        // 48 bits leave enough to count on in JavaScript's 53.
        let next_request = ((identity.hub_id.0.as_u128() & 0xffff_ffff) as u64) << 16 | 1;
        Self {
            policy,
            config: ConfigState::default(),
            identity,
            started_at: now,
            state: HubState::Serving,
            leave: None,
            links: BTreeMap::new(),
            connected_clients: 0,
            roster: Roster::default(),
            tabs: Tabs::default(),
            browsers: BTreeMap::new(),
            joined_browsers: 0,
            next_request,
            active: None,
            told: BrowserState::default(),
            leaving: BTreeMap::new(),
            calls: Calls::default(),
            waiting: Queue::default(),
            memory: Memory::default(),
            timers: Timers::default(),
            answered: 0,
            failed: 0,
            dropped: 0,
            counters: Counters::default(),
            watchers: BTreeSet::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input in.
    pub fn handle(&mut self, input: Input, now: Instant) {
        let is_seen = !matches!(input, Input::Status { .. } | Input::Written { .. } | Input::Progress { .. });
        match input {
            Input::Join { link, id, proof, protocol, peer } => {
                self.on_join(link, id, (proof, protocol), *peer, now);
            }
            Input::Gone { link } => self.on_gone(link, now),
            Input::Call { link, id, call } => self.on_call(link, id, *call, now),
            Input::Cancel { link, call_id } => self.on_cancel(link, call_id, now),
            Input::Bye { link } => self.on_bye(link, now),
            Input::Status { link, id, watch } => self.on_status(link, id, watch, now),
            Input::Shutdown { link, id, mode } => self.on_shutdown(link, id, mode, now),
            Input::Control { link, id, said } => self.on_control(link, id, said, now),
            Input::Signal => self.begin_drain(Leave::Signal, now),
            Input::Configure { policy, state } => (self.policy, self.config) = (*policy, state),
            Input::Written { link, calls } => self.on_written(link, calls, now),
            Input::Answer { link, id, outcome } => self.on_answer(link, id, outcome, now),
            Input::Progress { link, call_id, params } => self.on_progress(link, call_id, params),
            Input::Activate { link } => self.on_activate(link, now),
            Input::Event { link, event } => self.on_event(link, *event, now),
        }
        if is_seen {
            self.tell_watchers();
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.forgive_a_gap(now);
        while let Some(reason) = self.timers.take_due(now) {
            match reason {
                Reason::Promote => self.promote(now),
                Reason::Call(call_id) => self.expire(call_id, now),
                Reason::Grace(client) => self.remove_client(client, now),
                Reason::Forget => {
                    self.memory.forget(now);
                    self.schedule_forget();
                    if self.memory.next().is_none() {
                        self.outputs.push_back(Output::Forgotten);
                    }
                }
                Reason::TellClients => self.tell_extensions(),
                Reason::Drain => self.finish_drain(now),
            }
            if !matches!(reason, Reason::Forget | Reason::TellClients) {
                self.tell_watchers();
            }
        }
    }

    /// When `handle_timeout` wants to be called next, and why.
    pub fn poll_timeout(&self) -> Option<(Instant, Reason)> {
        self.timers.next()
    }

    /// The next thing that the shell is to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// What `/health` tells.
    pub fn vitals(&self) -> Vitals {
        Vitals {
            state: self.state,
            clients: self.connected_clients,
            browser_connected: self.active_link().is_some(),
        }
    }

    fn on_join(&mut self, link: LinkId, id: u64, terms: (String, u32), peer: Joining, now: Instant) {
        if self.state != HubState::Serving {
            return self.outputs.push_back(Output::Refuse { link, id, refusal: leaving() });
        }
        match peer {
            Joining::Cli => {
                self.links.insert(link, Peer::Cli);
                self.counters.joined_by(PeerKind::Cli, false);
                let welcome = Box::new(self.welcome(terms));
                self.send(link, Message::Welcome { id, welcome });
            }
            Joining::Client(join) => self.join_client(link, id, terms, join, now),
            Joining::Extension(join) => self.join_extension(link, id, terms, join, now),
        }
    }

    fn join_client(&mut self, link: LinkId, id: u64, terms: (String, u32), join: ClientJoin, now: Instant) {
        let client_id = join.client_id;
        let known = self.roster.get(client_id);
        let was_known = known.is_some();
        if known.is_none() && self.roster.len() >= self.policy.max_clients {
            return self.outputs.push_back(Output::Refuse { link, id, refusal: too_many() });
        }
        if let Some(older) = known.and_then(|client| client.link) {
            self.unlink(older);
            self.close(older, displaced("client"));
        }
        let resume_token = join.resume_token.clone();
        let client = self.roster.join(join, link, now);
        let (label, colour, control) = (client.label.clone(), client.colour, client.control());
        self.timers.clear(Reason::Grace(client_id));
        self.leaving.retain(|(browser, client), leaving| {
            let is_asked = self.browsers.get(browser).is_some_and(|browser| browser.link.is_some());
            *client != client_id || leaving.is_stopped || is_asked
        });
        self.links.insert(link, Peer::Client(client_id));
        self.connected_clients += 1;
        self.counters.joined_by(PeerKind::Client, was_known);
        let welcome = Welcome {
            client_id: Some(client_id),
            resume_token: Some(resume_token),
            label: Some(label),
            colour: Some(colour.to_owned()),
            control,
            ..self.welcome(terms)
        };
        self.send(link, Message::Welcome { id, welcome: Box::new(welcome) });
        self.clients_changed(now);
    }

    fn on_gone(&mut self, link: LinkId, now: Instant) {
        match self.unlink(link) {
            Some(Peer::Client(client)) => self.client_away(client, now),
            Some(Peer::Extension(browser)) => self.lose_extension(browser, now),
            Some(Peer::Cli) | None => {}
        }
    }

    /// Forgets a link, and everything that was to be told on it.
    pub(super) fn unlink(&mut self, link: LinkId) -> Option<Peer> {
        let peer = self.links.remove(&link)?;
        self.watchers.remove(&link);
        if let Peer::Client(client) = peer {
            self.connected_clients -= 1;
            self.calls.forget_link(client, link);
        }
        Some(peer)
    }

    pub(super) fn welcome(&self, (proof, protocol): (String, u32)) -> Welcome {
        Welcome {
            proof,
            protocol,
            hub_id: self.identity.hub_id,
            version: self.identity.version.clone(),
            browser: self.told.clone(),
            client_id: None,
            resume_token: None,
            label: None,
            colour: None,
            control: Control::Running,
            next_tab: None,
            place: None,
            clients: Vec::new(),
        }
    }

    /// Sends on a link that is open; the core never writes to one that it knows to be closed.
    pub(super) fn send(&mut self, link: LinkId, message: Message) {
        if self.links.contains_key(&link) {
            self.outputs.push_back(Output::Send { link, message });
        }
    }

    pub(super) fn close(&mut self, link: LinkId, refusal: Refusal) {
        self.outputs.push_back(Output::Close { link, refusal: Some(refusal) });
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Lets the extensions know soon that the clients changed.
    pub(super) fn clients_changed(&mut self, now: Instant) {
        self.timers.set_if_clear(Reason::TellClients, now + TELL_CLIENTS_AFTER);
    }

    pub(super) fn schedule_forget(&mut self) {
        match self.memory.next() {
            Some(at) => self.timers.set_if_clear(Reason::Forget, at),
            None => self.timers.clear(Reason::Forget),
        }
    }

    fn tell_extensions(&mut self) {
        let links: Vec<LinkId> = self.browsers.values().filter_map(|browser| browser.link).collect();
        let clients = self.roster.summaries();
        for link in links {
            self.send(link, Message::Clients(clients.clone()));
        }
    }
}

pub(super) fn displaced(what: &str) -> Refusal {
    Refusal {
        code: RefusalCode::Displaced,
        message: format!("another connection of the same {what} took over"),
        fix: "use the other connection; close this process if it is a leftover".into(),
    }
}

pub(super) fn leaving() -> Refusal {
    Refusal {
        code: RefusalCode::Draining,
        message: "the hub is leaving".into(),
        fix: "connect again in a moment, or start a hub with `tabmux hub start`".into(),
    }
}

fn too_many() -> Refusal {
    Refusal {
        code: RefusalCode::TooMany,
        message: "the hub has as many clients as it takes".into(),
        fix: "close agent windows that are not needed, or raise `hub.max_clients`".into(),
    }
}
