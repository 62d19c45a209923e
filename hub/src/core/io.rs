//! What goes into the core and what comes out of it.

use tabmux_protocol::message::{
    ClientSummary, ConfigState, Control, ControlOutput, ControlParams, ExtensionEvent, LeaveParams, Notice,
    OwnedTab, Place, PlaceNotice, ShutdownMode, Status, Welcome,
};
use tabmux_protocol::{BootId, BrowserId, CallId, ClientId, HubId, InstanceId, Refusal, TabId, ToolError};

use super::hub::Policy;
use super::payload::Payload;

/// One connection, for as long as it lives; never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkId(pub u64);

/// The hub's own identity, as its peers see it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The hub's id.
    pub hub_id: HubId,
    /// Its instance id, for logs.
    pub instance: InstanceId,
    /// Its process id.
    pub pid: u32,
    /// Its release.
    pub version: String,
    /// The port that it listens on.
    pub port: u16,
}

/// Everything that can happen to the hub, apart from the passing of time.
#[derive(Debug)]
pub enum Input {
    /// A peer has proven itself and wants in.
    Join {
        /// Its connection.
        link: LinkId,
        /// The number of its greeting, which the welcome answers.
        id: u64,
        /// The hub's own proof, which goes into the welcome.
        proof: String,
        /// The wire version that both speak.
        protocol: u32,
        /// Who it is.
        peer: Box<Joining>,
    },
    /// A connection is gone.
    Gone {
        /// The connection.
        link: LinkId,
    },
    /// A client calls a tool.
    Call {
        /// The client's connection.
        link: LinkId,
        /// The number of its request.
        id: u64,
        /// The call.
        call: Box<NewCall>,
    },
    /// A client takes a call back.
    Cancel {
        /// The client's connection.
        link: LinkId,
        /// The call.
        call_id: CallId,
    },
    /// A client goes for good.
    Bye {
        /// The client's connection.
        link: LinkId,
    },
    /// A client or command line asks for everything.
    Status {
        /// Its connection.
        link: LinkId,
        /// The number of its request.
        id: u64,
        /// Whether it wants to be told once when the answer is out of date.
        watch: bool,
    },
    /// The command line asks the hub to leave.
    Shutdown {
        /// Its connection.
        link: LinkId,
        /// The number of its request.
        id: u64,
        /// Whether another hub is to follow.
        mode: ShutdownMode,
    },
    /// A person pauses, resumes or stops agents.
    Control {
        /// The connection of the command line, or of the extension whose popup it is said in.
        link: LinkId,
        /// The number of the request; `None` where no answer is awaited.
        id: Option<u64>,
        /// What is said, and to whom.
        said: ControlParams,
    },
    /// The hub's process was told by a signal to leave.
    Signal,
    /// The person decided otherwise: what is decided from here on is decided by that; deadlines that run stay.
    Configure {
        /// What is decided by.
        policy: Box<Policy>,
        /// What of the person's configuration that is not.
        state: ConfigState,
    },
    /// Calls that were sent to an extension have been written to its socket, the oldest of those that had not been.
    Written {
        /// The extension's connection.
        link: LinkId,
        /// How many.
        calls: usize,
    },
    /// An extension answers a request of the hub's.
    Answer {
        /// The extension's connection.
        link: LinkId,
        /// The number that the hub gave the request.
        id: u64,
        /// What came.
        outcome: Outcome,
    },
    /// An extension tells how far a call has come.
    Progress {
        /// The extension's connection.
        link: LinkId,
        /// The call.
        call_id: CallId,
        /// What it tells, passed on unread.
        params: Payload,
    },
    /// The person wants calls to go to that browser.
    Activate {
        /// Its extension's connection.
        link: LinkId,
    },
    /// Something happened to a tab.
    Event {
        /// The extension's connection.
        link: LinkId,
        /// What happened.
        event: Box<ExtensionEvent>,
    },
}

/// Who joins.
#[derive(Debug)]
pub enum Joining {
    /// The MCP process of an agent window.
    Client(ClientJoin),
    /// Our own command line.
    Cli,
    /// A browser's extension.
    Extension(ExtensionJoin),
}

/// A client's greeting, checked.
#[derive(Debug, Clone)]
pub struct ClientJoin {
    /// Its id: the one that it proved to be its own, or one drawn for it.
    pub client_id: ClientId,
    /// What takes that id up again.
    pub resume_token: String,
    /// The name that it asks for.
    pub label: Option<String>,
    /// The agent program.
    pub agent: Option<String>,
    /// The instance id of its process.
    pub instance: Option<InstanceId>,
    /// Its process id.
    pub pid: Option<u32>,
    /// The colour that it had with the hub before this one.
    pub colour: Option<&'static str>,
    /// Whether it is a named session, which is kept for longer while nobody has taken it up.
    pub session: bool,
    /// Whether a person let it work, as the hub before this one told it.
    pub control: Control,
}

