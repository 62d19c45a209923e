//! Keeps the link up: seeks the hub, serves the connection, seeks again when it is lost.

use std::future::pending;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tabmux_protocol::message::{Control, PeerKind, Welcome};
use tabmux_protocol::{ClientId, Installation, InstanceId};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::calls::Calls;
use super::conversation::{Heard, Loss};
use super::session::Session;
use super::{Command, LinkError, View};
use crate::ClientSettings;
use crate::hub::{Introduction, LaunchError, LocalWorld, Socket, State, World, seek};

/// How long after a failed search another one looks by itself; every call looks at once.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How long the greeting waits for the agent program to say its name.
const NAME_WITHIN: Duration = Duration::from_millis(300);

/// Who the agent window is, as far as its program has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The name for its tab group.
    pub(crate) label: String,
    /// The agent program and its version.
    pub(crate) agent: Option<String>,
}

/// What the link begins with.
pub(crate) struct Start {
    pub(crate) installation: Installation,
    pub(crate) settings: ClientSettings,
    pub(crate) instance: InstanceId,
    pub(crate) cwd: Option<PathBuf>,
    /// The session that this window takes up: its client stays in the hub when the window goes.
    pub(crate) session: Option<String>,
    /// The name that the person gave the window, if any: it stands whatever the program calls itself.
    pub(crate) label: Option<String>,
    pub(crate) identity_rx: watch::Receiver<Option<Identity>>,
}

/// What the hub gave this window: a hub that comes after it is asked for the same.
#[derive(Debug, Clone)]
struct Given {
    id: ClientId,
    resume_token: String,
    label: Option<String>,
    colour: Option<String>,
    control: Control,
}

type Resume = Arc<Mutex<Option<Given>>>;

/// Keeps the link until it is told to say goodbye, or until every [`super::Link`] is gone.
pub(crate) async fn run(start: Start, commands_rx: mpsc::Receiver<Command>, view_tx: watch::Sender<View>) {
    let resume = Resume::default();
    let settings = start.settings.clone();
    let installation = start.installation.clone();
    let stays = start.session.is_some();
    let introducer = Introducer { start, resume: resume.clone(), name_by: Instant::now() + NAME_WITHIN };
    let mut world = LocalWorld::new(&installation, &settings, || introducer.introduce());
    Task { calls: Calls::new(settings.hub_wait()), settings, stays, commands_rx, view_tx, resume }
        .run(&mut world)
        .await;
}

struct Introducer {
    start: Start,
    resume: Resume,
    name_by: Instant,
}

impl Introducer {
    /// Waits until the agent program has said its name, a short while at most: the hub names the tab group only once.
    fn introduce(&self) -> impl Future<Output = Introduction> + Send + use<> {
        let mut identity_rx = self.start.identity_rx.clone();
        let name_by = self.name_by;
        let given = lock(&self.resume).clone();
        let (label, colour) =
            given.as_ref().map_or((None, None), |given| (given.label.clone(), given.colour.clone()));
        let control = given.as_ref().map_or(Control::Running, |given| given.control);
        let introduction = Introduction {
            kind: PeerKind::Client,
            instance: Some(self.start.instance.clone()),
            resume: given.map(|given| (given.id, given.resume_token)),
            session: self.start.session.is_some(),
            label: label.clone().or_else(|| self.start.label.clone()),
            colour,
            control,
            agent: None,
            cwd: self.start.cwd.clone(),
        };
        let (session, installation) = (self.start.session.clone(), self.start.installation.clone());
        async move {
            let introduction = match session.and_then(|name| session_of(&installation, &name)) {
                Some(resume) => Introduction { resume: Some(resume), ..introduction },
                None => introduction,
            };
            // A program that says nothing in time is greeted for without a name.
            let _ = timeout_at(name_by, identity_rx.wait_for(Option::is_some)).await.map(drop);
            match identity_rx.borrow().clone() {
                Some(Identity { label: own, agent }) => {
                    Introduction { label: label.or(Some(own)), agent, ..introduction }
                }
                None => introduction,
            }
        }
    }
}

