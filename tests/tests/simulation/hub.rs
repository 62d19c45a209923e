//! The hub's process: the core, its frames on connections, heartbeats, its start and its deaths.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tabmux_hub::Settings;
use tabmux_hub::core::{
    ClientJoin, ExtensionJoin, Hub, Identity, Input, Joining, Leave, LinkId, Message, Output,
};
use tabmux_hub::wire::{self, Decoded, HEARTBEAT, decode, encode};
use tabmux_protocol::frame::{self, Frame, Kind};
use tabmux_protocol::message::{Hello, PeerKind, ShutdownMode};
use tabmux_protocol::{ClientId, HubId, InstanceId, method};

use crate::net::{ConnId, Dialler, End, Parcel};
use crate::world::{Event, World};

/// As in the hub's shell: how many heartbeats may go unanswered.
const MAX_MISSES: u32 = 2;
/// The link of the command line that stops and restarts hubs; connections count from one.
const CLI: LinkId = LinkId(u64::MAX);

impl World {
    /// Launches a hub, unless one is being launched.
    pub fn launch_hub(&mut self) {
        if !self.is_launching {
            self.is_launching = true;
            let delay = self.seed.ms(10..200);
            self.after(delay, Event::HubUp);
        }
    }

    pub fn hub_up(&mut self) {
        self.is_launching = false;
        if self.hub.is_some() || self.is_stopped {
            return;
        }
        let hub_id = HubId(self.seed.uuid());
        let identity =
            Identity { hub_id, instance: InstanceId::new(1, 1), pid: 1, version: "0.1.0".into(), port: 9008 };
        self.hub_id = Some(hub_id);
        self.say("hub", "starts");
        self.hub = Some(Hub::new(Settings::default().policy(), identity, self.instant()));
        self.tell_of_hub();
    }

    pub fn kill_hub(&mut self) {
        if self.hub.take().is_some() {
            self.say("hub", "is killed");
            for conn in self.net.of_hub() {
                self.close(conn, End::Hub, true);
            }
        }
    }

    /// The command line asks the hub to leave.
    pub fn shut_down(&mut self, mode: ShutdownMode) {
        if self.hub.is_none() {
            return;
        }
        self.say("hub", &format!("is asked to leave: {mode:?}"));
        let join =
            Input::Join { link: CLI, id: 1, proof: String::new(), protocol: 1, peer: Box::new(Joining::Cli) };
        self.input(join);
        self.input(Input::Shutdown { link: CLI, id: 2, mode });
    }

    /// The person makes one of the connected browsers the one that agents use.
    pub fn person_chooses(&mut self) {
        let mut there = self.net.of_hub();
        there
            .retain(|conn| self.net.get(*conn).is_some_and(|conn| conn.greeted == Some(PeerKind::Extension)));
        if !there.is_empty() {
            let conn = there[self.seed.index(there.len())];
            self.say("person", &format!("chooses the browser on {conn}"));
            self.input(Input::Activate { link: LinkId(conn) });
        }
    }

    /// Takes a connection in: the challenge is the hub's first word.
    pub fn accept(&mut self, dialler: Dialler) -> ConnId {
        let conn = self.net.open(dialler);
        let challenge = frame::notification(method::CHALLENGE, &json!({ "hubNonce": "00" }));
        self.send(conn, End::Dialler, Parcel::Frame(challenge));
        conn
    }

    pub fn hub_hears(&mut self, conn: ConnId, parcel: Parcel) {
        let Parcel::Frame(text) = parcel else {
            self.net.close(conn, End::Hub);
            return self.input(Input::Gone { link: LinkId(conn) });
        };
        let Some(known) = self.net.get(conn) else { return };
        known.misses = 0;
        let Some(kind) = known.greeted else { return self.greeted(conn, &text) };
        let bytes = Bytes::from(text.clone());
        let text = std::str::from_utf8(&bytes).unwrap();
        match decode(text, &bytes, kind, LinkId(conn)) {
            Ok(Decoded::Input(input)) => self.input(input),
            Ok(Decoded::Reply(frame)) => self.send(conn, End::Dialler, Parcel::Frame(frame)),
            Ok(Decoded::Ignored | Decoded::Pair { .. }) => {}
            Err(error) => {
                self.problem.get_or_insert(format!("the hub cannot read {text}: {error}"));
            }
        }
    }

    /// The hub's shell tests a peer that is silent.
    pub fn heartbeat(&mut self, conn: ConnId) {
        let Some(known) = self.net.get(conn).filter(|conn| conn.hub_open) else { return };
        let is_silent = known.misses >= MAX_MISSES;
        known.misses += 1;
        let period = period(known.greeted);
        if is_silent {
            self.say("hub", &format!("gives the silent connection {conn} up"));
            self.close(conn, End::Hub, false);
            return self.input(Input::Gone { link: LinkId(conn) });
        }
        self.send(conn, End::Dialler, Parcel::Frame(frame::request(HEARTBEAT, method::PING, &json!({}))));
        self.after(period, Event::Heartbeat { conn });
    }

