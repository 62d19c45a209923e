//! Requests that an agent program sends twice.
#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use serde_json::{Value, json};
use support::{FakeHub, Window};

#[tokio::test]
async fn a_request_that_is_sent_twice_is_one_execution_with_the_same_reply_in_flight_and_after() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let image = json!({ "content": [{ "type": "image", "data": "aGk=", "mimeType": "image/jpeg" }] });
    let text = json!({ "content": [{ "type": "text", "text": "Clicked." }] });
    for (id, tool, arguments, result) in
        [(1, "browser_take_screenshot", json!({}), image), (2, "browser_click", json!({ "ref": "e1" }), text)]
    {
        let request = call(id, tool, &arguments);
        window.write(&request).await;
        window.write(&request).await;
        let asked = peer.expect("call").await;
        peer.answer(&asked, result).await;
        let (first, second) = (window.receive().await.unwrap(), window.receive().await.unwrap());
        assert_eq!((first["id"].as_i64(), &first), (Some(id), &second), "{tool}: both are answered alike");
        window.write(&request).await;
        assert_eq!(window.receive().await.unwrap(), first, "{tool}: and so is one that comes later");
        peer.settle().await;
    }
    window.close().await;
}

#[tokio::test]
async fn an_id_in_flight_with_other_parameters_is_an_error_and_harms_nothing() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    window.write(&call(7, "browser_snapshot", &json!({}))).await;
    let asked = peer.expect("call").await;
    window.write(&call(7, "browser_snapshot", &json!({ "tab": "t2" }))).await;
    let refused = window.receive().await.unwrap();
    assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(7), &json!(-32600)), "{refused}");
    peer.answer_text(&asked, "page").await;
    let answer = window.receive().await.unwrap();
    assert_eq!((&answer["id"], support::text_of(&answer).as_str()), (&json!(7), "page"));
    window.close().await;
}

#[tokio::test]
async fn a_new_initialize_and_a_cancel_let_an_id_run_again() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let request = call(7, "browser_snapshot", &json!({}));
    window.write(&request).await;
    let asked = peer.expect("call").await;
    peer.answer_text(&asked, "one").await;
    assert_eq!(support::text_of(&window.receive().await.unwrap()), "one");

    window.initialize().await;
    window.write(&request).await;
    let asked = peer.expect("call").await;
    let cancelled = json!({ "requestId": 7 });
    window.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancelled })).await;
    let cancel = peer.expect("cancel").await;
    assert_eq!(cancel["params"]["callId"], asked["params"]["callId"]);

    window.write(&request).await;
    let asked = peer.expect("call").await;
    peer.answer_text(&asked, "three").await;
    assert_eq!(support::text_of(&window.receive().await.unwrap()), "three");
    window.close().await;
}

fn call(id: i64, tool: &str, arguments: &Value) -> String {
    let params = json!({ "name": tool, "arguments": arguments });
    format!("{}\n", json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }))
}
