//! The greeting: the hub's challenge, the peer's proof, and why a peer is not let in.

use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tabmux_protocol::frame::{self, Frame, Kind};
use tabmux_protocol::message::{COLOURS, Challenge, Hello, PairOutput, PairParams, PeerKind};
use tabmux_protocol::pairing::Exchange;
use tabmux_protocol::proof::{Secret, Side, Transcript};
use tabmux_protocol::{ClientId, PROTOCOL, Refusal, RefusalCode, method};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::admission::Door;
use super::encode;
use super::pairing::Pairing;
use super::socket::{self, Socket};
use crate::core::{ClientJoin, ExtensionJoin, Joining};

/// A peer that has proven itself.
#[derive(Debug)]
pub(crate) struct Greeted {
    /// The number of its greeting, which the welcome answers.
    pub(crate) id: u64,
    pub(crate) kind: PeerKind,
    /// The hub's own proof.
    pub(crate) proof: String,
    /// The wire version that both speak.
    pub(crate) protocol: u32,
    pub(crate) joining: Joining,
}

/// How a connection ends that does not come to a greeting.
#[derive(Debug)]
pub(crate) enum NotGreeted {
    /// The peer is told so: in the frame, if its greeting had a number.
    Refused { frame: String, refusal: Refusal },
    /// The extension gets its key, sealed, in this frame; it greets with it on another connection.
    Paired { frame: String },
    /// The peer went away.
    Gone,
}

/// What the peer's first frame asks for.
enum Opening {
    Hello(Box<Hello>),
    Pair(PairParams),
}

/// Challenges the peer and checks its greeting, or the pairing code that it comes with.
pub(crate) async fn greet(
    socket: &mut Socket,
    door: Door,
    authority: &str,
    secret: &Secret,
    pairing: &Mutex<Pairing>,
    deadline: Instant,
) -> Result<Greeted, NotGreeted> {
    let hub_nonce = HEXLOWER.encode(&rand::random::<[u8; 32]>());
    let challenge = frame::notification(method::CHALLENGE, &Challenge { hub_nonce: hub_nonce.clone() });
    let text = match timeout_at(deadline, exchange(socket, challenge)).await {
        Ok(text) => text?,
        Err(_) => {
            return Err(unnumbered(RefusalCode::HelloTimeout, "no greeting came in time", "greet sooner"));
        }
    };
    let (id, opening) = read_opening(&text, door)?;
    let refused = |refusal| NotGreeted::Refused { frame: encode::refusal(id, &refusal), refusal };
    match opening {
        Opening::Hello(hello) => check(*hello, id, door, &hub_nonce, authority, secret)
            .map_err(refused)
            .inspect(|_| socket::trust(socket)),
        Opening::Pair(params) => {
            let paired = pair(&params, &hub_nonce, authority, secret, pairing).map_err(refused)?;
            Err(NotGreeted::Paired { frame: frame::response(id, &paired) })
        }
    }
}

/// Seals the extension's key under the code that it was given, which is used up by that.
fn pair(
    params: &PairParams,
    hub_nonce: &str,
    authority: &str,
    secret: &Secret,
    pairing: &Mutex<Pairing>,
) -> Result<PairOutput, Refusal> {
    check_nonce(&params.nonce)?;
    let redeemed = {
        let mut pairing = pairing.lock().unwrap_or_else(PoisonError::into_inner);
        pairing.redeem(&params.pairing_id, Instant::now().into_std())
    };
    let code = redeemed.map_err(|not_paired| not_paired.refusal())?;
    let exchange = Exchange { authority, hub_nonce, nonce: &params.nonce };
    let key = secret.key(PeerKind::Extension);
    Ok(PairOutput { sealed: code.seal(&key, &exchange, rand::random()) })
}

/// Sends the challenge and returns the peer's first text.
async fn exchange(socket: &mut Socket, challenge: String) -> Result<String, NotGreeted> {
    socket.send(Message::text(challenge)).await.map_err(|_| NotGreeted::Gone)?;
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(tokio_tungstenite::tungstenite::Error::ConnectionClosed))
            | None => {
                return Err(NotGreeted::Gone);
            }
            Some(Ok(Message::Binary(_) | Message::Frame(_)) | Err(_)) => {
                return Err(bad_hello("the first message was not a text of at most 64 KiB"));
            }
        }
    }
}

fn read_opening(text: &str, door: Door) -> Result<(u64, Opening), NotGreeted> {
    let frame = Frame::parse(text).map_err(|error| bad_hello(&error.to_string()))?;
    let kind = frame.kind().map_err(|error| bad_hello(&error.to_string()))?;
    let Kind::Request { id, method, params } = kind else {
        return Err(bad_hello("the first message was not a request"));
    };
    let refused = |message: String| {
        let refusal = refusal(RefusalCode::BadHello, &message, GREET_FIRST);
        NotGreeted::Refused { frame: encode::refusal(id, &refusal), refusal }
    };
    let opening = match (method, door) {
        (method::HELLO, _) => read(params).map(Box::new).map(Opening::Hello),
        (method::PAIR, Door::Extension) => read(params).map(Opening::Pair),
        _ => Err(format!("the first request was `{method:.40}` and not `{}`", method::HELLO)),
    };
    opening.map(|opening| (id, opening)).map_err(refused)
}

