//! The decisions of finding a hub, without any IO: what happened goes in, what to do next comes out.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

/// Where a process stands with the hub (acceptance row A9).
///
/// | from | what happened | to | what is done |
/// |---|---|---|---|
/// | seek | greeted | ready | |
/// | seek | nobody listens, and the hub was stopped | failed | |
/// | seek | nobody listens | launch | take the launch lock |
/// | seek | a hub that comes or goes | seek | pause, dial |
/// | seek | an older hub that cannot serve us | replace | ask it to leave |
/// | launch | another process launches | seek | pause, dial |
/// | launch | the lock is ours | launch | dial once more, then spawn |
/// | launch | spawned, or one was running | greet | dial |
/// | launch | the spawn failed | failed | |
/// | greet | greeted | ready | |
/// | greet | nobody listens yet | launch | pause, then spawn again |
/// | replace | it has left | launch | take the launch lock |
/// | replace | it has not | failed | |
/// | ready | the connection is lost | seek | dial |
/// | any | a stranger, a forger, a refusal, no time left | failed | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Looking whether a hub is there.
    Seek,
    /// Starting one.
    Launch,
    /// Greeting one that was just started.
    Greet,
    /// Greeted.
    Ready,
    /// Asking an older hub to make room.
    Replace,
    /// There is none to be had.
    Failed,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Dial and greet.
    Dial,
    /// Take the lock under which a hub is launched, without waiting for it.
    Lock,
    /// Launch a hub; the lock is held.
    Spawn,
    /// Ask the older hub to leave.
    Replace,
    /// Wait a moment.
    Pause,
    /// Nothing: the hub is greeted.
    Done,
    /// Nothing: there is no hub to be had.
    GiveUp(GiveUp),
}

/// Why the search ended without a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GiveUp {
    /// What happened last says why.
    LastError,
    /// The person stopped the hub.
    Stopped,
    /// The time was up; it went into this step.
    OutOfTime(&'static str),
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The hub is greeted.
    Greeted,
    /// Nobody listens.
    Absent {
        /// Whether the person stopped the hub.
        stopped: bool,
    },
    /// A hub that comes or goes: another attempt may succeed.
    Passing,
    /// An older hub cannot serve us.
    Outdated,
    /// A final no: a stranger, a forger, a refusal.
    Refused,
    /// The launch lock is ours.
    Locked,
    /// Another process holds the launch lock.
    LockBusy,
    /// The step just asked for failed.
    Broken,
    /// A hub was started, or turned out to be running.
    Spawned,
    /// The older hub has left.
    Replaced,
    /// The moment is over.
    Paused,
}

/// One search for a hub.
#[derive(Debug)]
pub struct Discovery {
    state: State,
    may_launch: bool,
    locked: bool,
    spawned: bool,
    /// From the first thing that went otherwise than greeting at once.
    began: Option<Instant>,
    budget: Duration,
    spent: Spent,
}

impl Discovery {
    /// Begins a search that takes at most `budget`; with `may_launch` it starts a hub where there is none.
    pub fn new(budget: Duration, may_launch: bool, now: Instant) -> (Self, Action) {
        let spent = Spent { step: Action::Dial, since: now, times: [Duration::ZERO; 4] };
        let discovery = Self {
            state: State::Seek,
            may_launch,
            locked: false,
            spawned: false,
            began: None,
            budget,
            spent,
        };
        (discovery, Action::Dial)
    }

    /// Where the search stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether this search started a hub.
    pub fn has_spawned(&self) -> bool {
        self.spawned
    }

    /// How much of the time is left.
    pub fn left(&self, now: Instant) -> Duration {
        self.began.map_or(self.budget, |began| self.budget.saturating_sub(now.duration_since(began)))
    }

    /// Takes in what happened and says what to do next.
    pub fn handle(&mut self, event: Event, now: Instant) -> Action {
        if event != Event::Greeted {
            self.began.get_or_insert(now);
        }
        let action = self.decide(event, now);
        self.spent.turn_to(action, now);
        action
    }

