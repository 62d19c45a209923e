//! `hub_status`: answered by this process, at once, whatever the hub does.

use std::fmt::Write;
use std::time::Duration;

use tabmux_protocol::InstanceId;
use tabmux_protocol::frame::what_is_wrong;
use tabmux_protocol::message::{ClientStatus, Control, Status, TabStatus};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::counters::Counters;
use crate::hub::State;
use crate::link::{Command, Link, View};

/// How long the hub's part is waited for.
const HUB_ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// The longest list of tabs, in bytes: with the rest of the answer it stays below 10,000.
const TABS_LIMIT: usize = 8_000;
/// The longest title or address, in characters.
const LONGEST: usize = 200;

/// What this process knows about itself.
pub(super) struct About {
    pub(super) instance: InstanceId,
    pub(super) port: u16,
    pub(super) counters: Counters,
}

/// Tells who the caller is, how it is connected, and its own tabs; nothing about others.
pub(super) async fn tell(about: &About, link: &Link) -> String {
    let hub = ask_hub(link).await;
    write(about, &link.view(), hub.as_ref())
}

async fn ask_hub(link: &Link) -> Option<Status> {
    if link.view().state != State::Ready {
        return None;
    }
    let (reply, reply_rx) = oneshot::channel();
    link.send(Command::Status(reply)).await;
    let status = timeout(HUB_ANSWERS_WITHIN, reply_rx).await.ok()?.ok()?;
    serde_json::from_str(status.get())
        .inspect_err(|error| {
            tracing::warn!(error = what_is_wrong(error), "The hub's status is not understood");
        })
        .ok()
}

fn write(about: &About, view: &View, hub: Option<&Status>) -> String {
    let counters = &about.counters;
    let mut text = format!(
        "Instance: {}\nLabel: {}\nClient id: {}\nRequests: {} so far, {} succeeded, {} failed\nUptime: {} s\n",
        about.instance,
        view.label.as_deref().unwrap_or("none yet"),
        view.client_id.map_or_else(|| "none yet".into(), |id| id.to_string()),
        counters.requests(),
        counters.succeeded(),
        counters.failed(),
        counters.uptime_seconds(),
    );
    // Writing to a text cannot fail.
    let _ = writeln!(text, "Link: {}", link_line(view));
    let _ = writeln!(text, "Hub: {}", hub_line(about, view, hub));
    let _ = writeln!(text, "Browser: {}", browser_line(view));
    let own = hub.and_then(|hub| hub.clients.iter().find(|client| Some(client.client_id) == view.client_id));
    if let Some(said) = own.and_then(|own| control_line(own.control)) {
        let _ = writeln!(text, "Control: {said}");
    }
    let _ = write!(text, "{}", tab_lines(hub, own));
    text
}

fn link_line(view: &View) -> String {
    let state = match view.state {
        State::Seek => "seek (looking for the hub)",
        State::Launch => "launch (starting the hub)",
        State::Greet => "greet (greeting the hub)",
        State::Ready => "ready",
        State::Replace => "replace (waiting for a hub that is older or hangs to make room)",
        State::Failed => "failed",
    };
    match &view.problem {
        Some(problem) => format!("{state}: {problem}"),
        None => state.into(),
    }
}

fn hub_line(about: &About, view: &View, hub: Option<&Status>) -> String {
    match (hub, &view.hub_version) {
        (Some(status), _) => {
            let hub = &status.hub;
            format!(
                "version {}, pid {}, port {}, up {} s",
                hub.version,
                hub.pid,
                hub.port,
                hub.uptime_ms / 1_000
            )
        }
        (None, Some(version)) if view.state == State::Ready => {
            format!("version {version}, port {}, did not answer within 1 s", about.port)
        }
        _ => format!("not connected (port {})", about.port),
    }
}

fn browser_line(view: &View) -> String {
    if view.state != State::Ready {
        return "unknown without the hub".into();
    }
    if !view.browser.connected {
        return "not connected: the person can run `tabmux browser launch` or open the browser with the extension".into();
    }
    let name = view.browser.name.as_deref().unwrap_or("unnamed");
    format!("connected ({name})")
}

/// What a person said that keeps the caller from working, if anything does.
fn control_line(control: Control) -> Option<&'static str> {
    match control {
        Control::Running => None,
        Control::Paused => Some("paused by a person: no browser call is run until they resume this agent"),
        Control::Stopped => Some(
            "stopped by a person, who took its tabs: no browser call is run until they resume this agent",
        ),
    }
}

/// The caller's tabs; without the hub they are not known. Other clients' never appear.
fn tab_lines(hub: Option<&Status>, own: Option<&ClientStatus>) -> String {
    if hub.is_none() {
        return "Tabs: unknown without the hub".into();
    }
    list(own.map(|client| client.tabs.as_slice()).unwrap_or_default())
}

fn list(tabs: &[TabStatus]) -> String {
    if tabs.is_empty() {
        return "Tabs: none".into();
    }
    let mut text = format!("Tabs: {}", tabs.len());
    for (shown, tab) in tabs.iter().enumerate() {
        let line = format!("\n- [{}] {:?} {}", tab.tab, beginning(&tab.title), beginning(&tab.url));
        if text.len() + line.len() > TABS_LIMIT {
            // Writing to a text cannot fail.
            let _ = write!(text, "\n... and {} more", tabs.len() - shown);
            break;
        }
        text.push_str(&line);
    }
    text
}

/// A title or address can hold a whole document.
fn beginning(text: &str) -> String {
    let mut beginning: String = text.chars().take(LONGEST).collect();
    if beginning.len() < text.len() {
        beginning.push_str("...");
    }
    beginning
}

#[cfg(test)]
mod tests {
    use tabmux_protocol::TabId;

    use super::*;

    #[test]
    fn many_tabs_with_long_addresses_stay_within_an_answer() {
        let tabs: Vec<TabStatus> = (1..=100)
            .map(|n| TabStatus { tab: TabId(n), url: "\u{fc}".repeat(5_000), title: "a".repeat(5_000) })
            .collect();
        let text = list(&tabs);
        assert!(text.len() < 9_000 && text.starts_with("Tabs: 100\n- [t1] \"aaa"), "{}", text.len());
        let rest = text.lines().next_back().unwrap();
        assert_eq!(rest, format!("... and {} more", 100 - (text.lines().count() - 2)));
    }
}
