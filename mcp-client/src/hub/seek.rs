//! Runs a search for a hub: the discovery decides, a [`World`] acts.

use std::fs::File;
use std::time::Duration;

use tabmux_protocol::message::Welcome;
use tabmux_protocol::{HubId, Installation};
use tokio::time::Instant;

use super::dial::{Introduction, Socket, dial};
use super::discovery::{Action, Discovery, Event, GiveUp, Policy, State};
use super::error::{ConnectError, LaunchError};
use super::holder::Holder;
use super::launch::Launcher;
use super::replace;
use crate::ClientSettings;
use crate::retry::Retry;

/// What a search does to the world; tests run searches in a made-up one.
pub(crate) trait World {
    /// A greeted connection.
    type Greeted: Send;

    /// Dials and greets once; waits for an answer at most `within`, where that is given.
    fn dial(
        &mut self,
        within: Option<Duration>,
    ) -> impl Future<Output = Result<Self::Greeted, ConnectError>> + Send;
    /// Whether the person stopped the hub.
    fn is_stopped(&self) -> bool;
    /// Takes the launch lock; `false` if another process holds it.
    fn lock(&mut self) -> Result<bool, LaunchError>;
    /// Gives the launch lock back, if it is held.
    fn unlock(&mut self);
    /// Launches a hub and waits until it serves or says that one does, at most `budget`.
    fn spawn(&mut self, budget: Duration) -> impl Future<Output = Result<(), LaunchError>> + Send;
    /// Asks the hub that cannot serve us to leave, if it is ours and older; waits at most `budget`.
    fn replace(&mut self, budget: Duration) -> impl Future<Output = bool> + Send;
    /// Whose silence it was that nothing was heard on our port; `holder` had the port at its end.
    fn judge_silence(&self, holder: Option<&Holder>) -> Silence;
    /// Ends that hub, which hangs; says whether it is gone.
    fn end(&mut self, hub: HubId) -> impl Future<Output = bool> + Send;
    /// Waits a moment, longer each time until the next greeting.
    fn pause(&mut self) -> impl Future<Output = ()> + Send;
}

/// Whose silence it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Our own hub's: it must be the one on our port.
    Ours(HubId),
    /// Somebody's who has gone meanwhile: a hub that another process has just ended, for one.
    Gone,
    /// A stranger's, or nobody knows whose.
    Strangers,
}

/// Searches until a hub is greeted or there is none to be had; `watch` is told of every state on the way. Says also
/// whether this search started the hub.
pub(crate) async fn seek<W: World>(
    world: &mut W,
    policy: Policy,
    mut watch: impl FnMut(State),
) -> Result<(W::Greeted, bool), LaunchError> {
    let (mut discovery, mut action) = Discovery::new(policy, Instant::now());
    let mut last_error = None;
    loop {
        watch(discovery.state());
        let event = match action {
            Action::Dial => match world.dial(discovery.patience_left(Instant::now())).await {
                Ok(greeted) => {
                    world.unlock();
                    return Ok((greeted, discovery.has_spawned()));
                }
                Err(error) => {
                    let event = judge(&error, world);
                    last_error = Some(LaunchError::Connect(error));
                    event
                }
            },
            Action::Lock => match world.lock() {
                Ok(true) => Event::Locked,
                Ok(false) => Event::LockBusy,
                Err(error) => remember(&mut last_error, error),
            },
            Action::Spawn => match world.spawn(discovery.left(Instant::now())).await {
                Ok(()) => Event::Spawned,
                Err(error) => remember(&mut last_error, error),
            },
            Action::Replace if world.replace(discovery.left(Instant::now())).await => Event::Replaced,
            Action::End(hub) if world.end(hub).await => Event::Replaced,
            Action::Replace | Action::End(_) => Event::Broken,
            Action::Pause => {
                world.pause().await;
                Event::Paused
            }
            Action::Done => Event::Greeted,
            Action::GiveUp(why) => {
                world.unlock();
                return Err(error_of(why, last_error, policy.budget));
            }
        };
        action = discovery.handle(event, Instant::now());
    }
}

fn remember(last_error: &mut Option<LaunchError>, error: LaunchError) -> Event {
    *last_error = Some(error);
    Event::Broken
}

fn judge(error: &ConnectError, world: &impl World) -> Event {
    if error.is_absent() {
        Event::Absent { stopped: world.is_stopped() }
    } else if let ConnectError::Silent { holder, .. } = error {
        match world.judge_silence(holder.as_ref()) {
            Silence::Ours(hub) => {
                tracing::warn!(%hub, "The hub takes connections and does not answer yet");
                Event::Silent(hub)
            }
            Silence::Gone => Event::Passing,
            Silence::Strangers => Event::Refused,
        }
    } else if error.is_passing() {
        Event::Passing
    } else if error.is_version() {
        Event::Outdated
    } else {
        Event::Refused
    }
}

