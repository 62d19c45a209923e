//! Tells messages from what is none: whatever asks for an answer gets one, and what asks for none gets none.

use rmcp::model::{
    ClientJsonRpcMessage, ErrorCode, ErrorData, JsonRpcMessage, RequestId, ServerJsonRpcMessage,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::repeats::Fingerprint;

/// What a line turned out to be.
#[derive(Debug)]
pub(super) enum Received {
    /// A request for the SDK.
    Request(Asked, Box<ClientJsonRpcMessage>),
    /// Another message for the SDK.
    Message(Box<ClientJsonRpcMessage>),
    /// Something that must be answered with an error.
    Answer(Box<ServerJsonRpcMessage>),
    /// Something that is not to be answered.
    Nothing,
}

/// A request, as far as one must know it to tell whether it came before.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: RequestId,
    pub(super) fingerprint: Fingerprint,
    /// Whether it calls a tool.
    pub(super) is_call: bool,
    /// Whether a conversation begins with it.
    pub(super) is_initialize: bool,
}

/// The parts of a message by which its kind is known, as they came: of a message of which one part is wrong, the id is
/// still known.
#[derive(Debug, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<&'a RawValue>,
    // A `null` is kept apart from an absent id: with it the message is a request, though a wrong one.
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// Reads a line.
pub(super) fn read(line: &[u8]) -> Received {
    const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Received::Nothing;
    }
    let envelope: Envelope<'_> = match serde_json::from_slice(line) {
        Ok(envelope) => envelope,
        Err(error) if error.is_data() => {
            return refuse(None, "a message is one JSON object with single keys");
        }
        Err(error) => return answer(None, ErrorCode::PARSE_ERROR, format!("not JSON: {error}")),
    };
    let id = envelope.id.map(|raw| serde_json::from_str::<RequestId>(raw.get()));
    match (id, envelope.method.map(text)) {
        (Some(Err(_)), Some(_)) => refuse(None, "an id is a text or a whole number"),
        (Some(Ok(id)), Some(_)) if envelope.jsonrpc.and_then(text).as_deref() != Some("2.0") => {
            refuse(Some(id), "`jsonrpc` must be \"2.0\"")
        }
        (id @ (Some(Ok(_)) | None), Some(None)) => refuse(id.and_then(Result::ok), "a method is a text"),
        (Some(Ok(id)), Some(Some(method))) => match serde_json::from_slice(line) {
            Ok(message @ JsonRpcMessage::Request(_)) => {
                Received::Request(Asked::new(id, &method, envelope.params), Box::new(message))
            }
            Ok(_) => refuse(Some(id), "the message is several kinds at once"),
            Err(error) => {
                let message = format!("the parameters of {method} are not understood: {error}");
                answer(Some(id), ErrorCode::INVALID_PARAMS, message)
            }
        },
        (None, None) => refuse(None, "a message has a method, or an id with a result or an error"),
        // Notifications and answers to us are never answered, not even wrong ones.
        (None, Some(Some(_))) | (Some(_), None) => match serde_json::from_slice(line) {
            Ok(
                message @ (JsonRpcMessage::Notification(_)
                | JsonRpcMessage::Response(_)
                | JsonRpcMessage::Error(_)),
            ) => Received::Message(Box::new(message)),
            Ok(_) | Err(_) => {
                tracing::debug!("Ignoring a notification or answer that is not understood");
                Received::Nothing
            }
        },
    }
}

impl Asked {
    fn new(id: RequestId, method: &str, params: Option<&RawValue>) -> Self {
        let params = params.map_or("", RawValue::get);
        Self {
            id,
            fingerprint: Fingerprint::of(method, params.as_bytes()),
            is_call: method == "tools/call",
            is_initialize: method == "initialize",
        }
    }
}

/// The answer to a request under the id of another that is not answered yet.
pub(super) fn conflict(id: RequestId) -> ServerJsonRpcMessage {
    let message = "another request of this id is not answered yet: give each request an id of its own";
    ServerJsonRpcMessage::error(ErrorData::new(ErrorCode::INVALID_REQUEST, message, None), Some(id))
}

/// The answer to a line that is too long.
pub(super) fn too_long(id: Option<RequestId>, limit: usize) -> ServerJsonRpcMessage {
    let message = format!("the message is longer than {limit} bytes and was not read: send less at once");
    ServerJsonRpcMessage::error(ErrorData::new(ErrorCode::INVALID_REQUEST, message, None), id)
}

fn refuse(id: Option<RequestId>, message: &'static str) -> Received {
    answer(id, ErrorCode::INVALID_REQUEST, message.into())
}

/// Without an id the member is left out, as the MCP schema has it.
fn answer(id: Option<RequestId>, code: ErrorCode, message: String) -> Received {
    Received::Answer(Box::new(ServerJsonRpcMessage::error(ErrorData::new(code, message, None), id)))
}

fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(line: &str) -> String {
        match read(line.as_bytes()) {
            Received::Request(_, message) | Received::Message(message) => match *message {
                JsonRpcMessage::Request(request) => format!("request {}", request.request.method()),
                JsonRpcMessage::Notification(_) => "notification".into(),
                JsonRpcMessage::Response(_) => "response".into(),
                JsonRpcMessage::Error(_) => "error".into(),
            },
            Received::Answer(message) => match *message {
                JsonRpcMessage::Error(error) => {
                    format!("{} {}", error.id.map_or("-".into(), |id| id.to_string()), error.error.code.0)
                }
                other => panic!("{other:?}"),
            },
            Received::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn messages_are_passed_on() {
        assert_eq!(kind(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#), "request tools/list");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#), "notification");
        assert_eq!(
            kind(r#"{"jsonrpc":"2.0","method":"notifications/of/tomorrow","params":{"a":1}}"#),
            "notification"
        );
        assert_eq!(kind("\u{feff}{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"ping\"}\r"), "request ping");
    }

    #[test]
    fn what_is_no_json_is_a_parse_error_and_what_is_no_message_an_invalid_request() {
        assert_eq!(kind("{"), "- -32700");
        assert_eq!(kind("hello"), "- -32700");
        assert_eq!(kind("[]"), "- -32600");
        assert_eq!(kind("42"), "- -32600");
        assert_eq!(kind("{}"), "- -32600");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#), "- -32600");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#), "- -32600");
        assert_eq!(kind(r#"{"id":1,"method":"ping"}"#), "1 -32600");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#), "- -32600");
    }

    #[test]
    fn a_request_of_which_another_part_is_wrong_is_answered_under_its_id() {
        assert_eq!(kind(r#"{"jsonrpc":2.0,"id":"a","method":"ping"}"#), "a -32600");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","id":1,"method":7}"#), "1 -32600");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#), "1 -32600");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","method":7}"#), "- -32600");
    }

    #[test]
    fn a_request_whose_parameters_cannot_be_read_is_answered_under_its_id() {
        let lone_surrogate = r#"{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"a","arguments":{"t":"\ud800"}}}"#;
        assert_eq!(kind(lone_surrogate), "5 -32602");
    }

    #[test]
    fn notifications_and_answers_are_never_answered() {
        assert_eq!(kind(""), "nothing");
        assert_eq!(kind("  \r"), "nothing");
        assert_eq!(kind(r#"{"jsonrpc":"1.0","method":"x"}"#), "nothing");
        assert_eq!(kind(r#"{"jsonrpc":"2.0","id":7}"#), "nothing");
    }
}
