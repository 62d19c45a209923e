//! The names of the methods on the hub's sockets.

/// Hub → peer, first frame of every connection: [`crate::message::Challenge`].
pub const CHALLENGE: &str = "challenge";
/// Peer → hub, request: [`crate::message::Hello`] → [`crate::message::Welcome`] or a refusal.
pub const HELLO: &str = "hello";
/// Extension → hub in place of `hello`, request: [`crate::message::PairParams`] → [`crate::message::PairOutput`], and the
/// connection ends; command line → hub, request without parameters: [`crate::message::PairingCodeOutput`].
pub const PAIR: &str = "pair";
/// Client → hub, request: [`crate::message::CallParams`]; hub → extension, request:
/// [`crate::message::ExtensionCallParams`]. Both answered by a [`crate::message::ToolResult`] or an error.
pub const CALL: &str = "call";
/// Client → hub and hub → extension, notification: [`crate::message::CancelParams`]. The call is still answered.
pub const CANCEL: &str = "cancel";
/// Extension → hub and hub → client, notification: [`crate::message::ProgressParams`].
pub const PROGRESS: &str = "progress";
/// Hub → client and command line, notification: [`crate::message::Notice`].
pub const NOTICE: &str = "notice";
/// Hub → extension, notification: [`crate::message::ClientsNotice`], for the badge and the popup.
pub const CLIENTS: &str = "clients";
/// Hub → extension, notification: [`crate::message::PlaceNotice`], for the badge and the popup.
pub const PLACE: &str = "place";
/// Extension → hub, notification without parameters: the person wants calls to go to this browser.
pub const ACTIVATE: &str = "activate";
/// Hub → extension, request: [`crate::message::LeaveParams`]; answered when the client's tabs are dealt with.
pub const LEAVE: &str = "leave";
/// Client → hub, notification without parameters: the client is going for good and wants its things cleaned up.
pub const BYE: &str = "bye";
/// Extension → hub, notification: [`crate::message::ExtensionEvent`].
pub const EVENT: &str = "event";
/// Either way, request without parameters, answered by `{}`: the heartbeat, a data frame.
pub const PING: &str = "ping";
/// Client or command line → hub, request: [`crate::message::StatusParams`], or none → [`crate::message::Status`].
pub const STATUS: &str = "status";
/// Command line → hub, request: [`crate::message::ShutdownParams`]; answered by `{}` when the drain has begun.
pub const SHUTDOWN: &str = "shutdown";
/// Command line → hub, request: [`crate::message::ControlParams`] → [`crate::message::ControlOutput`]; extension → hub,
/// notification of the same parameters, when the person says it in the popup.
pub const CONTROL: &str = "control";
/// Hub → peer, notification: a [`crate::Refusal`], the last frame before the hub closes a greeted connection.
pub const CLOSING: &str = "closing";
