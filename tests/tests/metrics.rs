//! The metrics of an installation: who can read them, and what Prometheus' own tool is given to check.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::method;
use tabmux_tests::{Lab, Peer, call};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn the_token_in_the_runtime_folder_opens_the_metrics_and_they_are_left_for_promtool() -> Result<()> {
    let lab = Lab::new()?;
    lab.run_ok(&["hub", "start"])?;
    let mut extension = Peer::dial(&lab.installation, PeerKind::Extension, |_| {}).await?;
    let mut client = Peer::dial(&lab.installation, PeerKind::Client, |hello| {
        hello.label = Some("one \"two\" \\ three".into());
        hello.agent = Some("agent\nof a test".into());
    })
    .await?;
    let id = client.request(method::CALL, &call("browser_snapshot", json!({}), None)).await?;
    let asked = extension.next_named(method::CALL).await?;
    extension.answer(asked["id"].as_u64().context("an id")?, &json!({ "content": [] })).await?;
    client.answer_to(id).await?;
    client.call("no_such_tool", json!({}), None).await?;

    let path = lab.installation.runtime_dir.join("http-token");
    let mode = fs::metadata(&path)?.permissions().mode();
    ensure!(mode & 0o777 == 0o600, "{mode:o}");
    let token = fs::read_to_string(&path)?;
    ensure!(token.len() == 64, "made like the secret");
    let (head, _) = get(&lab, "").await?;
    ensure!(head.starts_with("HTTP/1.1 401 "), "{head}");
    let (head, page) = get(&lab, &format!("authorization: Bearer {token}\r\n")).await?;
    ensure!(head.starts_with("HTTP/1.1 200 "), "{head}");
    ensure!(page.contains(r#"tabmux_calls_total{tool="browser_snapshot",outcome="ok"} 1"#), "{page}");
    // `cargo xtask test` checks it afterwards.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(folder)?;
    fs::write(folder.join("metrics.txt"), page)?;

    let secret = lab.installation.read_secret()?.context("a secret")?.to_hex();
    let (head, _) = get(&lab, &format!("authorization: Bearer {secret}\r\n")).await?;
    ensure!(head.starts_with("HTTP/1.1 401 "), "the secret of the peers opens nothing here: {head}");
    lab.run_ok(&["hub", "restart"])?;
    let (head, _) = get(&lab, &format!("authorization: Bearer {token}\r\n")).await?;
    ensure!(head.starts_with("HTTP/1.1 200 "), "the next hub has the same token: {head}");
    Ok(())
}

/// What `/metrics` answers: the head, and the rest.
async fn get(lab: &Lab, headers: &str) -> Result<(String, String)> {
    let port = lab.installation.port;
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await?;
    let request = format!("GET /metrics HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    let (head, page) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
    Ok((head.to_owned(), page.to_owned()))
}
