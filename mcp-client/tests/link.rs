//! The link to the hub: who is trusted, what happens when it goes, and what is sent again.
#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use support::{FakeHub, Place, SOON, Window, quick, soon, text_of};
use tabmux_mcp_client::{
    ClientSettings, ConnectError, LaunchError, Launched, RequestError, connect, ensure_hub,
};
use tabmux_protocol::message::Welcome;
use tabmux_protocol::proof::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

#[tokio::test]
async fn a_hub_that_cannot_prove_itself_is_refused_and_gets_no_call() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let id = window.ask_call("browser_navigate", json!({ "url": "http://private" })).await;
    let greeting = hub.meet().await;
    let mut forger =
        greeting.welcome(&Secret::from_bytes([8; 32]), "00000000-0000-0000-0000-00000000000c").await;
    assert!(forger.receive().await.is_none(), "the connection is dropped without a word");
    let answer = window.receive().await.unwrap();
    assert_eq!(answer["id"], id);
    let text = text_of(&answer);
    let pid = std::process::id();
    assert!(text.starts_with("hub_unavailable: Port "), "{text}");
    assert!(text.contains("cannot prove it") && text.contains(&format!("(pid {pid})")), "{text}");
    window.close().await;
}

#[tokio::test]
async fn a_stranger_on_the_port_is_named_and_left_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = Place::new(listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
        }
    });
    let error = ensure_hub(&place.installation, &quick()).await.unwrap_err();
    assert!(matches!(&error, LaunchError::Connect(ConnectError::Stranger { .. })), "{error:?}");
    let (text, port, pid) = (error.to_string(), place.installation.port, std::process::id());
    for part in [format!("port {port} is taken by"), format!("(pid {pid})"), "TABMUX_PORT".into()] {
        assert!(text.contains(&part), "{part} in {text}");
    }
}

#[tokio::test]
async fn a_listener_that_says_nothing_uses_up_the_handshake_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = Place::new(listener.local_addr().unwrap().port());
    let settings = ClientSettings { handshake_ms: 50, ..quick() };
    let error = connect(&place.installation, &settings).await.unwrap_err();
    assert!(matches!(error, ConnectError::Silent { within_ms: 50, .. }), "{error:?}");
}

#[tokio::test]
async fn a_stranger_that_floods_before_its_proof_is_cut_off() {
    let hub = FakeHub::start().await;
    let (connected, ()) = tokio::join!(connect(&hub.place.installation, &CLI), async {
        let mut greeting = hub.meet().await;
        let flood = json!({ "jsonrpc": "2.0", "id": greeting.id, "result": "x".repeat(200_000) });
        support::send(&mut greeting.socket, flood).await;
    });
    assert!(connected.is_err());
}

#[tokio::test]
async fn a_hub_with_another_secret_is_named_as_another_installations() {
    let hub = FakeHub::start().await;
    let (connected, ()) = tokio::join!(connect(&hub.place.installation, &CLI), async {
        hub.meet().await.refuse("bad_proof").await;
    });
    let error = connected.unwrap_err();
    let text = error.to_string();
    let holder = format!("pid {}", std::process::id());
    assert!(text.contains("the hub of another installation or user") && text.contains(&holder), "{text}");
}

#[tokio::test]
async fn an_unanswered_call_is_sent_again_after_the_hub_died_and_came_back() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let id = window.ask_call("browser_click", json!({ "ref": "e1" })).await;
    let first = peer.expect("call").await;
    drop(peer);
    let hub = FakeHub::again(hub.end()).await;
    let mut peer = hub.accept().await;
    assert_eq!(peer.hello.client_id.unwrap().to_string(), "00000000-0000-0000-0000-00000000000c");
    assert_eq!(peer.hello.resume_token.as_deref(), Some("resume"));
    assert!(peer.hello.label.clone().unwrap().ends_with(" 2"), "the label that the hub before gave");
    assert_eq!(peer.hello.colour.as_deref(), Some("cyan"));
    let second = peer.expect("call").await;
    assert_eq!(second["params"]["callId"], first["params"]["callId"]);
    assert_eq!((&second["params"]["resend"], &first["params"]["resend"]), (&json!(true), &json!(false)));
    assert_eq!(second["params"]["bootId"], first["params"]["bootId"]);
    peer.answer_text(&second, "Clicked.").await;
    let answer = window.receive().await.unwrap();
    assert_eq!((answer["id"].as_u64(), text_of(&answer).as_str()), (Some(id), "Clicked."));
    window.close().await;
}

