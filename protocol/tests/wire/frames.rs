//! The JSON-RPC frame around every message.

use serde_json::json;
use tabmux_protocol::error::RpcError;
use tabmux_protocol::frame::{error_response, notification, request, response};
use tabmux_protocol::message::CancelParams;
use tabmux_protocol::{CallId, ErrorCode, Frame, FrameError, Kind, Refusal, RefusalCode, ToolError, method};
use uuid::Uuid;

#[test]
fn requests_notifications_and_answers_are_written_with_what_they_have_and_nothing_else() {
    let cancel = CancelParams { call_id: CallId(Uuid::from_u128(7)) };
    insta::assert_snapshot!(request(3, method::PING, &json!({})), @r#"{"jsonrpc":"2.0","id":3,"method":"ping","params":{}}"#);
    insta::assert_snapshot!(notification(method::CANCEL, &cancel), @r#"{"jsonrpc":"2.0","method":"cancel","params":{"callId":"00000000-0000-0000-0000-000000000007"}}"#);
    insta::assert_snapshot!(response(3, &json!({})), @r#"{"jsonrpc":"2.0","id":3,"result":{}}"#);
    let closed = ToolError::new(ErrorCode::NoTab, "The tab was closed.", "Open another.");
    insta::assert_snapshot!(error_response(4, &RpcError::from(&closed)), @r#"{"jsonrpc":"2.0","id":4,"error":{"code":-32000,"message":"The tab was closed.","data":{"code":"no_tab","fix":"Open another."}}}"#);
    let unknown = RpcError::protocol(RpcError::METHOD_NOT_FOUND, "unknown method `frobnicate`");
    insta::assert_snapshot!(error_response(5, &unknown), @r#"{"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"unknown method `frobnicate`"}}"#);
}

#[test]
fn a_frame_is_known_by_the_parts_it_has() {
    let kind = |text: &str| match Frame::parse(text).unwrap().kind() {
        Ok(Kind::Request { id, method, params }) => {
            format!("request {id} {method} {}", params.map_or("-", |raw| raw.get()))
        }
        Ok(Kind::Notification { method, params }) => {
            format!("notification {method} {}", params.map_or("-", |raw| raw.get()))
        }
        Ok(Kind::Response { id, outcome: Ok(result) }) => format!("result {id} {result}"),
        Ok(Kind::Response { id, outcome: Err(error) }) => format!("error {id} {error}"),
        Err(FrameError::Shapeless) => "shapeless".to_owned(),
        Err(FrameError::Malformed(error)) => format!("malformed: {error}"),
    };
    assert_eq!(kind(r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}"#), "request 1 ping {}");
    assert_eq!(kind(r#"{"id":1,"method":"ping"}"#), "request 1 ping -");
    assert_eq!(kind(r#"{"method":"bye"}"#), "notification bye -");
    assert_eq!(kind(r#"{"method":"event","params":[1]}"#), "notification event [1]");
    assert_eq!(kind(r#"{"id":0,"result":{}}"#), "result 0 {}");
    assert_eq!(kind(r#"{"id":1,"error":{"code":1}}"#), r#"error 1 {"code":1}"#);
    assert_eq!(kind(r#"{"id":1,"result":{},"error":{}}"#), "error 1 {}", "an error outweighs a result");
    assert_eq!(
        kind(r#"{"id":1,"method":"ping","result":{}}"#),
        "request 1 ping -",
        "a method outweighs both"
    );
    assert_eq!(kind(r#"{"id":null,"method":"bye","params":null}"#), "notification bye -", "null is absent");
    for text in ["{}", r#"{"id":1}"#, r#"{"result":{}}"#, r#"{"error":{}}"#, r#"{"params":{}}"#] {
        assert_eq!(kind(text), "shapeless", "{text}");
    }
}

#[test]
fn what_is_not_a_frame_is_refused() {
    for text in [
        "",
        "ping",
        "null",
        "7",
        "[{\"method\":\"bye\"}",
        r#"{"id":-1,"result":{}}"#,
        r#"{"id":"1","result":{}}"#,
        r#"{"method":7}"#,
        r#"{"method":"bye"} {}"#,
        r#"{"method":"bye","params":{"open":}}"#,
        r#"{"method":"bye","method":"ping"}"#,
    ] {
        assert!(matches!(Frame::parse(text), Err(FrameError::Malformed(_))), "{text}");
    }
}

#[test]
fn payloads_pass_as_they_came_to_the_byte() {
    let odd = r#"{ "b":1.50, "a" : "é",  "a":[ ] }"#;
    let text = format!(r#"{{"params":{odd},"ofALaterRelease":{{"deep":[1]}},"method":"ca\u006cl","id":9}}"#);
    let frame = Frame::parse(&text).unwrap();
    let Kind::Request { id: 9, method: method::CALL, params: Some(params) } = frame.kind().unwrap() else {
        panic!("not that request: {frame:?}");
    };
    assert_eq!(params.get(), odd);
    assert_eq!(
        request(9, method::CALL, &params),
        format!(r#"{{"jsonrpc":"2.0","id":9,"method":"call","params":{odd}}}"#)
    );
}

#[test]
fn every_code_comes_back_out_of_an_error() {
    for code in ErrorCode::ALL {
        let error = ToolError::new(*code, "What happened.", "What to do.");
        assert_eq!(RpcError::from(&error).into_tool_error(), error);
    }
    for code in RefusalCode::ALL {
        let refusal = Refusal { code: *code, message: "why".into(), fix: "what to do".into() };
        assert_eq!(RpcError::from(&refusal).into_refusal(), Some(refusal));
    }
}

#[test]
fn an_error_with_a_code_of_a_later_release_says_that_the_outcome_is_unknown() {
    let text = r#"{"code":-32000,"message":"It rained.","data":{"code":"rained_on","fix":"Wait."}}"#;
    let error: RpcError = serde_json::from_str(text).unwrap();
    assert_eq!(error.clone().into_refusal(), None);
    assert_eq!(error.into_tool_error(), ToolError::new(ErrorCode::OutcomeUnknown, "It rained.", "Wait."));
}
