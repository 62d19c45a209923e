//! The core's messages as frames.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::json;
use serde_json::value::RawValue;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame;
use tabmux_protocol::message::{CancelParams, ClientsNotice, ExtensionCallParams};
use tabmux_protocol::{Refusal, method};

use crate::core::{Message, Outcome, OutgoingCall, Payload};

/// The frame of a message. Payloads are written as they came.
pub fn encode(message: &Message) -> String {
    match message {
        Message::Welcome { id, welcome } => frame::response(*id, welcome),
        Message::Answer { id, outcome: Outcome::Done(payload) } => answer(*id, "result", payload),
        Message::Answer { id, outcome: Outcome::Failed(payload) } => answer(*id, "error", payload),
        Message::Answer { id, outcome: Outcome::Refused(error) } => frame::error_response(*id, &error.into()),
        Message::NotAllowed { id, message } => not_allowed(*id, message),
        Message::OtherMemory { id } => {
            let message = "the browser has another memory than the call names: send it again";
            frame::error_response(*id, &RpcError::protocol(RpcError::OTHER_MEMORY, message))
        }
        Message::Empty { id } => frame::response(*id, &json!({})),
        Message::Status { id, status } => frame::response(*id, status),
        Message::Controlled { id, output } => frame::response(*id, output),
        Message::Call { id, call } => call_frame(*id, call),
        Message::Cancel { call_id } => {
            frame::notification(method::CANCEL, &CancelParams { call_id: *call_id })
        }
        Message::Leave { id, params } => frame::request(*id, method::LEAVE, params),
        Message::Clients(clients) => {
            frame::notification(method::CLIENTS, &ClientsNotice { clients: clients.clone() })
        }
        Message::Place(place) => frame::notification(method::PLACE, place),
        Message::Notice(notice) => frame::notification(method::NOTICE, notice),
        Message::Progress(params) => {
            let (head, tail) = (r#"{"jsonrpc":"2.0","method":"progress","params":"#, "}");
            [head, params.as_str(), tail].concat()
        }
    }
}

/// The error that tells a peer that a request is none of its business, or nobody's.
pub(crate) fn not_allowed(id: u64, message: &str) -> String {
    frame::error_response(id, &RpcError::protocol(RpcError::METHOD_NOT_FOUND, message))
}

/// The frame that answers a greeting with a refusal.
pub fn refusal(id: u64, refusal: &Refusal) -> String {
    frame::error_response(id, &refusal.into())
}

/// The last frame before the hub closes a connection.
pub fn closing(refusal: &Refusal) -> String {
    frame::notification(method::CLOSING, refusal)
}

fn answer(id: u64, member: &str, payload: &Payload) -> String {
    /// Room for everything but the payload.
    const FRAME: usize = 64;
    let mut text = String::with_capacity(payload.len() + FRAME);
    // Writing to a string cannot fail.
    let _ = write!(text, r#"{{"jsonrpc":"2.0","id":{id},"{member}":"#);
    text.push_str(payload.as_str());
    text.push('}');
    text
}

/// The frame of a call. Its arguments are put in as text: reading megabytes through only to write them again would hold
/// up everybody.
fn call_frame(id: u64, call: &OutgoingCall) -> String {
    /// Where they belong. Quotes inside of strings are escaped, so that only the member itself reads like this.
    const WITHOUT: &str = r#""args":null"#;
    let frame = frame::request(id, method::CALL, &call_params(call));
    match frame.split_once(WITHOUT) {
        Some((head, tail)) => [head, r#""args":"#, call.args.as_str(), tail].concat(),
        None => frame,
    }
}

/// The parameters of a call but for its arguments.
fn call_params(call: &OutgoingCall) -> ExtensionCallParams<'_> {
    ExtensionCallParams {
        call_id: call.call_id,
        client_id: call.client_id,
        label: Cow::Borrowed(&call.label),
        colour: Cow::Borrowed(call.colour),
        tool: Cow::Borrowed(call.tool),
        read_only: call.read_only,
        args: RawValue::NULL,
        tab: call.tab,
        deadline_ms: call.deadline_ms,
        boot_id: call.boot_id,
        resend: call.resend,
    }
}

#[cfg(test)]
mod tests {
    use tabmux_protocol::{CallId, ClientId, Frame};
    use uuid::Uuid;

    use super::*;

    fn payload(text: &str) -> Payload {
        Payload::copied(&RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn payloads_are_written_as_they_came() {
        let text = r#"{"content": [ {"type":"text","text":"\u00e9 \\ \""} ], "more":1e3}"#;
        let done = encode(&Message::Answer { id: 7, outcome: Outcome::Done(payload(text)) });
        assert_eq!(done, format!(r#"{{"jsonrpc":"2.0","id":7,"result":{text}}}"#));
        let failed = encode(&Message::Answer { id: u64::MAX, outcome: Outcome::Failed(payload(text)) });
        assert_eq!(failed, format!(r#"{{"jsonrpc":"2.0","id":18446744073709551615,"error":{text}}}"#));
        let progress = encode(&Message::Progress(payload(text)));
        assert_eq!(progress, format!(r#"{{"jsonrpc":"2.0","method":"progress","params":{text}}}"#));
        let call = OutgoingCall {
            call_id: CallId(Uuid::from_u128(1)),
            client_id: ClientId(Uuid::from_u128(2)),
            label: r#"","args":null,""#.into(),
            colour: "blue",
            tool: "browser_click",
            read_only: false,
            args: payload(text),
            tab: None,
            deadline_ms: 5,
            boot_id: None,
            resend: false,
        };
        let frame = encode(&Message::Call { id: 7, call: Box::new(call) });
        let read = Frame::parse(&frame).unwrap();
        let params: ExtensionCallParams<'_> = serde_json::from_str(read.params.unwrap().get()).unwrap();
        assert_eq!((params.args.get(), params.label.as_ref()), (text, r#"","args":null,""#));
    }
}