#[tokio::test]
async fn a_call_that_the_hub_hands_back_is_sent_under_the_memory_told_last() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let id = window.ask_call("browser_click", json!({ "ref": "e1" })).await;
    let first = peer.expect("call").await;
    let browser = json!({ "connected": true, "bootId": "00000000-0000-0000-0000-0000000000b2" });
    peer.send(json!({ "jsonrpc": "2.0", "method": "notice", "params": { "browser": browser } })).await;
    let other_memory = json!({ "code": -32001, "message": "send it again" });
    peer.send(json!({ "jsonrpc": "2.0", "id": first["id"], "error": other_memory })).await;
    let second = peer.expect("call").await;
    assert_eq!(second["params"]["callId"], first["params"]["callId"]);
    assert_eq!(second["params"]["bootId"], "00000000-0000-0000-0000-0000000000b2");
    assert_eq!(second["params"]["resend"], false, "no browser has seen it");
    peer.answer_text(&second, "Clicked.").await;
    let answer = window.receive().await.unwrap();
    assert_eq!((answer["id"].as_u64(), text_of(&answer).as_str()), (Some(id), "Clicked."));
    window.close().await;
}

#[tokio::test]
async fn a_resent_call_names_the_memory_it_was_first_sent_under() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    window.ask_call("browser_click", json!({ "ref": "e1" })).await;
    let first = peer.expect("call").await;
    let browser = json!({ "connected": true, "bootId": "00000000-0000-0000-0000-0000000000b2" });
    peer.send(json!({ "jsonrpc": "2.0", "method": "notice", "params": { "browser": browser } })).await;
    peer.settle().await;
    window.ask_call("browser_snapshot", json!({})).await;
    let later = peer.expect("call").await;
    assert_eq!(later["params"]["bootId"], "00000000-0000-0000-0000-0000000000b2");
    drop(peer);
    let mut peer = hub.accept().await;
    let resent = peer.expect("call").await;
    assert_eq!(resent["params"]["callId"], first["params"]["callId"]);
    assert_eq!(resent["params"]["bootId"], "00000000-0000-0000-0000-0000000000b1");
    window.close().await;
}

#[tokio::test]
async fn a_hub_that_goes_for_good_leaves_no_call_open() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let acting = window.ask_call("browser_click", json!({ "ref": "e1" })).await;
    let reading = window.ask_call("browser_snapshot", json!({})).await;
    peer.expect("call").await;
    peer.expect("call").await;
    drop(peer);
    let _place = hub.end();
    for _ in 0..2 {
        let answer = window.receive().await.unwrap();
        let text = text_of(&answer);
        match answer["id"].as_u64().unwrap() {
            id if id == acting => assert!(text.starts_with("outcome_unknown: "), "{text}"),
            id if id == reading => assert!(text.starts_with("hub_unavailable: "), "{text}"),
            id => panic!("{id}"),
        }
    }
    window.close().await;
}

#[tokio::test]
async fn a_hub_that_the_person_stopped_is_not_started_and_calls_say_so_until_it_is_back() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    peer.settle().await;
    fs::write(hub.place.installation.stopped_mark(), "").unwrap();
    drop(peer);
    let place = hub.end();
    let text = window.call("browser_snapshot", json!({})).await;
    assert!(text.starts_with("stopped: ") && text.contains("`tabmux hub start`"), "{text}");
    assert!(place.installation.stopped_mark().exists());
    let error = ensure_hub(&place.installation, &quick()).await.unwrap_err();
    assert!(matches!(error, LaunchError::Stopped), "{error:?}");
    fs::remove_file(place.installation.stopped_mark()).unwrap();
    let hub = FakeHub::again(place).await;
    window.ask_call("browser_snapshot", json!({})).await;
    let mut peer = hub.accept().await;
    let call = peer.expect("call").await;
    peer.answer_text(&call, "page").await;
    assert_eq!(text_of(&window.receive().await.unwrap()), "page");
    window.close().await;
}