struct Task {
    settings: ClientSettings,
    /// Whether the client stays in the hub when this process goes.
    stays: bool,
    calls: Calls,
    commands_rx: mpsc::Receiver<Command>,
    view_tx: watch::Sender<View>,
    resume: Resume,
}

/// How a phase of the link ended.
enum Phase<T> {
    /// With its result.
    Done(T),
    /// The process is leaving.
    Leave,
}

impl Task {
    async fn run<W: World<Greeted = (Socket, Welcome)>>(mut self, world: &mut W) {
        let mut may_launch = true;
        loop {
            match self.seek(world, may_launch).await {
                Phase::Leave => return,
                Phase::Done(Ok((socket, welcome))) => {
                    self.welcomed(&welcome);
                    match self.serve(socket, &welcome).await {
                        Phase::Leave => return,
                        Phase::Done(loss) if loss.is_displaced() => return self.stay_displaced().await,
                        Phase::Done(loss) => {
                            tracing::info!(reason = %loss, "The connection to the hub is lost");
                            may_launch = true;
                        }
                    }
                }
                Phase::Done(Err(error)) => {
                    if self.forget_refused_id(&error) {
                        continue;
                    }
                    // A call that came meanwhile is owed a search that may start a hub.
                    if !may_launch && self.calls.next_expiry().is_some() {
                        may_launch = true;
                        continue;
                    }
                    self.failed(error.into());
                    match self.rest().await {
                        Phase::Leave => return,
                        Phase::Done(called) => may_launch = called,
                    }
                }
            }
        }
    }

    /// Searches for the hub, and takes commands meanwhile.
    async fn seek<W: World>(
        &mut self,
        world: &mut W,
        may_launch: bool,
    ) -> Phase<Result<W::Greeted, LaunchError>> {
        let policy = self.settings.search(may_launch);
        let view_tx = self.view_tx.clone();
        // A search in the background does not hide why there is no hub until it has found one.
        let watch = move |state| {
            if may_launch {
                turn_to(&view_tx, state);
            }
        };
        let mut search = std::pin::pin!(seek(world, policy, watch));
        loop {
            let expiry = self.calls.next_expiry();
            tokio::select! {
                biased;
                found = &mut search => return Phase::Done(found.map(|(greeted, _)| greeted)),
                command = self.commands_rx.recv() => {
                    if let Phase::Leave = self.take_unconnected(command) {
                        return Phase::Leave;
                    }
                }
                () = at(expiry) => { self.calls.expire(Instant::now()); }
            }
        }
    }

    /// Serves a connection until it is lost: answers come first, so that their slots are free for what follows.
    async fn serve(&mut self, socket: Socket, welcome: &Welcome) -> Phase<Loss> {
        let mut session = Session::new(socket, welcome, self.settings.heartbeat());
        if let Err(loss) = session.resume(&mut self.calls) {
            return Phase::Done(loss);
        }
        loop {
            let (expiry, beat_at) = (self.calls.next_expiry(), session.next_beat());
            let sent = tokio::select! {
                biased;
                heard = session.hear(&mut self.calls) => match heard {
                    Heard::Nothing => Ok(()),
                    Heard::Browser(browser) => {
                        tracing::info!(connected = browser.connected, "The browser's state changed");
                        self.view_tx.send_modify(|view| view.browser = browser);
                        Ok(())
                    }
                    Heard::Control(control) => {
                        tracing::info!(?control, "A person spoke to this agent");
                        if let Some(given) = lock(&self.resume).as_mut() {
                            given.control = control;
                        }
                        Ok(())
                    }
                    Heard::Lost(loss) => Err(loss),
                },
                command = self.commands_rx.recv() => match command {
                    Some(Command::Bye(done)) => {
                        self.leave(session).await;
                        return goodbye(Some(done));
                    }
                    None => {
                        self.leave(session).await;
                        return goodbye(None);
                    }
                    Some(command) => self.take_connected(command, &mut session),
                },
                () = at(expiry) => {
                    let due = self.calls.expire(Instant::now());
                    due.into_iter().try_for_each(|id| session.send_cancel(id))
                }
                () = sleep_until(beat_at) => session.beat(),
            };
            if let Err(loss) = sent {
                return Phase::Done(loss);
            }
        }
    }

