//! Windows of a named session: who they are to the hub, and how they go.
#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use serde_json::json;
use support::{FakeHub, Window, quick, soon, text_of};
use tabmux_mcp_client::{ExitReason, FilesSettings, McpOptions};
use tabmux_protocol::InstanceId;

fn window(hub: &FakeHub, label: Option<&str>) -> Window {
    let label = label.map(str::to_owned);
    let options = McpOptions {
        label,
        session: Some("research".into()),
        instance: InstanceId::new(7, 7),
        files: FilesSettings::default(),
    };
    Window::open_as(&hub.place, quick(), options)
}

#[tokio::test]
async fn each_window_of_a_session_greets_under_its_id_and_leaves_without_goodbye() {
    let hub = FakeHub::start().await;
    let id = hub.place.secret.session_id("research");
    for (label, expected) in [(None, "research"), (Some("mine"), "mine")] {
        let mut window = window(&hub, label);
        window.initialize().await;
        let mut peer = hub.accept().await;
        assert_eq!((peer.hello.client_id, peer.hello.session), (Some(id), true));
        assert!(hub.place.secret.resumes(id, peer.hello.resume_token.as_deref().unwrap()));
        assert_eq!(peer.hello.label.as_deref(), Some(expected));
        window.ask_call("browser_wait_for", json!({ "time": 30 })).await;
        let call = peer.expect("call").await;
        assert_eq!(window.close().await, ExitReason::InputClosed);
        let cancel = peer.expect("cancel").await;
        assert_eq!(cancel["params"]["callId"], call["params"]["callId"], "nobody waits for it any more");
        assert!(soon("the end", peer.receive()).await.is_none(), "and no goodbye");
    }
}

#[tokio::test]
async fn a_window_whose_session_is_taken_up_elsewhere_says_so() {
    let hub = FakeHub::start().await;
    let mut window = window(&hub, None);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let refusal = json!({ "code": "displaced", "message": "another one came", "fix": "go on there" });
    peer.send(json!({ "jsonrpc": "2.0", "method": "closing", "params": refusal })).await;
    assert!(soon("the end", peer.receive()).await.is_none());
    let id = window.ask_call("browser_snapshot", json!({})).await;
    let answer = window.receive().await.unwrap();
    assert_eq!(answer["id"], id);
    let text = text_of(&answer);
    assert!(text.starts_with("hub_unavailable:") && text.contains("same --session"), "{text}");
    window.close().await;
}
