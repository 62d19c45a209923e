//! Clients and tabs in rows.

use anstyle::Style;
use tabmux_protocol::message::{CallPhase, ClientStatus, Control};

use super::duration;
use crate::plain::one_line;
use crate::table::{Cell, Column, table};
use crate::terminal::{BOLD, DIM, GOOD, WARN};

/// One row a client.
pub(super) fn clients(clients: &[ClientStatus], width: Option<usize>) -> String {
    const COLUMNS: [Column; 8] = [
        Column::text("LABEL", 10),
        Column::whole("STATE"),
        Column::numbers("TABS"),
        Column::numbers("CALLS"),
        Column::numbers("FAILED"),
        Column::text("LAST CALL", 12),
        Column::text("AGENT", 8),
        Column::text("INSTANCE", 14),
    ];
    let rows: Vec<[Cell; 8]> = clients
        .iter()
        .map(|client| {
            let failed = if client.failed == 0 { DIM } else { WARN };
            [
                Cell(one_line(&client.label), BOLD),
                state(client),
                client.tabs.len().to_string().into(),
                (client.succeeded + client.failed).to_string().into(),
                Cell(client.failed.to_string(), failed),
                last_call(client).into(),
                one_line(client.agent.as_deref().unwrap_or("-")).into(),
                Cell(one_line(client.instance.as_ref().map_or("-", |instance| instance.0.as_str())), DIM),
            ]
        })
        .collect();
    table(&COLUMNS, &rows, width)
}

/// One row a tab.
pub(super) fn tabs(clients: &[ClientStatus], width: Option<usize>) -> String {
    const COLUMNS: [Column; 4] = [
        Column::whole("TAB"),
        Column::text("LABEL", 8),
        Column::text("TITLE", 16),
        Column::text("ADDRESS", 16),
    ];
    let of = |client: &ClientStatus| {
        let label = one_line(&client.label);
        let row = move |tab: &tabmux_protocol::message::TabStatus| {
            [
                tab.tab.to_string().into(),
                Cell(label.clone(), BOLD),
                one_line(&tab.title).into(),
                Cell(one_line(&tab.url), DIM),
            ]
        };
        client.tabs.iter().map(row).collect::<Vec<[Cell; 4]>>()
    };
    let rows: Vec<[Cell; 4]> = clients.iter().flat_map(of).collect();
    table(&COLUMNS, &rows, width)
}

fn state(client: &ClientStatus) -> Cell {
    let (word, style) = match &client.current_call {
        _ if client.control == Control::Paused => ("paused", WARN),
        _ if client.control == Control::Stopped => ("stopped", WARN),
        _ if !client.connected => ("away", WARN),
        Some(call) if call.phase == CallPhase::Running => ("busy", GOOD),
        Some(_) => ("waits", WARN),
        None => ("idle", Style::new()),
    };
    Cell(word.to_owned(), style)
}

/// The call in flight with how long it has been, or the last one with how long ago it ended.
fn last_call(client: &ClientStatus) -> String {
    let short = |tool: &str| one_line(tool.strip_prefix("browser_").unwrap_or(tool));
    match (&client.current_call, &client.last_call) {
        (Some(call), _) => format!("{} {}", short(&call.tool), duration(call.age_ms)),
        (None, Some(call)) => format!("{} {}", short(&call.tool), duration(call.ago_ms)),
        (None, None) => "-".to_owned(),
    }
}