    fn decide(&mut self, event: Event, now: Instant) -> Action {
        match event {
            Event::Greeted => self.to(State::Ready, Action::Done),
            Event::Absent { stopped: true } => self.to(State::Failed, Action::GiveUp(GiveUp::Stopped)),
            Event::Absent { .. } if !self.may_launch => self.fail(),
            Event::Refused | Event::Broken => self.fail(),
            _ if self.left(now).is_zero() => {
                let step = self.spent.longest(now);
                self.to(State::Failed, Action::GiveUp(GiveUp::OutOfTime(step)))
            }
            Event::Absent { .. } => match self.state {
                // Started, and gone or not yet there: a hub that was leaving held the lock, or ours died young.
                State::Greet => self.to(State::Launch, Action::Pause),
                _ if self.locked => self.to(State::Launch, Action::Spawn),
                _ => self.to(State::Launch, Action::Lock),
            },
            Event::Locked => {
                self.locked = true;
                // Whoever held the lock before may have started one.
                self.to(State::Launch, Action::Dial)
            }
            Event::LockBusy => self.to(State::Seek, Action::Pause),
            Event::Passing => self.to(self.state, Action::Pause),
            Event::Paused => self.to(self.state, Action::Dial),
            Event::Spawned => {
                self.spawned = true;
                self.to(State::Greet, Action::Dial)
            }
            Event::Outdated if self.state == State::Replace => self.fail(),
            Event::Outdated => self.to(State::Replace, Action::Replace),
            Event::Replaced => self.to(State::Launch, Action::Lock),
        }
    }

    fn fail(&mut self) -> Action {
        self.to(State::Failed, Action::GiveUp(GiveUp::LastError))
    }

    fn to(&mut self, state: State, action: Action) -> Action {
        self.state = state;
        action
    }
}

/// Which step the time went into, so that an error can name it.
#[derive(Debug)]
struct Spent {
    step: Action,
    since: Instant,
    times: [Duration; 4],
}

impl Spent {
    const STEPS: [&'static str; 4] = [
        "dialling the hub",
        "starting it",
        "waiting for an older hub to leave",
        "waiting for a hub to come up",
    ];

    fn turn_to(&mut self, action: Action, now: Instant) {
        self.times[Self::index(self.step)] += now.duration_since(self.since);
        (self.step, self.since) = (action, now);
    }

