//! A core with a clock that the test moves, and a record of what came out of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use tabmux_hub::Settings;
use tabmux_hub::core::{
    ClientJoin, ExtensionJoin, Hub, Identity, Input, Joining, Leave, LinkId, Message, NewCall, Outcome,
    OutgoingCall, Output, Payload,
};
use tabmux_protocol::message::{
    BrowserState, Control, EventKind, ExtensionEvent, OwnedTab, Place, PlaceNotice, ShutdownMode, Status,
    Welcome,
};
use tabmux_protocol::{BootId, BrowserId, CallId, ClientId, HubId, InstanceId, RefusalCode, TabId};
use uuid::Uuid;

/// How long a call may take unless a test says otherwise.
pub const DEADLINE: Duration = Duration::from_secs(30);

pub struct World {
    pub hub: Hub,
    pub now: Instant,
    /// What was sent and has not been looked at, by link.
    pub sent: BTreeMap<LinkId, Vec<Message>>,
    /// The links that the core closed, with the reason.
    pub closed: BTreeMap<LinkId, Option<RefusalCode>>,
    pub marked_stopped: bool,
    /// How often the core said that it remembers no answer any more.
    pub forgot_all: usize,
    pub drained: Option<Leave>,
    /// Whether sockets take every call at once; else the test says when.
    sockets_take_all: bool,
    next_link: u64,
    next_id: u64,
}

/// An answer, for comparing: what the extension sent, or the code of the hub's own error.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    Done(String),
    Failed(String),
    Refused(&'static str),
}

impl World {
    pub fn new() -> Self {
        Self::with(Settings::default())
    }

    pub fn with(settings: impl Into<Settings>) -> Self {
        let identity = Identity {
            hub_id: HubId(Uuid::from_u128(1)),
            instance: InstanceId::new(1, 1),
            pid: 1,
            version: "0.1.0".into(),
            port: 9008,
        };
        let now = Instant::now();
        Self {
            hub: Hub::new(settings.into().policy(), identity, now),
            now,
            sent: BTreeMap::new(),
            closed: BTreeMap::new(),
            marked_stopped: false,
            forgot_all: 0,
            drained: None,
            sockets_take_all: true,
            next_link: 1,
            next_id: 1,
        }
    }

    /// The same world with sockets that take a call only when the test says so.
    pub fn with_slow_sockets(mut self) -> Self {
        self.sockets_take_all = false;
        self
    }

    pub fn input(&mut self, input: Input) {
        self.hub.handle(input, self.now);
        self.collect();
    }

