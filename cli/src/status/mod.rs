//! `tabmux status`, `tabmux clients` and `tabmux tabs`.

mod live;
mod tables;

use std::fmt::Write;

use serde_json::Value;
use tabmux_cli::args::{ShowArgs, StatusArgs};
use tabmux_cli::output::ClientTab;
use tabmux_protocol::message::{BrowserStatus, ConfigState, HubState, HubStatus, Status};

use crate::plain::one_line;
use crate::terminal::{BOLD, GOOD, WARN, paint, print, size, wrapped};
use crate::{Failure, hub};

pub(crate) fn show(args: &StatusArgs) -> Result<(), Failure> {
    if args.watch {
        return live::watch(args.json);
    }
    let status = hub::ask_status()?;
    print(&if args.json { serde_json::to_string(&status)? } else { for_people(&status, columns()) });
    Ok(())
}

pub(crate) fn clients(args: &ShowArgs) -> Result<(), Failure> {
    let clients = hub::ask_status()?.clients;
    if args.json {
        print(&serde_json::to_string(&clients)?);
    } else if clients.is_empty() {
        print("No agent is connected: open one that has Tabmux, or see `tabmux setup`.");
    } else {
        print(&tables::clients(&clients, columns()));
    }
    Ok(())
}

pub(crate) fn tabs(args: &ShowArgs) -> Result<(), Failure> {
    let clients = hub::ask_status()?.clients;
    if args.json {
        print(&serde_json::to_string(&clients.iter().flat_map(ClientTab::of).collect::<Vec<_>>())?);
    } else if clients.iter().all(|client| client.tabs.is_empty()) {
        print("No agent has a tab.");
    } else {
        print(&tables::tabs(&clients, columns()));
    }
    Ok(())
}

/// The width of the terminal; what is printed elsewhere is not cut.
fn columns() -> Option<usize> {
    size().map(|(columns, _)| columns)
}

/// The hub, and what keeps it from going by its configuration.
pub(crate) fn hub_lines(hub: &HubStatus) -> String {
    let mut text = in_lines(&hub_line(hub));
    text.extend(config_line(&hub.config).map(|line| in_lines(&line)));
    text
}

fn config_line(config: &ConfigState) -> Option<String> {
    let said = if let Some(first) = config.mistakes.first() {
        let first = one_line(first);
        let further = match config.mistakes.len() {
            1 => "",
            _ => " (`tabmux config check` shows all that is wrong)",
        };
        format!("{WARN}is wrong, and the hub goes by the last right one{WARN:#}: {first}{further}")
    } else if !config.restart.is_empty() {
        let keys = one_line(&config.restart.join(", "));
        format!("{WARN}has changed where it needs `tabmux hub restart`{WARN:#}: {keys}")
    } else {
        return None;
    };
    Some(format!("{BOLD}Config{BOLD:#}   {said}"))
}

/// The hub in one line.
fn hub_line(hub: &HubStatus) -> String {
    let state = match hub.state {
        HubState::Serving => paint(GOOD, "serving"),
        HubState::Starting => paint(WARN, "starting"),
        HubState::Draining => paint(WARN, "leaving"),
        HubState::Stopped => paint(WARN, "stopped"),
    };
    let up = duration(hub.uptime_ms);
    let memory =
        hub.memory_bytes.map_or_else(String::new, |bytes| format!(", {} MB", bytes.div_ceil(1_000_000)));
    format!(
        "{BOLD}Hub{BOLD:#}      {state} on port {}, up {up}, pid {}, version {}{memory}",
        hub.port,
        hub.pid,
        one_line(&hub.version)
    )
}

fn for_people(status: &Status, width: Option<usize>) -> String {
    let mut text = hub_lines(&status.hub);
    text += &in_lines(&calls_line(&status.hub));
    if status.browsers.is_empty() {
        text += &in_lines(&format!(
            "{BOLD}Browser{BOLD:#}  {WARN}none is connected{WARN:#}: `tabmux browser launch`, or open the one with the extension"
        ));
    }
    for browser in &status.browsers {
        text += &in_lines(&browser_line(browser));
    }
    let connected = status.clients.iter().filter(|client| client.connected).count();
    let away = status.clients.len() - connected;
    let away = if away == 0 { String::new() } else { format!(", {away} away") };
    let _ = write!(text, "{BOLD}Agents{BOLD:#}   {connected} connected{away}");
    if !status.clients.is_empty() {
        let _ = write!(text, "\n\n{}", tables::clients(&status.clients, width));
    }
    if status.clients.iter().any(|client| !client.tabs.is_empty()) {
        let _ = write!(text, "\n\n{}", tables::tabs(&status.clients, width));
    }
    text
}

