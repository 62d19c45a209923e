//! One agent against another: tabs, calls and ids that are not its own.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tabmux_protocol::message::PeerKind::{Client, Extension};
use tabmux_protocol::{ClientId, method};
use tabmux_tests::{Lab, Peer, call};
use uuid::Uuid;

use crate::stage::Stage;

/// A browser's stand-in that the test answers for, an agent at work, and one that wants its things.
struct Scene {
    lab: Lab,
    extension: Peer,
    victim: Peer,
    thief: Peer,
}

impl Scene {
    async fn start() -> Result<Self> {
        let lab = Lab::new()?;
        lab.run_ok(&["hub", "start"])?;
        let mut extension = Peer::dial(&lab.installation, Extension, |_| {}).await?;
        let victim = Peer::dial(&lab.installation, Client, |_| {}).await?;
        let thief = Peer::dial(&lab.installation, Client, |_| {}).await?;
        let tab = json!({ "event": "tabCreated", "tab": "t1", "clientId": id_of(&victim)?, "url": "https://bank.test/", "title": "Bank" });
        extension.notify(method::EVENT, &tab).await?;
        Ok(Self { lab, extension, victim, thief })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_of_another_agent_is_refused_and_not_told_of() -> Result<()> {
    let Scene { lab, extension: _extension, victim: _victim, mut thief } = Scene::start().await?;
    tabmux_tests::wait_until("the hub knows the tab", async || {
        lab.status().is_ok_and(|status| status.clients.iter().any(|client| !client.tabs.is_empty()))
    })
    .await;
    for tool in ["browser_snapshot", "browser_click", "browser_close", "browser_evaluate"] {
        let answer = thief.call(tool, json!({}), Some("t1")).await?;
        ensure!(answer["error"]["data"]["code"] == "not_yours", "{tool}: {answer}");
        ensure!(!answer.to_string().contains("bank"), "{tool}: {answer}");
    }
    let unknown = thief.call("browser_snapshot", json!({}), Some("t99")).await?;
    ensure!(unknown["error"]["data"]["code"] == "no_tab", "{unknown}");
    let id = thief.request(method::STATUS, &json!({})).await?;
    let status = thief.answer_to(id).await?;
    ensure!(status["result"].is_object() && !status.to_string().contains("bank"), "{status}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_another_agent_can_be_neither_joined_nor_cancelled_nor_read() -> Result<()> {
    let Scene { lab: _lab, mut extension, mut victim, mut thief } = Scene::start().await?;
    let params = call("browser_snapshot", json!({}), None);
    let asked = victim.request(method::CALL, &params).await?;
    let at_browser = extension.next_named(method::CALL).await?;
    ensure!(at_browser["params"]["clientId"] == json!(id_of(&victim)?));

    thief.notify(method::CANCEL, &json!({ "callId": params["callId"] })).await?;
    let joined = thief.request(method::CALL, &params).await?;
    let mut re_sent = params.clone();
    re_sent["resend"] = true.into();
    let re_joined = thief.request(method::CALL, &re_sent).await?;
    for id in [joined, re_joined] {
        // A call of the same id that is the thief's own would be another call: it must not get the victim's answer.
        let refused = thief.answer_to(id).await?;
        ensure!(refused["error"].is_object() && refused["result"].is_null(), "{refused}");
    }
    let number = at_browser["id"].as_u64().context("its number")?;
    extension
        .answer(number, &json!({ "content": [{ "type": "text", "text": "1,000 in the account" }] }))
        .await?;
    let answer = victim.answer_to(asked).await?;
    ensure!(
        answer["result"]["content"][0]["text"] == "1,000 in the account",
        "it was not cancelled: {answer}"
    );

    let late = thief.request(method::CALL, &re_sent).await?;
    let refused = thief.answer_to(late).await?;
    ensure!(refused["error"].is_object() && !refused.to_string().contains("account"), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_cannot_speak_in_the_name_of_another() -> Result<()> {
    let Scene { lab, mut extension, victim, mut thief } = Scene::start().await?;
    let (own, others) = (id_of(&thief)?, id_of(&victim)?);
    // Fields that the hub sets itself are not taken from a client.
    let mut forged = call("browser_tabs", json!({ "action": "list" }), None);
    forged["clientId"] = json!(others);
    forged["label"] = "root".into();
    forged["readOnly"] = true.into();
    let asked = thief.request(method::CALL, &forged).await?;
    let at_browser = extension.next_named(method::CALL).await?;
    let params = &at_browser["params"];
    ensure!(params["clientId"] == json!(own) && params["label"] != "root", "{params}");
    ensure!(params["readOnly"] == false, "the table says what a tool does, not its caller: {params}");
    extension.answer(at_browser["id"].as_u64().context("its number")?, &json!({ "content": [] })).await?;
    ensure!(thief.answer_to(asked).await?["result"].is_object());

    let token = thief.welcome.resume_token.clone();
    for (id, token) in [(others, None), (others, token.clone()), (ClientId(Uuid::from_u128(1)), token)] {
        let refused = Peer::dial(&lab.installation, Client, |hello| {
            hello.client_id = Some(id);
            hello.resume_token = token;
        })
        .await;
        let said = refused.err().context("it was let in")?.to_string();
        ensure!(said.contains("bad_resume"), "{said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_a_second_browser_makes_up_reach_nobody() -> Result<()> {
    let stage = Stage::start("").await?;
    let mut other = Peer::dial(stage.installation(), Extension, |_| {}).await?;
    for id in (0..64).chain([u64::MAX]) {
        other.answer(id, &json!({ "content": [{ "type": "text", "text": "made up" }] })).await?;
    }
    let claim = json!({ "event": "tabCreated", "tab": "t7", "clientId": Uuid::from_u128(1), "url": "x", "title": "y" });
    other.notify(method::EVENT, &claim).await?;
    let progress: Value = json!({ "callId": Uuid::now_v7(), "progress": 0.5 });
    other.notify(method::PROGRESS, &progress).await?;
    drop(other);
    stage.is_unaffected("a second browser").await?;
    stage.end().await
}

fn id_of(peer: &Peer) -> Result<ClientId> {
    peer.welcome.client_id.context("a client's id")
}
