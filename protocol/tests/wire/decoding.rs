//! Whatever a peer sends: reading it answers, and never panics.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use tabmux_protocol::error::*;
use tabmux_protocol::ids::*;
use tabmux_protocol::message::*;
use tabmux_protocol::{Frame, ProtocolRange};

/// The schemas of all messages, generated from the types themselves.
static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../docs/schema/protocol.json")).unwrap());

#[test]
fn every_message_of_the_schema_is_in_the_list_of_this_test() {
    macro_rules! names {
        ($($message:ident),+) => { [$(stringify!($message)),+] };
    }
    let listed: &[&str] = &for_each_message!(names);
    let missing: Vec<&String> =
        SCHEMA["$defs"].as_object().unwrap().keys().filter(|name| !listed.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "add them to `for_each_message`, with a snapshot each: {missing:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        read_as_everything(&text);
    }

    #[test]
    fn no_json_makes_a_reader_panic(value in json()) {
        read_as_everything(&value.to_string());
    }

    #[test]
    fn no_damage_to_a_good_message_makes_a_reader_panic(
        good in prop::sample::select(GOOD),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<char>(), 0..3_u8), 0..6),
    ) {
        let mut chars: Vec<char> = good.chars().collect();
        for (place, with, how) in damage {
            let at = place.index(chars.len());
            match how {
                0 => chars[at] = with,
                1 => chars.insert(at, with),
                _ => chars.truncate(at.max(1)),
            }
        }
        read_as_everything(&chars.into_iter().collect::<String>());
    }
}

/// Reads a text as a frame and as every message, and writes again what could be read.
fn read_as_everything(text: &str) {
    if let Ok(frame) = Frame::parse(text) {
        let _ = frame.kind();
        if let Some(error) = frame.error {
            let error = RpcError::parse(error);
            let _ = (error.clone().into_refusal(), error.into_tool_error());
        }
        serde_json::to_string(&frame).unwrap();
    }
    if let Ok(call) = serde_json::from_str::<CallId>(text) {
        let _ = call.minted_at_ms();
    }
    macro_rules! read_as_each {
        ($($message:ident),+) => {
            $(if let Ok(message) = serde_json::from_str::<$message>(text) {
                serde_json::to_string(&message).unwrap();
            })+
        };
    }
    for_each_message!(read_as_each);
}

/// Any JSON, its objects made of the fields that our messages have, so that it comes near to one.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(words()).prop_map(Value::from),
        "t[0-9]{0,30}".prop_map(Value::from),
        any::<u128>().prop_map(|id| Value::from(uuid::Uuid::from_u128(id).to_string())),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(words()), inner, 0..10)
                .prop_map(Value::from_iter),
        ]
    })
}

/// Every name of a field and every word of an enumeration in the schema.
fn words() -> Vec<String> {
    fn gather(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                into.extend(
                    fields
                        .get("properties")
                        .and_then(Value::as_object)
                        .iter()
                        .flat_map(|p| p.keys().cloned()),
                );
                into.extend(fields.get("const").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| gather(field, into));
            }
            Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
            Value::String(word) if word.len() < 24 => into.push(word.clone()),
            _ => {}
        }
    }
    let mut words: Vec<String> =
        ["jsonrpc", "id", "method", "params", "result", "error"].map(String::from).into();
    gather(&SCHEMA["$defs"], &mut words);
    words.sort();
    words.dedup();
    words
}

/// Good messages to damage, of those with the most parts.
const GOOD: &[&str] = &[
    r#"{"jsonrpc":"2.0","id":7,"method":"call","params":{"callId":"019aa2f5-2c00-7000-8000-000000000001"}}"#,
    r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"m","data":{"code":"no_tab","fix":"f"}}}"#,
    r#"{"callId":"019aa2f5-2c00-7000-8000-000000000001","tool":"browser_click","args":{"ref":"e1"},"tab":"t3","deadlineMs":1}"#,
    r#"{"content":[{"type":"text","text":"a\n"},{"type":"image","data":"AA==","mimeType":"image/png"}]}"#,
    r#"{"kind":"client","clientNonce":"00","proof":"ff","protocol":{"min":1,"max":1},"version":"0.1.0","tabs":[]}"#,
    r#"{"event":"tabCreated","tab":"t18446744073709551615","clientId":"00000000-0000-0000-0000-000000000001"}"#,
    r#"{"type":"hub","port":9008,"key":"00","browserPid":1}"#,
];
