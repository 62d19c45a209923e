//! The process of an agent window: its table of calls, its search for a hub, its conversation; and the agent behind it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, json};
use tabmux_mcp_client::core::Event as Happened;
use tabmux_mcp_client::core::{Action, Call, Calls, Conversation, Discovery, GiveUp, Heard, Policy};
use tabmux_protocol::frame::{self, Frame, Kind};
use tabmux_protocol::message::{PeerKind, Welcome};
use tabmux_protocol::tools::{Tool, find};
use tabmux_protocol::{CallId, ClientId, ErrorCode, PROTOCOL, ToolError, method};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::ledger::Entry;
use crate::net::{ConnId, Dialler, End, Parcel};
use crate::world::{Event, World};

/// The settings' defaults: how long a call waits for a hub, a search takes, and a greeting takes.
const HUB_WAIT: Duration = Duration::from_secs(10);
const SEARCH: Duration = Duration::from_secs(10);
const GREETING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(15);
/// As in the link's task: how long it rests after a failed search.
const REST: Duration = Duration::from_secs(5);

type Reply = oneshot::Receiver<Result<Box<RawValue>, ToolError>>;

/// One agent window.
pub struct Client {
    pub is_alive: bool,
    calls: Calls,
    phase: Phase,
    /// What takes its id up again.
    resume: Option<(ClientId, String)>,
    replies: BTreeMap<CallId, Reply>,
    /// Counts searches, so that what was meant for an earlier one is nobody's.
    search: u64,
}

enum Phase {
    Seeking { discovery: Box<Discovery>, greeting: Option<(ConnId, Duration)> },
    Serving { conn: ConnId, conversation: Box<Conversation> },
    Resting { until: Duration },
}

/// What an agent asks for.
#[derive(Debug, Clone)]
pub struct Wish {
    pub tool: &'static str,
    /// The plan of an acting tool: steps before its effect, after it, and the size of its answer.
    pub plan: String,
    /// How long it may take, where that is not what the tool's row says.
    pub deadline: Option<Duration>,
    pub must_succeed: bool,
    /// When the agent takes it back, after asking.
    pub cancel_after: Option<Duration>,
    /// When its frame is sent a second time.
    pub repeat_after: Option<Duration>,
}

impl Client {
    pub fn new() -> Self {
        Self {
            is_alive: false,
            calls: Calls::new(HUB_WAIT),
            phase: Phase::Resting { until: Duration::MAX },
            resume: None,
            replies: BTreeMap::new(),
            search: 0,
        }
    }

    /// When the process wants to be woken, on the clock that begins at `base`.
    pub fn next_timeout(&self, base: Instant) -> Option<Duration> {
        let phase = match &self.phase {
            Phase::Seeking { greeting, .. } => greeting.map(|(_, until)| until),
            Phase::Serving { conversation, .. } => Some(conversation.next_beat() - base),
            Phase::Resting { until } => Some(*until),
        };
        let expiry = self.calls.next_expiry().map(|at| at - base);
        phase.into_iter().chain(expiry).min().filter(|_| self.is_alive)
    }
}

impl World {
    pub fn start_client(&mut self, client: usize) {
        self.say_of("client", client, "starts");
        self.clients[client].is_alive = true;
        self.seek(client, true);
    }

    /// The process is gone, and everything that it knew.
    pub fn kill_client(&mut self, client: usize) {
        if !std::mem::replace(&mut self.clients[client].is_alive, false) {
            return;
        }
        self.say_of("client", client, "is killed");
        self.ledger.lose_client(client);
        self.clients[client].search += 1;
        if self.launch_lock == Some(client) {
            self.launch_lock = None;
        }
        for conn in self.net.of_dialler(|dialler| dialler == Dialler::Client(client)) {
            self.close(conn, End::Dialler, true);
        }
    }

    /// The agent asks for something.
    pub fn wish(&mut self, client: usize, wish: Wish) {
        if !self.clients[client].is_alive {
            return;
        }
        let tool = find(wish.tool).unwrap();
        let unix_ms = self.wall_ms() as u64;
        let id = CallId(self.seed.uuid_at(unix_ms));
        let allowed = wish.deadline.unwrap_or(Duration::from_millis(tool.deadline_ms));
        let acts = !tool.effect.read_only();
        self.say_of("client", client, &format!("asks {id}: {} {} within {allowed:?}", wish.tool, wish.plan));
        let entry = Entry {
            client,
            acts,
            deadline: self.now + allowed,
            must_succeed: wish.must_succeed,
            frozen_before: self.ledger.frozen,
            given_up: false,
            answer: None,
            effects: 0,
        };
        self.ledger.open(id, entry);
        let (reply, reply_rx) = oneshot::channel();
        let arrived_at = self.client_instant();
        let deadline = arrived_at + allowed;
        let args = tool.check(arguments(tool, &wish.plan)).unwrap();
        let call = Call { id, tool, args, arrived_at, deadline, reply, progress_tx: None };
        let known = &mut self.clients[client];
        known.replies.insert(id, reply_rx);
        known.calls.add(call);
        match &mut known.phase {
            Phase::Serving { conversation, .. } => conversation.send_call(&mut known.calls, id, arrived_at),
            Phase::Resting { .. } => self.seek(client, true),
            Phase::Seeking { .. } => {}
        }
        self.after_client(client);
        if let Some(after) = wish.cancel_after {
            self.after(after, Event::TakeBack { client, id });
        }
        if let Some(after) = wish.repeat_after {
            self.after(after, Event::Repeat { client, id });
        }
    }

