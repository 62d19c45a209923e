//! The metrics over real sockets: who may read them, what they tell, and that they stay bounded.

#![allow(clippy::unwrap_used, reason = "a test that fails says where")]

#[allow(dead_code)]
mod support;

use std::collections::BTreeMap;

use serde_json::json;
use support::{TestHub, call, http_token, secret};
use tabmux_hub::HubSettings;
use tabmux_hub::metrics::{FAMILIES, Kind};
use tabmux_protocol::message::PeerKind;
use tabmux_protocol::{ClientId, InstanceId, method};
use uuid::Uuid;

/// Every sample of a page, by its name with its labels as they are written.
type Samples = BTreeMap<String, f64>;

#[tokio::test]
async fn whoever_has_no_token_is_told_where_it_is() {
    let hub = TestHub::start(HubSettings::default()).await;
    for header in
        ["", "authorization: Bearer\r\n", &format!("authorization: Bearer {}\r\n", secret().to_hex())]
    {
        let answer = ask(&hub, header).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(answer.contains("www-authenticate: Bearer\r\n") && answer.contains("http-token"), "{answer}");
        assert!(!answer.contains("tabmux_"), "{answer}");
    }
    let right = format!("authorization: Bearer {}\r\n", http_token().to_hex());
    let of_a_page = ask(&hub, &format!("{right}origin: https://evil.test\r\n")).await;
    assert!(of_a_page.starts_with("HTTP/1.1 403 "), "{of_a_page}");
    let answer = ask(&hub, &right).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{answer}");
}

