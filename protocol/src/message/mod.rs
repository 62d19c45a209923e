//! Every message on the hub's sockets and on the extension's native port: camelCase on the wire, unknown fields
//! ignored, durations in milliseconds.

mod call;
mod control;
mod handshake;
mod native;
mod notice;
mod pairing;
mod status;

pub use call::{
    CallParams, CancelParams, Content, ExtensionCallParams, ProgressParams, SentFile, Timing, ToolResult,
};
pub use control::{Control, ControlAction, ControlOutput, ControlParams, ControlledClient};
pub use handshake::{Challenge, Hello, OwnedTab, PeerKind, Welcome};
pub use native::{NativeReply, NativeRequest};
pub use notice::{
    ActiveBrowser, BrowserState, ClientSummary, ClientsNotice, EventKind, ExtensionEvent, LeaveParams,
    Notice, Place, PlaceNotice, Restarting, TabsOnLeave,
};
pub use pairing::{PairOutput, PairParams, PairingCodeOutput};
pub use status::{
    BrowserStatus, CallPhase, ClientStatus, ConfigState, CurrentCall, Health, HealthBrowser, HubFile,
    HubState, HubStatus, LastCall, Ports, ShutdownMode, ShutdownParams, Status, StatusParams, TabStatus,
};

/// Colours of tab groups, as Chromium names them, in the order in which they are given out.
pub const COLOURS: [&str; 8] = ["blue", "green", "purple", "orange", "cyan", "pink", "red", "yellow"];
