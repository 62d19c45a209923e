//! One moment as a page.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use super::page::Page;
use super::table;
use crate::core::{ClientMetrics, Identity, Metrics, OK};

/// What the hub's task tells of one moment.
#[derive(Debug)]
pub(crate) struct Moment {
    /// What the core tells.
    pub(crate) metrics: Metrics,
    /// Connections that have ended, by kind of peer and reason.
    pub(crate) ended: BTreeMap<(&'static str, &'static str), u64>,
    /// Peers that were not let in, by code.
    pub(crate) refused: BTreeMap<&'static str, u64>,
}

/// What the system tells of a process; what it does not tell is left out.
#[derive(Debug, Default)]
pub(crate) struct Process {
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) open_fds: Option<usize>,
    pub(crate) max_fds: Option<u64>,
}

/// Writes the page.
pub(crate) fn render(identity: &Identity, moment: &Moment, process: &Process, at: SystemTime) -> String {
    let Moment { metrics, ended, refused } = moment;
    let since_1970 = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut page = Page::default();
    page.numbers(&table::BUILD, [([identity.version.as_str(), identity.instance.0.as_str()], 1.0)]);
    page.number(&table::UPTIME, metrics.uptime.as_secs_f64());
    page.number(&table::DRAINING, truth(metrics.is_draining));
    page.number(&table::BROWSER_CONNECTED, truth(metrics.browser_connected));
    page.number(&table::BROWSERS_IN_RESERVE, metrics.browsers_in_reserve as f64);
    page.numbers(&table::CONNECTIONS, metrics.connections.iter().map(|(kind, n)| ([*kind], *n as f64)));
    page.numbers(&table::CONNECTIONS_OPENED, by_name(&metrics.counters.welcome));
    page.numbers(&table::RECONNECTIONS, by_name(&metrics.counters.back));
    page.numbers(
        &table::CONNECTIONS_CLOSED,
        ended.iter().map(|((kind, reason), n)| ([*kind, *reason], *n as f64)),
    );
    page.numbers(&table::GREETINGS_REFUSED, by_name(refused));
    let connected = metrics.clients.iter().filter(|client| client.is_connected).count();
    let away = metrics.clients.len() - connected;
    page.numbers(&table::CLIENTS, [(["connected"], connected as f64), (["away"], away as f64)]);
    page.number(&table::TABS, metrics.tabs as f64);
    let phases = [
        (["running"], metrics.calls_running as f64),
        (["queued"], metrics.calls_queued as f64),
        (["waiting_for_browser"], metrics.calls_without_browser as f64),
    ];
    page.numbers(&table::CALLS_IN_FLIGHT, phases);
    calls(&mut page, metrics);
    clients(&mut page, &metrics.clients, since_1970.as_secs_f64());
    for (family, value) in [
        (&table::PROCESS_CPU, process.cpu_seconds),
        (&table::PROCESS_MEMORY, process.memory_bytes.map(|bytes| bytes as f64)),
        (&table::PROCESS_FDS, process.open_fds.map(|count| count as f64)),
        (&table::PROCESS_MAX_FDS, process.max_fds.map(|count| count as f64)),
    ] {
        page.numbers(family, value.map(|value| ([], value)));
    }
    page.number(&table::PROCESS_START, since_1970.saturating_sub(metrics.uptime).as_secs_f64());
    page.into_text()
}

fn calls(page: &mut Page, metrics: &Metrics) {
    let counters = &metrics.counters;
    let outcomes = counters.tools.iter().flat_map(|(tool, of_tool)| {
        of_tool.outcomes.iter().map(|(outcome, count)| ([*tool, *outcome], *count as f64))
    });
    page.numbers(&table::CALLS, outcomes);
    page.histogram(&table::CALL_DURATION, counters.tools.iter().map(|(tool, of)| (*tool, &of.durations)));
    page.number(&table::CALLS_RESENT, counters.resent as f64);
    page.number(&table::CALLS_JOINED, counters.joined as f64);
    page.number(&table::CALLS_REMEMBERED, counters.remembered as f64);
    page.number(&table::CALLS_HANDED_BACK, counters.handed_back as f64);
    let bytes = || counters.tools.iter().map(|(tool, of_tool)| ([*tool], of_tool.bytes as f64));
    page.numbers(&table::ANSWER_BYTES, bytes());
    page.numbers(&table::ANSWER_TOKENS, bytes().map(|(tool, bytes)| (tool, bytes / 4.0)));
    page.number(&table::ANSWERS_DROPPED, metrics.answers_dropped as f64);
}

fn clients(page: &mut Page, clients: &[ClientMetrics], now: f64) {
    let ids: Vec<String> = clients.iter().map(|client| client.id.to_string()).collect();
    let each =
        || clients.iter().zip(&ids).map(|(client, id)| (client, [id.as_str(), text(&client.instance)]));
    let numbers = |number: fn(&ClientMetrics) -> f64| each().map(move |(client, who)| (who, number(client)));
    let info = each()
        .map(|(client, [id, instance])| ([id, instance, client.label.as_str(), text(&client.agent)], 1.0));
    page.numbers(&table::CLIENT_INFO, info);
    page.numbers(&table::CLIENT_CONNECTED, numbers(|client| truth(client.is_connected)));
    let outcomes = each().flat_map(|(client, [id, instance])| {
        [([id, instance, OK], client.succeeded as f64), ([id, instance, "error"], client.failed as f64)]
    });
    page.numbers(&table::CLIENT_CALLS, outcomes);
    page.numbers(&table::CLIENT_CALLS_IN_FLIGHT, numbers(|client| client.in_flight as f64));
    page.numbers(&table::CLIENT_ANSWER_BYTES, numbers(|client| client.bytes as f64));
    page.numbers(&table::CLIENT_TABS, numbers(|client| client.tabs as f64));
    let last = each().filter_map(|(client, who)| Some((who, now - client.idle?.as_secs_f64())));
    page.numbers(&table::CLIENT_LAST_CALL, last);
}

fn by_name<'a>(
    counts: &'a BTreeMap<&'static str, u64>,
) -> impl Iterator<Item = ([&'static str; 1], f64)> + use<'a> {
    counts.iter().map(|(name, count)| ([*name], *count as f64))
}

fn text(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

fn truth(value: bool) -> f64 {
    f64::from(u8::from(value))
}
