//! Messages between the extension and its native-messaging host: a 4-byte native-endian length and JSON.

use serde::{Deserialize, Serialize};

/// What the extension asks its native host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NativeRequest {
    /// Make sure that a hub runs and say how to reach it; asked at every start of the worker, and whenever its socket
    /// to the hub is lost.
    Connect,
}

/// What the native host says: in answer, and unasked whenever a hub is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum NativeReply {
    /// A hub serves.
    Hub {
        /// Its port on 127.0.0.1.
        port: u16,
        /// The extension's key in hex (not the secret itself).
        key: String,
        /// The browser's process id: the host's parent.
        browser_pid: u32,
    },
    /// No hub serves, and none could be started.
    NoHub {
        /// Why.
        message: String,
        /// What to do.
        fix: String,
    },
}
