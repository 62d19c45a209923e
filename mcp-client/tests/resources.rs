//! Files that calls answer with: stored in the client's folder, and read by whoever asked for them.
#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{FakeHub, Peer, Window, meta};

#[tokio::test]
async fn a_file_is_listed_and_read_in_both_generations_and_by_its_own_process_only() {
    let hub = FakeHub::start().await;
    let mut older = Window::open(&hub.place);
    older.initialize().await;
    let mut peer = hub.accept().await;
    let link = stored(&mut older, &mut peer, json!({}), "text.txt", "text/plain", "YSDDvA==").await;
    let own = hub.place.installation.clients_dir().join("00000000-0000-0000-0000-00000000000c");
    assert_eq!(fs::read(own.join("text.txt")).unwrap(), "a \u{fc}".as_bytes());
    let blob = stored(&mut older, &mut peer, json!({}), "page.pdf", "application/pdf", "JVBERg==").await;

    let listed = older.request("resources/list", json!({})).await;
    let names = |listed: &Value| -> Vec<String> {
        let all = listed["result"]["resources"].as_array().unwrap();
        all.iter().map(|resource| resource["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&listed), ["page.pdf", "text.txt"], "the newest first");
    let read = older.request("resources/read", json!({ "uri": link["uri"] })).await;
    let expected = json!([{ "uri": link["uri"], "mimeType": "text/plain", "text": "a \u{fc}" }]);
    assert_eq!(read["result"], json!({ "contents": expected }));
    let read = older.request("resources/read", json!({ "uri": blob["uri"] })).await;
    assert_eq!(read["result"]["contents"][0]["blob"], "JVBERg==");
    let templates = older.request("resources/templates/list", json!({})).await;
    assert_eq!(templates["result"]["resourceTemplates"], json!([]));
    assert_eq!(older.request("resources/list", json!({ "cursor": "x" })).await["error"]["code"], -32602);

    let mut newer = Window::open(&hub.place);
    let params = json!({ "uri": link["uri"], "_meta": meta() });
    let refused = newer.request("resources/read", params).await;
    assert_eq!(refused["error"]["code"], -32602, "of another process: {refused}");
    let mut peer = hub.accept().await;
    let link =
        stored(&mut newer, &mut peer, json!({ "_meta": meta() }), "text.txt", "text/plain", "Yg==").await;
    assert_eq!(link["name"], "text-2.txt");
    let listed = newer.request("resources/list", json!({ "_meta": meta() })).await;
    assert_eq!((names(&listed), &listed["result"]["ttlMs"]), (vec!["text-2.txt".to_owned()], &json!(0)));
    let read = newer.request("resources/read", json!({ "uri": link["uri"], "_meta": meta() })).await;
    assert_eq!(read["result"]["resultType"], "complete");
    assert_eq!(read["result"]["contents"][0]["text"], "b");

    for uri in ["file:///etc/passwd", "", "nonsense"] {
        let refused = older.request("resources/read", json!({ "uri": uri })).await;
        assert_eq!(refused["error"]["code"], -32002, "{uri}: {refused}");
    }
    fs::remove_file(own.join("text.txt")).unwrap();
    assert_eq!(names(&older.request("resources/list", json!({})).await), ["page.pdf"]);
    older.close().await;
    newer.close().await;
}

#[tokio::test]
async fn a_program_of_a_revision_without_links_is_told_the_path_alone() {
    let hub = FakeHub::start().await;
    for (version, blocks) in [("2025-03-26", 1), ("2025-06-18", 2)] {
        let mut window = Window::open(&hub.place);
        let params = json!({ "protocolVersion": version, "capabilities": {},
                             "clientInfo": { "name": "old", "version": "1" } });
        window.request("initialize", params).await;
        window.send(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await;
        let mut peer = hub.accept().await;
        let answer = answered(&mut window, &mut peer, json!({}), "a.txt", "text/plain", "Yg==").await;
        let content = answer["result"]["content"].as_array().unwrap();
        assert_eq!(content.len(), blocks, "{version}: {answer}");
        assert!(content[0]["text"].as_str().unwrap().starts_with("Stored a"), "{answer}");
        window.close().await;
    }
}

/// Calls a tool that answers with this file, and returns the link to it.
async fn stored(
    window: &mut Window,
    peer: &mut Peer,
    params: Value,
    name: &str,
    kind: &str,
    data: &str,
) -> Value {
    let answer = answered(window, peer, params, name, kind, data).await;
    let link = &answer["result"]["content"][1];
    assert_eq!((&link["type"], &link["mimeType"]), (&json!("resource_link"), &json!(kind)), "{answer}");
    link.clone()
}

async fn answered(
    window: &mut Window,
    peer: &mut Peer,
    mut params: Value,
    name: &str,
    kind: &str,
    data: &str,
) -> Value {
    params["name"] = "browser_snapshot".into();
    params["arguments"] = json!({});
    window.ask("tools/call", params).await;
    let call = peer.expect("call").await;
    let file = json!({ "type": "file", "name": name, "mimeType": kind, "data": data });
    peer.answer(&call, json!({ "content": [file] })).await;
    window.receive().await.expect("an answer")
}
