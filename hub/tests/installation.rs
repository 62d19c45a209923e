//! The hub of an installation: its lock, its port, its files.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tabmux_hub::{HubError, Settings, Stopped, serve};
use tabmux_protocol::frame::request;
use tabmux_protocol::message::{HubFile, PeerKind, ShutdownMode};
use tabmux_protocol::proof::{Secret, Side, Transcript};
use tabmux_protocol::{Installation, InstanceId, method};
use tokio::net::TcpStream;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn a_hub_writes_its_file_serves_and_takes_the_file_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(folder.path(), 0);
    let (hub, file) = start(&installation).await;
    assert_eq!(installation.read_hub_file().unwrap(), file);
    assert_eq!(file.pid, std::process::id());
    assert!(file.started_at.ends_with('Z') && file.started_at.len() == 20, "{}", file.started_at);
    stop(&installation, file.port, ShutdownMode::Restart).await;
    assert_eq!(hub.await.unwrap().unwrap(), Stopped::Drained(ShutdownMode::Restart));
    assert!(!installation.hub_file_path().exists() && !installation.stopped_mark().exists());
    assert!(installation.try_hub_lock().unwrap().is_some(), "the lock is free");
}

#[tokio::test]
async fn a_stopped_hub_leaves_the_mark_and_the_next_one_keeps_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(folder.path(), 0);
    let (hub, file) = start(&installation).await;
    let secret = installation.read_secret().unwrap().unwrap().to_hex();
    stop(&installation, file.port, ShutdownMode::Stop).await;
    assert_eq!(hub.await.unwrap().unwrap(), Stopped::Drained(ShutdownMode::Stop));
    assert!(installation.stopped_mark().exists());
    let (hub, again) = start(&installation).await;
    assert_eq!(installation.read_secret().unwrap().unwrap().to_hex(), secret);
    assert_ne!(again.hub_id, file.hub_id);
    hub.abort();
}

#[tokio::test]
async fn a_second_hub_of_the_installation_steps_back() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(folder.path(), 0);
    let (hub, file) = start(&installation).await;
    let second = serve(installation.clone(), watch::channel(Settings::default()).1, instance(), |_| {
        panic!("two hubs")
    })
    .await;
    assert_eq!(second.unwrap(), Stopped::AlreadyRunning);
    assert_eq!(installation.read_hub_file().unwrap(), file, "the first one's file is untouched");
    hub.abort();
}

#[tokio::test(start_paused = true)]
async fn a_hub_whose_folder_is_cleared_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(folder.path(), 0);
    let (hub, file) = start(&installation).await;
    let secret = installation.read_secret().unwrap().unwrap().to_hex();
    std::fs::remove_dir_all(&installation.runtime_dir).unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(installation.read_hub_file().unwrap(), file);
    assert_eq!(installation.read_secret().unwrap().unwrap().to_hex(), secret);
    assert!(installation.try_hub_lock().unwrap().is_none(), "and no second one can start");

    std::fs::write(installation.hub_file_path(), "{").unwrap();
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(installation.read_hub_file().unwrap(), file);
    hub.abort();
}

#[tokio::test(start_paused = true)]
async fn a_hub_leaves_when_its_secret_is_replaced_and_the_next_one_serves_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(folder.path(), 0);
    let (hub, _) = start(&installation).await;
    let replaced = Secret::from_bytes([7; 32]);
    installation.write_secret(&replaced).unwrap();
    assert_eq!(hub.await.unwrap().unwrap(), Stopped::Signal);
    assert!(!installation.stopped_mark().exists(), "nobody stopped it");
    let (hub, _) = start(&installation).await;
    assert_eq!(installation.read_secret().unwrap().unwrap().to_hex(), replaced.to_hex());
    hub.abort();
}

#[tokio::test]
async fn a_stranger_on_the_port_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = stranger.local_addr().unwrap().port();
    let installation = installation(folder.path(), port);
    let error = serve(installation.clone(), watch::channel(Settings::default()).1, instance(), |_| {})
        .await
        .unwrap_err();
    let text = error.to_string();
    let HubError::PortTaken { port: taken, holder: Some(holder) } = error else { panic!("{text}") };
    assert_eq!((taken, holder.process.unwrap().0), (port, std::process::id()));
    assert!(text.starts_with(&format!("port_taken: port {port}")) && text.contains("TABMUX_PORT"), "{text}");
    assert!(!installation.hub_file_path().exists());
}

#[tokio::test]
async fn a_runtime_folder_that_is_not_safe_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(folder.path(), 0);
    std::fs::create_dir(&installation.runtime_dir).unwrap();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&installation.runtime_dir, open).unwrap();
    let error =
        serve(installation, watch::channel(Settings::default()).1, instance(), |_| {}).await.unwrap_err();
    assert!(matches!(error, HubError::Installation(_)), "{error}");
}

async fn start(installation: &Installation) -> (JoinHandle<Result<Stopped, HubError>>, HubFile) {
    let (ready, is_ready) = oneshot::channel();
    let on_ready = move |file: &HubFile| ready.send(file.clone()).unwrap();
    let hub = tokio::spawn(serve(
        installation.clone(),
        watch::channel(Settings::default()).1,
        instance(),
        on_ready,
    ));
    (hub, is_ready.await.unwrap())
}

async fn stop(installation: &Installation, port: u16, mode: ShutdownMode) {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let authority = format!("127.0.0.1:{port}");
    let (mut socket, _) =
        tokio_tungstenite::client_async(format!("ws://{authority}/client"), stream).await.unwrap();
    let challenge = socket.next().await.unwrap().unwrap().into_text().unwrap();
    let challenge: Value = serde_json::from_str(&challenge).unwrap();
    let hub_nonce = challenge["params"]["hubNonce"].as_str().unwrap();
    let client_nonce = "ab".repeat(32);
    let kind = PeerKind::Cli;
    let transcript = Transcript { kind, authority: &authority, hub_nonce, client_nonce: &client_nonce };
    let proof = installation.read_secret().unwrap().unwrap().key(kind).prove(Side::Peer, &transcript);
    let hello = json!({ "kind": "cli", "clientNonce": client_nonce, "proof": proof,
        "protocol": { "min": 1, "max": 1 }, "version": "0.1.0" });
    socket.send(Message::text(request(1, method::HELLO, &hello))).await.unwrap();
    socket.send(Message::text(request(2, method::SHUTDOWN, &json!({ "mode": mode })))).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
}

fn installation(folder: &Path, port: u16) -> Installation {
    Installation {
        port,
        runtime_dir: folder.join("run"),
        state_dir: folder.join("state"),
        config_path: folder.join("config.toml"),
    }
}

fn instance() -> InstanceId {
    InstanceId::new(std::process::id(), 1)
}