    /// The agent takes a call back.
    pub fn take_back(&mut self, client: usize, id: CallId) {
        let known = &mut self.clients[client];
        if known.replies.remove(&id).is_none() || !known.is_alive {
            return;
        }
        self.ledger.give_up(id);
        let is_connected = matches!(known.phase, Phase::Serving { .. });
        let tell = known.calls.cancel(id, is_connected);
        if let Phase::Serving { conversation, .. } = &mut known.phase
            && tell
        {
            conversation.send_cancel(id);
        }
        self.say_of("client", client, &format!("takes {id} back"));
        self.after_client(client);
    }

    /// A call that is not answered yet is sent once more on the same connection.
    pub fn repeat(&mut self, client: usize, id: CallId) {
        let now = self.client_instant();
        let known = &mut self.clients[client];
        if let Phase::Serving { conversation, .. } = &mut known.phase {
            conversation.send_call(&mut known.calls, id, now);
            self.after_client(client);
        }
    }

    pub fn client_dialled(&mut self, client: usize, search: u64) {
        if self.clients[client].search != search {
            return;
        }
        if self.hub.is_none() {
            let stopped = self.is_stopped;
            return self.found(client, Happened::Absent { stopped });
        }
        let conn = self.accept(Dialler::Client(client));
        let until = self.now + GREETING;
        if let Phase::Seeking { greeting, .. } = &mut self.clients[client].phase {
            *greeting = Some((conn, until));
        }
    }

    /// Something of a search is done that takes time.
    pub fn client_paused(&mut self, client: usize, search: u64) {
        if self.clients[client].search == search {
            self.found(client, Happened::Paused);
        }
    }

    pub fn client_spawned(&mut self, client: usize, search: u64) {
        if self.clients[client].search == search {
            self.hub_up();
            self.found(client, Happened::Spawned);
        }
    }

    pub fn client_hears(&mut self, client: usize, conn: ConnId, parcel: Parcel) {
        let now = self.client_instant();
        let known = &mut self.clients[client];
        match (&mut known.phase, parcel) {
            (Phase::Serving { conn: current, conversation }, Parcel::Frame(text)) if *current == conn => {
                if let Heard::Lost(loss) = conversation.hear(&text, &mut known.calls, now) {
                    assert!(!loss.is_displaced(), "no two processes have one id");
                    self.lose_hub(client, conn);
                }
            }
            (Phase::Serving { conn: current, .. }, Parcel::End) if *current == conn => {
                self.lose_hub(client, conn);
            }
            (Phase::Seeking { greeting: Some((current, _)), .. }, parcel) if *current == conn => {
                self.greeting_goes_on(client, conn, parcel);
            }
            _ => {}
        }
        self.after_client(client);
    }

    /// What is due in the process is done.
    pub fn client_timeout(&mut self, client: usize) {
        let (now, instant) = (self.now, self.client_instant());
        let known = &mut self.clients[client];
        let due = known.calls.expire(instant);
        match &mut known.phase {
            Phase::Serving { conn, conversation } => {
                due.into_iter().for_each(|id| conversation.send_cancel(id));
                if conversation.next_beat() <= instant && conversation.beat(instant).is_err() {
                    let conn = *conn;
                    self.lose_hub(client, conn);
                }
            }
            Phase::Seeking { greeting: Some((conn, until)), .. } if *until <= now => {
                let conn = *conn;
                self.close(conn, End::Dialler, false);
                let silent = self.hub_id.map_or(Happened::Passing, Happened::Silent);
                self.found(client, silent);
            }
            Phase::Resting { until } if *until <= now => self.seek(client, false),
            Phase::Seeking { .. } | Phase::Resting { .. } => {}
        }
        self.after_client(client);
    }

    /// Whether the processes have nothing left to do.
    pub fn check_clients(&mut self) {
        for (number, client) in self.clients.iter().enumerate().filter(|(_, client)| client.is_alive) {
            if client.calls.next_expiry().is_some() || !client.replies.is_empty() {
                self.problem.get_or_insert(format!("client {number} has calls left"));
            }
        }
    }

    fn greeting_goes_on(&mut self, client: usize, conn: ConnId, parcel: Parcel) {
        let Parcel::Frame(text) = parcel else {
            self.net.close(conn, End::Dialler);
            return self.found(client, Happened::Passing);
        };
        let frame = Frame::parse(&text).unwrap();
        match frame.kind() {
            Ok(Kind::Notification { method: method::CHALLENGE, .. }) => {
                let hello = self.clients[client].hello(client);
                self.send(conn, End::Hub, Parcel::Frame(frame::request(1, method::HELLO, &hello)));
            }
            Ok(Kind::Response { outcome: Ok(welcome), .. }) => {
                self.welcome(client, conn, &serde_json::from_str(welcome.get()).unwrap());
            }
            // A hub that is leaving says so.
            _ => {
                self.close(conn, End::Dialler, false);
                self.found(client, Happened::Passing);
            }
        }
    }

