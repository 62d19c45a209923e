//! What the pieces of Tabmux agree on: every message on the hub's sockets, ids, errors, proofs, versions, and the
//! table of tools. Nothing here knows sockets, a runtime or the browser; the only
//! files are those by which the processes of one installation find each other.
#![deny(missing_docs)]

pub mod error;
pub mod frame;
pub mod ids;
pub mod installation;
pub mod message;
pub mod method;
pub mod pairing;
pub mod proof;
pub mod tools;
mod unsupported;
pub mod version;

pub use error::{ErrorCode, Refusal, RefusalCode, ToolError};
pub use frame::{Frame, FrameError, Kind};
pub use ids::{BootId, BrowserId, CallId, ClientId, HubId, InstanceId, TabId};
pub use installation::Installation;
pub use version::{PROTOCOL, ProtocolRange};

/// The port that the hub listens on unless told otherwise (acceptance row A2).
pub const DEFAULT_PORT: u16 = 9008;
/// The id of the extension that lies in this repository, pinned by the `key` in its manifest.
pub const EXTENSION_ID: &str = "addlobmlgdpkpehflhegckmabdnaooep";

/// Every id under which the extension is given out: the one of the key in its manifest, and with the first release in a
/// store that store's.
pub const EXTENSION_IDS: [&str; 1] = [EXTENSION_ID];
/// The name under which browsers know the native-messaging host.
pub const NATIVE_HOST: &str = "dev.tabmux.host";
/// The largest frame and message on a proven socket, in bytes (DESIGN, "The wire").
pub const MAX_FRAME: usize = 64 * 1024 * 1024;
/// The largest frame and message before the proof, in bytes.
pub const MAX_FRAME_BEFORE_PROOF: usize = 64 * 1024;
/// The read buffer of each socket, in bytes: a thousand idle sockets must stay small.
pub const READ_BUFFER: usize = 4 * 1024;
