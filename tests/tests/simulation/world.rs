//! The scheduler: one clock, one list of what happens when, and everybody in it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tabmux_hub::core::Hub;
use tabmux_protocol::{CallId, HubId};

use crate::browser::{Browser, Wake};
use crate::client::{Client, Wish};
use crate::faults::SETTLED;
use crate::ledger::Ledger;
use crate::net::{ConnId, Dialler, End, Net, Parcel};
use crate::seed::Seed;
use crate::story::Story;

/// The wall clock at the beginning of each story, in milliseconds since the Unix epoch.
const EPOCH_MS: f64 = 1_800_000_000_000.0;
/// When the workers are at rest after the calls that test whether everything works again: before a deadline that was
/// left standing would end.
const RESTED: Duration = Duration::from_secs(20);
/// When everything is forgotten about those calls.
const PROBED: Duration = Duration::from_secs(75);

/// Everybody, and what happens next.
pub struct World {
    pub seed: Seed,
    pub now: Duration,
    base: Instant,
    agenda: BTreeMap<(Duration, u64), Event>,
    ticket: u64,
    pub story: Story,
    pub net: Net,
    pub hub: Option<Hub>,
    /// The hub of which `hub.json` tells.
    pub hub_id: Option<HubId>,
    pub is_launching: bool,
    /// The person stopped the hub.
    pub is_stopped: bool,
    /// The client that holds the lock under which a hub is launched.
    pub launch_lock: Option<usize>,
    pub clients: Vec<Client>,
    pub browsers: Vec<Browser>,
    pub ledger: Ledger,
    pub is_calm: bool,
    /// The longest time that one step of a tool takes, in milliseconds.
    pub step_ms: u64,
    /// The longest time that a frame travels, in milliseconds.
    travel_ms: u64,
    /// The first thing that must not be.
    pub problem: Option<String>,
}

/// What happens at a time.
#[derive(Debug)]
pub enum Event {
    Arrive { conn: ConnId, at: End },
    Heartbeat { conn: ConnId },
    Written { conn: ConnId },
    HubUp,
    Dialled { client: usize, search: u64 },
    Paused { client: usize, search: u64 },
    Spawned { client: usize, search: u64 },
    Start { client: usize },
    Wish { client: usize, wish: Wish },
    TakeBack { client: usize, id: CallId },
    Repeat { client: usize, id: CallId },
    Wake { browser: usize, life: u64, wake: Wake },
    Storage { browser: usize },
    Effect { browser: usize, process: u64, life: u64, id: u64, call: String },
    StartBrowser { browser: usize },
    Revive { browser: usize },
    Fault,
    PersonStarts,
    Calm,
    Probe,
    Rest,
    End,
}

impl World {
    /// Plays the whole story of a seed.
    pub fn play(number: u64) -> Self {
        let mut world = Self::begin(number);
        while world.problem.is_none() && world.step() {}
        world
    }

    fn begin(number: u64) -> Self {
        let mut seed = Seed::new(number);
        let clients = 1 + seed.index(4);
        let browsers = if seed.chance(30) { 2 } else { 1 };
        let step_ms = [3, 30, 300][seed.index(3)];
        let travel_ms = [2, 2, 20, 200][seed.index(4)];
        let mut world = Self {
            seed,
            now: Duration::ZERO,
            base: Instant::now(),
            agenda: BTreeMap::new(),
            ticket: 0,
            story: Story::default(),
            net: Net::default(),
            hub: None,
            hub_id: None,
            is_launching: false,
            is_stopped: false,
            launch_lock: None,
            clients: (0..clients).map(|_| Client::new()).collect(),
            browsers: (0..browsers).map(|_| Browser::default()).collect(),
            ledger: Ledger::default(),
            is_calm: false,
            step_ms,
            travel_ms,
            problem: None,
        };
        world.plan();
        world
    }

