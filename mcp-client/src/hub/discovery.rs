//! The decisions of finding a hub, without any IO: what happened goes in, what to do next comes out.

use std::time::Duration;

use serde::Serialize;
use tabmux_protocol::HubId;
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
/// | seek, launch, greet | our own hub says nothing | same | take the launch lock, dial once more |
/// | seek, launch, greet | and has said nothing for too long | replace | end it, dial |
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
    /// End that hub, which hangs; the lock is held.
    End(HubId),
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
    /// That hub, which is ours, took the connection and said nothing.
    Silent(HubId),
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
    locked: bool,
    spawned: bool,
    /// From the first thing that went otherwise than greeting at once.
    began: Option<Instant>,
    /// The hub that says nothing, and since when.
    silent: Option<(HubId, Instant)>,
    policy: Policy,
    spent: Spent,
}

/// What a search may do.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How long it may take.
    pub budget: Duration,
    /// How long our own hub may say nothing until it is ended.
    pub patience: Duration,
    /// Whether it starts a hub where there is none, and ends one that hangs.
    pub may_launch: bool,
}

impl Discovery {
    /// Begins a search.
    pub fn new(policy: Policy, now: Instant) -> (Self, Action) {
        let spent = Spent { step: Action::Dial, since: now, times: [Duration::ZERO; 4] };
        let discovery = Self {
            state: State::Seek,
            locked: false,
            spawned: false,
            began: None,
            silent: None,
            policy,
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
        let budget = self.policy.budget;
        self.began.map_or(budget, |began| budget.saturating_sub(now.duration_since(began)))
    }

    /// How long the next attempt may take where a hub has said nothing so far: no longer than its patience lasts.
    pub fn patience_left(&self, now: Instant) -> Option<Duration> {
        self.silent.map(|(_, since)| self.policy.patience.saturating_sub(now.duration_since(since)))
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
            Event::Absent { .. } | Event::Silent(_) if !self.policy.may_launch => self.fail(),
            Event::Refused | Event::Broken => self.fail(),
            // Before the budget: a hub that has used all of it up by its silence is the one to end.
            Event::Silent(hub) => self.bear(hub, now),
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
            Event::Replaced if self.locked => self.to(State::Launch, Action::Dial),
            Event::Replaced => self.to(State::Launch, Action::Lock),
        }
    }