    /// Lets time pass, and does what becomes due on the way at its time.
    pub fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some((at, _)) = self.hub.poll_timeout().filter(|(at, _)| *at <= until) {
            self.now = self.now.max(at);
            self.hub.handle_timeout(self.now);
            self.collect();
        }
        self.now = until;
    }

    /// The hub's process stands still for a while: nothing that becomes due is done before the end.
    pub fn stand_still(&mut self, time: Duration) {
        self.now += time;
        if self.hub.poll_timeout().is_some_and(|(at, _)| at <= self.now) {
            self.hub.handle_timeout(self.now);
            self.collect();
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            match output {
                Output::Send { link, message } => {
                    assert!(!self.closed.contains_key(&link), "sent on a closed link: {message:?}");
                    if self.sockets_take_all && matches!(message, Message::Call { .. }) {
                        self.hub.handle(Input::Written { link, calls: 1 }, self.now);
                    }
                    self.sent.entry(link).or_default().push(message);
                }
                Output::Refuse { link, refusal, .. } => {
                    self.closed.insert(link, Some(refusal.code));
                }
                Output::Close { link, refusal } => {
                    let before = self.closed.insert(link, refusal.map(|refusal| refusal.code));
                    assert!(before.is_none(), "closed twice");
                }
                Output::MarkStopped => self.marked_stopped = true,
                Output::Forgotten => self.forgot_all += 1,
                Output::Drained(leave) => self.drained = Some(leave),
            }
        }
    }

    pub fn link(&mut self) -> LinkId {
        self.next_link += 1;
        LinkId(self.next_link)
    }

    fn join(&mut self, peer: Joining) -> LinkId {
        let link = self.link();
        self.input(Input::Join { link, id: 0, proof: "proof".into(), protocol: 1, peer: Box::new(peer) });
        link
    }

    pub fn client(&mut self, number: u128) -> LinkId {
        self.client_called(number, None)
    }

    pub fn client_called(&mut self, number: u128, label: Option<&str>) -> LinkId {
        self.join(Joining::Client(client_join(number, label)))
    }

    /// A client that had that label and colour with the hub before.
    pub fn client_that_was(&mut self, number: u128, label: &str, colour: &'static str) -> LinkId {
        let join = ClientJoin { colour: Some(colour), ..client_join(number, Some(label)) };
        self.join(Joining::Client(join))
    }

    /// A client that the hub before told that.
    pub fn client_that_was_told(&mut self, number: u128, control: Control) -> LinkId {
        self.join(Joining::Client(ClientJoin { control, ..client_join(number, None) }))
    }

    pub fn cli(&mut self) -> LinkId {
        self.join(Joining::Cli)
    }

    pub fn extension(&mut self, number: u128) -> LinkId {
        self.extension_with(number, 100, Vec::new(), 1)
    }

    pub fn extension_with(&mut self, number: u128, boot: u128, tabs: Vec<OwnedTab>, next_tab: u64) -> LinkId {
        self.join(Joining::Extension(joining(number, boot, tabs, next_tab)))
    }

    /// A browser that had that place with the hub before.
    pub fn extension_that_was(&mut self, number: u128, place: Place) -> LinkId {
        self.join(Joining::Extension(ExtensionJoin {
            place: Some(place),
            name: Some(format!("Browser {number}")),
            ..joining(number, 100, Vec::new(), 1)
        }))
    }

    /// A named session.
    pub fn session(&mut self, number: u128) -> LinkId {
        self.join(Joining::Client(ClientJoin { session: true, ..client_join(number, None) }))
    }

    pub fn gone(&mut self, link: LinkId) {
        self.input(Input::Gone { link });
    }

    pub fn call(&mut self, link: LinkId, number: u128) -> u64 {
        self.call_with(link, number, |_| {})
    }

    /// Calls a tool that acts; `shape` may change the call. Returns the number of the request.
    pub fn call_with(&mut self, link: LinkId, number: u128, shape: impl FnOnce(&mut NewCall)) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let mut call = NewCall {
            call_id: call_id(number),
            tool: "browser_click".into(),
            args: payload("{}"),
            tab: None,
            deadline_ms: u64::try_from(DEADLINE.as_millis()).unwrap(),
            boot_id: None,
            resend: false,
        };
        shape(&mut call);
        self.input(Input::Call { link, id, call: Box::new(call) });
        id
    }

    /// The extension's socket takes calls that were sent.
    pub fn written(&mut self, link: LinkId, calls: usize) {
        self.input(Input::Written { link, calls });
    }

    pub fn answer(&mut self, link: LinkId, id: u64, text: &str) {
        self.input(Input::Answer { link, id, outcome: Outcome::Done(payload(text)) });
    }

    pub fn event(&mut self, link: LinkId, event: EventKind, tab: u64, client: u128) {
        let event =
            ExtensionEvent { event, tab: TabId(tab), client_id: client_id(client), url: None, title: None };
        self.input(Input::Event { link, event: Box::new(event) });
    }

    pub fn shutdown(&mut self, link: LinkId, mode: ShutdownMode) {
        self.input(Input::Shutdown { link, id: 0, mode });
    }

    pub fn status(&mut self) -> Status {
        let link = self.cli();
        self.input(Input::Status { link, id: 5, watch: false });
        let status = self.take(link).into_iter().find_map(|message| match message {
            Message::Status { status, .. } => Some(*status),
            _ => None,
        });
        self.gone(link);
        status.unwrap()
    }

    /// What was sent on that link since it was last asked for.
    pub fn take(&mut self, link: LinkId) -> Vec<Message> {
        self.sent.remove(&link).unwrap_or_default()
    }

    pub fn answers(&mut self, link: LinkId) -> Vec<(u64, Answer)> {
        let answer = |message| match message {
            Message::Answer { id, outcome } => Some((id, Answer::from(outcome))),
            _ => None,
        };
        self.take(link).into_iter().filter_map(answer).collect()
    }

    /// The calls that an extension was sent: request and call.
    pub fn calls(&mut self, link: LinkId) -> Vec<(u64, OutgoingCall)> {
        let call = |message| match message {
            Message::Call { id, call } => Some((id, *call)),
            _ => None,
        };
        self.take(link).into_iter().filter_map(call).collect()
    }

    /// The one call that an extension was sent.
    pub fn one_call(&mut self, link: LinkId) -> (u64, OutgoingCall) {
        let mut calls = self.calls(link);
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.remove(0)
    }

    pub fn welcome(&mut self, link: LinkId) -> Welcome {
        let welcome = self.take(link).into_iter().find_map(|message| match message {
            Message::Welcome { welcome, .. } => Some(*welcome),
            _ => None,
        });
        welcome.unwrap()
    }

    /// What a client was told about the browser, in order.
    pub fn browser_notices(&mut self, link: LinkId) -> Vec<BrowserState> {
        let state = |message| match message {
            Message::Notice(notice) => notice.browser,
            _ => None,
        };
        self.take(link).into_iter().filter_map(state).collect()
    }

    /// What an extension was told about its place since its welcome, in order.
    pub fn places(&mut self, link: LinkId) -> Vec<PlaceNotice> {
        let place = |message| match message {
            Message::Place(place) => Some(place),
            _ => None,
        };
        self.take(link).into_iter().filter_map(place).collect()
    }

    /// The clients whose tabs an extension was asked to deal with: request and client.
    pub fn leaves(&mut self, link: LinkId) -> Vec<(u64, ClientId)> {
        let leave = |message| match message {
            Message::Leave { id, params } => Some((id, params.client_id)),
            _ => None,
        };
        self.take(link).into_iter().filter_map(leave).collect()
    }

    /// The handles of a client's tabs, as `tabmux status` shows them.
    pub fn tabs(&mut self, client: u128) -> Vec<u64> {
        let clients = self.status().clients;
        let client = clients.into_iter().find(|known| known.client_id == client_id(client));
        client.map(|client| client.tabs.iter().map(|tab| tab.tab.0).collect()).unwrap_or_default()
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done(payload) => Self::Done(payload.as_str().to_owned()),
            Outcome::Failed(payload) => Self::Failed(payload.as_str().to_owned()),
            Outcome::Refused(error) => {
                assert!(error.message.ends_with('.') && error.fix.ends_with('.'), "full sentences: {error}");
                Self::Refused(error.code.as_str())
            }
        }
    }
}