    /// Decides what will happen by itself: who starts when, what agents ask, and what goes wrong.
    fn plan(&mut self) {
        let is_peaceful = self.seed.chance(5);
        for browser in 0..self.browsers.len() {
            let at = self.seed.ms(0..if self.seed.clone().chance(70) { 500 } else { 9_000 });
            self.after(at, Event::StartBrowser { browser });
        }
        let length_ms = [2_000, 10_000, 30_000][self.seed.index(3)];
        let mut times = Vec::new();
        for client in 0..self.clients.len() {
            let at = self.seed.ms(0..2_000);
            self.after(at, Event::Start { client });
            for _ in 0..1 + self.seed.below(6) {
                let wished_at = at + self.seed.ms(0..length_ms);
                times.push(wished_at);
                let wish = self.some_wish(is_peaceful);
                self.after(wished_at, Event::Wish { client, wish });
            }
        }
        if !is_peaceful {
            for _ in 0..1 + self.seed.below(7) {
                // Most of what goes wrong does so while a call is at work.
                let near = times[self.seed.index(times.len())] + self.seed.ms(0..self.step_ms * 6);
                let at = if self.seed.chance(75) { near } else { self.seed.ms(0..length_ms + 20_000) };
                self.after(at, Event::Fault);
            }
        }
        let end = Duration::from_millis(length_ms + 25_000);
        self.after(end, Event::Calm);
        self.after(end + SETTLED, Event::Probe);
        self.after(end + SETTLED + RESTED, Event::Rest);
        self.after(end + SETTLED + PROBED, Event::End);
    }

    fn some_wish(&mut self, must_succeed: bool) -> Wish {
        let tool =
            ["browser_type", "browser_type", "browser_press_key", "browser_snapshot"][self.seed.index(4)];
        let size = if self.seed.chance(15) { 20_000 } else { 0 };
        let plan = format!("{},{},{size}", self.seed.below(4), self.seed.below(4));
        let is_short = !must_succeed && self.seed.chance(20);
        let longest = self.step_ms * 20;
        let deadline = is_short.then(|| self.seed.ms(1..longest));
        let is_cancelled = !must_succeed && self.seed.chance(12);
        let cancel_after = is_cancelled.then(|| self.seed.ms(0..self.step_ms * 8));
        let is_repeated = self.seed.chance(10);
        let repeat_after = is_repeated.then(|| self.seed.ms(0..self.step_ms * 8));
        Wish { tool, plan, deadline, must_succeed, cancel_after, repeat_after }
    }

