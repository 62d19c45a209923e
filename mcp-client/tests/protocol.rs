//! Both generations of MCP, and every line that is no message.
#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{FakeHub, Place, Window, meta, soon};
use tabmux_mcp_client::ExitReason;
use tabmux_protocol::tools::ToolSet;
use tokio::net::TcpListener;
use tokio::time::Instant;

const METHODS_WE_LACK: [&str; 6] = [
    "prompts/list",
    "prompts/get",
    "resources/subscribe",
    "completion/complete",
    "logging/setLevel",
    "made/up",
];

#[tokio::test]
async fn the_older_generation_opens_with_initialize_in_every_revision() {
    let place = Place::without_hub().await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let mut window = Window::open(&place);
        let params = json!({ "protocolVersion": version, "capabilities": {},
                             "clientInfo": { "name": "old", "version": "1" } });
        let answer = window.request("initialize", params).await;
        let result = &answer["result"];
        assert_eq!(result["protocolVersion"], version);
        assert_eq!(result["capabilities"], json!({ "tools": {}, "resources": {} }), "and nothing else");
        assert_eq!(result["serverInfo"]["name"], "tabmux");
        assert!(
            result["instructions"]
                .as_str()
                .unwrap()
                .starts_with("Tabmux lets you use the person's real browser")
        );
        let listed = window.request("tools/list", json!({})).await;
        assert!(listed["result"].get("resultType").is_none(), "{listed}");
        window.close().await;
    }
}

#[tokio::test]
async fn the_newer_generation_needs_no_initialize() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    let discovered = window.request("server/discover", json!({ "_meta": meta() })).await;
    let versions = discovered["result"]["supportedVersions"].as_array().unwrap();
    assert!(
        versions.contains(&json!("2026-07-28")) && versions.contains(&json!("2025-11-25")),
        "{discovered}"
    );
    assert_eq!(discovered["result"]["capabilities"], json!({ "tools": {}, "resources": {} }));
    let listed = window.request("tools/list", json!({ "_meta": meta() })).await;
    assert_eq!(listed["result"]["resultType"], "complete");
    assert!(listed["result"]["ttlMs"].is_u64() && listed["result"]["cacheScope"].is_string(), "{listed}");
    assert_eq!(
        names(&listed),
        ToolSet::default_set().listed().iter().map(|listed| listed.name()).collect::<Vec<_>>()
    );
    let params = json!({ "name": "hub_status", "arguments": {}, "_meta": meta() });
    let status = window.request("tools/call", params).await;
    assert_eq!(status["result"]["resultType"], "complete");
    let later = json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": "2099-01-01",
        "io.modelcontextprotocol/clientCapabilities": {}, "io.modelcontextprotocol/clientInfo": { "name": "n", "version": "1" } } });
    let refused = window.request("tools/list", later).await;
    assert!(refused["error"]["code"].is_i64(), "{refused}");
    window.close().await;
}

#[tokio::test]
async fn a_program_that_discovers_first_may_still_fall_back_to_initialize() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    window.request("server/discover", json!({ "_meta": meta() })).await;
    assert_eq!(window.initialize().await["result"]["protocolVersion"], "2025-11-25");
    assert_eq!(
        names(&window.request("tools/list", json!({})).await).len(),
        ToolSet::default_set().listed().len()
    );
    window.close().await;
}

#[tokio::test]
async fn notifications_and_stray_answers_before_initialize_do_not_end_the_process() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    for stray in [
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } }),
        json!({ "jsonrpc": "2.0", "id": 3, "result": {} }),
        json!({ "jsonrpc": "2.0", "id": 4, "error": { "code": 1, "message": "x" } }),
    ] {
        window.send(stray).await;
    }
    assert_eq!(window.initialize().await["result"]["serverInfo"]["name"], "tabmux");
    window.close().await;
}

#[tokio::test]
async fn a_request_before_initialize_is_answered_with_an_error_and_the_session_can_still_begin() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    assert!(window.request("tools/list", json!({})).await["error"]["code"].is_i64());
    let nonsense = window.request("initialize", json!({ "protocolVersion": 3 })).await;
    assert_eq!(nonsense["error"]["code"], -32602, "{nonsense}");
    assert_eq!(window.request("ping", json!({})).await["result"], json!({}));
    assert_eq!(window.initialize().await["result"]["serverInfo"]["name"], "tabmux");
    window.close().await;
}

