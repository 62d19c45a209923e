//! What the hub itself tells agents when a call fails: what happened, why, and what to do next.

use std::time::Duration;

use tabmux_protocol::{ClientId, ErrorCode, TabId, ToolError};

use super::rate::RateLimit;
use super::tabs::Claim;

pub(super) fn no_browser() -> ToolError {
    ToolError::new(
        ErrorCode::NoBrowser,
        "No browser is connected to the hub, and none came while the call waited for one.",
        "Start the browser with `tabmux browser launch`, or open the one in which the Tabmux extension is \
         installed, and try again.",
    )
}

pub(super) fn outcome_unknown() -> ToolError {
    ToolError::new(
        ErrorCode::OutcomeUnknown,
        "The browser was lost while the call was running and did not come back in time: whether it acted is not known.",
        "When the browser is back, look at the page with browser_snapshot before you repeat the action.",
    )
}

pub(super) fn outcome_not_asked() -> ToolError {
    ToolError::new(
        ErrorCode::OutcomeUnknown,
        "A connection was lost while the call was running, and the call's deadline passed before the browser could be \
         asked how it ended: whether it acted is not known.",
        "Look at the page with browser_snapshot before you repeat the action.",
    )
}

pub(super) fn outcome_of_stop() -> ToolError {
    ToolError::new(
        ErrorCode::OutcomeUnknown,
        "The hub was stopped while the call was running: whether it acted is not known.",
        "Ask the person to start the hub with `tabmux hub start`; then look at the page with browser_snapshot before \
         you repeat the action.",
    )
}

pub(super) fn cancelled() -> ToolError {
    ToolError::new(
        ErrorCode::Cancelled,
        "The call was cancelled before it reached the browser.",
        "Send it again if it is still wanted.",
    )
}

pub(super) fn cancelled_while_away() -> ToolError {
    ToolError::new(
        ErrorCode::OutcomeUnknown,
        "The call was cancelled after its browser was lost: whether it had acted before is not known.",
        "When the browser is back, look at the page with browser_snapshot before you repeat the action.",
    )
}

pub(super) fn caller_left() -> ToolError {
    ToolError::new(ErrorCode::Cancelled, "The call's client left the hub.", "Connect again to send it again.")
}

pub(super) fn timeout() -> ToolError {
    ToolError::new(
        ErrorCode::Timeout,
        "The browser did not answer within the call's deadline.",
        "Look at the page with browser_snapshot before you repeat the action; it may still have happened.",
    )
}

pub(super) fn timeout_in_queue(waited: Duration, others: usize) -> ToolError {
    ToolError::new(
        ErrorCode::Timeout,
        format!(
            "The call waited {} s for its turn at the browser, {others} other calls waited with it, and its deadline \
             passed before it was sent.",
            waited.as_secs()
        ),
        "Nothing was done: send it again, and fewer calls at a time.",
    )
}

pub(super) fn stopped() -> ToolError {
    ToolError::new(
        ErrorCode::Stopped,
        "The hub was stopped before the call was done.",
        "Ask the person to start it with `tabmux hub start`.",
    )
}

pub(super) fn paused(client: ClientId) -> ToolError {
    ToolError::new(
        ErrorCode::Stopped,
        "A person paused this agent, and the call was not run.",
        format!(
            "Your tabs are kept. Stop calling tools and tell the person that you wait: {}",
            goes_on(client)
        ),
    )
}

pub(super) fn client_stopped(client: ClientId) -> ToolError {
    ToolError::new(
        ErrorCode::Stopped,
        "A person stopped this agent and took its tabs, and the call was not run.",
        format!("Stop calling tools and tell the person that you wait: {}", goes_on(client)),
    )
}

pub(super) fn outcome_of_client_stop(client: ClientId) -> ToolError {
    ToolError::new(
        ErrorCode::OutcomeUnknown,
        "A person stopped this agent while the call was running and took its tabs: whether it acted is not known.",
        format!("Stop calling tools and tell the person what was under way: {}", goes_on(client)),
    )
}

/// How a person lets a client go on. A label is the agent program's choice, and no command is made of it.
fn goes_on(client: ClientId) -> String {
    let id = client.0.simple().to_string();
    format!(
        "they let you go on with `tabmux resume {}`, or with Resume in the popup of the Tabmux extension.",
        &id[..8]
    )
}

pub(super) fn unknown_tool(tool: &str) -> ToolError {
    ToolError::new(
        ErrorCode::BadInput,
        format!("The hub knows no tool `{tool:.40}`."),
        "Use a tool from the list; if it is in the list, the hub is older than this window: run `tabmux hub restart`.",
    )
}

pub(super) fn foreign_call() -> ToolError {
    ToolError::new(
        ErrorCode::BadInput,
        "The call's id belongs to a call of another client.",
        "Send the call with an id of its own.",
    )
}

pub(super) fn too_many_calls(in_flight: usize, queued: usize) -> ToolError {
    ToolError::new(
        ErrorCode::Busy,
        format!(
            "{in_flight} calls of this client are in flight, {queued} of them waiting for their turn, which is as many \
             as may be."
        ),
        "Wait for answers before sending more.",
    )
}

pub(super) fn too_many_bytes(held: usize, max: usize) -> ToolError {
    const MIB: usize = 1024 * 1024;
    ToolError::new(
        ErrorCode::Busy,
        format!(
            "The arguments of this client's calls in flight take {} MiB, and with this call they would take more than \
             {} MiB.",
            held / MIB,
            max / MIB
        ),
        "Wait for answers before sending more, or send less in one call.",
    )
}

pub(super) fn rate_limited(limit: RateLimit, wait: Duration) -> ToolError {
    let seconds = |time: Duration| time.as_millis().div_ceil(1_000).max(1);
    ToolError::new(
        ErrorCode::RateLimited,
        format!(
            "This client has made {} calls in the last {} s, which is as many as may be.",
            limit.calls,
            seconds(limit.window)
        ),
        format!("Try again in {} s.", seconds(wait)),
    )
}

pub(super) fn too_many_waiters() -> ToolError {
    ToolError::new(
        ErrorCode::Busy,
        "The call is running, and as many requests as may be wait for its answer.",
        "Wait for the answer of an earlier request.",
    )
}

pub(super) fn answer_too_large() -> ToolError {
    ToolError::new(
        ErrorCode::BadInput,
        "The call was done, and its answer is larger than a message may be.",
        "Ask for less in one call: a smaller part of the page, or a page of the result at a time.",
    )
}

/// Why a call on that tab is refused, if it is.
pub(super) fn of_claim((claim, tab): (Claim, TabId)) -> Option<ToolError> {
    let own_tabs = "List your tabs with browser_tabs, or leave the tab out to use your current one.";
    match claim {
        Claim::Own => None,
        Claim::Foreign => Some(ToolError::new(
            ErrorCode::NotYours,
            format!("The tab {tab} belongs to another client."),
            own_tabs,
        )),
        Claim::TakenOver => Some(ToolError::new(
            ErrorCode::TakenOver,
            format!("The person took the tab {tab} back."),
            "Ask the person before you go on, or open a tab of your own with browser_tabs.",
        )),
        Claim::Elsewhere => Some(ToolError::new(
            ErrorCode::NoTab,
            format!("The tab {tab} is open in another browser profile, and calls do not go to that one now."),
            "Go on here with a tab of your own from browser_tabs, or ask the person to press \"Use this browser\" in \
             the Tabmux popup of the other profile: your tabs are kept there.",
        )),
        Claim::Unknown => {
            Some(ToolError::new(ErrorCode::NoTab, format!("There is no tab {tab} of yours."), own_tabs))
        }
    }
}
