//! Ids as newtypes, so that one can never be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

uuid_id! {
    /// Names a client (one MCP process, or one session that outlives it) on every message; UUID.
    ClientId
}
uuid_id! {
    /// Names one tool call through every retry; a UUIDv7, minted by the MCP process, so that it carries its time.
    CallId
}
uuid_id! {
    /// Names a hub process; drawn at its start.
    HubId
}
uuid_id! {
    /// Names a browser profile; drawn once by the extension and kept in its local storage.
    BrowserId
}
uuid_id! {
    /// Names one life of the extension's memory; drawn whenever that memory is found empty.
    BootId
}

impl BootId {
    /// Stands on a call whose caller knows of no memory, all zeros: no extension draws it, so that no call runs under it.
    pub const UNKNOWN: Self = Self(Uuid::nil());
}

impl CallId {
    /// Milliseconds since the Unix epoch at which the id was minted; `None` if it is not a UUIDv7.
    pub fn minted_at_ms(&self) -> Option<u64> {
        if self.0.get_version_num() != 7 {
            return None;
        }
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        Some(seconds * 1_000 + u64::from(nanos) / 1_000_000)
    }
}

/// Names a tab for as long as Tabmux knows it, as `t<number>`; unique in the hub and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TabId(pub u64);

impl fmt::Display for TabId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.0)
    }
}

/// Says that a text is not a tab handle of the form `t<number>`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a tab handle; handles look like t3")]
pub struct BadTabId(String);

impl FromStr for TabId {
    type Err = BadTabId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix('t')
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or_else(|| BadTabId(text.chars().take(40).collect()))
    }
}

impl Serialize for TabId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TabId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TabId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TabId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^t[0-9]+$" })
    }
}

/// Names a process in logs and answers, as `{pid}-{8 hex digits}` (acceptance row C1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct InstanceId(pub String);

impl InstanceId {
    /// Makes the id of the process `pid` from its pid and a random number.
    pub fn new(pid: u32, random: u32) -> Self {
        Self(format!("{pid}-{random:08x}"))
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