    /// Lets the next thing happen. Of what is due at once, the core's deadlines come first, then the clients'.
    fn step(&mut self) -> bool {
        let base = tokio::time::Instant::from_std(self.base);
        let hub = self.hub.as_ref().and_then(Hub::poll_timeout).map(|(at, _)| at - self.base);
        let client = (0..self.clients.len())
            .filter_map(|client| Some((self.clients[client].next_timeout(base)?, client)))
            .min();
        let event = self.agenda.first_key_value().map(|((at, _), _)| *at);
        let times = [hub, client.map(|(at, _)| at), event];
        let Some(at) = times.into_iter().flatten().min() else { return false };
        self.now = self.now.max(at);
        if hub == Some(at) {
            self.hub_timeout();
        } else if let Some((_, client)) = client.filter(|(due, _)| *due == at) {
            self.client_timeout(client);
        } else if let Some((_, event)) = self.agenda.pop_first() {
            if matches!(event, Event::End) {
                self.end_story();
                return false;
            }
            self.happen(event);
        }
        true
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Arrive { conn, at } => self.arrive(conn, at),
            Event::Heartbeat { conn } => self.heartbeat(conn),
            Event::Written { conn } => self.written(conn),
            Event::HubUp => self.hub_up(),
            Event::Dialled { client, search } => self.client_dialled(client, search),
            Event::Paused { client, search } => self.client_paused(client, search),
            Event::Spawned { client, search } => self.client_spawned(client, search),
            Event::Start { client } => self.start_client(client),
            Event::Wish { client, wish } => self.wish(client, wish),
            Event::TakeBack { client, id } => self.take_back(client, id),
            Event::Repeat { client, id } => self.repeat(client, id),
            Event::Wake { browser, life, wake } => self.wake(browser, life, wake),
            Event::Storage { browser } => self.storage(browser),
            Event::Effect { browser, process, life, id, call } => {
                self.effect(browser, process, life, id, &call);
            }
            Event::StartBrowser { browser } => self.start_browser(browser),
            Event::Revive { browser } => {
                self.start_browser(browser);
                self.start_worker(browser);
            }
            Event::Fault if self.is_calm => {}
            Event::Fault => self.fault(),
            Event::PersonStarts => self.person_starts(),
            Event::Calm => self.calm(),
            Event::Probe => self.probe(),
            Event::Rest => self.check_workers(),
            Event::End => {}
        }
    }

    /// Everything was answered long ago and works again: each agent has a tab that nothing blocks.
    fn probe(&mut self) {
        self.say("story", "tests whether everything works again");
        let answered = self.ledger.check_answered();
        self.note(answered);
        for client in 0..self.clients.len() {
            for tool in ["browser_type", "browser_snapshot"] {
                let wish = Wish {
                    tool,
                    plan: "1,1,0".into(),
                    deadline: None,
                    must_succeed: true,
                    cancel_after: None,
                    repeat_after: None,
                };
                self.wish(client, wish);
            }
        }
    }

    fn end_story(&mut self) {
        let answered = self.ledger.check_answered();
        self.note(answered);
        self.check_hub();
        self.check_clients();
    }

    fn arrive(&mut self, conn: ConnId, at: End) {
        let Some(parcel) = self.net.arrive(conn, at) else { return };
        let Some(dialler) = self.net.get(conn).map(|conn| conn.dialler) else { return };
        let who = if at == End::Hub { "hub".to_owned() } else { format!("{dialler:?}") };
        self.say("wire", &format!("{conn} to {who}: {parcel:?}"));
        match (at, dialler) {
            (End::Hub, _) => self.hub_hears(conn, parcel),
            (End::Dialler, Dialler::Client(client)) => self.client_hears(client, conn, parcel),
            (End::Dialler, Dialler::Worker { browser, life, socket }) => {
                self.worker_hears((browser, life, socket), &parcel);
            }
        }
    }

    /// Sends to an end of a connection.
    pub fn send(&mut self, conn: ConnId, to: End, parcel: Parcel) {
        let at = self.now + self.seed.ms(0..self.travel_ms);
        if let Some(at) = self.net.send(conn, to, parcel, at) {
            self.at(at, Event::Arrive { conn, at: to });
        }
    }

    /// Closes an end and tells the other. An end that dies loses some of what it has written.
    pub fn close(&mut self, conn: ConnId, end: End, dies: bool) {
        let other = if end == End::Hub { End::Dialler } else { End::Hub };
        self.net.close(conn, end);
        if dies {
            let under_way = self.net.under_way(conn, other);
            let kept = self.seed.index(under_way + 1);
            self.net.lose_after(conn, other, kept);
        }
        self.end(conn, other);
    }

    /// Tells an end that the connection is over.
    pub fn end(&mut self, conn: ConnId, to: End) {
        self.send(conn, to, Parcel::End);
    }

    /// Time passes and nothing happens; then everything that is due happens at nearly the same time.
    pub fn stand_still(&mut self, time: Duration) {
        self.now += time;
        let late = self.agenda.split_off(&(self.now, 0));
        let due = std::mem::replace(&mut self.agenda, late);
        for (_, event) in due {
            let delay = self.seed.ms(0..5);
            self.after(delay, event);
        }
    }

    pub fn after(&mut self, delay: Duration, event: Event) {
        self.at(self.now + delay, event);
    }

    fn at(&mut self, at: Duration, event: Event) {
        self.ticket += 1;
        self.agenda.insert((at, self.ticket), event);
    }

    /// The hub's clock.
    pub fn instant(&self) -> Instant {
        self.base + self.now
    }

    /// The clients' clock.
    pub fn client_instant(&self) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.instant())
    }

    /// The wall clock.
    pub fn wall_ms(&self) -> f64 {
        EPOCH_MS + self.now.as_secs_f64() * 1_000.0
    }

    pub fn note(&mut self, checked: Result<(), String>) {
        if let Err(problem) = checked {
            self.problem.get_or_insert(problem);
        }
    }

    pub fn say(&mut self, who: &str, what: &str) {
        self.story.say(self.now, who, what);
    }

    pub fn say_of(&mut self, kind: &str, number: usize, what: &str) {
        self.story.say(self.now, &format!("{kind} {number}"), what);
    }
}
