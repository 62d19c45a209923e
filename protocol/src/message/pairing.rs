//! Pairing: the way by which an extension that no native host serves comes by its key.

use serde::{Deserialize, Serialize};

/// The extension's first frame when the person has given it a pairing code: which code it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PairParams {
    /// 16 bytes in hex: HKDF-SHA256 of the code, with the info `tabmux pairing id`.
    pub pairing_id: String,
    /// 32 random bytes in hex, drawn for this connection.
    pub nonce: String,
}

/// The hub's answer to a pairing code that holds; the connection ends after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PairOutput {
    /// 12 bytes of nonce and the extension's key (64 hexadecimal characters) under AES-256-GCM, all in hex; the key is
    /// HKDF-SHA256 of the code with the info `tabmux pairing seal`, the associated data `authority|hubNonce|nonce`.
    pub sealed: String,
}

/// A fresh pairing code, for the person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PairingCodeOutput {
    /// The code as it is shown, with the hub's port before it where that is not 9008.
    pub code: String,
    /// How long it holds, in milliseconds.
    pub expires_in_ms: u64,
}

/// Without the code, which must not get into a log.
impl std::fmt::Debug for PairingCodeOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PairingCodeOutput")
            .field("expires_in_ms", &self.expires_in_ms)
            .finish_non_exhaustive()
    }
}
