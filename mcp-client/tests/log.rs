//! What an MCP process writes to its log.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::json;
use support::{FakeHub, Window};
use tracing_subscriber::fmt::MakeWriter;

#[tokio::test]
async fn each_request_has_one_started_and_one_completed_line_and_nothing_is_an_error() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let hub = FakeHub::start().await;
    let mut window = Window::open(&hub.place);
    window.initialize().await;
    let mut peer = hub.accept().await;
    let id = window.ask_call("browser_snapshot", json!({})).await;
    let call = peer.expect("call").await;
    peer.answer_text(&call, "page").await;
    window.receive().await.unwrap();
    window.call("browser_navigate", json!({})).await;
    drop(peer);
    window.close().await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines = |part: &str| text.lines().filter(|line| line.contains(part)).collect::<Vec<_>>();
    let started = lines(&format!("Request #2 (ID: {id}) started"));
    assert_eq!(started.len(), 1, "{text}");
    assert!(started[0].contains("tool=\"browser_snapshot\""), "{text}");
    let completed = lines(&format!("Request #2 (ID: {id}) completed"));
    assert_eq!(completed.len(), 1, "{text}");
    assert!(completed[0].contains(" ms=") && completed[0].contains("ok=true"), "{text}");
    assert_eq!(lines("Request #3").iter().filter(|line| line.contains("ok=false")).count(), 1, "{text}");
    assert!(lines("ERROR").is_empty(), "{text}");
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