    /// Leaves the hub: for good, or for another process to take the session up. Its calls have nobody to answer to.
    async fn leave(&self, session: Session) {
        if self.stays {
            session.pause(&self.calls).await;
        } else {
            session.bye().await;
        }
    }

    /// Waits a while after a failed search; a call ends the wait. Says whether one did.
    async fn rest(&mut self) -> Phase<bool> {
        let until = Instant::now() + LOOK_AGAIN;
        loop {
            tokio::select! {
                biased;
                command = self.commands_rx.recv() => {
                    let is_call = matches!(command, Some(Command::Call(_)));
                    if let Phase::Leave = self.take_unconnected(command) {
                        return Phase::Leave;
                    }
                    if is_call {
                        return Phase::Done(true);
                    }
                }
                () = sleep_until(until) => return Phase::Done(false),
            }
        }
    }

    /// Answers every call with the reason until the process leaves.
    async fn stay_displaced(&mut self) {
        tracing::warn!("Another process took over this client id; not dialling again");
        self.failed(LinkError::Displaced);
        while let Phase::Done(()) = {
            let command = self.commands_rx.recv().await;
            self.take_unconnected(command)
        } {
            self.calls.give_up(&LinkError::Displaced.to_tool_error());
        }
    }

    fn take_unconnected(&mut self, command: Option<Command>) -> Phase<()> {
        match command {
            Some(Command::Call(call)) => {
                self.calls.add(*call);
            }
            Some(Command::Cancel(id)) => {
                self.calls.cancel(id, false);
            }
            // Dropping the sender says that there is no hub to ask.
            Some(Command::Status(_)) => {}
            Some(Command::Bye(done)) => return goodbye(Some(done)),
            None => return Phase::Leave,
        }
        Phase::Done(())
    }

    fn take_connected(&mut self, command: Command, session: &mut Session) -> Result<(), Loss> {
        match command {
            Command::Call(call) => {
                let id = self.calls.add(*call);
                session.send_call(&mut self.calls, id)
            }
            Command::Cancel(id) if self.calls.cancel(id, true) => session.send_cancel(id),
            Command::Status(reply) => session.ask_status(reply),
            Command::Cancel(_) | Command::Bye(_) => Ok(()),
        }
    }

    fn welcomed(&mut self, welcome: &Welcome) {
        let (client, hub) = (welcome.client_id, &welcome.version);
        tracing::info!(client = client.map(tracing::field::display), hub, "Greeted the hub");
        if let (Some(id), Some(token)) = (welcome.client_id, &welcome.resume_token) {
            let (label, colour) = (welcome.label.clone(), welcome.colour.clone());
            *lock(&self.resume) =
                Some(Given { id, resume_token: token.clone(), label, colour, control: welcome.control });
        }
        self.view_tx.send_modify(|view| view.welcomed(welcome));
    }

    /// A hub that does not know our id (its secret is another) gives us a fresh one; the tabs of the old one are gone.
    fn forget_refused_id(&mut self, error: &LaunchError) -> bool {
        let refused = matches!(error, LaunchError::Connect(error) if error.is_bad_resume());
        refused && lock(&self.resume).take().is_some()
    }

    fn failed(&mut self, error: LinkError) {
        self.calls.give_up(&error.to_tool_error());
        let text = error.to_string();
        let known = self.view_tx.borrow().problem.as_ref().is_some_and(|problem| problem.to_string() == text);
        if !known {
            tracing::warn!(reason = text, "No hub");
        }
        self.view_tx.send_modify(|view| {
            view.state = State::Failed;
            view.problem = Some(Arc::new(error));
        });
    }
}

