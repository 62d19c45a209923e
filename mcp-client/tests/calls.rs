//! Calls from the agent window through the link to a made-up hub, and back.
#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::time::Duration;

use serde_json::json;
use support::{FakeHub, Place, Window, quick, soon, text_of};
use tabmux_mcp_client::{ClientSettings, ExitReason};
use tokio::time::Instant;

#[tokio::test]
async fn a_call_reaches_the_hub_as_the_table_says_and_its_answer_the_agent() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    assert_eq!(peer.hello.label.as_deref(), Some("test-agent"));
    assert_eq!(peer.hello.agent.as_deref(), Some("test-agent 1.0"));
    assert_eq!(peer.hello.cwd.as_deref(), std::env::current_dir().unwrap().to_str());
    let id = window.ask_call("browser_click", json!({ "target": "e1", "tab": "t7" })).await;
    let call = peer.expect("call").await;
    assert_eq!(call["params"]["tool"], "browser_click");
    assert_eq!(call["params"]["args"], json!({ "ref": "e1" }));
    assert_eq!(call["params"]["tab"], "t7");
    assert_eq!(call["params"]["resend"], false);
    assert_eq!(call["params"]["bootId"], "00000000-0000-0000-0000-0000000000b1");
    let left = call["params"]["deadlineMs"].as_u64().unwrap();
    assert!((50_000..=60_000).contains(&left), "{left}");
    peer.answer(&call, json!({ "content": [{ "type": "text", "text": "Clicked." }], "timing": null })).await;
    let answer = window.receive().await.unwrap();
    assert_eq!(answer["id"], id);
    assert_eq!(text_of(&answer), "Clicked.");
    assert_eq!(answer["result"]["isError"], false);
    window.close().await;
}

#[tokio::test]
async fn calls_run_side_by_side_and_each_gets_its_own_answer() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let mut asked = Vec::new();
    for number in 0..20 {
        let id = window.ask_call("browser_navigate", json!({ "url": format!("http://x/{number}") })).await;
        asked.push((id, peer.expect("call").await));
    }
    for (_, call) in asked.iter().rev() {
        peer.answer_text(call, call["params"]["args"]["url"].as_str().unwrap()).await;
    }
    for _ in 0..20 {
        let answer = window.receive().await.unwrap();
        let (_, call) = asked.iter().find(|(id, _)| answer["id"] == *id).unwrap();
        assert_eq!(text_of(&answer), call["params"]["args"]["url"].as_str().unwrap());
    }
    window.close().await;
}

#[tokio::test]
async fn a_status_question_is_answered_at_once_while_a_call_runs_and_shows_own_tabs_only() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    window.ask_call("browser_navigate", json!({ "url": "http://slow" })).await;
    peer.expect("call").await;
    let id = window.ask_call("hub_status", json!({})).await;
    let question = peer.expect("status").await;
    let client = |id: &str, url: &str| {
        json!({ "clientId": id, "label": "x", "colour": "blue", "connected": true, "sinceMs": 1,
                "tabs": [{ "tab": "t1", "url": url, "title": "T" }], "callsInFlight": 1, "succeeded": 0, "failed": 0 })
    };
    let status = json!({
        "hub": { "hubId": "00000000-0000-0000-0000-0000000000aa", "instance": "77-00000000", "pid": 77,
                 "version": "0.1.0", "state": "serving", "port": 1, "uptimeMs": 1000, "callsInFlight": 1,
                 "callsAnswered": 0, "answersDropped": 0 },
        "browsers": [],
        "clients": [client("00000000-0000-0000-0000-00000000000c", "http://mine"),
                    client("00000000-0000-0000-0000-00000000000d", "http://theirs")],
    });
    peer.answer(&question, status).await;
    let answer = window.receive().await.unwrap();
    assert_eq!(answer["id"], id, "the call before it still runs");
    let text = text_of(&answer);
    for part in [
        "Instance: 12345-a1b2c3d4",
        "Label: test-agent",
        "Client id: 00000000-0000-0000-0000-00000000000c",
        "Requests: 3 so far, 1 succeeded, 0 failed",
        "Link: ready",
        "pid 77",
        "Browser: connected (Chromium 156)",
        "http://mine",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(!text.contains("theirs"), "{text}");
    window.close().await;
}