    fn welcome(&mut self, client: usize, conn: ConnId, welcome: &Welcome) {
        self.say_of("client", client, "is welcome");
        self.found(client, Happened::Greeted);
        let now = self.client_instant();
        let known = &mut self.clients[client];
        let mut conversation = Box::new(Conversation::new(welcome, HEARTBEAT, now));
        conversation.resume(&mut known.calls, now);
        known.resume = welcome.client_id.zip(welcome.resume_token.clone());
        known.phase = Phase::Serving { conn, conversation };
    }

    fn lose_hub(&mut self, client: usize, conn: ConnId) {
        self.say_of("client", client, "has lost the hub");
        self.close(conn, End::Dialler, false);
        self.seek(client, true);
    }

    fn seek(&mut self, client: usize, may_launch: bool) {
        let now = self.client_instant();
        let (discovery, action) =
            Discovery::new(Policy { budget: SEARCH, patience: PATIENCE, may_launch }, now);
        self.clients[client].search += 1;
        self.clients[client].phase = Phase::Seeking { discovery: Box::new(discovery), greeting: None };
        self.act(client, action);
    }

    /// Takes in what came of a step of the search.
    fn found(&mut self, client: usize, happened: Happened) {
        let now = self.client_instant();
        let Phase::Seeking { discovery, greeting } = &mut self.clients[client].phase else { return };
        *greeting = None;
        let action = discovery.handle(happened, now);
        self.act(client, action);
    }

    /// Does the next step of the search.
    fn act(&mut self, client: usize, action: Action) {
        let search = self.clients[client].search;
        let delay = self.seed.ms(0..20);
        match action {
            Action::Dial => self.after(delay, Event::Dialled { client, search }),
            Action::Lock => {
                let happened = if self.launch_lock.is_none_or(|holder| holder == client) {
                    self.launch_lock = Some(client);
                    Happened::Locked
                } else {
                    Happened::LockBusy
                };
                self.found(client, happened);
            }
            Action::Spawn => self.after(delay * 10, Event::Spawned { client, search }),
            Action::Pause => self.after(delay * 20, Event::Paused { client, search }),
            Action::End(hub) => {
                if self.hub_id == Some(hub) {
                    self.kill_hub();
                }
                self.found(client, Happened::Replaced);
            }
            Action::Replace => self.found(client, Happened::Broken),
            Action::Done => self.unlock(client),
            Action::GiveUp(why) => {
                self.unlock(client);
                self.say_of("client", client, &format!("finds no hub: {why:?}"));
                let code = match why {
                    GiveUp::Stopped => ErrorCode::Stopped,
                    GiveUp::LastError | GiveUp::OutOfTime(_) => ErrorCode::HubUnavailable,
                };
                let problem = ToolError::new(code, "There is no hub.", "Start it.");
                self.clients[client].calls.give_up(&problem);
                self.clients[client].phase = Phase::Resting { until: self.now + REST };
                self.after_client(client);
            }
        }
    }

    fn unlock(&mut self, client: usize) {
        if self.launch_lock == Some(client) {
            self.launch_lock = None;
        }
    }

    /// Sends what the process wants sent, and tells its agent what was answered.
    fn after_client(&mut self, client: usize) {
        while let Phase::Serving { conn, conversation } = &mut self.clients[client].phase {
            let conn = *conn;
            let Some(text) = conversation.poll_frame() else { break };
            self.send(conn, End::Hub, Parcel::Frame(text));
        }
        let mut told = Vec::new();
        self.clients[client].replies.retain(|id, reply| match reply.try_recv() {
            Ok(outcome) => {
                told.push((*id, outcome));
                false
            }
            Err(oneshot::error::TryRecvError::Empty) => true,
            Err(oneshot::error::TryRecvError::Closed) => panic!("{id} is dropped without an answer"),
        });
        for (id, outcome) in told {
            let said = outcome.as_ref().map_or_else(ToString::to_string, |_| "ok".to_owned());
            self.say_of("client", client, &format!("is told of {id}: {said}"));
            let now = self.now;
            let checked = self.ledger.answer(id, client, &outcome, now);
            self.note(checked);
        }
    }
}

impl Client {
    fn hello(&self, client: usize) -> serde_json::Value {
        let (client_id, resume_token) = self.resume.clone().unzip();
        json!({
            "kind": PeerKind::Client,
            "clientNonce": "00",
            "proof": "00",
            "protocol": PROTOCOL,
            "version": "0.1.0",
            "clientId": client_id,
            "resumeToken": resume_token,
            "label": format!("agent {client}"),
        })
    }
}

fn arguments(tool: &Tool, plan: &str) -> Map<String, serde_json::Value> {
    let arguments = match tool.name {
        "browser_type" => json!({ "ref": "e1", "text": plan }),
        "browser_press_key" => json!({ "key": plan }),
        _ => json!({}),
    };
    serde_json::from_value(arguments).unwrap()
}