#[tokio::test]
async fn a_window_that_is_opened_takes_the_stopped_mark_away() {
    let hub = FakeHub::start().await;
    fs::write(hub.place.installation.stopped_mark(), "").unwrap();
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    hub.accept().await;
    assert!(!hub.place.installation.stopped_mark().exists());
    window.close().await;
}

#[tokio::test]
async fn a_client_id_that_the_hub_does_not_know_is_given_up_for_a_fresh_one() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    drop(hub.accept().await);
    let greeting = hub.meet().await;
    assert!(greeting.hello.client_id.is_some());
    greeting.refuse("bad_resume").await;
    let greeting = hub.meet().await;
    assert!(greeting.hello.client_id.is_none() && greeting.hello.resume_token.is_none());
    let mut peer = greeting.welcome(&hub.place.secret, "00000000-0000-0000-0000-00000000000e").await;
    peer.settle().await;
    let text = status(&mut window, &mut peer).await;
    assert!(text.contains("Client id: 00000000-0000-0000-0000-00000000000e"), "{text}");
    window.close().await;
}

#[tokio::test]
async fn a_window_whose_id_was_taken_over_does_not_dial_again() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    peer.settle().await;
    let refusal = json!({ "code": "displaced", "message": "Another link took over.", "fix": "" });
    peer.send(json!({ "jsonrpc": "2.0", "method": "closing", "params": refusal })).await;
    assert!(peer.receive().await.is_none());
    let text = window.call("browser_snapshot", json!({})).await;
    assert!(text.starts_with("hub_unavailable: Another process took over"), "{text}");
    let text = window.call("hub_status", json!({})).await;
    assert!(text.contains("Link: failed: another process took over"), "{text}");
    let again = tokio::time::timeout(Duration::from_millis(100), hub.meet()).await;
    assert!(again.is_err(), "nobody dials");
    window.close().await;
}

#[tokio::test]
async fn a_hub_that_is_leaving_is_looked_for_again() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let restarting = json!({ "restarting": { "retryInMs": 10 } });
    peer.send(json!({ "jsonrpc": "2.0", "method": "notice", "params": restarting })).await;
    let refusal = json!({ "code": "draining", "message": "The hub restarts.", "fix": "" });
    peer.send(json!({ "jsonrpc": "2.0", "method": "closing", "params": refusal })).await;
    hub.meet().await.refuse("draining").await;
    let mut peer = hub.accept().await;
    window.ask_call("browser_snapshot", json!({})).await;
    let call = peer.expect("call").await;
    peer.answer_text(&call, "page").await;
    assert_eq!(text_of(&window.receive().await.unwrap()), "page");
    window.close().await;
}

#[tokio::test]
async fn a_silent_hub_is_given_up_after_two_unanswered_heartbeats() {
    let hub = FakeHub::start().await;
    let mut window = Window::open_with(&hub.place, ClientSettings { heartbeat_ms: 300, ..quick() });
    window.initialize().await;
    let mut peer = hub.accept().await;
    peer.expect("ping").await;
    peer.expect("ping").await;
    assert!(peer.receive().await.is_none());
    let mut peer = hub.accept().await;
    for _ in 0..4 {
        let ping = peer.expect("ping").await;
        peer.answer(&ping, json!({})).await;
    }
    window.close().await;
}

#[tokio::test]
async fn frames_that_nobody_understands_change_nothing() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    for strange in [
        json!({ "jsonrpc": "2.0" }),
        json!({ "jsonrpc": "2.0", "method": "ofTomorrow", "params": {} }),
        json!({ "jsonrpc": "2.0", "method": "notice", "params": 3 }),
        json!({ "jsonrpc": "2.0", "method": "progress", "params": {} }),
        json!({ "jsonrpc": "2.0", "id": 12345, "result": {} }),
        json!([1, 2]),
    ] {
        peer.send(strange).await;
    }
    peer.send(json!({ "jsonrpc": "2.0", "id": 901, "method": "ofTomorrow" })).await;
    let answer = peer.receive().await.unwrap();
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(901), &json!(-32601)));
    peer.settle().await;
    window.close().await;
}

#[tokio::test]
async fn the_browsers_coming_and_going_shows_in_the_status() {
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let gone = json!({ "browser": { "connected": false } });
    peer.send(json!({ "jsonrpc": "2.0", "method": "notice", "params": gone })).await;
    peer.settle().await;
    let text = status(&mut window, &mut peer).await;
    assert!(text.contains("Browser: not connected: the person can run `tabmux browser launch`"), "{text}");
    window.close().await;
}