/// A line of the head, which goes on below its first word where it is too long.
fn in_lines(line: &str) -> String {
    wrapped(line, 9) + "\n"
}

fn calls_line(hub: &HubStatus) -> String {
    let answered = hub.calls_answered;
    let share = match answered {
        0 => String::new(),
        _ => {
            // A thousand calls with one failure are not all of them well.
            let per_mille = (answered - hub.calls_failed.min(answered)) * 1_000 / answered;
            format!(", {}.{} % well, {} failed", per_mille / 10, per_mille % 10, hub.calls_failed)
        }
    };
    let queued =
        if hub.calls_queued == 0 { String::new() } else { format!(", {} of them queued", hub.calls_queued) };
    format!("{BOLD}Calls{BOLD:#}    {answered} answered{share}, {} in flight{queued}", hub.calls_in_flight)
}

fn browser_line(browser: &BrowserStatus) -> String {
    let name = one_line(browser.state.name.as_deref().unwrap_or("a browser"));
    let pid = browser.state.pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    let place = if browser.active { paint(GOOD, "active") } else { "in reserve".into() };
    let since = duration(browser.connected_ms);
    format!(
        "{BOLD}Browser{BOLD:#}  {name}, {place}, connected for {since}{pid}, extension {}",
        one_line(&browser.extension_version)
    )
}

pub(crate) fn duration(ms: u64) -> String {
    match ms / 1_000 {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds @ 7_200..=172_799 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// What of a status changes only when something happens: times and memory change by themselves.
fn without_times(status: &Status) -> Value {
    let mut value = serde_json::to_value(status).unwrap_or_default();
    remove_times(&mut value);
    value
}

fn remove_times(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(remove_times),
        Value::Object(fields) => {
            fields.retain(|name, _| !name.ends_with("Ms") && name != "memoryBytes");
            fields.values_mut().for_each(remove_times);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(duration(1_999), "1 s");
        assert_eq!(duration(150_000), "2 min");
        assert_eq!(duration(7_500_000), "2 h 5 min");
        assert_eq!(duration(200_000_000), "2 days");
    }

    #[test]
    fn a_share_is_never_rounded_up_to_all() {
        let text = r#"{"hubId":"00000000-0000-0000-0000-000000000001","instance":"1-2","pid":1,"version":"0.1.0",
            "state":"serving","port":9008,"uptimeMs":1,"callsInFlight":3,"callsQueued":1,"callsAnswered":0,
            "callsFailed":0,"answersDropped":0}"#;
        let mut hub: HubStatus = serde_json::from_str(text).unwrap();
        let line = |hub: &HubStatus| anstream::adapter::strip_str(&calls_line(hub)).to_string();
        assert_eq!(line(&hub), "Calls    0 answered, 3 in flight, 1 of them queued");
        (hub.calls_answered, hub.calls_failed, hub.calls_queued) = (100_000, 1, 0);
        assert_eq!(line(&hub), "Calls    100000 answered, 99.9 % well, 1 failed, 3 in flight");
    }

    #[test]
    fn a_configuration_that_is_not_in_force_has_one_line() {
        let line = |mistakes: &[&str], restart: &[&str]| {
            let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
            let state = ConfigState { mistakes: owned(mistakes), restart: owned(restart) };
            config_line(&state).map(|line| anstream::adapter::strip_str(&line).to_string())
        };
        assert_eq!(line(&[], &[]), None);
        assert_eq!(
            line(&[], &["port", "log.level"]).unwrap(),
            "Config   has changed where it needs `tabmux hub restart`: port, log.level"
        );
        assert_eq!(
            line(&["c.toml:1:1: a\nb"], &["port"]).unwrap(),
            "Config   is wrong, and the hub goes by the last right one: c.toml:1:1: a\\nb"
        );
        let several = line(&["c.toml:1:1: a", "c.toml:2:1: b"], &[]).unwrap();
        assert!(
            several.ends_with("c.toml:1:1: a (`tabmux config check` shows all that is wrong)"),
            "{several}"
        );
    }
}