#[tokio::test]
async fn a_hub_that_does_not_tell_its_status_delays_the_answer_by_a_second_at_most() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    peer.settle().await;
    let asked_at = Instant::now();
    let text = {
        let call = window.call("hub_status", json!({}));
        let (text, _) = tokio::join!(call, peer.expect("status"));
        text
    };
    assert!(asked_at.elapsed() < Duration::from_secs(2));
    assert!(text.contains("did not answer within 1 s"), "{text}");
    window.close().await;
}

#[tokio::test]
async fn a_cancelled_call_is_taken_back_from_the_hub_and_not_answered() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let id = window.ask_call("browser_navigate", json!({ "url": "http://slow" })).await;
    let call = peer.expect("call").await;
    let params = json!({ "requestId": id, "reason": "enough" });
    window.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params })).await;
    let cancel = peer.expect("cancel").await;
    assert_eq!(cancel["params"]["callId"], call["params"]["callId"]);
    peer.answer_text(&call, "too late").await;
    assert_eq!(
        window.request("ping", json!({})).await["result"],
        json!({}),
        "no answer to the call comes before"
    );
    window.close().await;
}

#[tokio::test]
async fn progress_reaches_an_agent_that_asked_for_it_before_the_answer() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    for token in [Some("token-1"), None] {
        let mut params = json!({ "name": "browser_wait_for", "arguments": { "time": 3 } });
        if let Some(token) = token {
            params["_meta"] = json!({ "progressToken": token });
        }
        let id = window.ask("tools/call", params).await;
        let call = peer.expect("call").await;
        let call_id = &call["params"]["callId"];
        let params = json!({ "callId": call_id, "progress": 1.0, "total": 3.0, "message": "waiting" });
        peer.send(json!({ "jsonrpc": "2.0", "method": "progress", "params": params })).await;
        if let Some(token) = token {
            let notice = window.receive().await.unwrap();
            assert_eq!(notice["method"], "notifications/progress");
            assert_eq!(notice["params"]["progressToken"], token);
            assert_eq!(notice["params"]["total"].as_f64(), Some(3.0));
            assert_eq!(notice["params"]["message"], "waiting");
        }
        peer.answer_text(&call, "done").await;
        assert_eq!(window.receive().await.unwrap()["id"], id);
    }
    window.close().await;
}

#[tokio::test]
async fn an_error_of_the_hub_is_a_tool_error_that_begins_with_its_code() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let id = window.ask_call("browser_snapshot", json!({})).await;
    let call = peer.expect("call").await;
    let error = json!({ "code": -32000, "message": "No browser is connected.",
                        "data": { "code": "no_browser", "fix": "Run `tabmux browser launch`." } });
    peer.send(json!({ "jsonrpc": "2.0", "id": call["id"], "error": error })).await;
    let answer = window.receive().await.unwrap();
    assert_eq!((&answer["id"], &answer["result"]["isError"]), (&json!(id), &json!(true)));
    assert_eq!(text_of(&answer), "no_browser: No browser is connected. Run `tabmux browser launch`.");
    window.close().await;
}

#[tokio::test]
async fn wrong_arguments_are_a_tool_error_and_an_unknown_tool_a_protocol_error() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let text = window.call("browser_navigate", json!({})).await;
    assert!(text.starts_with("bad_input: browser_navigate: `url` is missing."), "{text}");
    let answer = window.request("tools/call", json!({ "name": "browser_fly" })).await;
    assert_eq!(answer["error"]["code"], -32602);
    for params in [json!({}), json!({ "name": 3 }), json!({ "name": "browser_click", "arguments": [] })] {
        let answer = window.request("tools/call", params.clone()).await;
        assert_eq!(answer["error"]["code"], -32602, "{params}: {answer}");
    }
    window.close().await;
}