fn read<T: DeserializeOwned>(params: Option<&RawValue>) -> Result<T, String> {
    let params = params.ok_or("the greeting has no parameters")?;
    serde_json::from_str(params.get()).map_err(|error| format!("the greeting cannot be read: {error}"))
}

/// The proof comes first: whoever cannot give it learns nothing more.
fn check(
    hello: Hello,
    id: u64,
    door: Door,
    hub_nonce: &str,
    authority: &str,
    secret: &Secret,
) -> Result<Greeted, Refusal> {
    let kind = hello.kind;
    let is_right_door = match door {
        Door::Client => matches!(kind, PeerKind::Client | PeerKind::Cli),
        Door::Extension => kind == PeerKind::Extension,
    };
    if !is_right_door {
        let message = format!("a peer of kind {} does not belong on this path", kind.as_str());
        return Err(refusal(RefusalCode::WrongKind, &message, &format!("connect on {}", kind.path())));
    }
    check_nonce(&hello.client_nonce)?;
    let transcript = Transcript { kind, authority, hub_nonce, client_nonce: &hello.client_nonce };
    let key = secret.key(kind);
    if !key.verify(Side::Peer, &transcript, &hello.proof) {
        let fix =
            "read the secret of this installation again: it is in the `token` file of the runtime folder";
        return Err(refusal(RefusalCode::BadProof, "the proof of the secret is wrong", fix));
    }
    let Some(protocol) = PROTOCOL.common(hello.protocol) else {
        let (ours, theirs) = (PROTOCOL, hello.protocol);
        let message = format!(
            "the hub ({}) speaks wire versions {} to {}, the peer ({:.40}) {} to {}",
            env!("CARGO_PKG_VERSION"),
            ours.min,
            ours.max,
            hello.version,
            theirs.min,
            theirs.max
        );
        return Err(refusal(RefusalCode::Version, &message, "update the older one and restart it"));
    };
    let proof = key.prove(Side::Hub, &transcript);
    Ok(Greeted { id, kind, proof, protocol, joining: joining(hello, secret)? })
}

fn check_nonce(nonce: &str) -> Result<(), Refusal> {
    match HEXLOWER.decode(nonce.as_bytes()) {
        Ok(nonce) if nonce.len() == 32 => Ok(()),
        _ => Err(refusal(RefusalCode::BadHello, "the nonce is not of 32 bytes in hex", GREET_FIRST)),
    }
}

fn joining(hello: Hello, secret: &Secret) -> Result<Joining, Refusal> {
    match hello.kind {
        PeerKind::Cli => Ok(Joining::Cli),
        PeerKind::Client => {
            let client_id = match (hello.client_id, &hello.resume_token) {
                (None, _) => ClientId(Uuid::new_v4()),
                (Some(id), Some(token)) if secret.resumes(id, token) => id,
                (Some(_), _) => {
                    let message = "the resume token does not belong to the client id";
                    let fix = "greet without an id to be given one";
                    return Err(refusal(RefusalCode::BadResume, message, fix));
                }
            };
            Ok(Joining::Client(ClientJoin {
                client_id,
                resume_token: secret.resume_token(client_id),
                label: hello.label,
                colour: hello.colour.and_then(|had| COLOURS.into_iter().find(|known| *known == had)),
                agent: hello.agent,
                instance: hello.instance,
                pid: hello.pid,
                session: hello.session,
                control: hello.control,
            }))
        }
        PeerKind::Extension => {
            let (Some(browser_id), Some(boot_id)) = (hello.browser_id, hello.boot_id) else {
                let message = "an extension's greeting needs browserId and bootId";
                return Err(refusal(RefusalCode::BadHello, message, "reload the extension"));
            };
            Ok(Joining::Extension(ExtensionJoin {
                browser_id,
                boot_id,
                pid: hello.pid,
                name: hello.browser,
                version: hello.version,
                tabs: hello.tabs,
                next_tab: hello.next_tab.unwrap_or_default(),
                place: hello.place,
            }))
        }
    }
}

const GREET_FIRST: &str = "answer the challenge with a `hello` request, as docs/protocol.md says";

fn bad_hello(message: &str) -> NotGreeted {
    unnumbered(RefusalCode::BadHello, message, GREET_FIRST)
}

/// A refusal of what has no number to answer.
fn unnumbered(code: RefusalCode, message: &str, fix: &str) -> NotGreeted {
    let refusal = refusal(code, message, fix);
    NotGreeted::Refused { frame: encode::closing(&refusal), refusal }
}

fn refusal(code: RefusalCode, message: &str, fix: &str) -> Refusal {
    Refusal { code, message: message.to_owned(), fix: fix.to_owned() }
}
