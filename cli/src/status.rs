//! `tabmux status`.

use std::fmt::Write;

use tabmux_protocol::message::{BrowserStatus, ClientStatus, HubStatus, Status};

use crate::plain::one_line;
use crate::terminal::{BOLD, DIM, GOOD, WARN, paint, print};
use crate::{Failure, hub};
use tabmux_cli::args::StatusArgs;

pub(crate) fn show(args: &StatusArgs) -> Result<(), Failure> {
    let status = hub::ask_status()?;
    print(&if args.json { serde_json::to_string(&status)? } else { for_people(&status) });
    Ok(())
}

/// The hub in one line.
pub(crate) fn hub_line(hub: &HubStatus) -> String {
    format!(
        "{BOLD}Hub{BOLD:#}      {:?} on port {}, pid {}, version {}, up {}, {} calls answered, {} in flight",
        hub.state,
        hub.port,
        hub.pid,
        hub.version,
        duration(hub.uptime_ms),
        hub.calls_answered,
        hub.calls_in_flight
    )
}

fn for_people(status: &Status) -> String {
    let mut text = hub_line(&status.hub);
    if status.browsers.is_empty() {
        let _ = write!(
            text,
            "\n{BOLD}Browser{BOLD:#}  {WARN}none is connected{WARN:#}: `tabmux browser launch`, or open the one with the extension",
        );
    }
    for browser in &status.browsers {
        text.push('\n');
        text.push_str(&browser_line(browser));
    }
    if status.clients.is_empty() {
        let _ = write!(text, "\n{BOLD}Clients{BOLD:#}  none");
    }
    for client in &status.clients {
        text.push('\n');
        write_client(&mut text, client);
    }
    text
}

fn browser_line(browser: &BrowserStatus) -> String {
    let name = one_line(browser.state.name.as_deref().unwrap_or("a browser"));
    let pid = browser.state.pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    let place = if browser.active { "active" } else { "in reserve" };
    let since = duration(browser.connected_ms);
    format!(
        "{BOLD}Browser{BOLD:#}  {name}{pid}, {place}, connected for {since}, extension {}",
        one_line(&browser.extension_version)
    )
}

fn write_client(text: &mut String, client: &ClientStatus) {
    let instance = one_line(client.instance.as_ref().map_or("-", |instance| instance.0.as_str()));
    let agent = one_line(client.agent.as_deref().unwrap_or("unknown agent"));
    let since = duration(client.since_ms);
    let state = if client.connected { paint(GOOD, "connected") } else { paint(WARN, "away") };
    let _ = write!(
        text,
        "{BOLD}Client{BOLD:#}   {} ({}) {DIM}{instance}{DIM:#}, {agent}, {state} for {since}, {} in flight, {} done, {} failed",
        client.label, client.colour, client.calls_in_flight, client.succeeded, client.failed
    );
    for tab in &client.tabs {
        let _ = write!(text, "\n         {} {:?} {}", tab.tab, tab.title, one_line(&tab.url));
    }
}

fn duration(ms: u64) -> String {
    match ms / 1_000 {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
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
    }
}