fn client_join(number: u128, label: Option<&str>) -> ClientJoin {
    ClientJoin {
        client_id: client_id(number),
        resume_token: format!("token {number}"),
        label: label.map(str::to_owned),
        colour: None,
        agent: None,
        instance: None,
        pid: None,
        session: false,
        control: Control::Running,
    }
}

fn joining(number: u128, boot: u128, tabs: Vec<OwnedTab>, next_tab: u64) -> ExtensionJoin {
    ExtensionJoin {
        browser_id: browser_id(number),
        boot_id: boot_id(boot),
        pid: None,
        name: None,
        version: "0.1.0".into(),
        tabs,
        next_tab,
        place: None,
    }
}

pub fn done(text: &str) -> Answer {
    Answer::Done(text.to_owned())
}

pub fn refused(code: &'static str) -> Answer {
    Answer::Refused(code)
}

pub fn payload(text: &str) -> Payload {
    Payload::copied(&RawValue::from_string(text.to_owned()).unwrap())
}

pub fn tab(tab: u64, client: u128) -> OwnedTab {
    OwnedTab { tab: TabId(tab), client_id: client_id(client), url: String::new(), title: String::new() }
}

pub fn client_id(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(0x1000 + number))
}

pub fn call_id(number: u128) -> CallId {
    CallId(Uuid::from_u128(0x2000 + number))
}

pub fn browser_id(number: u128) -> BrowserId {
    BrowserId(Uuid::from_u128(0x3000 + number))
}

pub fn boot_id(number: u128) -> BootId {
    BootId(Uuid::from_u128(0x4000 + number))
}
