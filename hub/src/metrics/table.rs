//! Every family of metrics: what `/metrics` writes and docs/metrics.md lists.

/// Metrics of one name, told apart by their labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// The name, which ends with the unit.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: Kind,
    /// The labels, in the order in which they are written.
    pub labels: &'static [&'static str],
    /// What it tells, in a sentence.
    pub help: &'static str,
}

/// What kind of number a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from zero at the hub's start.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by class, with count and sum.
    Histogram,
}

impl Kind {
    /// The word of the format.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

macro_rules! families {
    ($($constant:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)+) => {
        $(pub(super) const $constant: Family =
            Family { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };)+

        /// Every family, in the order of the page.
        pub const FAMILIES: &[Family] = &[$($constant),+];
    };
}

families! {
    BUILD = Gauge "tabmux_build_info" ["version", "instance"] "Always 1: the hub's release and its instance id.";
    UPTIME = Gauge "tabmux_uptime_seconds" [] "How long the hub has been running.";
    DRAINING = Gauge "tabmux_draining" [] "1 while the hub is about to leave, else 0.";
    BROWSER_CONNECTED = Gauge "tabmux_browser_connected" [] "1 while the browser that calls go to is connected, else 0.";
    BROWSERS_IN_RESERVE = Gauge "tabmux_browsers_in_reserve" [] "Browsers that are connected and wait to be the one.";
    CONNECTIONS = Gauge "tabmux_connections" ["kind"] "Connections, by kind of peer: client, cli or extension.";
    CONNECTIONS_OPENED = Counter "tabmux_connections_opened_total" ["kind"] "Peers that were let in.";
    RECONNECTIONS = Counter "tabmux_reconnections_total" ["kind"] "Of those, clients and browsers that this hub knew already.";
    CONNECTIONS_CLOSED = Counter "tabmux_connections_closed_total" ["kind", "reason"] "Connections that ended, by why.";
    GREETINGS_REFUSED = Counter "tabmux_greetings_refused_total" ["reason"] "Peers that were not let in, by the code that they were told.";
    CLIENTS = Gauge "tabmux_clients" ["state"] "Clients that the hub knows: connected, or away for a while.";
    TABS = Gauge "tabmux_tabs" [] "Tabs that belong to clients.";
    CALLS_IN_FLIGHT = Gauge "tabmux_calls_in_flight" ["phase"] "Calls that are not answered yet: running in the browser, queued for their turn, or waiting_for_browser.";
    CALLS = Counter "tabmux_calls_total" ["tool", "outcome"] "Calls that were answered: ok, or the code of the error, such as rate_limited.";
    CALL_DURATION = Histogram "tabmux_call_duration_seconds" ["tool"] "From a call's coming to its answer; calls that were refused at once are not in it.";
    CALLS_RESENT = Counter "tabmux_calls_resent_total" [] "Calls that were sent to a browser for another time, after a connection was lost.";
    CALLS_JOINED = Counter "tabmux_calls_joined_total" [] "Requests for a call that was in flight, which wait for its answer, too.";
    CALLS_REMEMBERED = Counter "tabmux_calls_answered_from_memory_total" [] "Requests for a call that was answered within the last minute.";
    CALLS_HANDED_BACK = Counter "tabmux_calls_handed_back_total" [] "Calls that went back to their client unsent, since the browser was another than it knew.";
    ANSWER_BYTES = Counter "tabmux_answer_bytes_total" ["tool"] "Bytes of the results that were given, as JSON, pictures and files included.";
    ANSWER_TOKENS = Counter "tabmux_answer_tokens_total" ["tool"] "The same in tokens, estimated as a fourth of the bytes; pictures cost a model less.";
    ANSWERS_DROPPED = Counter "tabmux_answers_dropped_total" [] "Answers and events of browsers that were nobody's.";
    CLIENT_INFO = Gauge "tabmux_client_info" ["client", "instance", "label", "agent"] "Always 1: who a client is.";
    CLIENT_CONNECTED = Gauge "tabmux_client_connected" ["client", "instance"] "1 while the client is connected, 0 while it is away.";
    CLIENT_CALLS = Counter "tabmux_client_calls_total" ["client", "instance", "outcome"] "The client's calls that were answered: ok or error.";
    CLIENT_CALLS_IN_FLIGHT = Gauge "tabmux_client_calls_in_flight" ["client", "instance"] "The client's calls that are not answered yet.";
    CLIENT_ANSWER_BYTES = Counter "tabmux_client_answer_bytes_total" ["client", "instance"] "Bytes of the results that the client was given.";
    CLIENT_TABS = Gauge "tabmux_client_tabs" ["client", "instance"] "The client's tabs.";
    CLIENT_LAST_CALL = Gauge "tabmux_client_last_call_timestamp_seconds" ["client", "instance"] "When a call of the client was last answered, in seconds since 1970.";
    PROCESS_CPU = Counter "process_cpu_seconds_total" [] "Time that the hub's process has spent on a processor.";
    PROCESS_MEMORY = Gauge "process_resident_memory_bytes" [] "Memory that the hub's process occupies.";
    PROCESS_FDS = Gauge "process_open_fds" [] "Files, sockets and pipes that the hub's process has open.";
    PROCESS_MAX_FDS = Gauge "process_max_fds" [] "How many it may have open.";
    PROCESS_START = Gauge "process_start_time_seconds" [] "When the hub started, in seconds since 1970.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_end_as_their_kind_asks() {
        let names: BTreeSet<&str> = FAMILIES.iter().map(|family| family.name).collect();
        assert_eq!(names.len(), FAMILIES.len());
        for Family { name, kind, labels, help } in FAMILIES {
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(name.starts_with("tabmux_") || name.starts_with("process_"), "{name}");
            assert!(help.ends_with('.') && help.is_ascii() && !help.contains('|'), "{name}");
            assert!(labels.iter().all(|label| *label != "le"), "{name}");
        }
    }
}