/// The id of the session of that name, and what takes it up: both follow from the secret, which the hub has written before
/// it listens.
fn session_of(installation: &Installation, name: &str) -> Option<(ClientId, String)> {
    let secret = installation.read_secret().ok().flatten()?;
    let id = secret.session_id(name);
    Some((id, secret.resume_token(id)))
}

/// Tells whoever asked that the goodbye is said.
fn goodbye<T>(done: Option<oneshot::Sender<()>>) -> Phase<T> {
    if let Some(done) = done {
        let _ = done.send(());
    }
    Phase::Leave
}

fn turn_to(view_tx: &watch::Sender<View>, state: State) {
    view_tx.send_if_modified(|view| {
        let turned = view.state != state;
        if turned {
            tracing::info!(from = ?view.state, to = ?state, "The link's state changed");
            view.state = state;
        }
        turned
    });
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => pending().await,
    }
}

fn lock(resume: &Resume) -> std::sync::MutexGuard<'_, Option<Given>> {
    resume.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use serde_json::Map;
    use tabmux_protocol::tools::find;
    use tabmux_protocol::{CallId, HubId};
    use tokio::spawn;
    use uuid::Uuid;

    use super::super::Call;
    use super::*;
    use crate::hub::{ConnectError, Holder, Silence};

    /// A machine without a hub, on which none can be started.
    struct Nobody {
        dials_tx: mpsc::Sender<()>,
        launches: Arc<Mutex<usize>>,
    }

    impl World for Nobody {
        type Greeted = (Socket, Welcome);

        async fn dial(&mut self, _: Option<Duration>) -> Result<Self::Greeted, ConnectError> {
            self.dials_tx.try_send(()).unwrap();
            tokio::time::sleep(Duration::from_millis(500)).await;
            Err(ConnectError::Absent { port: 1 })
        }

        fn is_stopped(&self) -> bool {
            false
        }

        fn lock(&mut self) -> Result<bool, LaunchError> {
            *self.launches.lock().unwrap() += 1;
            Err(LaunchError::OutOfTime { step: "a test", budget_ms: 0 })
        }

        fn unlock(&mut self) {}

        async fn spawn(&mut self, _: Duration) -> Result<(), LaunchError> {
            unreachable!("the lock is never ours")
        }

        async fn replace(&mut self, _: Duration) -> bool {
            unreachable!("nobody is there")
        }

        fn judge_silence(&self, _: Option<&Holder>) -> Silence {
            unreachable!("nobody is there")
        }

        async fn end(&mut self, _: HubId) -> bool {
            unreachable!("nobody is there")
        }

        async fn pause(&mut self) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_comes_during_a_search_in_the_background_is_owed_a_launch() {
        let (dials_tx, mut dials_rx) = mpsc::channel(16);
        let launches = Arc::new(Mutex::new(0));
        let mut world = Nobody { dials_tx, launches: launches.clone() };
        let (link, commands_rx, view_tx) = super::super::Link::new();
        let settings = ClientSettings::default();
        let calls = Calls::new(settings.hub_wait());
        let task = Task { settings, stays: false, calls, commands_rx, view_tx, resume: Resume::default() };
        let running = spawn(async move { task.run(&mut world).await });
        // The first search fails; the second, in the background, has just begun.
        for _ in 0..2 {
            dials_rx.recv().await.unwrap();
        }
        assert_eq!(*launches.lock().unwrap(), 1);
        let tool = find("browser_snapshot").unwrap();
        let (reply, reply_rx) = oneshot::channel();
        let now = Instant::now();
        let call = Call {
            id: CallId(Uuid::from_u128(1)),
            tool,
            args: tool.check(Map::new()).unwrap(),
            arrived_at: now,
            deadline: now + Duration::from_secs(30),
            reply,
            progress_tx: None,
        };
        assert!(link.send(Command::Call(Box::new(call))).await);
        assert!(reply_rx.await.unwrap().is_err());
        assert_eq!(*launches.lock().unwrap(), 2);
        drop(link);
        running.await.unwrap();
    }
}