#[tokio::test]
async fn what_is_not_declared_is_not_found_in_both_generations() {
    let place = Place::without_hub().await;
    let mut older = Window::open(&place);
    older.initialize().await;
    let mut newer = Window::open(&place);
    newer.request("tools/list", json!({ "_meta": meta() })).await;
    for method in METHODS_WE_LACK {
        for (window, meta) in [(&mut older, json!({})), (&mut newer, meta())] {
            let params = json!({
                "name": "x", "uri": "a://b", "level": "info", "_meta": meta,
                "ref": { "type": "ref/prompt", "name": "x" }, "argument": { "name": "a", "value": "b" },
            });
            let answer = window.request(method, params).await;
            assert_eq!(answer["error"]["code"], -32601, "{method}: {answer}");
            let answer = window.request(method, json!({ "_meta": meta })).await;
            assert!(answer["error"]["code"].is_i64(), "{method}: {answer}");
        }
    }
    older.close().await;
    newer.close().await;
}

#[tokio::test]
async fn garbage_is_answered_and_the_session_goes_on() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    for (line, code) in [("{nonsense", -32700), ("[]", -32600), ("\u{0}", -32700), ("{}", -32600)] {
        window.write(&format!("{line}\n")).await;
        let answer = window.receive().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{line}");
        assert!(answer.get("id").is_none(), "{answer}");
    }
    window.initialize().await;
    window.write("}{\n").await;
    assert_eq!(window.receive().await.unwrap()["error"]["code"], -32700);
    window.write("\n\r\n   \n").await;
    assert_eq!(window.request("ping", json!({})).await["result"], json!({}));
    window.close().await;
}

#[tokio::test]
async fn a_message_that_is_too_long_is_answered_under_its_id() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    window.initialize().await;
    window
        .write(
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"browser_type","arguments":{"text":""#,
        )
        .await;
    let megabyte = "x".repeat(1 << 20);
    for _ in 0..17 {
        window.write(&megabyte).await;
    }
    window.write("\"}},\"id\":77}\n").await;
    let answer = window.receive().await.unwrap();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(77), &json!(-32600)));
    assert_eq!(window.request("ping", json!({})).await["result"], json!({}));
    window.close().await;
}

#[tokio::test]
async fn discover_initialize_and_the_list_are_answered_at_once_while_a_stranger_hangs_on_the_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = Place::new(listener.local_addr().unwrap().port());
    let mut window = Window::open(&place);
    let began_at = Instant::now();
    window.initialize().await;
    assert_eq!(
        names(&window.request("tools/list", json!({})).await).len(),
        ToolSet::default_set().listed().len()
    );
    assert!(began_at.elapsed() < Duration::from_secs(2), "{:?}", began_at.elapsed());
    window.close().await;
}

#[tokio::test]
async fn the_list_has_one_page() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    window.initialize().await;
    let listed = window.request("tools/list", json!({})).await;
    assert!(listed["result"].get("nextCursor").is_none());
    let answer = window.request("tools/list", json!({ "cursor": "page-2" })).await;
    assert_eq!(answer["error"]["code"], -32602);
    window.close().await;
}

#[tokio::test]
async fn a_script_that_closes_its_end_right_after_asking_gets_its_answers() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "s", "version": "1" } });
    let first = window.ask("initialize", params).await;
    let second = window.ask("tools/list", json!({})).await;
    window.write(r#"{"jsonrpc":"2.0","id":"last","method":"ping"}"#).await;
    window.close_input();
    let answers: Vec<Value> = [window.receive().await, window.receive().await, window.receive().await]
        .map(|answer| answer.unwrap()["id"].clone())
        .into();
    for id in [json!(first), json!(second), json!("last")] {
        assert!(answers.contains(&id), "{id} in {answers:?}");
    }
    assert_eq!(window.ended().await, ExitReason::InputClosed);
}

#[tokio::test]
async fn an_input_that_ends_before_a_word_ends_the_process() {
    let place = Place::without_hub().await;
    assert_eq!(Window::open(&place).close().await, ExitReason::InputClosed);
}

#[tokio::test]
async fn an_output_that_nobody_reads_ends_the_process() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    peer.settle().await;
    window.close_output();
    window.ask("ping", json!({})).await;
    assert_eq!(window.ended().await, ExitReason::OutputClosed);
    peer.expect("bye").await;
    assert!(soon("the end", peer.receive()).await.is_none());
}

fn names(listed: &Value) -> Vec<&str> {
    listed["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}
