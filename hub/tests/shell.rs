//! The shell over real sockets: HTTP, admission, greetings, pumps, back-pressure, leaving.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[allow(dead_code)]
mod support;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use support::{PATIENCE, TestHub, call, next};
use tabmux_hub::HubSettings;
use tabmux_hub::core::Leave;
use tabmux_protocol::message::{PeerKind, ShutdownMode};
use tabmux_protocol::{ClientId, EXTENSION_ID, ProtocolRange, method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

#[tokio::test]
async fn a_call_goes_through_to_the_extension_and_back_as_it_came() {
    let hub = TestHub::start(HubSettings::default()).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    assert_eq!(extension.welcome.next_tab, Some(1));
    let mut client =
        hub.try_greet(PeerKind::Client, |hello| hello.label = Some("work".into())).await.unwrap();
    assert!(client.welcome.browser.connected);
    assert_eq!(client.welcome.label.as_deref(), Some("work"));

    let mut params = call("browser_go_back");
    params["args"] = json!({ "text": "\u{e9}\u{1f600}\n", "n": 1.5e300 });
    let id = client.request(method::CALL, &params).await;
    let asked = extension.next_named(method::CALL).await;
    assert_eq!(asked["params"]["args"], params["args"]);
    assert_eq!(asked["params"]["tool"], "browser_navigate_back", "under its listed name");
    assert_eq!(asked["params"]["clientId"], client.welcome.client_id.unwrap().to_string());
    assert_eq!(asked["params"]["label"], "work");
    assert_eq!(asked["params"]["colour"], "blue");
    assert_eq!(asked["params"]["readOnly"], false);
    let result = json!({ "content": [{ "type": "text", "text": "done \u{e9}" }], "later": { "x": [1, 2] } });
    let progress = json!({ "callId": params["callId"], "progress": 1, "more": true });
    extension.notify(method::PROGRESS, &progress).await;
    extension.answer(&asked["id"], &result).await;
    assert_eq!(client.next_named(method::PROGRESS).await["params"], progress);
    assert_eq!(client.answer_to(id).await["result"], result);
}

#[tokio::test]
async fn health_tells_scripts_what_they_rely_on() {
    let hub = TestHub::start(HubSettings::default()).await;
    let _extension = hub.greet(PeerKind::Extension).await;
    let _client = hub.greet(PeerKind::Client).await;
    let (status, mut health) = hub.health().await;
    assert_eq!(status, 200);
    assert!(health["uptimeMs"].take().is_u64());
    assert_eq!(
        health,
        json!({
            "status": "ok", "state": "serving", "name": "tabmux", "version": "0.1.0",
            "protocol": { "min": 1, "max": 1 }, "instance": "1-00000002", "pid": 1, "uptimeMs": null,
            "browser": { "connected": true }, "clients": 1, "ports": { "hub": hub.port, "browsermcp": null },
        })
    );
    let host = format!("host: 127.0.0.1:{}", hub.port);
    let raw = hub.http(&format!("GET /health HTTP/1.1\r\n{host}\r\n\r\n")).await;
    assert!(raw.to_lowercase().contains("cache-control: no-store"), "{raw}");
    let origin = format!("chrome-extension://{EXTENSION_ID}");
    let raw = hub.http(&format!("GET /health HTTP/1.1\r\n{host}\r\norigin: {origin}\r\n\r\n")).await;
    assert!(raw.contains(&format!("access-control-allow-origin: {origin}")), "{raw}");
}

#[tokio::test]
async fn strangers_are_refused_by_host_origin_and_path() {
    let hub = TestHub::start(HubSettings::default()).await;
    let host = format!("host: 127.0.0.1:{}\r\n", hub.port);
    let upgrade = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
                   sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let cases = [
        (403, "GET /health HTTP/1.1\r\nhost: evil.test\r\n\r\n".to_owned()),
        (400, "GET /health HTTP/9.1\r\n\r\n".to_owned()),
        (403, format!("GET /health HTTP/1.1\r\n{host}origin: http://evil.test\r\n\r\n")),
        (
            403,
            format!("GET /client HTTP/1.1\r\n{host}{upgrade}origin: http://127.0.0.1:{}\r\n\r\n", hub.port),
        ),
        (403, format!("GET /extension HTTP/1.1\r\n{host}{upgrade}\r\n")),
        (403, format!("GET /client HTTP/1.1\r\n{host}{upgrade}sec-fetch-site: cross-site\r\n\r\n")),
        (404, format!("GET /mcp HTTP/1.1\r\n{host}\r\n")),
        (405, format!("POST /health HTTP/1.1\r\n{host}content-length: 0\r\n\r\n")),
        (426, format!("GET /client HTTP/1.1\r\n{host}\r\n")),
    ];
    for (status, request) in cases {
        let answer = hub.http(&request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}\n{answer}");
    }
    let answer = hub.http(&format!("GET /health HTTP/1.1\r\n{host}x: {}\r\n\r\n", "x".repeat(20_000))).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_wrong_greeting_is_told_why_and_the_connection_is_gone_within_a_second() {
    let hub = TestHub::start(HubSettings::default()).await;
    let started = Instant::now();
    let code = |refused: Result<support::Peer, Value>| {
        let error = refused.err().expect("a refusal");
        assert!(error["message"].is_string() && error["data"]["fix"].is_string(), "{error}");
        error["data"]["code"].as_str().unwrap().to_owned()
    };
    let client = PeerKind::Client;
    let wrong_proof = hub.try_greet(client, |hello| hello.proof = "00".repeat(32)).await;
    assert_eq!(code(wrong_proof), "bad_proof");
    let no_proof = hub.try_greet(client, |hello| hello.proof = String::new()).await;
    assert_eq!(code(no_proof), "bad_proof");
    let kind = hub.try_greet(client, |hello| hello.kind = PeerKind::Extension).await;
    assert_eq!(code(kind), "wrong_kind");
    let other_kind = hub.try_greet(client, |hello| hello.kind = PeerKind::Cli).await;
    assert_eq!(code(other_kind), "bad_proof", "each kind has a key of its own");
    let nonce = hub.try_greet(client, |hello| hello.client_nonce = "x".into()).await;
    assert_eq!(code(nonce), "bad_hello");
    let version = hub.try_greet(client, |hello| hello.protocol = ProtocolRange { min: 8, max: 9 }).await;
    let version = version.err().unwrap();
    assert_eq!(version["data"]["code"], "version");
    let message = version["message"].as_str().unwrap();
    assert!(message.contains("1 to 1") && message.contains("8 to 9"), "{message}");
    let resume = |hello: &mut tabmux_protocol::message::Hello| {
        hello.client_id = Some(ClientId(Uuid::from_u128(5)));
        hello.resume_token = Some("00".repeat(32));
    };
    assert_eq!(code(hub.try_greet(client, resume).await), "bad_resume");
    let no_token = hub.try_greet(client, |hello| hello.client_id = Some(ClientId(Uuid::from_u128(5)))).await;
    assert_eq!(code(no_token), "bad_resume");
    let extension = hub.try_greet(PeerKind::Extension, |hello| hello.boot_id = None).await;
    assert_eq!(code(extension), "bad_hello");
    assert!(started.elapsed() < Duration::from_secs(5), "each is gone within a second");
}

#[tokio::test]
async fn what_is_not_a_greeting_is_refused() {
    let hub = TestHub::start(HubSettings::default()).await;
    let greetings = [
        Message::text("{"),
        Message::text("[]"),
        Message::text(r#"{"id":1,"result":{}}"#),
        Message::text(r#"{"method":"hello"}"#),
        Message::binary(vec![1, 2, 3]),
        Message::text(r#"{"id":3,"method":"status"}"#),
        Message::text(r#"{"id":3,"method":"hello"}"#),
        Message::text(r#"{"id":3,"method":"hello","params":{"kind":"root"}}"#),
        Message::text("x".repeat(70_000)),
    ];
    for greeting in greetings {
        let shown = format!("{greeting:.60?}");
        let (mut raw, _) = hub.dial(PeerKind::Client).await;
        raw.send(greeting).await.unwrap();
        let told = next(&mut raw).await.unwrap_or_else(|| panic!("closed without a word: {shown}"));
        let code = if told["id"] == 3 { &told["error"]["data"]["code"] } else { &told["params"]["code"] };
        assert_eq!(code, "bad_hello", "{shown}: {told}");
        assert_eq!(next(&mut raw).await, None);
    }
}

#[tokio::test]
async fn silence_after_the_upgrade_or_before_the_request_ends_the_connection() {
    let settings = HubSettings { handshake_ms: 100, max_half_open: 2, ..HubSettings::default() };
    let hub = TestHub::start(settings).await;
    let (mut raw, _) = hub.dial(PeerKind::Client).await;
    let told = next(&mut raw).await.unwrap();
    assert_eq!(told["params"]["code"], "hello_timeout");
    assert_eq!(next(&mut raw).await, None);

    let mut silent = TcpStream::connect(("127.0.0.1", hub.port)).await.unwrap();
    let read = timeout(PATIENCE, silent.read(&mut [0; 64])).await.expect("the hub closes it");
    assert!(matches!(read, Ok(0) | Err(_)));

    let mut slow = TcpStream::connect(("127.0.0.1", hub.port)).await.unwrap();
    slow.write_all(b"GET /health HTTP/1.1\r\nhost:").await.unwrap();
    let mut rest = Vec::new();
    timeout(PATIENCE, slow.read_to_end(&mut rest)).await.expect("the hub closes it").unwrap_or_default();
    assert!(rest.is_empty());
}

#[tokio::test]
async fn half_open_connections_are_limited_and_greeted_ones_do_not_count() {
    let settings = HubSettings { max_half_open: 2, ..HubSettings::default() };
    let hub = TestHub::start(settings).await;
    let _greeted = (hub.greet(PeerKind::Client).await, hub.greet(PeerKind::Client).await);
    let _one = hub.dial(PeerKind::Client).await;
    let _two = hub.dial(PeerKind::Client).await;
    let answer = hub.http("").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("too_many"), "{answer}");
    drop(_one);
    let started = Instant::now();
    while hub
        .http(&format!("GET /health HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", hub.port))
        .await
        .contains("too_many")
    {
        assert!(started.elapsed() < PATIENCE, "a place is free again");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_refused_peer_keeps_its_place_among_the_half_open_until_it_is_gone() {
    let hub = TestHub::start(HubSettings { max_half_open: 1, ..HubSettings::default() }).await;
    let (mut refused, _) = hub.dial(PeerKind::Client).await;
    refused.send(Message::text("{}")).await.unwrap();
    assert_eq!(next(&mut refused).await.unwrap()["params"]["code"], "bad_hello");
    let answer = hub.http("").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "it stays, and counts: {answer}");
    assert_eq!(next(&mut refused).await, None);
}

#[tokio::test]
async fn a_malformed_frame_closes_its_own_connection_and_nothing_else() {
    let hub = TestHub::start(HubSettings::default()).await;
    let mut bystander = hub.greet(PeerKind::Client).await;
    for message in [
        Message::text("{\"jsonrpc\":"),
        Message::text("{}"),
        Message::text("\u{0}"),
        Message::binary(vec![0]),
    ] {
        let mut client = hub.greet(PeerKind::Client).await;
        client.raw.send(message).await.unwrap();
        let told = client.next().await.unwrap();
        assert_eq!((&told["method"], &told["params"]["code"]), (&json!("closing"), &json!("malformed")));
        assert_eq!(client.next().await, None);
    }
    let id = bystander.request(method::STATUS, &json!({})).await;
    assert!(bystander.answer_to(id).await["result"].is_object());
}

#[tokio::test]
async fn unknown_methods_are_answered_and_unknown_notifications_passed_over() {
    let hub = TestHub::start(HubSettings::default()).await;
    let mut client = hub.greet(PeerKind::Client).await;
    client.notify("fromTheFuture", &json!({ "x": 1 })).await;
    client.notify(method::CANCEL, &json!({ "callId": 3 })).await;
    let id = client.request("fromTheFuture", &json!({})).await;
    assert_eq!(client.answer_to(id).await["error"]["code"], -32601);
    let id = client.request(method::SHUTDOWN, &json!({ "mode": "stop" })).await;
    assert_eq!(client.answer_to(id).await["error"]["code"], -32601, "a client may not stop the hub");
    let stop = json!({ "action": "stop" });
    client.notify(method::CONTROL, &stop).await;
    let id = client.request(method::CONTROL, &stop).await;
    assert_eq!(client.answer_to(id).await["error"]["code"], -32601, "only a person may stop agents");
    let id = client.request(method::STATUS, &json!({})).await;
    assert_eq!(client.answer_to(id).await["result"]["clients"][0]["control"], "running");
    let id = client.request(method::CALL, &json!({ "callId": "x" })).await;
    assert_eq!(client.answer_to(id).await["error"]["code"], -32602);
    let id = client.request(method::PING, &json!({})).await;
    assert_eq!(client.answer_to(id).await["result"], json!({}));

    let mut extension = hub.greet(PeerKind::Extension).await;
    let id = extension.request(method::CALL, &call("browser_snapshot")).await;
    assert_eq!(extension.answer_to(id).await["error"]["code"], -32601);
    extension.notify(method::CONTROL, &json!({ "action": "pause" })).await;
    let mut cli = hub.greet(PeerKind::Cli).await;
    let id = cli.request(method::CONTROL, &json!({ "action": "resume" })).await;
    let answer = cli.answer_to(id).await;
    assert_eq!(answer["result"]["clients"][0]["changed"], true, "a popup had paused it: {answer}");
    let id = cli.request(method::CONTROL, &json!({ "action": "kill" })).await;
    assert_eq!(cli.answer_to(id).await["error"]["code"], -32602);
    let id = cli.request(method::CALL, &call("browser_snapshot")).await;
    assert_eq!(cli.answer_to(id).await["error"]["code"], -32601);
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_cut_off_and_nobody_waits_for_it() {
    let hub = TestHub::start(HubSettings::default()).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    let mut deaf = hub.greet(PeerKind::Client).await;
    let mut bystander = hub.greet(PeerKind::Client).await;
    let big = "x".repeat(4 * 1024 * 1024);
    // 40 answers of 4 MiB are more than socket buffers and the queue of one peer hold.
    for _ in 0..40 {
        deaf.request(method::CALL, &call("browser_snapshot")).await;
    }
    for _ in 0..40 {
        let asked = extension.next_named(method::CALL).await;
        extension.answer(&asked["id"], &json!({ "content": [{ "type": "text", "text": big }] })).await;
    }
    let id = bystander.request(method::CALL, &call("browser_snapshot")).await;
    let asked = extension.next_named(method::CALL).await;
    extension.answer(&asked["id"], &json!({ "content": [] })).await;
    assert!(bystander.answer_to(id).await["result"].is_object());
    let status = bystander.request(method::STATUS, &json!({})).await;
    let status = bystander.answer_to(status).await;
    let connected = |client: &&Value| client["connected"] == true;
    let clients = status["result"]["clients"].as_array().unwrap();
    assert_eq!(clients.iter().filter(connected).count(), 1, "the deaf one is away");
}

#[tokio::test]
async fn a_peer_that_does_not_answer_the_heartbeat_is_told_and_closed() {
    let settings = HubSettings { heartbeat_ms: 30, ..HubSettings::default() };
    let hub = TestHub::start(settings).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    let mut pings = 0;
    let told = loop {
        let frame = extension.next().await.expect("a word before the end");
        if frame["method"] == method::PING {
            pings += 1;
        } else if frame["method"] == method::CLOSING {
            break frame;
        }
    };
    assert_eq!((pings, &told["params"]["code"]), (2, &json!("silent")));

    let mut extension = hub.greet(PeerKind::Extension).await;
    for _ in 0..6 {
        let ping = extension.next_named(method::PING).await;
        extension.answer(&ping["id"], &json!({})).await;
    }
}

#[tokio::test]
async fn two_peers_that_both_write_before_they_read_do_not_lock_each_other() {
    let hub = TestHub::start(HubSettings::default()).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    let mut client = hub.greet(PeerKind::Client).await;
    let text = "y".repeat(3 * 1024 * 1024);
    let mut ids = Vec::new();
    for _ in 0..4 {
        let mut params = call("browser_evaluate");
        params["args"] = json!({ "function": text });
        ids.push(client.request(method::CALL, &params).await);
    }
    for _ in 0..4 {
        let asked = extension.next_named(method::CALL).await;
        extension.answer(&asked["id"], &json!({ "content": [{ "type": "text", "text": text }] })).await;
    }
    for id in ids {
        let answer = client.answer_to(id).await;
        assert_eq!(answer["result"]["content"][0]["text"].as_str().unwrap().len(), text.len());
    }
}

#[tokio::test]
async fn a_stop_is_marked_before_anybody_is_told_and_everybody_is_told_why() {
    let mut hub = TestHub::start(HubSettings::default()).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    let mut client = hub.greet(PeerKind::Client).await;
    let mut cli = hub.greet(PeerKind::Cli).await;
    let call_id = client.request(method::CALL, &call("browser_snapshot")).await;
    let asked = extension.next_named(method::CALL).await;
    let stop = cli.request(method::SHUTDOWN, &json!({ "mode": "stop" })).await;
    assert_eq!(cli.answer_to(stop).await["result"], json!({}));
    let notice = client.next_named(method::NOTICE).await;
    assert_eq!(notice["params"], json!({ "restarting": {} }));
    assert!(hub.marked.load(Ordering::SeqCst));
    let (status, health) = hub.health().await;
    assert_eq!((status, &health["status"], &health["state"]), (503, &json!("draining"), &json!("draining")));
    let late = hub.try_greet(PeerKind::Client, |_| {}).await.err().unwrap();
    assert_eq!(late["data"]["code"], "draining");

    extension.answer(&asked["id"], &json!({ "content": [] })).await;
    assert!(client.answer_to(call_id).await["result"].is_object(), "what is in flight is finished");
    for peer in [&mut client, &mut extension, &mut cli] {
        assert_eq!(peer.next_named(method::CLOSING).await["params"]["code"], "draining");
        assert_eq!(peer.next().await, None);
    }
    assert_eq!(hub.left().await, Leave::Asked(ShutdownMode::Stop));
}

#[tokio::test]
async fn a_signal_ends_the_hub_even_when_calls_do_not_end() {
    let mut hub = TestHub::start(HubSettings { shutdown_ms: 100, ..HubSettings::default() }).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    let mut client = hub.greet(PeerKind::Client).await;
    client.request(method::CALL, &call("browser_click")).await;
    extension.next_named(method::CALL).await;
    hub.signal();
    let notice = client.next_named(method::NOTICE).await;
    assert!(notice["params"]["restarting"]["retryInMs"].is_u64());
    let last = client.next().await.unwrap();
    assert_eq!(last["method"], method::CLOSING, "the call is handed back: it goes to the next hub");
    assert_eq!(hub.left().await, Leave::Signal);
    assert!(!hub.marked.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_client_that_comes_back_with_its_token_is_the_same_client() {
    let hub = TestHub::start(HubSettings::default()).await;
    let mut first = hub.try_greet(PeerKind::Client, |hello| hello.label = Some("work".into())).await.unwrap();
    let (id, token) = (first.welcome.client_id, first.welcome.resume_token.clone());
    let again = hub
        .try_greet(PeerKind::Client, |hello| {
            (hello.client_id, hello.resume_token) = (id, token);
        })
        .await
        .unwrap();
    assert_eq!((again.welcome.client_id, again.welcome.label.as_deref()), (id, Some("work")));
    let told = first.next_named(method::CLOSING).await;
    assert_eq!(told["params"]["code"], "displaced");
    assert_eq!(first.next().await, None);
}

#[tokio::test]
async fn a_flood_of_requests_from_one_peer_leaves_the_others_served() {
    let hub = TestHub::start(HubSettings::default()).await;
    let flooder = hub.greet(PeerKind::Client).await;
    let (mut sink, mut source) = flooder.raw.split();
    let flood = tokio::spawn(async move {
        for number in 0..20_000_u64 {
            let frame = tabmux_protocol::frame::request(number, method::CALL, &call("no_such_tool"));
            if sink.feed(Message::text(frame)).await.is_err() {
                break;
            }
        }
    });
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = source.next().await {} });
    let mut bystander = hub.greet(PeerKind::Client).await;
    for _ in 0..20 {
        let started = Instant::now();
        let id = bystander.request(method::STATUS, &json!({})).await;
        bystander.answer_to(id).await;
        assert!(started.elapsed() < Duration::from_secs(1));
    }
    flood.abort();
    reading.abort();
}

#[tokio::test]
async fn a_call_overtakes_the_flood_of_others_and_no_flood_fills_the_browsers_queue() {
    const MIB: usize = 1024 * 1024;
    let hub = TestHub::start(HubSettings::default()).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    // Together more than the queue of one peer holds.
    let mut flooders = [hub.greet(PeerKind::Client).await, hub.greet(PeerKind::Client).await];
    for flooder in &mut flooders {
        for _ in 0..40 {
            let mut large = call("browser_evaluate");
            large["args"] = json!({ "function": "x".repeat(MIB) });
            flooder.request(method::CALL, &large).await;
        }
        let seen = flooder.request(method::STATUS, &json!({})).await;
        flooder.answer_to(seen).await;
    }
    let mut modest = hub.greet(PeerKind::Client).await;
    let id = modest.request(method::CALL, &call("browser_snapshot")).await;
    let seen = modest.request(method::STATUS, &json!({})).await;
    modest.answer_to(seen).await;

    let mut before = 0;
    let asked = loop {
        let asked = extension.next_named(method::CALL).await;
        if asked["params"]["tool"] == "browser_snapshot" {
            break asked;
        }
        before += 1;
    };
    // What the system keeps for a socket that is not read cannot be overtaken.
    assert!(before < 20, "{before} calls of 80 came first");
    extension.answer(&asked["id"], &json!({ "content": [] })).await;
    assert!(modest.answer_to(id).await["result"].is_object());
    for _ in before..80 {
        extension.next_named(method::CALL).await;
    }
}

#[tokio::test]
async fn a_browser_that_takes_nothing_is_cut_off() {
    let settings = HubSettings { heartbeat_ms: 100, ..HubSettings::default() };
    let hub = TestHub::start(settings).await;
    let _deaf = hub.greet(PeerKind::Extension).await;
    let mut client = hub.greet(PeerKind::Client).await;
    for _ in 0..10 {
        let mut large = call("browser_evaluate");
        large["args"] = json!({ "function": "x".repeat(4 * 1024 * 1024) });
        client.request(method::CALL, &large).await;
    }
    let notice = client.next_named(method::NOTICE).await;
    assert_eq!(notice["params"]["browser"]["connected"], false);
}

#[tokio::test]
async fn settings_beyond_all_reason_do_no_harm() {
    let most = HubSettings {
        browser_wait_ms: u64::MAX,
        reserve_wait_ms: u64::MAX,
        handshake_ms: u64::MAX,
        heartbeat_ms: u64::MAX,
        client_heartbeat_ms: u64::MAX,
        grace_ms: u64::MAX,
        shutdown_ms: u64::MAX,
        max_half_open: usize::MAX,
        ..HubSettings::default()
    };
    let mut hub = TestHub::start(most).await;
    let mut client = hub.greet(PeerKind::Client).await;
    client.request(method::CALL, &call("browser_snapshot")).await;
    let extension = hub.greet(PeerKind::Extension).await;
    drop((client, extension));
    let mut cli = hub.greet(PeerKind::Cli).await;
    let id = cli.request(method::STATUS, &json!({})).await;
    assert!(cli.answer_to(id).await["result"].is_object());
    hub.signal();
    assert!(next(&mut cli.raw).await.is_some());
}
