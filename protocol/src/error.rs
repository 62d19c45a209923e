//! Errors for agents (a closed set of codes) and refusals for peers.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it is written on the wire and to agents.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// Why a call failed, as the first word of what the agent reads.
    ErrorCode {
        /// No browser is connected to the hub.
        NoBrowser = "no_browser",
        /// The hub could not be reached or started.
        HubUnavailable = "hub_unavailable",
        /// The person stopped the hub or all agents, or paused or stopped this one.
        Stopped = "stopped",
        /// The caller has no such tab, or none at all.
        NoTab = "no_tab",
        /// The tab belongs to another client or to the person.
        NotYours = "not_yours",
        /// The person took the tab back.
        TakenOver = "taken_over",
        /// The element that the ref named is gone or has become another.
        StaleRef = "stale_ref",
        /// The element is there and cannot be acted on: hidden, covered, disabled, moving.
        NotActionable = "not_actionable",
        /// A dialog of the page must be answered first.
        DialogOpen = "dialog_open",
        /// The page or the browser refused: navigation failed, protected page.
        PageRefused = "page_refused",
        /// The call ran into its deadline.
        Timeout = "timeout",
        /// The call was cancelled by its caller.
        Cancelled = "cancelled",
        /// Whether the action happened cannot be known.
        OutcomeUnknown = "outcome_unknown",
        /// The tab was lost and opened again at its last address.
        TabReopened = "tab_reopened",
        /// The caller's role, or the person, does not allow this.
        NotPermitted = "not_permitted",
        /// The caller's token budget is used up.
        OverBudget = "over_budget",
        /// The caller sends too many requests.
        RateLimited = "rate_limited",
        /// Somebody or something else holds what is needed.
        Busy = "busy",
        /// The arguments are wrong.
        BadInput = "bad_input",
        /// The extension does not know this tool yet.
        ExtensionTooOld = "extension_too_old",
    }
}

codes! {
    /// Why a peer was not let in, or was sent away.
    RefusalCode {
        /// The proof of the secret is wrong.
        BadProof = "bad_proof",
        /// The greeting was not understood, or did not come first.
        BadHello = "bad_hello",
        /// The greeting did not come in time.
        HelloTimeout = "hello_timeout",
        /// The kind of peer does not belong on this path.
        WrongKind = "wrong_kind",
        /// The ranges of wire versions do not overlap.
        Version = "version",
        /// The pairing code is not known, or no longer.
        BadPairing = "bad_pairing",
        /// The resume token does not belong to the client id.
        BadResume = "bad_resume",
        /// Another link of the same client or browser took over.
        Displaced = "displaced",
        /// The hub is leaving.
        Draining = "draining",
        /// The hub has as many peers as it takes.
        TooMany = "too_many",
        /// The peer does not read what it is sent.
        SlowReader = "slow_reader",
        /// The peer sent what is not a frame.
        Malformed = "malformed",
        /// The peer did not answer the heartbeat.
        Silent = "silent",
    }
}

/// What a peer is told before its socket closes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{code}: {message} ({fix})")]
pub struct Refusal {
    /// Why, for programs.
    pub code: RefusalCode,
    /// Why, for people.
    pub message: String,
    /// What to do next.
    pub fix: String,
}

/// A failed call, told to an agent: what happened, why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{code}: {message} {fix}")]
pub struct ToolError {
    /// The code, for agents that branch on it.
    pub code: ErrorCode,
    /// What happened and why, in full sentences.
    pub message: String,
    /// What to do next, in full sentences.
    pub fix: String,
}

impl ToolError {
    /// Makes an error from its code, what happened, and what to do next.
    pub fn new(code: ErrorCode, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code, message: message.into(), fix: fix.into() }
    }
}

/// The JSON-RPC error object: numbers for the protocol's own mistakes, and one number for everything of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RpcError {
    /// A number of JSON-RPC 2.0, or [`RpcError::TABMUX`].
    pub code: i64,
    /// What happened.
    pub message: String,
    /// The code and the next step, for errors of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<RpcErrorData>,
}

/// The part of an [`RpcError`] that programs branch on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RpcErrorData {
    /// An [`ErrorCode`] or a [`RefusalCode`], as text: a newer peer may know more of them.
    pub code: String,
    /// What to do next.
    #[serde(default)]
    pub fix: String,
}

impl RpcError {
    /// The number of every error that carries a code of ours.
    pub const TABMUX: i64 = -32000;
    /// JSON-RPC 2.0: the method is not known.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// JSON-RPC 2.0: the parameters are wrong.
    pub const INVALID_PARAMS: i64 = -32602;

    /// The answer to a call that the hub hands back: it was not sent to a browser, since the one that it would run in has
    /// another memory than the call names. It may be sent again under the memory that the hub told of last.
    pub const OTHER_MEMORY: i64 = -32001;

    /// An error of the protocol's own, without a code of ours.
    pub fn protocol(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    /// Reads the `error` of an answer; what is not an error object becomes one that says so.
    pub fn parse(raw: &RawValue) -> Self {
        serde_json::from_str(raw.get())
            .unwrap_or_else(|error| Self::protocol(Self::TABMUX, format!("unreadable error object: {error}")))
    }

    /// The tool error that this carries; one without a known code is an `outcome_unknown`.
    pub fn into_tool_error(self) -> ToolError {
        let code = self.data.as_ref().and_then(|data| parse_code(&data.code));
        let fix = self.data.map(|data| data.fix).unwrap_or_default();
        ToolError { code: code.unwrap_or(ErrorCode::OutcomeUnknown), message: self.message, fix }
    }

    /// The refusal that this carries, if it is one.
    pub fn into_refusal(self) -> Option<Refusal> {
        let data = self.data?;
        let code = RefusalCode::ALL.iter().copied().find(|code| code.as_str() == data.code)?;
        Some(Refusal { code, message: self.message, fix: data.fix })
    }
}

impl From<&ToolError> for RpcError {
    fn from(error: &ToolError) -> Self {
        let data = RpcErrorData { code: error.code.to_string(), fix: error.fix.clone() };
        Self { code: Self::TABMUX, message: error.message.clone(), data: Some(data) }
    }
}

impl From<&Refusal> for RpcError {
    fn from(refusal: &Refusal) -> Self {
        let data = RpcErrorData { code: refusal.code.to_string(), fix: refusal.fix.clone() };
        Self { code: Self::TABMUX, message: refusal.message.clone(), data: Some(data) }
    }
}

/// Makes an error's text a full sentence: such a text is lower case without a full stop, for others to put together.
pub fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let mut sentence: String = first.into_iter().chain(letters).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

fn parse_code(text: &str) -> Option<ErrorCode> {
    ErrorCode::ALL.iter().copied().find(|code| code.as_str() == text)
}