fn error_of(why: GiveUp, last_error: Option<LaunchError>, budget: Duration) -> LaunchError {
    let budget_ms = budget.as_millis().try_into().unwrap_or(u64::MAX);
    match (why, last_error) {
        (GiveUp::Stopped, _) => LaunchError::Stopped,
        (GiveUp::OutOfTime(step), _) => LaunchError::OutOfTime { step, budget_ms },
        (GiveUp::LastError, Some(error)) => error,
        (GiveUp::LastError, None) => LaunchError::OutOfTime { step: "dialling the hub", budget_ms },
    }
}

/// The real world: this machine, and one installation on it.
pub(crate) struct LocalWorld<F> {
    installation: Installation,
    settings: ClientSettings,
    launcher: Launcher,
    retry: Retry,
    introduce: F,
    launch_lock: Option<File>,
}

impl<F, I> LocalWorld<F>
where
    F: FnMut() -> I + Send,
    I: Future<Output = Introduction> + Send,
{
    /// `introduce` is asked at every attempt, after the hub's challenge.
    pub(crate) fn new(installation: &Installation, settings: &ClientSettings, introduce: F) -> Self {
        Self {
            installation: installation.clone(),
            settings: settings.clone(),
            launcher: Launcher::of_this_program(installation),
            retry: Retry::new(settings),
            introduce,
            launch_lock: None,
        }
    }
}

