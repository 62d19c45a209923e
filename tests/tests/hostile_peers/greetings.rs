//! Greetings that prove nothing, prove something else, or are none.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tabmux_protocol::frame::{notification, request};
use tabmux_protocol::message::PeerKind::{self, Cli, Client, Extension};
use tabmux_protocol::pairing::PairingCode;
use tabmux_protocol::proof::{Secret, Side};
use tabmux_protocol::{ClientId, method};
use tabmux_tests::Peer;
use uuid::Uuid;

use crate::stage::Stage;
use crate::wire::{BINARY, FIN, TEXT, Wire, announced, hello, masked, prove};

/// What the greeting is made of.
struct Facts {
    secret: Secret,
    authority: String,
    hub_nonce: String,
    /// The id of another client, and the token that takes it up.
    victim: (ClientId, String),
    /// The greeting that let a client in, word by word.
    overheard: String,
}

impl Facts {
    fn hello(&self, kind: PeerKind) -> Value {
        hello(&self.secret, kind, &self.authority, &self.hub_nonce)
    }

    /// A right greeting with one thing changed.
    fn but(&self, kind: PeerKind, change: impl FnOnce(&mut Value)) -> Vec<u8> {
        let mut hello = self.hello(kind);
        change(&mut hello);
        text(&request(1, method::HELLO, &hello))
    }

    /// A greeting with a proof of the caller's making, over its nonce.
    fn proven(&self, kind: PeerKind, prove: impl FnOnce(&str) -> String) -> Vec<u8> {
        self.but(kind, |hello| {
            let proof = prove(hello["clientNonce"].as_str().unwrap_or_default());
            hello["proof"] = proof.into();
        })
    }
}

/// A case: its name, the path it comes on, what it sends after the challenge, and the code of the refusal.
type Row = (&'static str, PeerKind, fn(&Facts) -> Vec<u8>, &'static str);

