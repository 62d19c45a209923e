//! Frames as inputs for the core.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame::{self, Frame, FrameError, Kind};
use tabmux_protocol::message::{
    CallParams, CancelParams, ControlParams, ExtensionEvent, PeerKind, ShutdownParams, StatusParams,
};
use tabmux_protocol::{CallId, method};

use super::encode;
use crate::core::{Input, LinkId, NewCall, Outcome, Payload};

/// What a frame means.
#[derive(Debug)]
pub enum Decoded {
    /// The core is to know.
    Input(Input),
    /// The link answers by itself.
    Reply(String),
    /// The command line wants a pairing code.
    Pair {
        /// The number of its request.
        id: u64,
    },
    /// Nothing: it is a peer's business that the hub has no part in.
    Ignored,
}

/// Reads a frame that came from a peer of that kind. The error is for frames that are none; a known method with wrong
/// parameters, or an unknown one, is answered.
pub fn decode(text: &str, bytes: &Bytes, kind: PeerKind, link: LinkId) -> Result<Decoded, FrameError> {
    let frame = Frame::parse(text)?;
    Ok(match frame.kind()? {
        Kind::Request { id, method: method::PING, .. } => Decoded::Reply(frame::response(id, &json!({}))),
        Kind::Request { id, method, params } => request(link, kind, id, method, params, bytes),
        Kind::Notification { method, params } => {
            notification(link, kind, method, params, bytes).map_or(Decoded::Ignored, Decoded::Input)
        }
        // The heartbeat's answer has done its work by arriving.
        Kind::Response { id: HEARTBEAT, .. } => Decoded::Ignored,
        Kind::Response { id, outcome } if kind == PeerKind::Extension => {
            let outcome = match outcome {
                Ok(result) => Outcome::Done(Payload::of(result, bytes)),
                Err(error) => Outcome::Failed(Payload::of(error, bytes)),
            };
            Decoded::Input(Input::Answer { link, id, outcome })
        }
        Kind::Response { .. } => Decoded::Ignored,
    })
}

/// The number of every heartbeat; the core's own requests count from one.
pub const HEARTBEAT: u64 = 0;

fn request(
    link: LinkId,
    kind: PeerKind,
    id: u64,
    method: &str,
    params: Option<&RawValue>,
    bytes: &Bytes,
) -> Decoded {
    match (method, kind) {
        (method::CALL, PeerKind::Client) => match parse::<CallParams<'_>>(params) {
            Ok(params) => {
                let call = NewCall {
                    call_id: params.call_id,
                    args: Payload::of(params.args, bytes),
                    tool: params.tool.into_owned(),
                    tab: params.tab,
                    deadline_ms: params.deadline_ms,
                    boot_id: params.boot_id,
                    resend: params.resend,
                };
                Decoded::Input(Input::Call { link, id, call: Box::new(call) })
            }
            Err(error) => invalid(id, method, &error),
        },
        (method::STATUS, PeerKind::Client | PeerKind::Cli) => {
            match params.map_or_else(|| Ok(StatusParams::default()), |params| parse(Some(params))) {
                Ok(StatusParams { watch }) => Decoded::Input(Input::Status { link, id, watch }),
                Err(error) => invalid(id, method, &error),
            }
        }
        (method::SHUTDOWN, PeerKind::Cli) => match parse::<ShutdownParams>(params) {
            Ok(ShutdownParams { mode }) => Decoded::Input(Input::Shutdown { link, id, mode }),
            Err(error) => invalid(id, method, &error),
        },
        (method::CONTROL, PeerKind::Cli) => match parse::<ControlParams>(params) {
            Ok(said) => Decoded::Input(Input::Control { link, id: Some(id), said }),
            Err(error) => invalid(id, method, &error),
        },
        (method::PAIR, PeerKind::Cli) => Decoded::Pair { id },
        _ => {
            let message = format!("there is no method `{method:.40}` for a peer of kind {}", kind.as_str());
            Decoded::Reply(encode::not_allowed(id, &message))
        }
    }
}

/// Notifications cannot be answered: one that is unknown or wrong is passed over.
fn notification(
    link: LinkId,
    kind: PeerKind,
    method: &str,
    params: Option<&RawValue>,
    bytes: &Bytes,
) -> Option<Input> {
    let read = match (method, kind) {
        (method::CANCEL, PeerKind::Client) => {
            parse::<CancelParams>(params).map(|CancelParams { call_id }| Input::Cancel { link, call_id })
        }
        (method::BYE, PeerKind::Client) => Ok(Input::Bye { link }),
        (method::ACTIVATE, PeerKind::Extension) => Ok(Input::Activate { link }),
        (method::CONTROL, PeerKind::Extension) => {
            parse::<ControlParams>(params).map(|said| Input::Control { link, id: None, said })
        }
        (method::EVENT, PeerKind::Extension) => {
            parse::<ExtensionEvent>(params).map(|event| Input::Event { link, event: Box::new(event) })
        }
        (method::PROGRESS, PeerKind::Extension) => parse::<OfCall>(params).map(|OfCall { call_id }| {
            Input::Progress { link, call_id, params: Payload::of(params.unwrap_or(RawValue::NULL), bytes) }
        }),
        _ => return None,
    };
    read.inspect_err(|error| tracing::debug!(method, %error, "A notification cannot be read")).ok()
}

/// The part of a progress notification that says where it goes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfCall {
    call_id: CallId,
}

fn parse<'p, T: Deserialize<'p>>(params: Option<&'p RawValue>) -> Result<T, serde_json::Error> {
    serde_json::from_str(params.unwrap_or(RawValue::NULL).get())
}

fn invalid(id: u64, method: &str, error: &serde_json::Error) -> Decoded {
    let message = format!("the parameters of `{method}` cannot be read: {error}");
    Decoded::Reply(frame::error_response(id, &RpcError::protocol(RpcError::INVALID_PARAMS, message)))
}
