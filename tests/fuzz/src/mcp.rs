//! The lines of an agent program: whatever asks for an answer gets one under its id, and the next line is read.

use std::collections::BTreeSet;

use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::Transport;
use serde_json::Value;
use tabmux_mcp_client::transport::{LINE_LIMIT, LineTransport, Output, pump};
use tokio::io::{AsyncReadExt, duplex};
use tokio::runtime::Builder;

/// A first line that is a number is the longest line that is read, in bytes; everything else is the input.
pub fn mcp(data: &[u8]) {
    let (limit, input) = limited(data).unwrap_or((LINE_LIMIT, data));
    let whole = Outcome::of(input, limit);
    let mut parts = Outcome::default();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        let outcome = Outcome::of(line, limit);
        check(line.strip_suffix(b"\n").unwrap_or(line), limit, &outcome);
        parts.messages.extend(outcome.messages);
        parts.answers.extend(outcome.answers);
    }
    // A request under the id of another that still runs is not run beside it.
    let ids: Vec<String> = parts.messages.iter().filter_map(id_of_request).collect();
    if ids.iter().collect::<BTreeSet<_>>().len() == ids.len() {
        assert_eq!(whole, parts, "a line changes what another one means");
    }
}

fn id_of_request(message: &Value) -> Option<String> {
    Some(message.get("method").and(message.get("id"))?.to_string())
}

fn limited(data: &[u8]) -> Option<(usize, &[u8])> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    let limit = std::str::from_utf8(&data[..end]).ok()?.parse::<u16>().ok()?;
    Some((limit.into(), &data[end + 1..]))
}

/// What became of lines.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    /// What the SDK gets.
    messages: Vec<Value>,
    /// What is answered without it.
    answers: Vec<Value>,
}

impl Outcome {
    fn of(input: &[u8], limit: usize) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (ours, theirs) = duplex(4 * 1024);
            let output = Output::new(theirs);
            let (transport, messages_tx) = LineTransport::new(output.clone());
            let (mut answers, mut ours) = (String::new(), ours);
            let (messages, (), _) = tokio::join!(
                receive(transport),
                pump(input, limit, output, messages_tx),
                ours.read_to_string(&mut answers),
            );
            let answers = answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            Self { messages, answers }
        })
    }
}

async fn receive(mut transport: LineTransport) -> Vec<Value> {
    let mut messages = Vec::new();
    while let Some(message) = transport.receive().await {
        let message: ClientJsonRpcMessage = message;
        messages.push(serde_json::to_value(&message).unwrap());
    }
    messages
}

/// One line leads to one thing at most, and to the right one where that is plain to see.
fn check(line: &[u8], limit: usize, outcome: &Outcome) {
    let count = outcome.messages.len() + outcome.answers.len();
    assert!(count <= 1, "{outcome:?}");
    let Some(plain) = Plain::read(line) else { return };
    if line.len() > limit {
        assert_eq!(outcome.answers.len(), 1, "a line that is too long is answered");
        // Of a very long id, none may be kept.
        if plain.id.as_ref().and_then(Value::as_str).is_none_or(|id| id.len() < 200) {
            assert_eq!(outcome.answers[0].get("id"), plain.id.as_ref());
        }
    } else if plain.is_request {
        assert_eq!(count, 1, "a request is answered");
        let came = outcome.messages.first().or(outcome.answers.first());
        assert_eq!(came.and_then(|came| came.get("id")), plain.id.as_ref());
    } else if plain.id.is_none() && plain.has_method {
        assert!(outcome.answers.is_empty(), "a notification is not answered");
    }
}

/// A line that is one JSON object without escapes and doubled keys, of which everybody must think the same.
struct Plain {
    /// The id, where it is one that JSON-RPC allows.
    id: Option<Value>,
    has_method: bool,
    is_request: bool,
}

impl Plain {
    fn read(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?.trim_matches([' ', '\t', '\r']);
        let value: Value = serde_json::from_str(text).ok()?;
        let object = value.as_object()?;
        let is_single = ["id", "method", "jsonrpc", "params"]
            .iter()
            .all(|key| text.matches(&format!("\"{key}\"")).count() <= 1);
        if text.contains('\\') || !is_single {
            return None;
        }
        let id = object.get("id").filter(|id| id.is_i64() || id.is_string()).cloned();
        if object.contains_key("id") && id.is_none() {
            return None;
        }
        let has_method = object.get("method").is_some_and(Value::is_string);
        let is_request = id.is_some() && has_method;
        Some(Self { id, has_method, is_request })
    }
}
