//! `hub_status`: answered by this process, at once, whatever the hub does.

use std::fmt::Write;
use std::time::Duration;

use tabmux_protocol::message::Status;
use tabmux_protocol::{ClientId, InstanceId};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::counters::Counters;
use crate::hub::State;
use crate::link::{Command, Link, View};

/// How long the hub's part is waited for.
const HUB_ANSWERS_WITHIN: Duration = Duration::from_secs(1);

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
        .inspect_err(|error| tracing::warn!(%error, "The hub's status is not understood"))
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
    let _ = write!(text, "{}", tab_lines(view.client_id, hub));
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

/// The caller's tabs; without the hub they are not known. Other clients' never appear.
fn tab_lines(client_id: Option<ClientId>, hub: Option<&Status>) -> String {
    let Some(status) = hub else { return "Tabs: unknown without the hub".into() };
    let own = status.clients.iter().find(|client| Some(client.client_id) == client_id);
    let tabs = own.map(|client| client.tabs.as_slice()).unwrap_or_default();
    if tabs.is_empty() {
        return "Tabs: none".into();
    }
    let lines: Vec<String> =
        tabs.iter().map(|tab| format!("\n- [{}] {:?} {}", tab.tab, tab.title, tab.url)).collect();
    format!("Tabs: {}{}", tabs.len(), lines.concat())
}