#[tokio::test]
async fn a_program_that_does_not_say_its_name_is_greeted_for_without_one() {
    let hub = FakeHub::start().await;
    let window = Window::open(&hub.place);
    let peer = hub.accept().await;
    assert_eq!((&peer.hello.label, &peer.hello.agent), (&None, &None));
    assert_eq!(peer.hello.instance.as_ref().unwrap().0, "12345-a1b2c3d4");
    window.close().await;
}

#[tokio::test]
async fn the_command_line_asks_and_hears_notices_in_order() {
    let hub = FakeHub::start().await;
    let (connected, mut peer) = tokio::join!(connect(&hub.place.installation, &CLI), hub.accept());
    let mut connection = connected.unwrap();
    let welcome: &Welcome = connection.welcome();
    assert_eq!((welcome.version.as_str(), welcome.client_id), ("0.1.0", None));
    let params = json!({});
    let (answer, ()) = tokio::join!(connection.request::<Value>("status", &params, SOON), async {
        let question = peer.expect("status").await;
        for number in 1..=2 {
            peer.send(json!({ "jsonrpc": "2.0", "method": "notice", "params": { "number": number } })).await;
        }
        peer.send(json!({ "jsonrpc": "2.0", "id": 900, "method": "ping" })).await;
        peer.answer(&question, json!({ "fine": true })).await;
        assert_eq!(peer.receive().await.unwrap()["id"], 900, "the heartbeat is answered meanwhile");
    });
    assert_eq!(answer.unwrap(), json!({ "fine": true }));
    for number in 1..=2 {
        let (method, params) = soon("a notice", connection.next_notification()).await.unwrap();
        assert_eq!((method.as_str(), params.get()), ("notice", format!(r#"{{"number":{number}}}"#).as_str()));
    }
    drop(peer);
    assert!(soon("the end", connection.next_notification()).await.is_none());
    assert!(matches!(connection.request::<Value>("status", &params, SOON).await, Err(RequestError::Closed)));
}

#[tokio::test]
async fn a_question_that_the_hub_does_not_answer_or_refuses_is_an_error() {
    let hub = FakeHub::start().await;
    let (connected, mut peer) = tokio::join!(connect(&hub.place.installation, &CLI), hub.accept());
    let mut connection = connected.unwrap();
    let asked = connection.request::<Value>("status", &json!({}), Duration::from_millis(20)).await;
    assert!(matches!(asked, Err(RequestError::Timeout { .. })), "{asked:?}");
    let params = json!({});
    let (asked, ()) = tokio::join!(connection.request::<Value>("shutdown", &params, SOON), async {
        let late = peer.expect("status").await;
        let question = peer.expect("shutdown").await;
        peer.answer(&late, json!({})).await;
        let error = json!({ "code": -32601, "message": "unknown" });
        peer.send(json!({ "jsonrpc": "2.0", "id": question["id"], "error": error })).await;
    });
    assert_eq!(asked.unwrap_err().to_string(), "the hub refused `shutdown`: unknown");
}

#[tokio::test]
async fn connecting_starts_nothing_and_ensuring_greets_what_is_there() {
    let place = Place::without_hub().await;
    let error = connect(&place.installation, &quick()).await.unwrap_err();
    assert!(error.is_absent(), "{error:?}");
    let hub = FakeHub::start().await;
    let settings = quick();
    let (ensured, _) = tokio::join!(ensure_hub(&hub.place.installation, &settings), hub.accept());
    assert_eq!(ensured.unwrap(), Launched::AlreadyServing);
}

/// What the command line dials with in these tests.
static CLI: std::sync::LazyLock<ClientSettings> = std::sync::LazyLock::new(quick);

/// The text of `hub_status`; the hub's own part is refused, so that it is the process's alone.
async fn status(window: &mut Window, peer: &mut support::Peer) -> String {
    let id = window.ask_call("hub_status", json!({})).await;
    let question = peer.expect("status").await;
    peer.send(json!({ "jsonrpc": "2.0", "id": question["id"], "error": { "code": 1, "message": "no" } }))
        .await;
    let answer = window.receive().await.unwrap();
    assert_eq!(answer["id"], id);
    text_of(&answer)
}