    /// The system has taken a call that was sent on a connection.
    pub fn written(&mut self, conn: ConnId) {
        if self.net.get(conn).is_some_and(|conn| conn.hub_open) {
            self.input(Input::Written { link: LinkId(conn), calls: 1 });
        }
    }

    /// What is due in the core is done.
    pub fn hub_timeout(&mut self) {
        let now = self.instant();
        if let Some(hub) = &mut self.hub {
            hub.handle_timeout(now);
        }
        self.flush();
    }

    /// Whether the hub has nothing left to do.
    pub fn check_hub(&mut self) {
        let calls = self.calls_in_hub();
        let timer = self.hub.as_ref().and_then(Hub::poll_timeout);
        if calls > 0 || timer.is_some() {
            self.problem.get_or_insert(format!("the hub has {calls} calls and the timer {timer:?} left"));
        }
    }

    fn calls_in_hub(&mut self) -> usize {
        let now = self.instant();
        let Some(hub) = &mut self.hub else { return 0 };
        let join =
            Input::Join { link: CLI, id: 1, proof: String::new(), protocol: 1, peer: Box::new(Joining::Cli) };
        hub.handle(join, now);
        hub.handle(Input::Status { link: CLI, id: 2, watch: false }, now);
        hub.handle(Input::Gone { link: CLI }, now);
        let mut calls = 0;
        while let Some(output) = hub.poll_output() {
            if let Output::Send { message: Message::Status { status, .. }, .. } = output {
                calls = status.hub.calls_in_flight;
            }
        }
        calls
    }

    fn greeted(&mut self, conn: ConnId, text: &str) {
        let frame = Frame::parse(text).unwrap();
        let Ok(Kind::Request { id, params: Some(params), .. }) = frame.kind() else {
            panic!("a greeting is {text}");
        };
        let hello: Hello = serde_json::from_str(params.get()).unwrap();
        let kind = hello.kind;
        if let Some(known) = self.net.get(conn) {
            known.greeted = Some(kind);
        }
        let peer = Box::new(match kind {
            PeerKind::Client => {
                let client_id = hello.client_id.unwrap_or_else(|| ClientId(self.seed.uuid()));
                Joining::Client(ClientJoin {
                    client_id,
                    resume_token: client_id.to_string(),
                    label: hello.label,
                    colour: None,
                    agent: hello.agent,
                    instance: hello.instance,
                    pid: hello.pid,
                    session: hello.session,
                    control: hello.control,
                })
            }
            PeerKind::Extension => Joining::Extension(ExtensionJoin {
                browser_id: hello.browser_id.unwrap(),
                boot_id: hello.boot_id.unwrap(),
                pid: hello.pid,
                name: hello.browser,
                version: hello.version,
                tabs: hello.tabs,
                next_tab: hello.next_tab.unwrap_or_default(),
                place: hello.place,
            }),
            PeerKind::Cli => Joining::Cli,
        });
        self.after(period(Some(kind)), Event::Heartbeat { conn });
        self.input(Input::Join { link: LinkId(conn), id, proof: "00".into(), protocol: 1, peer });
    }

    fn input(&mut self, input: Input) {
        let now = self.instant();
        if let Some(hub) = &mut self.hub {
            hub.handle(input, now);
        }
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(output) = self.hub.as_mut().and_then(Hub::poll_output) {
            match output {
                Output::Send { link: CLI, .. } | Output::Close { link: CLI, .. } => {}
                Output::Send { link, message } => {
                    if matches!(message, Message::Call { .. }) {
                        let written_after = self.seed.ms(0..2);
                        self.after(written_after, Event::Written { conn: link.0 });
                    }
                    self.send(link.0, End::Dialler, Parcel::Frame(encode(&message)));
                }
                Output::Refuse { link, id, refusal } => {
                    self.send(link.0, End::Dialler, Parcel::Frame(wire::refusal(id, &refusal)));
                    self.close(link.0, End::Hub, false);
                }
                Output::Close { link, refusal } => {
                    if let Some(refusal) = refusal {
                        self.send(link.0, End::Dialler, Parcel::Frame(wire::closing(&refusal)));
                    }
                    self.close(link.0, End::Hub, false);
                }
                Output::MarkStopped => self.is_stopped = true,
                Output::Forgotten => {}
                Output::Drained(leave) => self.drained(leave),
            }
        }
    }

    fn drained(&mut self, leave: Leave) {
        self.say("hub", "has left");
        self.hub = None;
        for conn in self.net.of_hub() {
            self.close(conn, End::Hub, false);
        }
        if leave != Leave::Asked(ShutdownMode::Stop) {
            self.launch_hub();
        }
    }
}

/// The time between two heartbeats of the hub.
fn period(kind: Option<PeerKind>) -> Duration {
    let settings = Settings::default().hub;
    Duration::from_millis(match kind {
        Some(PeerKind::Extension) => settings.heartbeat_ms,
        _ => settings.client_heartbeat_ms,
    })
}
