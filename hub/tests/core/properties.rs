//! All orders of joins, leaves, calls, cancels, answers, losses, returns and timeouts, against what must hold in each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tabmux_hub::HubSettings;
use tabmux_hub::core::{Input, LinkId, Message, Outcome};
use tabmux_protocol::message::{Control, ControlAction, ControlParams, EventKind, Place, ShutdownMode};
use tabmux_protocol::{CallId, ClientId, TabId};

use crate::world::{World, browser_id, call_id, client_id, payload, tab};

const CLIENTS: u128 = 4;
const BROWSERS: u128 = 2;
const CALLS: u128 = 10;
const TABS: u64 = 5;
/// What a call's deadline is in these runs, and the longest that its answer may take.
const CALL_MS: u64 = 20_000;
const ANSWERED_WITHIN: Duration = Duration::from_millis(CALL_MS + 1_000);

#[derive(Debug, Clone)]
enum Action {
    Join(u128),
    Drop(u128),
    Bye(u128),
    Call { client: u128, call: u128, tab: Option<u64>, read: bool, resend: bool },
    Cancel { client: u128, call: u128 },
    Browser { browser: u128, boot: u128 },
    Lose(u128),
    Activate(u128),
    Control { by_popup: bool, client: Option<u128>, action: ControlAction },
    Written { browser: u128, calls: usize },
    Answer { browser: u128, which: usize, is_error: bool },
    AnswerAgain { browser: u128 },
    AnswerUnknown { browser: u128, id: u64 },
    AnswerFromClient { client: u128, id: u64 },
    Progress { browser: u128, call: u128 },
    Open { browser: u128, tab: u64, client: u128 },
    Event { browser: u128, kind: EventKind, tab: u64, client: u128 },
    Wait(u64),
    StandStill(u64),
    Shutdown(ShutdownMode),
}

fn action() -> impl Strategy<Value = Action> {
    let client = || 0..CLIENTS;
    let browser = || 0..BROWSERS;
    let kind = prop_oneof![
        Just(EventKind::TabCreated),
        Just(EventKind::TabChanged),
        Just(EventKind::TabClosed),
        Just(EventKind::TakenOver)
    ];
    let said =
        prop_oneof![Just(ControlAction::Pause), Just(ControlAction::Resume), Just(ControlAction::Stop)];
    prop_oneof![
        6 => client().prop_map(Action::Join),
        2 => client().prop_map(Action::Drop),
        1 => client().prop_map(Action::Bye),
        12 => (client(), 0..CALLS, prop::option::weighted(0.3, 0..TABS), any::<bool>(), any::<bool>())
            .prop_map(|(client, call, tab, read, resend)| Action::Call { client, call, tab, read, resend }),
        2 => (client(), 0..CALLS).prop_map(|(client, call)| Action::Cancel { client, call }),
        4 => (browser(), 0..3_u128).prop_map(|(browser, boot)| Action::Browser { browser, boot }),
        2 => browser().prop_map(Action::Lose),
        2 => browser().prop_map(Action::Activate),
        3 => (any::<bool>(), prop::option::weighted(0.8, client()), said)
            .prop_map(|(by_popup, client, action)| Action::Control { by_popup, client, action }),
        8 => (browser(), 1..4_usize).prop_map(|(browser, calls)| Action::Written { browser, calls }),
        10 => (browser(), any::<usize>(), any::<bool>())
            .prop_map(|(browser, which, is_error)| Action::Answer { browser, which, is_error }),
        1 => browser().prop_map(|browser| Action::AnswerAgain { browser }),
        1 => (browser(), 0..40_u64).prop_map(|(browser, id)| Action::AnswerUnknown { browser, id: id + 1_000 }),
        1 => (client(), 0..9_u64).prop_map(|(client, id)| Action::AnswerFromClient { client, id }),
        1 => (browser(), 0..CALLS).prop_map(|(browser, call)| Action::Progress { browser, call }),
        3 => (browser(), 0..TABS, client()).prop_map(|(browser, tab, client)| Action::Open { browser, tab, client }),
        3 => (browser(), kind, 0..TABS, client())
            .prop_map(|(browser, kind, tab, client)| Action::Event { browser, kind, tab, client }),
        5 => prop_oneof![0..200_u64, 1_000..12_000_u64, 20_000..70_000_u64].prop_map(Action::Wait),
        1 => (500..70_000_u64).prop_map(Action::StandStill),
    ]
}

