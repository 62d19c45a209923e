//! One flat JSON-RPC 2.0 frame. Payloads stay unparsed: the hub passes them on as they came.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::RawValue;

/// A JSON-RPC 2.0 frame, borrowed from the text that carried it.
///
/// One flat struct: `untagged`, `flatten` and tagged enums would parse the payloads (they break [`RawValue`]).
/// Unknown fields are ignored, so that a newer peer may add some. Ids are unsigned integers, counted by the sender.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Frame<'a> {
    /// Always `"2.0"`; what else stands there is not checked.
    #[serde(borrow, default = "two")]
    pub jsonrpc: Cow<'a, str>,
    /// The sender's number of a request, or the request's number in its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The method of a request or notification.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Cow<'a, str>>,
    /// The parameters of a request or notification.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub params: Option<&'a RawValue>,
    /// The result in an answer.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub result: Option<&'a RawValue>,
    /// The error in an answer.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a RawValue>,
}

/// What a frame is, with the parts that it must have.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'f> {
    /// Asks for an answer under `id`.
    Request {
        /// The sender's number.
        id: u64,
        /// What is asked.
        method: &'f str,
        /// The parameters, if any came.
        params: Option<&'f RawValue>,
    },
    /// Tells something and wants no answer.
    Notification {
        /// What is told.
        method: &'f str,
        /// The parameters, if any came.
        params: Option<&'f RawValue>,
    },
    /// Answers the request `id`.
    Response {
        /// The number that the request had.
        id: u64,
        /// The result, or the error.
        outcome: Result<&'f RawValue, &'f RawValue>,
    },
}

/// Why a text is not a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The text is not JSON, or not of a frame's shape.
    #[error("not a JSON-RPC frame: {}", what_is_wrong(.0))]
    Malformed(#[from] serde_json::Error),
    /// The parts do not make a request, a notification or a response.
    #[error("a frame needs a method, or an id with a result or an error")]
    Shapeless,
}

impl<'a> Frame<'a> {
    /// Reads a frame; the payloads are checked to be JSON and kept as text.
    pub fn parse(text: &'a str) -> Result<Self, FrameError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Tells requests, notifications and responses apart.
    pub fn kind(&self) -> Result<Kind<'_>, FrameError> {
        match (self.id, self.method.as_deref(), self.result, self.error) {
            (Some(id), Some(method), _, _) => Ok(Kind::Request { id, method, params: self.params }),
            (None, Some(method), _, _) => Ok(Kind::Notification { method, params: self.params }),
            (Some(id), None, _, Some(error)) => Ok(Kind::Response { id, outcome: Err(error) }),
            (Some(id), None, Some(result), None) => Ok(Kind::Response { id, outcome: Ok(result) }),
            _ => Err(FrameError::Shapeless),
        }
    }
}

/// What is wrong with a JSON text, and where, without anything of what stands there: for logs, which hold no page
/// content and no secrets.
pub fn what_is_wrong(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        Category::Io => "unreadable",
        Category::Syntax => "not JSON",
        Category::Data => "JSON of another shape",
        Category::Eof => "cut off",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// Writes a request.
pub fn request(id: u64, method: &str, params: &impl Serialize) -> String {
    to_text(&Outgoing::<_, ()> {
        id: Some(id),
        method: Some(method),
        params: Some(params),
        ..Outgoing::default()
    })
}

/// Writes a notification.
pub fn notification(method: &str, params: &impl Serialize) -> String {
    to_text(&Outgoing::<_, ()> { method: Some(method), params: Some(params), ..Outgoing::default() })
}

/// Writes the answer to the request `id`.
pub fn response(id: u64, result: &impl Serialize) -> String {
    to_text(&Outgoing::<(), _> { id: Some(id), result: Some(result), ..Outgoing::default() })
}

/// Writes the error that answers the request `id`.
pub fn error_response(id: u64, error: &crate::error::RpcError) -> String {
    to_text(&Outgoing::<(), ()> { id: Some(id), error: Some(error), ..Outgoing::default() })
}

#[derive(Serialize)]
struct Outgoing<'a, P: Serialize = (), R: Serialize = ()> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<&'a P>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a crate::error::RpcError>,
}

impl<P: Serialize, R: Serialize> Default for Outgoing<'_, P, R> {
    fn default() -> Self {
        Self { jsonrpc: "2.0", id: None, method: None, params: None, result: None, error: None }
    }
}

/// Our messages hold no maps with other than text keys and no failing serializers, so that writing one cannot fail.
fn to_text(value: &impl Serialize) -> String {
    serde_json::to_string(value)
        .unwrap_or_else(|error| unreachable!("a message of ours must serialize: {error}"))
}

fn two() -> Cow<'static, str> {
    Cow::Borrowed("2.0")
}
