//! Frames of peers that were let in: each request is answered once, and nobody else notices.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tabmux_hub::HubSettings;
use tabmux_protocol::frame::{Frame, Kind, request, response};
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::method;
use tokio::select;

use crate::installation::{Hub, Peer, with_hub};

/// How long the hub has for answering: longer than any deadline that a call may have, in the clock of the tests.
const LONGEST: Duration = Duration::from_secs(3_600);

/// The first byte chooses the kind of the peer, the rest is its frames, a line each.
pub fn hub(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    let kind = [PeerKind::Client, PeerKind::Extension, PeerKind::Cli][usize::from(*kind) % 3];
    let lines: Vec<&[u8]> = rest.split(|byte| *byte == b'\n').collect();
    // A silent extension would be sent away before the longest deadline is over.
    let settings = HubSettings {
        heartbeat_ms: u64::MAX,
        client_heartbeat_ms: u64::MAX,
        max_calls_per_client: 4_096,
        ..HubSettings::default()
    };
    with_hub(settings, async |hub| {
        let mut peer = hub.greet(kind).await.expect("a right greeting is welcome");
        let mut others = Others::join(&hub, kind).await;
        let sent = send(&mut peer, &lines).await;
        let mut answers = BTreeMap::<u64, usize>::new();
        let mut closing = None;
        let over = tokio::time::sleep(LONGEST);
        tokio::pin!(over);
        loop {
            let frame = select! {
                biased;
                frame = peer.next() => frame,
                () = others.serve() => unreachable!("they serve for ever"),
                () = &mut over => None,
            };
            let Some(frame) = frame else { break };
            match (frame["id"].as_u64(), frame["method"].as_str()) {
                (Some(id), None) => *answers.entry(id).or_default() += 1,
                (_, Some(method::CLOSING)) => closing = Some(frame),
                // The fuzzed extension does not answer calls: they end by their deadlines.
                _ => {}
            }
            if sent.answered_by(&answers) && closing.is_none() && !sent.ends {
                break;
            }
        }
        for (id, count) in &answers {
            let asked = sent.requests.get(id).copied().unwrap_or_default();
            assert!(*count <= asked, "request {id}: {count} answers to {asked} requests");
        }
        if closing.is_none() && !sent.ends {
            // A number that is given again before its answer came may stand for one request.
            let unanswered: Vec<_> = sent.requests.keys().filter(|id| !answers.contains_key(id)).collect();
            assert!(unanswered.is_empty(), "unanswered: {unanswered:?}");
        }
        if !sent.stops {
            others.check().await;
        }
    });
}

/// What was sent that matters for what must come.
#[derive(Default)]
struct Sent {
    /// How often each number was asked under.
    requests: BTreeMap<u64, usize>,
    /// The peer said goodbye, or what ends its connection.
    ends: bool,
    /// The hub was asked to leave.
    stops: bool,
}

impl Sent {
    fn answered_by(&self, answers: &BTreeMap<u64, usize>) -> bool {
        *answers == self.requests
    }
}

async fn send(peer: &mut Peer, lines: &[&[u8]]) -> Sent {
    let mut sent = Sent::default();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let Ok(text) = std::str::from_utf8(line) else {
            peer.send_binary(line).await;
            sent.ends = true;
            break;
        };
        peer.send(text).await;
        let frame = Frame::parse(text);
        match frame.as_ref().map(Frame::kind) {
            Ok(Ok(Kind::Request { id, method, .. })) => {
                *sent.requests.entry(id).or_default() += 1;
                sent.stops |= method == method::SHUTDOWN;
            }
            Ok(Ok(Kind::Notification { method, .. })) => sent.ends |= method == method::BYE,
            Ok(Ok(Kind::Response { .. })) => {}
            Ok(Err(_)) | Err(_) => {
                sent.ends = true;
                break;
            }
        }
    }
    sent.ends |= sent.stops;
    sent
}

/// The peers that behave: an agent's window, and a browser unless the fuzzed peer is one.
struct Others {
    client: Peer,
    extension: Option<Peer>,
}

impl Others {
    async fn join(hub: &Hub, fuzzed: PeerKind) -> Self {
        let client = hub.greet(PeerKind::Client).await.expect("a right greeting is welcome");
        let extension = match fuzzed {
            PeerKind::Extension => None,
            PeerKind::Client | PeerKind::Cli => hub.greet(PeerKind::Extension).await,
        };
        Self { client, extension }
    }

    /// Answers what the browser is asked, for ever.
    async fn serve(&mut self) {
        let Some(extension) = &mut self.extension else { return std::future::pending().await };
        while let Some(frame) = extension.next().await {
            answer(extension, &frame).await;
        }
        std::future::pending::<()>().await;
    }

    /// The hub still serves the one who did nothing wrong.
    async fn check(&mut self) {
        self.client.send(&request(1, method::STATUS, &json!({}))).await;
        loop {
            let frame = self.client.next_within(Duration::from_secs(1)).await;
            let frame = frame.expect("another client is still served");
            if frame["id"] == 1 {
                assert!(frame["result"].is_object(), "{frame}");
                return;
            }
        }
    }
}

async fn answer(extension: &mut Peer, frame: &Value) {
    if let (Some(id), true) = (frame["id"].as_u64(), frame["method"].is_string()) {
        extension.send(&response(id, &json!({ "content": [] }))).await;
    }
}