/// A list of actions, at whose end the hub may be asked to leave in the middle of things.
fn actions() -> impl Strategy<Value = Vec<Action>> {
    let mode = prop_oneof![Just(ShutdownMode::Stop), Just(ShutdownMode::Restart)];
    let last = prop::collection::vec(action(), 0..10);
    (prop::collection::vec(action(), 1..120), prop::option::weighted(0.3, (mode, last))).prop_map(
        |(mut actions, end)| {
            if let Some((mode, last)) = end {
                actions.push(Action::Shutdown(mode));
                actions.extend(last);
            }
            actions
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_order_each_call_is_answered_once_to_its_caller_and_in_time(actions in actions()) {
        let mut run = Run::new();
        for action in actions {
            run.act(action);
            run.check();
        }
        run.finish();
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Asked {
    call: CallId,
    at: Instant,
}

/// The world with what the peers know.
struct Run {
    world: World,
    cli: LinkId,
    clients: BTreeMap<u128, LinkId>,
    browsers: BTreeMap<u128, LinkId>,
    /// Which client is at the other end of a link.
    client_of: BTreeMap<LinkId, u128>,
    asked: BTreeMap<(LinkId, u64), Asked>,
    /// What each extension was asked and has not answered, in order.
    at_extension: BTreeMap<LinkId, Vec<(u64, Task)>>,
    last_answered: BTreeMap<u128, u64>,
    /// What each browser has stored about its tabs.
    stored: BTreeMap<u128, BTreeMap<u64, u128>>,
    seen_requests: BTreeSet<(LinkId, u64)>,
    /// What each browser was last told about its place.
    places: BTreeMap<LinkId, Place>,
    /// The browser that the person has just chosen.
    chosen: Option<LinkId>,
    /// The clients that a person holds.
    held: BTreeMap<ClientId, Control>,
    draining: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    Call(CallId),
    Cancelled(CallId),
    Leave(u128),
}

impl Run {
    fn new() -> Self {
        let settings = HubSettings { max_calls_per_client: 6, ..HubSettings::default() };
        let mut world = World::with(settings).with_slow_sockets();
        let cli = world.cli();
        Self {
            world,
            cli,
            clients: BTreeMap::new(),
            browsers: BTreeMap::new(),
            client_of: BTreeMap::new(),
            asked: BTreeMap::new(),
            at_extension: BTreeMap::new(),
            last_answered: BTreeMap::new(),
            stored: BTreeMap::new(),
            seen_requests: BTreeSet::new(),
            places: BTreeMap::new(),
            chosen: None,
            held: BTreeMap::new(),
            draining: false,
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Join(client) => {
                let link = self.world.client(client);
                self.clients.insert(client, link);
                self.client_of.insert(link, client);
            }
            Action::Drop(client) => {
                if let Some(link) = self.clients.remove(&client) {
                    self.world.gone(link);
                    self.forget(link);
                }
            }
            Action::Bye(client) => {
                if let Some(link) = self.clients.remove(&client) {
                    self.world.input(Input::Bye { link });
                }
            }
            Action::Call { client, call, tab, read, resend } => self.call(client, call, tab, read, resend),
            Action::Cancel { client, call } => {
                if let Some(link) = self.clients.get(&client) {
                    self.world.input(Input::Cancel { link: *link, call_id: call_id(call) });
                }
            }
            Action::Browser { browser, boot } => {
                let stored = self.stored.entry(browser).or_default();
                let tabs = stored.iter().map(|(number, client)| tab(*number, *client)).collect();
                let link = self.world.extension_with(browser, boot, tabs, 1);
                self.browsers.insert(browser, link);
            }
            Action::Lose(browser) => {
                if let Some(link) = self.browsers.remove(&browser) {
                    self.world.gone(link);
                    self.forget(link);
                }
            }
            Action::Activate(browser) => {
                if let Some(link) = self.browsers.get(&browser) {
                    self.world.input(Input::Activate { link: *link });
                    self.chosen = (!self.draining).then_some(*link);
                }
            }
            Action::Control { by_popup, client, action } => self.control(by_popup, client, action),
            Action::Written { browser, calls } => {
                if let Some(link) = self.browsers.get(&browser) {
                    self.world.written(*link, calls);
                }
            }
            Action::Answer { browser, which, is_error } => self.answer(browser, which, is_error),
            Action::AnswerAgain { browser } => {
                if let (Some(link), Some(id)) =
                    (self.browsers.get(&browser), self.last_answered.get(&browser))
                {
                    self.answer_with(*link, *id, Outcome::Done(payload("\"again\"")));
                }
            }
            Action::AnswerUnknown { browser, id } => {
                if let Some(link) = self.browsers.get(&browser) {
                    self.answer_with(*link, id, Outcome::Done(payload("\"unknown\"")));
                }
            }
            Action::AnswerFromClient { client, id } => {
                if let Some(link) = self.clients.get(&client) {
                    self.answer_with(*link, id, Outcome::Done(payload("\"forged\"")));
                }
            }
            Action::Progress { browser, call } => {
                if let Some(link) = self.browsers.get(&browser) {
                    let params = payload(&format!("\"{}\"", call_id(call)));
                    self.world.input(Input::Progress { link: *link, call_id: call_id(call), params });
                }
            }
            Action::Open { browser, tab, client } => {
                if let Some(link) = self.browsers.get(&browser) {
                    let stored = self.stored.entry(browser).or_default();
                    let owner = *stored.entry(tab).or_insert(client);
                    self.world.event(*link, EventKind::TabCreated, tab, owner);
                }
            }
            Action::Event { browser, kind, tab, client } => {
                if let Some(link) = self.browsers.get(&browser) {
                    self.world.event(*link, kind, tab, client);
                    let stored = self.stored.entry(browser).or_default();
                    match kind {
                        EventKind::TabCreated => _ = stored.entry(tab).or_insert(client),
                        EventKind::TabClosed | EventKind::TakenOver if stored.get(&tab) == Some(&client) => {
                            stored.remove(&tab);
                        }
                        _ => {}
                    }
                }
            }
            Action::StandStill(ms) => {
                let time = Duration::from_millis(ms);
                self.world.stand_still(time);
                // Nothing can be answered meanwhile, and the sockets are read first afterwards.
                for asked in self.asked.values_mut() {
                    asked.at += time + Duration::from_secs(1);
                }
            }
            Action::Wait(ms) => self.world.advance(Duration::from_millis(ms)),
            Action::Shutdown(mode) => {
                self.draining = true;
                self.world.shutdown(self.cli, mode);
            }
        }
    }

    fn control(&mut self, by_popup: bool, client: Option<u128>, action: ControlAction) {
        let popup = self.browsers.values().next().copied().filter(|_| by_popup);
        let (link, id) = popup.map_or((self.cli, Some(2)), |popup| (popup, None));
        let said = ControlParams { action, client_id: client.map(client_id) };
        for number in (0..CLIENTS).filter(|number| client.is_none_or(|only| only == *number)) {
            let held = self.held.entry(client_id(number)).or_default();
            *held = match (action, *held) {
                (ControlAction::Resume, _) => Control::Running,
                (ControlAction::Stop, _) | (ControlAction::Pause, Control::Stopped) => Control::Stopped,
                (ControlAction::Pause, _) => Control::Paused,
            };
        }
        self.world.input(Input::Control { link, id, said });
    }

    fn call(&mut self, client: u128, call: u128, tab: Option<u64>, read: bool, resend: bool) {
        let Some(link) = self.clients.get(&client).copied() else { return };
        // Every other call fills the socket.
        let args = &format!("\"{}\"", "x".repeat(if call.is_multiple_of(2) { 0 } else { 300_000 }));
        let id = self.world.call_with(link, call, |call| {
            call.tool = if read { "browser_snapshot" } else { "browser_click" }.into();
            call.tab = tab.map(TabId);
            call.resend = resend;
            call.deadline_ms = CALL_MS;
            call.args = payload(args);
        });
        self.asked.insert((link, id), Asked { call: call_id(call), at: self.world.now });
    }

    fn answer(&mut self, browser: u128, which: usize, is_error: bool) {
        let Some(link) = self.browsers.get(&browser).copied() else { return };
        let Some(waiting) = self.at_extension.get_mut(&link).filter(|waiting| !waiting.is_empty()) else {
            return;
        };
        let (id, task) = waiting.remove(which % waiting.len());
        self.last_answered.insert(browser, id);
        let text = match task {
            Task::Call(call) | Task::Cancelled(call) => format!("\"{call}\""),
            Task::Leave(client) => {
                let stored = self.stored.entry(browser).or_default();
                let is_its = |(tab, owner): (&u64, &u128)| (*owner == client).then_some(*tab);
                for tab in stored.iter().filter_map(is_its).collect::<Vec<_>>() {
                    stored.remove(&tab);
                    self.world.event(link, EventKind::TabClosed, tab, client);
                }
                "{}".to_owned()
            }
        };
        let outcome = if is_error { Outcome::Failed(payload(&text)) } else { Outcome::Done(payload(&text)) };
        self.answer_with(link, id, outcome);
    }

    fn answer_with(&mut self, link: LinkId, id: u64, outcome: Outcome) {
        self.world.input(Input::Answer { link, id, outcome });
    }

    /// Looks at everything that came out, and at what must hold at any time. (The world itself refuses outputs to links
    /// that the core has closed.)
    fn check(&mut self) {
        self.at_extension.retain(|link, _| !self.world.closed.contains_key(link));
        for (link, messages) in std::mem::take(&mut self.world.sent) {
            for message in messages {
                self.check_message(link, message);
            }
        }
        for link in self.world.closed.keys().copied().collect::<Vec<_>>() {
            self.clients.retain(|_, known| *known != link);
            self.browsers.retain(|_, known| *known != link);
            self.forget(link);
        }
        for ((link, id), asked) in &self.asked {
            let waited = self.world.now - asked.at;
            assert!(waited <= ANSWERED_WITHIN, "{link:?} {id} has waited for {waited:?}");
        }
        if !self.draining {
            self.check_status();
        }
    }

    fn check_message(&mut self, link: LinkId, message: Message) {
        match message {
            Message::Answer { id, outcome } => {
                let asked = self.asked.remove(&(link, id));
                let asked = asked.unwrap_or_else(|| panic!("{link:?} did not ask {id}: {outcome:?}"));
                if let Outcome::Done(text) | Outcome::Failed(text) = outcome {
                    assert_eq!(text.as_str(), format!("\"{}\"", asked.call), "another call's answer");
                }
            }
            Message::Progress(params) => {
                let is_its = |((on, _), asked): (&(LinkId, u64), &Asked)| {
                    *on == link && params.as_str() == format!("\"{}\"", asked.call)
                };
                assert!(self.asked.iter().any(is_its), "progress of a call that {link:?} does not wait for");
            }
            Message::Call { id, call } => {
                assert!(
                    self.browsers.values().any(|browser| *browser == link),
                    "a call to what is no browser"
                );
                assert!(self.seen_requests.insert((link, id)) && id > 0, "a number is used once");
                let may_begin = match self.held.get(&call.client_id).copied().unwrap_or_default() {
                    Control::Running => true,
                    // Its browser answers for what it has, and a call that was lost on the way is sent to it again.
                    Control::Paused => call.resend,
                    Control::Stopped => false,
                };
                assert!(may_begin, "a call of an agent that a person holds");
                let is_running = |(_, task): &(u64, Task)| *task == Task::Call(call.call_id);
                assert!(!self.at_extension.values().flatten().any(is_running), "a call runs in two places");
                if let (Some(tab), false) = (call.tab, call.resend) {
                    let browser = self.browsers.iter().find(|(_, known)| **known == link).map(|(b, _)| *b);
                    let owner = self.stored[&browser.unwrap()].get(&tab.0).copied();
                    assert_eq!(owner.map(client_id), Some(call.client_id), "a call on a tab of another's");
                }
                self.at_extension.entry(link).or_default().push((id, Task::Call(call.call_id)));
            }
            Message::Welcome { welcome, .. } => {
                self.places.extend(welcome.place.map(|place| (link, place)));
            }
            Message::Place(told) => _ = self.places.insert(link, told.place),
            Message::Leave { id, params } => {
                assert!(self.seen_requests.insert((link, id)), "a number is used once");
                let client = (0..CLIENTS).find(|number| client_id(*number) == params.client_id).unwrap();
                self.at_extension.entry(link).or_default().push((id, Task::Leave(client)));
            }
            Message::Cancel { call_id } => {
                // It may still be answered, too late.
                for (_, task) in self.at_extension.get_mut(&link).into_iter().flatten() {
                    if *task == Task::Call(call_id) {
                        *task = Task::Cancelled(call_id);
                    }
                }
            }
            _ => {}
        }
    }

    fn check_status(&mut self) {
        self.world.input(Input::Status { link: self.cli, id: 1, watch: true });
        let told = self.world.take(self.cli);
        let changed =
            |message: &&Message| matches!(message, Message::Notice(notice) if notice.status_changed);
        assert!(
            told.iter().filter(changed).count() <= 1,
            "whoever watches is told once for each time it asks"
        );
        let status = told.into_iter().find_map(|message| match message {
            Message::Status { status, .. } => Some(status),
            _ => None,
        });
        let status = status.unwrap();
        let per_client: usize = status.clients.iter().map(|client| client.calls_in_flight).sum();
        assert_eq!(per_client, status.hub.calls_in_flight);
        let metrics = self.world.hub.metrics(self.world.now);
        let counted: u64 = metrics.counters.tools.values().flat_map(|tool| tool.outcomes.values()).sum();
        assert_eq!(
            counted, status.hub.calls_answered,
            "each call that was answered counts once, under its outcome"
        );
        let waiting = metrics.calls_queued + metrics.calls_without_browser;
        assert_eq!(waiting, status.hub.calls_queued);
        assert_eq!(waiting + metrics.calls_running, status.hub.calls_in_flight);
        assert_eq!(status.clients.iter().filter(|client| client.connected).count(), self.clients.len());
        assert_eq!(self.world.hub.vitals().clients, self.clients.len());
        assert_eq!(status.browsers.len(), self.browsers.len());
        assert!(status.browsers.iter().filter(|browser| browser.active).count() <= 1);
        for browser in &status.browsers {
            let number = (0..BROWSERS).find(|number| Some(browser_id(*number)) == browser.state.browser_id);
            let link = self.browsers[&number.unwrap()];
            let place = if browser.active { Place::Active } else { Place::Reserve };
            assert_eq!(self.places.get(&link), Some(&place), "each browser knows its place");
        }
        if let Some(chosen) = self.chosen.take() {
            assert_eq!(self.places[&chosen], Place::Active, "the person's choice holds at once");
        }
        self.held.retain(|id, _| status.clients.iter().any(|client| client.client_id == *id));
        let labels: BTreeSet<&str> = status.clients.iter().map(|client| client.label.as_str()).collect();
        assert_eq!(labels.len(), status.clients.len(), "labels are unique");
        for client in &status.clients {
            let shown: Vec<u64> = client.tabs.iter().map(|tab| tab.tab.0).collect();
            let is_its = |owner: &u128| client_id(*owner) == client.client_id;
            let tabs = self.stored.values().flatten();
            let mut stored: Vec<u64> = tabs.filter(|(_, owner)| is_its(owner)).map(|(tab, _)| *tab).collect();
            stored.sort_unstable();
            let held = self.held.get(&client.client_id).copied().unwrap_or_default();
            assert_eq!(client.control, held, "what a person said holds");
            assert_eq!(shown, stored, "hub and browsers agree on the tabs of {}", client.label);
        }
    }

    fn forget(&mut self, link: LinkId) {
        self.asked.retain(|(on, _), _| *on != link);
        self.at_extension.remove(&link);
    }

    /// Lets everything run out: nothing may stay open, and nothing may be kept for good.
    fn finish(mut self) {
        self.world.advance(Duration::from_secs(120));
        self.check();
        assert!(self.asked.is_empty(), "left open: {:?}", self.asked);
        if self.draining {
            assert!(self.world.drained.is_some());
            return;
        }
        for link in self.clients.values().copied().collect::<Vec<_>>() {
            self.world.gone(link);
        }
        self.clients.clear();
        self.world.advance(Duration::from_secs(120));
        self.check();
        let status = self.world.status();
        assert!(status.clients.is_empty(), "clients that are away for good are forgotten");
        assert_eq!(status.hub.calls_in_flight, 0);
        assert_eq!(self.world.hub.poll_timeout(), None, "a hub at rest does not wake up");
    }
}
