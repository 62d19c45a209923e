//! A tool call on its way to the page and back.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ids::{BootId, CallId, ClientId, TabId};

/// A call as a client sends it to the hub.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CallParams<'a> {
    /// The call's id, the same through every retry.
    pub call_id: CallId,
    /// The tool's name.
    #[serde(borrow)]
    pub tool: Cow<'a, str>,
    /// The tool's arguments, a JSON object, passed on unparsed.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub args: &'a RawValue,
    /// The tab that is meant; without it the caller's current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<TabId>,
    /// How long the call may still take, in milliseconds from the sending of this frame.
    pub deadline_ms: u64,
    /// The extension's memory that the caller knew when it first sent the call; all zeros while it knows none. The hub
    /// hands a first sending under another memory back (error -32001), so that the caller always knows in which browser
    /// its call may have run; without the field it runs in any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<BootId>,
    /// Whether the call was sent before, on a connection that was lost.
    #[serde(default)]
    pub resend: bool,
}

/// A call as the hub sends it to the extension.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ExtensionCallParams<'a> {
    /// The call's id, the same through every retry.
    pub call_id: CallId,
    /// The caller.
    pub client_id: ClientId,
    /// The caller's label, for its tab group.
    #[serde(borrow)]
    pub label: Cow<'a, str>,
    /// The caller's colour, for its tab group.
    #[serde(borrow)]
    pub colour: Cow<'a, str>,
    /// The tool's name, in its listed form.
    #[serde(borrow)]
    pub tool: Cow<'a, str>,
    /// Whether the tool changes nothing and may be run again.
    pub read_only: bool,
    /// The tool's arguments, a JSON object, passed on unparsed.
    #[serde(borrow)]
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Map<String, serde_json::Value>"))]
    pub args: &'a RawValue,
    /// The tab that is meant; without it the caller's current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tab: Option<TabId>,
    /// How long the call may still take, in milliseconds from the sending of this frame.
    pub deadline_ms: u64,
    /// The extension's memory that the caller knew when it first sent the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<BootId>,
    /// Whether the call was sent before, on a connection that was lost.
    #[serde(default)]
    pub resend: bool,
}

/// A file that a call carries in its arguments, in the place of the path that the agent named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SentFile<'a> {
    /// The last part of its path.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Its kind, such as `application/pdf`; empty if its name does not tell.
    #[serde(borrow)]
    pub mime_type: Cow<'a, str>,
    /// When it was last changed, in milliseconds since 1970.
    pub last_modified: u64,
    /// The bytes in base64.
    #[serde(borrow)]
    pub data: Cow<'a, str>,
}

/// What a tool answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ToolResult<'a> {
    /// Blocks of text, images and files, in order.
    #[serde(borrow)]
    pub content: Vec<Content<'a>>,
    /// Where the time went, in the extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

/// One block of a tool's answer: text, an image, or a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Content<'a> {
    /// Text to read.
    Text {
        /// The text.
        #[serde(borrow)]
        text: Cow<'a, str>,
    },
    /// An image to look at.
    Image {
        /// The bytes in base64.
        #[serde(borrow)]
        data: Cow<'a, str>,
        /// `image/jpeg` or `image/png`.
        #[serde(borrow)]
        mime_type: Cow<'a, str>,
    },
    /// What is too large for an answer, or not to be read in one: the MCP process stores it in the client's folder and
    /// tells the agent where it is.
    File {
        /// The name that it should have; it may come from a page.
        #[serde(borrow)]
        name: Cow<'a, str>,
        /// Its kind, such as `application/pdf`.
        #[serde(borrow)]
        mime_type: Cow<'a, str>,
        /// The bytes in base64.
        #[serde(borrow)]
        data: Cow<'a, str>,
        /// What it is, in a line for the agent.
        #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
        about: Option<Cow<'a, str>>,
    },
}

/// Where the time of a call went inside the extension, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// From the frame's arrival to the answer.
    pub total_ms: f64,
    /// Of that, waiting for earlier calls on the same tab.
    pub queued_ms: f64,
    /// Of that, waiting for the debugging protocol, the page's own work included.
    pub protocol_ms: f64,
    /// Of that, measured inside the page.
    pub page_ms: f64,
}

/// Takes a call back: it is stopped where it stands and answered with `cancelled`, unless it was done already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CancelParams {
    /// The call.
    pub call_id: CallId,
}

/// How far a call has come; sent only where a tool really knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProgressParams {
    /// The call.
    pub call_id: CallId,
    /// How much is done, in the tool's own unit; it only grows.
    pub progress: f64,
    /// How much there is to do, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
    /// What is going on, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