    /// Bears with a hub that says nothing, and ends it when that has lasted too long. Whoever holds the launch lock does
    /// it; the others go on dialling. A hub that is only late has said something by then, or its successor has.
    fn bear(&mut self, hub: HubId, now: Instant) -> Action {
        let since = match self.silent {
            Some((silent, since)) if silent == hub => since,
            // Its silence began with the attempt that it did not answer.
            _ => self.spent.since,
        };
        self.silent = Some((hub, since));
        let is_hung = now.duration_since(since) >= self.policy.patience;
        match (self.locked, is_hung) {
            (true, true) => self.to(State::Replace, Action::End(hub)),
            (true, false) => self.to(self.state, Action::Dial),
            (false, _) if self.left(now).is_zero() => self.fail(),
            (false, _) => self.to(self.state, Action::Lock),
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
    const STEPS: [&'static str; 4] =
        ["dialling the hub", "starting it", "waiting for a hub to make room", "waiting for a hub to come up"];

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
            Action::Replace | Action::End(_) => 2,
            Action::Lock | Action::Pause | Action::Done | Action::GiveUp(_) => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const BUDGET: Duration = Duration::from_secs(10);
    const PATIENCE: Duration = Duration::from_secs(8);
    const HUB: HubId = HubId(Uuid::from_u128(1));
    const ABSENT: Event = Event::Absent { stopped: false };

    fn play(events: &[Event]) -> (Discovery, Vec<Action>) {
        play_with(true, events)
    }

    fn policy(may_launch: bool) -> Policy {
        Policy { budget: BUDGET, patience: PATIENCE, may_launch }
    }

    fn play_with(may_launch: bool, events: &[Event]) -> (Discovery, Vec<Action>) {
        let now = Instant::now();
        let (mut discovery, first) = Discovery::new(policy(may_launch), now);
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
    fn our_own_hub_is_ended_under_the_lock_when_it_has_said_nothing_for_too_long() {
        let mut now = Instant::now();
        let (mut discovery, _) = Discovery::new(policy(true), now);
        now += Duration::from_secs(5);
        assert_eq!(discovery.handle(Event::Silent(HUB), now), Action::Lock);
        assert_eq!(discovery.handle(Event::Locked, now), Action::Dial);
        assert_eq!(discovery.patience_left(now), Some(Duration::from_secs(3)));
        now += Duration::from_secs(3);
        assert_eq!(discovery.handle(Event::Silent(HUB), now), Action::End(HUB));
        assert_eq!(discovery.state(), State::Replace);
        assert_eq!(discovery.handle(Event::Replaced, now), Action::Dial);
        assert_eq!(discovery.handle(ABSENT, now), Action::Spawn);
    }

    #[test]
    fn a_hub_that_is_late_or_was_replaced_meanwhile_is_not_ended() {
        let mut now = Instant::now();
        let (mut discovery, _) = Discovery::new(policy(true), now);
        for event in [Event::Silent(HUB), Event::Locked] {
            now += Duration::from_secs(4);
            discovery.handle(event, now);
        }
        // Eight seconds after the first attempt another hub is silent: its patience has just begun.
        let next = HubId(Uuid::from_u128(2));
        assert_eq!(discovery.handle(Event::Silent(next), now), Action::Dial);
        now += Duration::from_secs(1);
        assert_eq!(discovery.handle(Event::Greeted, now), Action::Done);
    }

    #[test]
    fn who_does_not_get_the_lock_ends_nobody_and_gives_up_in_time() {
        let mut now = Instant::now();
        let (mut discovery, _) = Discovery::new(policy(true), now);
        let mut action = Action::Dial;
        while !matches!(action, Action::GiveUp(_)) {
            now += if action == Action::Dial { Duration::from_secs(5) } else { Duration::ZERO };
            let event = match action {
                Action::Dial => Event::Silent(HUB),
                Action::Lock => Event::LockBusy,
                _ => Event::Paused,
            };
            action = discovery.handle(event, now);
            assert!(!matches!(action, Action::End(_)));
        }
        assert_eq!(action, Action::GiveUp(GiveUp::LastError));
        let (_, actions) = play_with(false, &[Event::Silent(HUB)]);
        assert_eq!(actions.last(), Some(&Action::GiveUp(GiveUp::LastError)), "without leave to launch");
    }

    #[test]
    fn the_error_names_the_step_that_used_the_time_up() {
        let mut now = Instant::now();
        let (mut discovery, _) = Discovery::new(policy(true), now);
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
        const EVENTS: [Event; 9] = [
            ABSENT,
            Event::Silent(HUB),
            Event::Passing,
            Event::Outdated,
            Event::Locked,
            Event::LockBusy,
            Event::Spawned,
            Event::Replaced,
            Event::Paused,
        ];
        // Every sequence of six events, as far as each answers what was asked; each takes a while.
        let began_at = Instant::now();
        for mut number in 0..EVENTS.len().pow(6) {
            let mut now = began_at;
            let (mut discovery, mut action) = Discovery::new(policy(true), now);
            let mut locked = false;
            for _ in 0..6 {
                let event = EVENTS[number % EVENTS.len()];
                number /= EVENTS.len();
                if !answers(action, event) {
                    break;
                }
                locked |= event == Event::Locked;
                now += PATIENCE / 5;
                action = discovery.handle(event, now);
                assert!(!matches!(action, Action::Spawn | Action::End(_)) || locked);
            }
        }
    }

    fn answers(action: Action, event: Event) -> bool {
        match action {
            Action::Dial => {
                matches!(event, Event::Absent { .. } | Event::Passing | Event::Outdated | Event::Silent(_))
            }
            Action::Lock => matches!(event, Event::Locked | Event::LockBusy),
            Action::Spawn => event == Event::Spawned,
            Action::Replace | Action::End(_) => event == Event::Replaced,
            Action::Pause => event == Event::Paused,
            Action::Done | Action::GiveUp(_) => false,
        }
    }
}
