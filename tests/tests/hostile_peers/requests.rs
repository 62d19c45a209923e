//! Requests that no peer of ours makes: pages, rebound names, smuggling, other protocols, silence.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use serde_json::Value;
use tabmux_protocol::EXTENSION_ID;

use crate::stage::Stage;
use crate::wire::{CLOSED_WITHIN, UPGRADE, Wire, upgrade};

/// A case: its name, what is sent, and the answer: the status with the word of its reason, or the status alone where
/// the HTTP library refuses, or nothing.
type Row = (String, Vec<u8>, &'static str);

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_pages_rebound_names_and_other_protocols_are_refused() -> Result<()> {
    let stage = Stage::start("").await?;
    let rows: Vec<Row> =
        [origins(stage.port()), hosts(stage.port()), paths(stage.port()), shapes(stage.port())].concat();
    ensure!(rows.len() >= 60, "{} cases", rows.len());
    let mut wrong = Vec::new();
    for (name, request, expected) in rows {
        let mut wire = Wire::connect(stage.port()).await?;
        wire.send(&request).await?;
        let answer = wire.rest().await.with_context(|| name.clone())?;
        if told(&answer) != expected || answer.matches("HTTP/1.").count() > 1 {
            wrong.push(format!("{name}: {} and not {expected}: {answer}", told(&answer)));
        }
        stage.is_unaffected(&name).await?;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_silent_or_slow_before_its_proof_is_closed_in_time() -> Result<()> {
    let stage = Stage::start("").await?;
    let port = stage.port();
    let head = format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    let silent = [
        ("after the connection", Vec::new()),
        ("after half a request line", b"GET /hea".to_vec()),
        ("after half the headers", head.clone().into_bytes()),
        ("before a body that it announced", format!("{head}Content-Length: 9\r\n").into_bytes()),
        ("after the upgrade", upgrade(port, "/client", "").into_bytes()),
        ("within its first frame", [upgrade(port, "/client", "").as_bytes(), &[0x81, 0xfe, 0x10]].concat()),
    ];
    let closed = silent.map(|(name, sent)| async move {
        let began_at = Instant::now();
        let mut wire = Wire::connect(port).await?;
        wire.send(&sent).await?;
        let said = wire.rest().await.with_context(|| format!("silence {name}"))?;
        ensure!(began_at.elapsed() < CLOSED_WITHIN, "silence {name}: {:?}", began_at.elapsed());
        let is_told = said.contains(r#""code":"hello_timeout""#);
        ensure!(
            is_told == said.starts_with("HTTP/1.1 101"),
            "silence {name} is told after an upgrade: {said}"
        );
        Ok(())
    });
    let slow = [
        ("headers", [head.as_bytes(), "X: y\r\n".repeat(90).as_bytes()].concat()),
        (
            "a greeting",
            [upgrade(port, "/client", "").as_bytes(), &[0x81, 0xff], &[0; 4], &[b' '; 500]].concat(),
        ),
    ];
    let trickled = slow.map(|(name, sent)| async move {
        let began_at = Instant::now();
        let mut wire = Wire::connect(port).await?;
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        for byte in sent.iter() {
            pace.tick().await;
            wire.send(std::slice::from_ref(byte)).await?;
            if began_at.elapsed() > CLOSED_WITHIN {
                break;
            }
        }
        wire.rest().await.with_context(|| format!("slow {name}"))?;
        ensure!(began_at.elapsed() < CLOSED_WITHIN + Duration::from_secs(1), "slow {name}");
        Ok(())
    });
    tokio::try_join!(try_join_all(closed), try_join_all(trickled))?;
    stage.is_unaffected("silence").await?;
    stage.end().await
}

/// The status and the word of the reason, as far as there are any.
fn told(answer: &str) -> String {
    let Some(status) = answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)) else {
        return if answer.is_empty() { "closed".into() } else { "not HTTP".into() };
    };
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let word = serde_json::from_str::<Value>(body).ok();
    let word = word.as_ref().and_then(|body| body["error"].as_str()).unwrap_or_default();
    format!("{status} {word}").trim_end().to_owned()
}

fn origins(port: u16) -> Vec<Row> {
    let ours = format!("chrome-extension://{EXTENSION_ID}");
    let foreign = [
        "https://evil.test".to_owned(),
        "http://evil.test".to_owned(),
        "null".to_owned(),
        "file://".to_owned(),
        "data:".to_owned(),
        String::new(),
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        "http://127.0.0.1:3000".to_owned(),
        format!("https://127.0.0.1:{port}"),
        "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        format!("moz-extension://{EXTENSION_ID}"),
        ours.to_uppercase(),
        format!("{ours}/"),
        format!("{ours}.evil.test"),
        format!("{ours}, https://evil.test"),
    ];
    let mut rows = Vec::new();
    for origin in foreign {
        for path in ["/client", "/extension"] {
            let request = upgrade(port, path, format!("Origin: {origin}\r\n"));
            rows.push((format!("a page at {origin:?} on {path}"), request.into(), "403 origin"));
        }
    }
    let get =
        |more: &str| format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n").into_bytes();
    let twice = |second: &str| upgrade(port, "/extension", format!("Origin: {ours}\r\nOrigin: {second}\r\n"));
    let preflight = format!(
        "OPTIONS /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://evil.test\r\n\
         Access-Control-Request-Method: GET\r\nAccess-Control-Request-Private-Network: true\r\n\r\n"
    );
    rows.extend([
        ("a page's health".into(), get("Origin: https://evil.test\r\n"), "403 origin"),
        ("a cross-site image".into(), get("Sec-Fetch-Site: cross-site\r\n"), "403 cross_site"),
        (
            "a cross-site upgrade without an origin".into(),
            upgrade(port, "/client", "Sec-Fetch-Site: cross-site\r\n").into(),
            "403 cross_site",
        ),
        ("a page's preflight".into(), preflight.into(), "403 origin"),
        ("two origins, ours first".into(), twice("https://evil.test").into(), "403 origin"),
        ("our origin twice".into(), twice(&ours).into(), "403 origin"),
        (
            "our origin on the clients' path".into(),
            upgrade(port, "/client", format!("Origin: {ours}\r\n")).into(),
            "403 origin",
        ),
        ("no origin on the extension's path".into(), upgrade(port, "/extension", "").into(), "403 origin"),
    ]);
    rows
}

fn hosts(port: u16) -> Vec<Row> {
    let foreign = [
        format!("attacker.test:{port}"),
        format!("127.0.0.1.nip.io:{port}"),
        format!("localhost.attacker:{port}"),
        format!("127.0.0.1:{port}.attacker.test"),
        format!("127.0.0.1:{port}@attacker.test"),
        format!("127.0.0.1:{port}, attacker.test"),
        format!("127.0.0.1.:{port}"),
        format!("0.0.0.0:{port}"),
        format!("127.1:{port}"),
        format!("2130706433:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("192.168.0.2:{port}"),
        "127.0.0.1".to_owned(),
        "127.0.0.1:1".to_owned(),
        String::new(),
    ];
    let row = |name: String, lines: String| {
        let request = format!("GET /client HTTP/1.1\r\n{lines}{UPGRADE}\r\n");
        (name, request.into_bytes(), "403 host")
    };
    let mut rows: Vec<Row> = foreign
        .into_iter()
        .map(|host| row(format!("the host {host:?}"), format!("Host: {host}\r\n")))
        .collect();
    let ours = format!("Host: 127.0.0.1:{port}\r\n");
    rows.push(row("no host".into(), String::new()));
    rows.push(row("our host twice".into(), ours.repeat(2)));
    rows.push(row("two hosts".into(), format!("{ours}Host: attacker.test:{port}\r\n")));
    for target in [format!("http://attacker.test:{port}/health"), format!("http://localhost:{port}/health")] {
        let request = format!("GET {target} HTTP/1.1\r\n{ours}\r\n");
        rows.push((format!("a target of another host, {target}"), request.into(), "403 host"));
    }
    rows
}

fn paths(port: u16) -> Vec<Row> {
    let strange = [
        "/",
        "/../health",
        "/./health",
        "//client",
        "/client/",
        "/CLIENT",
        "/client/..%2f",
        "/%63lient",
        "/client%00",
        "/health/../client",
        "/extension/../client",
        "/..%2f..%2fetc/passwd",
        "/../../../../etc/passwd",
        "/token",
        "/run/token",
        "/mcp",
        "/metrics/",
        "/json/version",
        "/client;x=1",
    ];
    let mut rows: Vec<Row> = strange
        .into_iter()
        .map(|path| (format!("the path {path}"), upgrade(port, path, "").into_bytes(), "404 not_found"))
        .collect();
    rows.push(("the metrics without the token".into(), upgrade(port, "/metrics", "").into(), "401 token"));
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "get", "BREW"] {
        let request = format!("{method} /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        let expected = if method == "HEAD" { "405" } else { "405 method" };
        rows.push((format!("the method {method}"), request.into(), expected));
    }
    for (name, more) in [
        (
            "no version",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        ),
        (
            "another protocol",
            "Connection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        ),
        ("no key", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"),
        (
            "a short key",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n",
        ),
        (
            "two keys",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        ),
    ] {
        let request = format!("GET /client HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n");
        rows.push((format!("an upgrade with {name}"), request.into(), "426 upgrade"));
    }
    rows
}

/// Texts that are no request of HTTP/1.1, or more than one.
fn shapes(port: u16) -> Vec<Row> {
    let head = format!("GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n");
    let smuggled = format!("GET /client HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    let rows: Vec<(&str, Vec<u8>, &'static str)> = vec![
        ("garbage", vec![0xfe; 512], "400"),
        ("zeros", vec![0; 512], "400"),
        ("a TLS client hello", [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[7; 508]].concat(), "400"),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), "closed"),
        ("HTTP/0.9", b"GET /health\r\n\r\n".to_vec(), "400"),
        ("HTTP/9.1", b"GET /health HTTP/9.1\r\n\r\n".to_vec(), "400"),
        ("a NUL in a header", format!("{head}X: a\0b\r\n\r\n").into(), "400"),
        ("a space before the colon", format!("{head}Origin : https://evil.test\r\n\r\n").into(), "400"),
        ("a folded header", format!("{head}X: a\r\n Origin: b\r\n\r\n").into(), "400"),
        (
            "two lengths",
            format!("{head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{smuggled}").into(),
            "400",
        ),
        ("a negative length", format!("{head}Content-Length: -1\r\n\r\n{smuggled}").into(), "400"),
        ("a giant length", format!("{head}Content-Length: 99999999999999999999\r\n\r\n").into(), "400"),
        ("a header of 64 KiB", format!("{head}X: {}\r\n\r\n", "x".repeat(65_536)).into(), "431"),
        ("a thousand headers", format!("{head}{}\r\n", "X: y\r\n".repeat(1_000)).into(), "431"),
        ("a giant target", format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(65_536)).into(), "431"),
        // These are answered, once: what follows the first request is nobody's.
        (
            "both length and chunks",
            format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}")
                .into(),
            "200",
        ),
        ("a second request behind the first", format!("{head}\r\n{smuggled}").into(), "200"),
        (
            "chunks and something else",
            format!("{head}Transfer-Encoding: chunked, identity\r\n\r\n{smuggled}").into(),
            "400",
        ),
    ];
    rows.into_iter().map(|(name, sent, expected)| (name.to_owned(), sent, expected)).collect()
}