#[tokio::test]
async fn a_call_without_any_hub_is_answered_with_what_to_do() {
    let place = Place::without_hub().await;
    let mut window = Window::open(&place);
    window.initialize().await;
    let text = window.call("browser_snapshot", json!({})).await;
    assert!(text.starts_with("hub_unavailable: "), "{text}");
    let status = window.call("hub_status", json!({})).await;
    assert!(status.contains("Link: failed: the hub could not be started"), "{status}");
    window.close().await;
}

#[tokio::test]
async fn a_call_that_waits_for_a_hub_that_does_not_answer_is_answered_after_the_wait() {
    let hub = FakeHub::start().await;
    let mut window = Window::open_with(&hub.place, ClientSettings { hub_wait_ms: 50, ..quick() });
    window.initialize().await;
    let asked_at = Instant::now();
    let text = window.call("browser_snapshot", json!({})).await;
    assert!(text.starts_with("hub_unavailable: The hub did not come up within 0.1 s"), "{text}");
    assert!(asked_at.elapsed() < Duration::from_secs(2));
    window.close().await;
}

#[tokio::test]
async fn a_call_takes_as_long_as_its_tool_and_the_settings_allow() {
    let hub = FakeHub::start().await;
    let mut window = Window::open_with(&hub.place, ClientSettings { call_ms: 40_000, ..quick() });
    window.initialize().await;
    let mut peer = hub.accept().await;
    for (tool, args, longest) in
        [("browser_click", json!({ "ref": "e1" }), 40_000), ("browser_take_screenshot", json!({}), 30_000)]
    {
        window.ask_call(tool, args).await;
        let call = peer.expect("call").await;
        let left = call["params"]["deadlineMs"].as_u64().unwrap();
        assert!((longest - 9_000..=longest).contains(&left), "{tool}: {left}");
        peer.answer_text(&call, "done").await;
        window.receive().await.unwrap();
    }
    window.close().await;
}

#[tokio::test]
async fn too_many_calls_at_a_time_are_refused_and_freed_slots_are_used_again() {
    let hub = FakeHub::start().await;
    let mut window = Window::open_with(&hub.place, ClientSettings { calls_max: 1, ..quick() });
    window.initialize().await;
    let mut peer = hub.accept().await;
    let id = window.ask_call("browser_snapshot", json!({})).await;
    let call = peer.expect("call").await;
    let text = window.call("browser_snapshot", json!({})).await;
    assert!(text.starts_with("busy: "), "{text}");
    let params = json!({ "requestId": id });
    window.send(json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params })).await;
    peer.expect("cancel").await;
    drop(call);
    window.ask_call("browser_snapshot", json!({})).await;
    let call = peer.expect("call").await;
    peer.answer_text(&call, "page").await;
    assert_eq!(text_of(&window.receive().await.unwrap()), "page");
    window.close().await;
}

#[tokio::test]
async fn a_window_that_closes_says_goodbye_and_leaves_within_a_second_even_with_a_call_running() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    window.ask_call("browser_navigate", json!({ "url": "http://slow" })).await;
    peer.expect("call").await;
    let closed_at = Instant::now();
    assert_eq!(window.close().await, ExitReason::InputClosed);
    assert!(closed_at.elapsed() < Duration::from_secs(1), "{:?}", closed_at.elapsed());
    peer.expect("bye").await;
    assert!(soon("the end", peer.receive()).await.is_none());
}

#[tokio::test]
async fn a_signal_makes_the_process_say_goodbye_and_leave_at_once() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    window.ask_call("browser_navigate", json!({ "url": "http://slow" })).await;
    peer.expect("call").await;
    let asked_at = Instant::now();
    window.leave(ExitReason::Signal("SIGTERM"));
    assert_eq!(window.ended().await, ExitReason::Signal("SIGTERM"));
    assert!(asked_at.elapsed() < Duration::from_secs(1), "{:?}", asked_at.elapsed());
    peer.expect("bye").await;
}