/// An extension's greeting, checked.
#[derive(Debug, Clone)]
pub struct ExtensionJoin {
    /// The profile.
    pub browser_id: BrowserId,
    /// This life of its memory.
    pub boot_id: BootId,
    /// The browser's process id, where it is known.
    pub pid: Option<u32>,
    /// The browser's name and version.
    pub name: Option<String>,
    /// The extension's release.
    pub version: String,
    /// Every tab that some client owns, as the extension has it stored.
    pub tabs: Vec<OwnedTab>,
    /// The number of the next tab handle that it would mint.
    pub next_tab: u64,
    /// The place that it had with the hub before this one.
    pub place: Option<Place>,
}

/// A call as it came from a client.
#[derive(Debug)]
pub struct NewCall {
    /// Its id.
    pub call_id: CallId,
    /// The tool's name.
    pub tool: String,
    /// The arguments, passed on unread.
    pub args: Payload,
    /// The tab that is meant.
    pub tab: Option<TabId>,
    /// How long it may take.
    pub deadline_ms: u64,
    /// The extension's memory that the caller knew when it first sent the call.
    pub boot_id: Option<BootId>,
    /// Whether it was sent before, on a connection that was lost.
    pub resend: bool,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The peer's result, passed on unread.
    Done(Payload),
    /// The peer's error object, passed on unread.
    Failed(Payload),
    /// An error of the hub's own.
    Refused(ToolError),
}

/// What the shell is to do, in this order.
#[derive(Debug)]
pub enum Output {
    /// Send that on that connection.
    Send {
        /// The connection.
        link: LinkId,
        /// What to send.
        message: Message,
    },
    /// Answer the greeting with a refusal and close the connection.
    Refuse {
        /// The connection.
        link: LinkId,
        /// The number of the greeting.
        id: u64,
        /// Why.
        refusal: Refusal,
    },
    /// Say why, if the peer does not know, and close the connection.
    Close {
        /// The connection.
        link: LinkId,
        /// Why; `None` when the peer said itself that it goes.
        refusal: Option<Refusal>,
    },
    /// Leave the mark that the person stopped the hub, before anybody is told.
    MarkStopped,
    /// No answer is remembered any more: the memory that they took can go back to the system.
    Forgotten,
    /// The drain is over and every connection is closed.
    Drained(Leave),
}

/// Why the hub leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The command line asked for it.
    Asked(ShutdownMode),
    /// A signal asked for it; peers treat it as a restart.
    Signal,
}

/// A message to a peer, with what its frame needs.
#[derive(Debug)]
pub enum Message {
    /// Answers the greeting `id`.
    Welcome {
        /// The number of the greeting.
        id: u64,
        /// The welcome.
        welcome: Box<Welcome>,
    },
    /// Answers the call that came as request `id`.
    Answer {
        /// The number of the request.
        id: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// Answers the request `id` with an error of the protocol's own.
    NotAllowed {
        /// The number of the request.
        id: u64,
        /// Why, in a sentence.
        message: &'static str,
    },
    /// Answers the call that came as request `id`: it was not sent to the browser, whose memory is another than the call
    /// names.
    OtherMemory {
        /// The number of the request.
        id: u64,
    },
    /// Answers the request `id` with nothing but that it is done.
    Empty {
        /// The number of the request.
        id: u64,
    },
    /// Answers the request `id` with everything.
    Status {
        /// The number of the request.
        id: u64,
        /// Everything.
        status: Box<Status>,
    },
    /// Answers the request `id` with the agents that a person spoke to.
    Controlled {
        /// The number of the request.
        id: u64,
        /// The agents.
        output: ControlOutput,
    },
    /// Asks the extension for a call.
    Call {
        /// The hub's number of the request.
        id: u64,
        /// The call.
        call: Box<OutgoingCall>,
    },
    /// Tells the extension that a call is taken back.
    Cancel {
        /// The call.
        call_id: CallId,
    },
    /// Asks the extension to deal with the tabs of a client that left.
    Leave {
        /// The hub's number of the request.
        id: u64,
        /// Who left.
        params: LeaveParams,
    },
    /// Tells the extension who the clients are.
    Clients(Vec<ClientSummary>),
    /// Tells the extension whether calls go to it.
    Place(PlaceNotice),
    /// Tells a client or command line what changed.
    Notice(Notice),
    /// Tells a client how far its call has come.
    Progress(Payload),
}

/// A call on its way to the extension.
#[derive(Debug)]
pub struct OutgoingCall {
    /// Its id.
    pub call_id: CallId,
    /// The caller.
    pub client_id: ClientId,
    /// The caller's label.
    pub label: String,
    /// The caller's colour.
    pub colour: &'static str,
    /// The tool's listed name.
    pub tool: &'static str,
    /// Whether it may be run again.
    pub read_only: bool,
    /// The arguments.
    pub args: Payload,
    /// The tab that is meant.
    pub tab: Option<TabId>,
    /// How long it may still take.
    pub deadline_ms: u64,
    /// The extension's memory under which it was first sent.
    pub boot_id: Option<BootId>,
    /// Whether it was sent before.
    pub resend: bool,
}