#[tokio::test]
async fn calls_are_counted_by_tool_and_outcome_and_everything_adds_up() {
    let hub = TestHub::start(HubSettings { rate_limit_calls: 200, ..HubSettings::default() }).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    let mut client = hub
        .try_greet(PeerKind::Client, |hello| hello.instance = Some(InstanceId("7-\"a\\\nb".into())))
        .await
        .unwrap();
    let clicked = call("browser_click");
    let id = client.request(method::CALL, &clicked).await;
    let asked = extension.next_named(method::CALL).await;
    let again = client.request(method::CALL, &clicked).await;
    // The hub takes what one peer sends in its order, so that its answer to a status is behind the call.
    let status = client.request(method::STATUS, &json!({})).await;
    client.answer_to(status).await;
    let samples = scrape(&hub).await;
    assert_eq!(samples[r#"tabmux_calls_in_flight{phase="running"}"#], 1.0);
    let result = json!({ "content": [] });
    extension.answer(&asked["id"], &result).await;
    client.answer_to(id).await;
    client.answer_to(again).await;
    let third = client.request(method::CALL, &clicked).await;
    client.answer_to(third).await;
    for number in 0..100 {
        let id = client.request(method::CALL, &call(&format!("evil_\"{number}\n"))).await;
        client.answer_to(id).await;
    }
    let foreign = client.request(method::CALL, &json!({ "callId": Uuid::now_v7(), "tool": "browser_click", "args": {}, "tab": "t9", "deadlineMs": 30_000 })).await;
    client.answer_to(foreign).await;

    let samples = scrape(&hub).await;
    let one = |name: &str| samples.get(name).copied();
    assert_eq!(one(r#"tabmux_calls_total{tool="browser_click",outcome="ok"}"#), Some(1.0));
    assert_eq!(one(r#"tabmux_calls_total{tool="browser_click",outcome="no_tab"}"#), Some(1.0));
    assert_eq!(one(r#"tabmux_calls_total{tool="other",outcome="bad_input"}"#), Some(100.0));
    assert_eq!(
        sum(&samples, "tabmux_calls_total{"),
        102.0,
        "a call is counted once, however often it is asked for"
    );
    assert_eq!(
        sum(&samples, "tabmux_call_duration_seconds_count{"),
        2.0,
        "what was refused at once took no time"
    );
    assert_eq!(one(r#"tabmux_call_duration_seconds_bucket{tool="browser_click",le="+Inf"}"#), Some(2.0));
    assert_eq!(
        (one("tabmux_calls_joined_total"), one("tabmux_calls_answered_from_memory_total")),
        (Some(1.0), Some(1.0))
    );
    let bytes = result.to_string().len() as f64;
    assert_eq!(one(r#"tabmux_answer_bytes_total{tool="browser_click"}"#), Some(bytes));
    assert_eq!(one(r#"tabmux_answer_tokens_total{tool="browser_click"}"#), Some(bytes / 4.0));
    assert_eq!(sum(&samples, "tabmux_calls_in_flight{"), 0.0);
    let who = format!(r#"client="{}",instance="7-\"a\\\nb""#, client.welcome.client_id.unwrap());
    assert_eq!(one(&format!(r#"tabmux_client_calls_total{{{who},outcome="ok"}}"#)), Some(1.0));
    assert_eq!(one(&format!(r#"tabmux_client_calls_total{{{who},outcome="error"}}"#)), Some(101.0));
    assert_eq!(one(&format!("tabmux_client_connected{{{who}}}")), Some(1.0));
    let last = one(&format!("tabmux_client_last_call_timestamp_seconds{{{who}}}")).unwrap();
    let started = one("process_start_time_seconds").unwrap();
    assert!(
        last >= started && last <= started + one("tabmux_uptime_seconds").unwrap() + 1.0,
        "{last} {started}"
    );
}

#[tokio::test]
async fn every_family_is_on_the_page_once_with_its_kind_and_labels_of_closed_sets() {
    let hub = TestHub::start(HubSettings::default()).await;
    let _extension = hub.greet(PeerKind::Extension).await;
    let text = page(&hub).await;
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("# TYPE ")).collect();
    let wanted: Vec<String> =
        FAMILIES.iter().map(|family| format!("# TYPE {} {}", family.name, family.kind.as_str())).collect();
    assert_eq!(heads, wanted);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let is_of = |family: &&tabmux_hub::metrics::Family| match family.kind {
            Kind::Histogram => name.strip_prefix(family.name).is_some_and(|rest| rest.starts_with('_')),
            Kind::Counter | Kind::Gauge => name == family.name,
        };
        let family = FAMILIES.iter().find(is_of).unwrap_or_else(|| panic!("{line}"));
        for label in family.labels {
            assert!(line.contains(&format!("{label}=\"")), "{line}");
        }
    }
}

#[tokio::test]
async fn connections_and_clients_come_go_and_come_back() {
    let hub = TestHub::start(HubSettings { grace_ms: 0, ..HubSettings::default() }).await;
    let extension = hub.greet(PeerKind::Extension).await;
    let client = hub.greet(PeerKind::Client).await;
    let samples = scrape(&hub).await;
    assert_eq!(samples[r#"tabmux_connections{kind="client"}"#], 1.0);
    assert_eq!(samples[r#"tabmux_clients{state="connected"}"#], 1.0);
    assert_eq!((samples["tabmux_browser_connected"], samples["tabmux_browsers_in_reserve"]), (1.0, 0.0));
    assert_eq!(samples.keys().filter(|name| name.starts_with("tabmux_client_")).count(), 7);
    let refused = hub.try_greet(PeerKind::Client, |hello| {
        hello.client_id = Some(ClientId(Uuid::from_u128(1)));
    });
    assert!(refused.await.is_err());
    drop((client, extension));
    until(&hub, |samples| {
        samples[r#"tabmux_connections{kind="client"}"#] == 0.0 && samples["tabmux_browser_connected"] == 0.0
    })
    .await;
    let _extension = hub.greet(PeerKind::Extension).await;
    let samples = until(&hub, |samples| !samples.keys().any(|name| name.starts_with("tabmux_client_"))).await;
    assert_eq!(samples[r#"tabmux_connections_opened_total{kind="extension"}"#], 2.0);
    assert_eq!(samples[r#"tabmux_reconnections_total{kind="extension"}"#], 1.0);
    assert_eq!(samples[r#"tabmux_greetings_refused_total{reason="bad_resume"}"#], 1.0);
    assert_eq!(sum(&samples, "tabmux_connections_closed_total{"), 2.0);
}

#[tokio::test]
async fn a_hub_that_leaves_tells_its_metrics_to_the_end() {
    let mut hub = TestHub::start(HubSettings::default()).await;
    let mut extension = hub.greet(PeerKind::Extension).await;
    let mut client = hub.greet(PeerKind::Client).await;
    client.request(method::CALL, &call("browser_click")).await;
    let asked = extension.next_named(method::CALL).await;
    hub.signal();
    let samples = until(&hub, |samples| samples["tabmux_draining"] == 1.0).await;
    assert_eq!(samples[r#"tabmux_calls_in_flight{phase="running"}"#], 1.0);
    extension.answer(&asked["id"], &json!({ "content": [] })).await;
    hub.left().await;
}

async fn ask(hub: &TestHub, headers: &str) -> String {
    hub.http(&format!("GET /metrics HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n{headers}\r\n", hub.port)).await
}

async fn page(hub: &TestHub) -> String {
    let answer = ask(hub, &format!("authorization: Bearer {}\r\n", http_token().to_hex())).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{answer}");
    body.to_owned()
}

async fn scrape(hub: &TestHub) -> Samples {
    let text = page(hub).await;
    let samples = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, number) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), number.parse().unwrap())
    });
    samples.collect()
}

/// Scrapes until that is so.
async fn until(hub: &TestHub, is_so: impl Fn(&Samples) -> bool) -> Samples {
    tokio::time::timeout(support::PATIENCE, async {
        loop {
            let samples = scrape(hub).await;
            if is_so(&samples) {
                return samples;
            }
        }
    })
    .await
    .unwrap()
}

fn sum(samples: &Samples, beginning: &str) -> f64 {
    samples.iter().filter(|(name, _)| name.starts_with(beginning)).map(|(_, number)| number).sum()
}