impl<F, I> World for LocalWorld<F>
where
    F: FnMut() -> I + Send,
    I: Future<Output = Introduction> + Send,
{
    type Greeted = (Socket, Welcome);

    async fn dial(&mut self, within: Option<Duration>) -> Result<Self::Greeted, ConnectError> {
        let introduction = (self.introduce)();
        let settings = match within {
            Some(within) => &self.settings.within(within),
            None => &self.settings,
        };
        let greeted = dial(&self.installation, settings, introduction).await;
        if greeted.is_ok() {
            self.retry.reset();
        }
        greeted
    }

    fn is_stopped(&self) -> bool {
        self.installation.stopped_mark().exists()
    }

    fn lock(&mut self) -> Result<bool, LaunchError> {
        let lock = || {
            self.installation.prepare_runtime_dir()?;
            self.installation.try_launch_lock()
        };
        self.launch_lock = lock().map_err(ConnectError::from)?;
        Ok(self.launch_lock.is_some())
    }

    fn unlock(&mut self) {
        self.launch_lock = None;
    }

    async fn spawn(&mut self, budget: Duration) -> Result<(), LaunchError> {
        self.launcher.launch(budget).await
    }

    async fn replace(&mut self, budget: Duration) -> bool {
        replace::ask_to_leave(&self.installation, budget).await
    }

    fn judge_silence(&self, holder: Option<&Holder>) -> Silence {
        if let Some(hub) = replace::silent_hub(&self.installation) {
            return Silence::Ours(hub);
        }
        let holder_today = Holder::of_port(self.installation.port);
        let is_gone = holder_today.as_ref() != holder || (Holder::are_shown() && holder_today.is_none());
        if is_gone { Silence::Gone } else { Silence::Strangers }
    }

    async fn end(&mut self, hub: HubId) -> bool {
        replace::end_silent(&self.installation, hub).await
    }

    async fn pause(&mut self) {
        tokio::time::sleep(self.retry.next()).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tabmux_protocol::{Refusal, RefusalCode};
    use tokio::task::JoinSet;
    use tokio::time::sleep;

    use super::*;

    const POLICY: Policy =
        Policy { budget: Duration::from_secs(10), patience: Duration::from_secs(8), may_launch: true };

    /// A machine on which several processes look for a hub.
    #[derive(Debug, Default)]
    struct Machine {
        serving: bool,
        outdated: bool,
        hung: bool,
        locked: bool,
        spawned: usize,
        replaced: usize,
        ended: usize,
    }

    /// One process on it; every step takes a time that depends on the seed, so that seeds are orders of events.
    struct Process {
        machine: Arc<Mutex<Machine>>,
        holds_lock: bool,
        seed: u64,
    }

    impl Process {
        async fn take_a_while(&mut self) {
            // The multiplier and increment of Knuth's MMIX generator.
            self.seed =
                self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sleep(Duration::from_millis((self.seed >> 33) % 40)).await;
        }
    }

    impl World for Process {
        type Greeted = ();

        async fn dial(&mut self, within: Option<Duration>) -> Result<(), ConnectError> {
            self.take_a_while().await;
            if self.machine.lock().unwrap().hung {
                let patience = Duration::from_secs(5).min(within.unwrap_or(Duration::MAX));
                sleep(patience).await;
                return Err(ConnectError::Silent { port: 1, holder: None, step: "greeting", within_ms: 0 });
            }
            let machine = self.machine.lock().unwrap();
            match (machine.outdated, machine.serving) {
                (true, _) => Err(ConnectError::Refused(Refusal {
                    code: RefusalCode::Version,
                    message: "2 to 3 against 1 to 1".into(),
                    fix: "update".into(),
                })),
                (false, true) => Ok(()),
                (false, false) => Err(ConnectError::Absent { port: 1 }),
            }
        }

        fn is_stopped(&self) -> bool {
            false
        }

        fn lock(&mut self) -> Result<bool, LaunchError> {
            let mut machine = self.machine.lock().unwrap();
            self.holds_lock = !std::mem::replace(&mut machine.locked, true);
            Ok(self.holds_lock)
        }

        fn unlock(&mut self) {
            if std::mem::take(&mut self.holds_lock) {
                self.machine.lock().unwrap().locked = false;
            }
        }

        async fn spawn(&mut self, _: Duration) -> Result<(), LaunchError> {
            self.machine.lock().unwrap().spawned += 1;
            self.take_a_while().await;
            self.machine.lock().unwrap().serving = true;
            Ok(())
        }

        async fn replace(&mut self, _: Duration) -> bool {
            self.take_a_while().await;
            let mut machine = self.machine.lock().unwrap();
            machine.replaced += usize::from(std::mem::take(&mut machine.outdated));
            true
        }

        fn judge_silence(&self, _: Option<&Holder>) -> Silence {
            match self.machine.lock().unwrap().hung {
                true => Silence::Ours(HubId(uuid::Uuid::from_u128(1))),
                false => Silence::Gone,
            }
        }

        async fn end(&mut self, _: HubId) -> bool {
            assert!(self.holds_lock);
            let mut machine = self.machine.lock().unwrap();
            machine.ended += usize::from(std::mem::take(&mut machine.hung));
            machine.serving = false;
            true
        }

        async fn pause(&mut self) {
            self.take_a_while().await;
        }
    }

    async fn race(racers: u64, seed: u64, machine: Machine) -> Machine {
        let machine = Arc::new(Mutex::new(machine));
        let mut tasks = JoinSet::new();
        for racer in 0..racers {
            let mut process =
                Process { machine: machine.clone(), holds_lock: false, seed: seed * 1_000 + racer };
            tasks.spawn(async move { seek(&mut process, POLICY, |_| ()).await.map(|_| ()) });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
        Arc::try_unwrap(machine).unwrap().into_inner().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn ten_racers_start_one_hub_in_every_order_and_all_are_greeted() {
        for seed in 0..300 {
            let machine = race(10, seed, Machine::default()).await;
            assert_eq!(machine.spawned, 1, "seed {seed}");
            assert!(!machine.locked, "seed {seed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ten_racers_replace_an_older_hub_by_one() {
        for seed in 0..100 {
            let machine = race(10, seed, Machine { outdated: true, ..Machine::default() }).await;
            assert_eq!((machine.replaced, machine.spawned), (1, 1), "seed {seed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ten_racers_replace_a_hub_that_hangs_by_one_within_their_time() {
        for seed in 0..100 {
            let began_at = Instant::now();
            let machine = race(10, seed, Machine { hung: true, serving: true, ..Machine::default() }).await;
            assert_eq!((machine.ended, machine.spawned), (1, 1), "seed {seed}");
            assert!(began_at.elapsed() < Duration::from_secs(12), "seed {seed}: {:?}", began_at.elapsed());
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_silence_of_a_stranger_is_told_from_that_of_one_who_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = |name: &str| folder.path().join(name);
        let installation = Installation {
            port: listener.local_addr().unwrap().port(),
            runtime_dir: at("run"),
            state_dir: at("state"),
            config_path: at("config.toml"),
        };
        let settings = ClientSettings::default();
        let world = LocalWorld::new(&installation, &settings, || std::future::ready(Introduction::cli()));
        let holder = Holder::of_port(installation.port);
        assert_eq!(world.judge_silence(holder.as_ref()), Silence::Strangers);
        assert_eq!(world.judge_silence(None), Silence::Gone, "another one has come");
        drop(listener);
        assert_eq!(world.judge_silence(holder.as_ref()), Silence::Gone);
        assert_eq!(world.judge_silence(None), Silence::Gone);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hub_that_never_comes_up_uses_up_the_budget_and_no_more() {
        let machine = Arc::new(Mutex::new(Machine { locked: true, ..Machine::default() }));
        let mut process = Process { machine, holds_lock: false, seed: 1 };
        let began_at = Instant::now();
        let error = seek(&mut process, POLICY, |_| ()).await.unwrap_err();
        assert!(matches!(error, LaunchError::OutOfTime { .. }), "{error}");
        assert!(began_at.elapsed() < Duration::from_millis(10_100), "{:?}", began_at.elapsed());
    }
}