const ROWS: &[Row] = &[
    (
        "a proof of zeros",
        Client,
        |f| f.but(Client, |hello| hello["proof"] = "00".repeat(32).into()),
        "bad_proof",
    ),
    ("an empty proof", Client, |f| f.but(Client, |hello| hello["proof"] = "".into()), "bad_proof"),
    (
        "a proof in upper case",
        Client,
        |f| {
            f.but(Client, |hello| {
                let upper = hello["proof"].as_str().unwrap_or_default().to_uppercase();
                hello["proof"] = upper.into();
            })
        },
        "bad_proof",
    ),
    (
        "half a proof",
        Client,
        |f| {
            f.but(Client, |hello| {
                let half = hello["proof"].as_str().unwrap_or_default()[..32].to_owned();
                hello["proof"] = half.into();
            })
        },
        "bad_proof",
    ),
    (
        "the secret of another installation",
        Client,
        |f| {
            f.proven(Client, |nonce| {
                prove(&Secret::from_bytes([9; 32]), Client, Side::Peer, &f.authority, &f.hub_nonce, nonce)
            })
        },
        "bad_proof",
    ),
    (
        "the hub's side of the proof",
        Client,
        |f| f.proven(Client, |nonce| prove(&f.secret, Client, Side::Hub, &f.authority, &f.hub_nonce, nonce)),
        "bad_proof",
    ),
    (
        "a proof for another address",
        Client,
        |f| {
            f.proven(Client, |nonce| prove(&f.secret, Client, Side::Peer, "127.0.0.1:1", &f.hub_nonce, nonce))
        },
        "bad_proof",
    ),
    (
        "a proof for another challenge",
        Client,
        |f| {
            f.proven(Client, |nonce| {
                prove(&f.secret, Client, Side::Peer, &f.authority, &"ab".repeat(32), nonce)
            })
        },
        "bad_proof",
    ),
    (
        "a client's proof as the command line's",
        Client,
        |f| f.but(Client, |hello| hello["kind"] = "cli".into()),
        "bad_proof",
    ),
    (
        "the command line's proof as a client's",
        Client,
        |f| f.but(Cli, |hello| hello["kind"] = "client".into()),
        "bad_proof",
    ),
    (
        "a client's proof as an extension's",
        Extension,
        |f| {
            f.proven(Extension, |nonce| {
                prove(&f.secret, Client, Side::Peer, &f.authority, &f.hub_nonce, nonce)
            })
        },
        "bad_proof",
    ),
    ("an overheard greeting", Client, |f| text(&f.overheard), "bad_proof"),
    ("an extension on the clients' path", Client, |f| f.but(Extension, |_| {}), "wrong_kind"),
    ("a client on the extension's path", Extension, |f| f.but(Client, |_| {}), "wrong_kind"),
    ("the command line on the extension's path", Extension, |f| f.but(Cli, |_| {}), "wrong_kind"),
    (
        "a kind that there is not",
        Client,
        |f| f.but(Client, |hello| hello["kind"] = "admin".into()),
        "bad_hello",
    ),
    (
        "versions that are too old",
        Client,
        |f| f.but(Client, |hello| hello["protocol"] = json!({ "min": 0, "max": 0 })),
        "version",
    ),
    (
        "versions that are too new",
        Client,
        |f| f.but(Client, |hello| hello["protocol"] = json!({ "min": 98, "max": 99 })),
        "version",
    ),
    (
        "a range from high to low",
        Client,
        |f| f.but(Client, |hello| hello["protocol"] = json!({ "min": 2, "max": 0 })),
        "version",
    ),
    (
        "a nonce that is too short",
        Client,
        |f| f.but(Client, |hello| hello["clientNonce"] = "ab".into()),
        "bad_hello",
    ),
    (
        "a nonce in upper case",
        Client,
        |f| f.but(Client, |hello| hello["clientNonce"] = "AB".repeat(32).into()),
        "bad_hello",
    ),
    (
        "another client's id",
        Client,
        |f| f.but(Client, |hello| hello["clientId"] = json!(f.victim.0)),
        "bad_resume",
    ),
    (
        "another client's id with a token of zeros",
        Client,
        |f| {
            f.but(Client, |hello| {
                hello["clientId"] = json!(f.victim.0);
                hello["resumeToken"] = "00".repeat(32).into();
            })
        },
        "bad_resume",
    ),
    (
        "another client's token with an id of its own",
        Client,
        |f| {
            f.but(Client, |hello| {
                hello["clientId"] = json!(Uuid::from_u128(7));
                hello["resumeToken"] = f.victim.1.clone().into();
            })
        },
        "bad_resume",
    ),
    (
        "an extension without a browser",
        Extension,
        |f| f.but(Extension, |hello| hello["browserId"].take().as_null().unwrap_or_default()),
        "bad_hello",
    ),
    ("a call before the greeting", Client, |_| text(&request(1, method::CALL, &json!({}))), "bad_hello"),
    (
        "a shutdown before the greeting",
        Client,
        |_| text(&request(1, method::SHUTDOWN, &json!({ "mode": "stop" }))),
        "bad_hello",
    ),
    ("an unknown method", Client, |_| text(&request(1, "login", &json!({}))), "bad_hello"),
    (
        "a greeting without a number",
        Client,
        |f| text(&notification(method::HELLO, &f.hello(Client))),
        "bad_hello",
    ),
    (
        "a greeting without parameters",
        Client,
        |_| text(r#"{"jsonrpc":"2.0","id":1,"method":"hello"}"#),
        "bad_hello",
    ),
    ("an answer", Client, |_| text(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), "bad_hello"),
    (
        "a negative number",
        Client,
        |_| text(r#"{"jsonrpc":"2.0","id":-1,"method":"hello","params":{}}"#),
        "bad_hello",
    ),
    (
        "a number that is a text",
        Client,
        |_| text(r#"{"jsonrpc":"2.0","id":"1","method":"hello","params":{}}"#),
        "bad_hello",
    ),
    (
        "a method twice",
        Client,
        |_| text(r#"{"jsonrpc":"2.0","id":1,"method":"call","method":"hello"}"#),
        "bad_hello",
    ),
    (
        "a kind twice",
        Client,
        |f| {
            let right = request(1, method::HELLO, &f.hello(Client));
            text(&right.replacen("\"kind\"", "\"kind\":\"cli\",\"kind\"", 1))
        },
        "bad_hello",
    ),
    (
        "a list of greetings",
        Client,
        |f| text(&format!("[{}]", request(1, method::HELLO, &f.hello(Client)))),
        "bad_hello",
    ),
    ("what is not JSON", Client, |_| text("hello?"), "bad_hello"),
    ("an empty text", Client, |_| text(""), "bad_hello"),
    ("nesting of 30,000 levels", Client, |_| text(&"[".repeat(30_000)), "bad_hello"),
    (
        "parameters nested 20,000 times",
        Client,
        |_| {
            let nested = format!("{}{}", r#"{"a":"#.repeat(10_000), "1".to_owned() + &"}".repeat(10_000));
            text(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"hello","params":{nested}}}"#))
        },
        "bad_hello",
    ),
    (
        "a binary frame",
        Client,
        |f| masked(BINARY, request(1, method::HELLO, &f.hello(Client)).as_bytes()),
        "bad_hello",
    ),
    ("a text that is no UTF-8", Client, |_| masked(TEXT, &[0xff, 0xfe]), "bad_hello"),
    ("a frame that is not masked", Client, |_| vec![TEXT, 2, b'{', b'}'], "bad_hello"),
    ("a frame with reserved bits", Client, |_| masked(TEXT | 0x40, b"{}"), "bad_hello"),
    ("a frame of an unknown kind", Client, |_| masked(FIN | 0x3, b"{}"), "bad_hello"),
    ("a frame of 70 KiB", Client, |_| text(&" ".repeat(70 * 1024)), "bad_hello"),
    ("an announced frame of 1 GiB", Client, |_| announced(TEXT, 1 << 30), "bad_hello"),
    ("an announced frame of 2^63 bytes", Client, |_| announced(TEXT, 1 << 63), "bad_hello"),
    ("a pairing on the clients' path", Client, |_| pairing(&"ab".repeat(16)), "bad_hello"),
    ("a pairing without a code that is open", Extension, |_| pairing(&"ab".repeat(16)), "bad_pairing"),
    (
        "a pairing with a text of megabytes to come",
        Extension,
        |_| pairing(&"ab".repeat(16_000)),
        "bad_pairing",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_that_proves_nothing_is_refused_with_its_reason() -> Result<()> {
    let mut stage = Stage::start("").await?;
    let mut facts = facts(&mut stage).await?;
    let mut wrong = Vec::new();
    for (name, kind, sent, expected) in ROWS {
        let (mut wire, hub_nonce) = Wire::open(stage.installation(), *kind).await?;
        facts.hub_nonce = hub_nonce;
        let asked_at = Instant::now();
        wire.send(&sent(&facts)).await?;
        let code = wire.refusal().await.with_context(|| *name)?;
        if code.as_deref() != Some(expected) || asked_at.elapsed() > Duration::from_secs(2) {
            wrong.push(format!("{name}: {code:?} and not {expected}, after {:?}", asked_at.elapsed()));
        }
        stage.is_unaffected(name).await?;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    stage.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pairing_code_survives_no_guessing_and_no_second_use_and_is_in_no_log() -> Result<()> {
    let mut stage = Stage::start("").await?;
    for is_guessed in [true, false] {
        let printed: Value = serde_json::from_str(&stage.lab.run_ok(&["pair", "--json"])?)?;
        let shown = printed["code"].as_str().context("a code")?.to_owned();
        let (code, port) = PairingCode::parse(&shown)?;
        ensure!(port == stage.port(), "the code leads to the hub: {port}");
        stage.keep_private(shown.split_once('-').map_or("", |(_, letters)| letters));
        stage.keep_private(code.id());
        let wrong = if is_guessed { 5 } else { 4 };
        for number in 0..wrong {
            ensure!(pair(&stage, &format!("{number:032x}")).await?["error"]["data"]["code"] == "bad_pairing");
        }
        let answer = pair(&stage, &code.id()).await?;
        let sealed = answer["result"]["sealed"].as_str();
        ensure!(sealed.is_some() != is_guessed, "after {wrong} wrong ones: {answer}");
        ensure!(pair(&stage, &code.id()).await?["error"]["data"]["code"] == "bad_pairing", "once, or never");
        stage.keep_private(sealed.unwrap_or_default());
        stage.is_unaffected("a pairing").await?;
    }
    stage.end().await
}

/// A client that leaves again, whose id, token and greeting others have come by.
async fn facts(stage: &mut Stage) -> Result<Facts> {
    let authority = stage.installation().authority();
    let victim = Peer::dial(stage.installation(), Client, |_| {}).await?.welcome;
    let token = victim.resume_token.context("a resume token")?;
    stage.keep_private(token.clone());
    let (mut wire, hub_nonce) = Wire::open(stage.installation(), Client).await?;
    let secret = stage.secret.clone();
    let greeting = hello(&secret, Client, &authority, &hub_nonce);
    stage.keep_private(greeting["proof"].as_str().unwrap_or_default());
    let overheard = request(1, method::HELLO, &greeting);
    wire.text(&overheard).await?;
    let welcome = wire.answer_to(1).await?.context("a welcome")?;
    ensure!(welcome["result"]["proof"].is_string(), "the greeting was right once: {welcome}");
    let victim = (victim.client_id.context("an id")?, token);
    Ok(Facts { secret, authority, hub_nonce, victim, overheard })
}

async fn pair(stage: &Stage, id: &str) -> Result<Value> {
    let (mut wire, _) = Wire::open(stage.installation(), Extension).await?;
    wire.send(&pairing(id)).await?;
    let answer = wire.answer_to(1).await?.context("an answer")?;
    ensure!(wire.next().await?.is_none(), "the connection ends");
    Ok(answer)
}

fn pairing(id: &str) -> Vec<u8> {
    text(&request(1, method::PAIR, &json!({ "pairingId": id, "nonce": "ab".repeat(32) })))
}

fn text(text: &str) -> Vec<u8> {
    masked(TEXT, text.as_bytes())
}