    fn longest(&self, now: Instant) -> &'static str {
        let mut times = self.times;
        times[Self::index(self.step)] += now.duration_since(self.since);
        let longest = times.iter().enumerate().max_by_key(|(_, time)| **time);
        Self::STEPS[longest.map_or(0, |(index, _)| index)]
    }

    fn index(action: Action) -> usize {
        match action {
            Action::Dial => 0,
            Action::Spawn => 1,
            Action::Replace => 2,
            Action::Lock | Action::Pause | Action::Done | Action::GiveUp(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Duration = Duration::from_secs(10);
    const ABSENT: Event = Event::Absent { stopped: false };

    fn play(events: &[Event]) -> (Discovery, Vec<Action>) {
        play_with(true, events)
    }

    fn play_with(may_launch: bool, events: &[Event]) -> (Discovery, Vec<Action>) {
        let now = Instant::now();
        let (mut discovery, first) = Discovery::new(BUDGET, may_launch, now);
        let mut actions = vec![first];
        actions.extend(events.iter().map(|event| discovery.handle(*event, now)));
        (discovery, actions)
    }

    #[test]
    fn a_running_hub_is_greeted_and_nothing_else_is_done() {
        let (discovery, actions) = play(&[Event::Greeted]);
        assert_eq!(actions, [Action::Dial, Action::Done]);
        assert_eq!(discovery.state(), State::Ready);
        assert!(!discovery.has_spawned());
    }

    #[test]
    fn a_missing_hub_is_started_only_under_the_lock_and_after_a_second_look() {
        let (discovery, actions) = play(&[ABSENT, Event::Locked, ABSENT, Event::Spawned, Event::Greeted]);
        use Action::*;
        assert_eq!(actions, [Dial, Lock, Dial, Spawn, Dial, Done]);
        assert!(discovery.has_spawned());
    }

    #[test]
    fn a_hub_that_came_while_the_lock_was_taken_is_greeted_and_none_started() {
        let (discovery, actions) = play(&[ABSENT, Event::Locked, Event::Greeted]);
        assert_eq!(actions.last(), Some(&Action::Done));
        assert!(!discovery.has_spawned());
    }

    #[test]
    fn whoever_does_not_get_the_lock_dials_after_a_pause() {
        let (discovery, actions) = play(&[ABSENT, Event::LockBusy, Event::Paused]);
        assert_eq!(actions, [Action::Dial, Action::Lock, Action::Pause, Action::Dial]);
        assert_eq!(discovery.state(), State::Seek);
    }

    #[test]
    fn a_stopped_hub_is_not_started() {
        let (discovery, actions) = play(&[Event::Absent { stopped: true }]);
        assert_eq!(actions.last(), Some(&Action::GiveUp(GiveUp::Stopped)));
        assert_eq!(discovery.state(), State::Failed);
    }

    #[test]
    fn a_search_that_may_not_launch_ends_where_nobody_listens() {
        let (_, actions) = play_with(false, &[ABSENT]);
        assert_eq!(actions.last(), Some(&Action::GiveUp(GiveUp::LastError)));
    }

    #[test]
    fn a_stranger_ends_the_search_in_every_state() {
        for before in
            [&[][..], &[ABSENT], &[ABSENT, Event::Locked], &[ABSENT, Event::Locked, ABSENT, Event::Spawned]]
        {
            let mut events = before.to_vec();
            events.push(Event::Refused);
            let (discovery, actions) = play(&events);
            assert_eq!(actions.last(), Some(&Action::GiveUp(GiveUp::LastError)), "{before:?}");
            assert_eq!(discovery.state(), State::Failed);
        }
    }

    #[test]
    fn a_hub_that_is_gone_when_it_should_be_greeted_is_started_again_after_a_pause() {
        let start = [ABSENT, Event::Locked, ABSENT, Event::Spawned];
        let (_, actions) = play(&[&start[..], &[ABSENT, Event::Paused, ABSENT]].concat());
        assert_eq!(actions[5..], [Action::Pause, Action::Dial, Action::Spawn]);
    }

    #[test]
    fn an_older_hub_is_asked_once_to_leave() {
        let (discovery, actions) = play(&[Event::Outdated, Event::Replaced, Event::Locked]);
        assert_eq!(actions[1..], [Action::Replace, Action::Lock, Action::Dial]);
        assert_eq!(discovery.state(), State::Launch);
        let (discovery, _) = play(&[Event::Outdated, Event::Broken]);
        assert_eq!(discovery.state(), State::Failed);
    }

    #[test]
    fn the_error_names_the_step_that_used_the_time_up() {
        let mut now = Instant::now();
        let (mut discovery, _) = Discovery::new(BUDGET, true, now);
        for event in [ABSENT, Event::Locked, ABSENT] {
            discovery.handle(event, now);
        }
        now += Duration::from_secs(6);
        assert_eq!(discovery.handle(Event::Spawned, now), Action::Dial);
        assert_eq!(discovery.left(now), Duration::from_secs(4));
        now += Duration::from_secs(4);
        assert_eq!(discovery.handle(ABSENT, now), Action::GiveUp(GiveUp::OutOfTime("starting it")));
    }

    #[test]
    fn no_order_of_events_spawns_without_the_lock_or_goes_on_after_the_end() {
        const EVENTS: [Event; 8] = [
            ABSENT,
            Event::Passing,
            Event::Outdated,
            Event::Locked,
            Event::LockBusy,
            Event::Spawned,
            Event::Replaced,
            Event::Paused,
        ];
        // Every sequence of six events, as far as each answers what was asked.
        for mut number in 0..EVENTS.len().pow(6) {
            let now = Instant::now();
            let (mut discovery, mut action) = Discovery::new(BUDGET, true, now);
            let mut locked = false;
            for _ in 0..6 {
                let event = EVENTS[number % EVENTS.len()];
                number /= EVENTS.len();
                if !answers(action, event) {
                    break;
                }
                locked |= event == Event::Locked;
                action = discovery.handle(event, now);
                assert!(action != Action::Spawn || locked);
            }
        }
    }

    fn answers(action: Action, event: Event) -> bool {
        match action {
            Action::Dial => matches!(event, Event::Absent { .. } | Event::Passing | Event::Outdated),
            Action::Lock => matches!(event, Event::Locked | Event::LockBusy),
            Action::Spawn => event == Event::Spawned,
            Action::Replace => event == Event::Replaced,
            Action::Pause => event == Event::Paused,
            Action::Done | Action::GiveUp(_) => false,
        }
    }
}
