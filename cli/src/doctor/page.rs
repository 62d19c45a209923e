//! The end of the chain: the browser that is connected, its permission to work on pages, and a page of our own.

use std::time::{Duration, Instant};

use serde_json::json;
use tabmux_cli::scratch::{Scratch, ScratchError, TITLE};
use tabmux_protocol::message::BrowserStatus;
use tabmux_protocol::{ErrorCode, Installation};
use tokio::time::timeout;

use super::round::Finding;
use crate::config::Config;
use crate::extension::minimum_browser;
use crate::plain::one_line;
use crate::release::VERSION;

/// How long each of the calls may take. On a machine that works they take tenths of a second.
const PATIENCE: Duration = Duration::from_secs(15);

/// The browser that agents use.
pub(super) fn browser(browser: &BrowserStatus) -> Finding {
    let name = name(browser);
    if let (Some(major), Some(needed)) = (major(&name), minimum_browser())
        && major < needed
    {
        return Finding::fail(
            format!("{name} is connected, and agents need {needed} or later"),
            "Update the browser.",
        );
    }
    let pid = browser.state.pid.map_or_else(String::new, |pid| format!(", pid {pid}"));
    Finding::ok(format!("{name}{pid}"))
}

/// The extension in it.
pub(super) fn extension(browser: &BrowserStatus) -> Finding {
    let version = one_line(&browser.extension_version);
    if version != VERSION {
        return Finding::warn(
            format!("{version} is connected, and this is {VERSION}"),
            "Open the browser's page of extensions and press the reload button of Tabmux; if that is not enough, \
             `tabmux setup extension` first.",
        );
    }
    Finding::ok(format!("{version}, connected for {} s", browser.connected_ms / 1_000))
}

fn name(browser: &BrowserStatus) -> String {
    one_line(browser.state.name.as_deref().unwrap_or("a browser"))
}

/// The release in a browser's name, such as `Chromium 156.0.0.0`.
fn major(name: &str) -> Option<u32> {
    name.rsplit(' ').next()?.split('.').next()?.parse().ok()
}

/// What was found out about the last two links.
#[derive(Debug)]
pub(super) struct Tried {
    pub(super) debugger: (Finding, Duration),
    pub(super) page: (Finding, Duration),
}

/// Works in a tab of our own, as an agent would, and closes it.
pub(super) async fn look(installation: &Installation, config: &Config) -> Tried {
    let began_at = Instant::now();
    let mut scratch = match Scratch::greet(installation, config, "doctor").await {
        Ok(scratch) => scratch,
        Err(error) => {
            let finding = Finding::fail(
                format!("the hub does not take us as a client: {error}"),
                "`tabmux hub restart`: agents wait for the next one and go on.",
            );
            return Tried {
                debugger: (finding, began_at.elapsed()),
                page: (Finding::skipped("without a greeting nothing can be called"), Duration::ZERO),
            };
        }
    };
    let debugger = debugger(&mut scratch).await;
    let debugger_took = began_at.elapsed();
    let began_at = Instant::now();
    let page = match debugger.is_broken() {
        true => Finding::skipped("the browser does not let us work in a tab"),
        false => page(&mut scratch).await,
    };
    let page_took = began_at.elapsed();
    scratch.leave().await;
    Tried { debugger: (debugger, debugger_took), page: (page, page_took) }
}

/// An empty page is one on which every browser lets its debugger work, unless it may nowhere.
async fn debugger(scratch: &mut Scratch) -> Finding {
    match call(scratch, "browser_evaluate", json!({ "function": "() => 6 * 7" })).await {
        Ok(answer) if answer.contains("42") => {
            Finding::ok("the browser lets agents work in tabs of their own")
        }
        Ok(answer) => unexpected(&answer),
        Err(error) => refused(&error),
    }
}

async fn page(scratch: &mut Scratch) -> Finding {
    let began_at = Instant::now();
    match timeout(PATIENCE, scratch.open_tab()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return refused(&error.into()),
        Err(_) => return refused(&CallError::Late),
    }
    let opened = began_at.elapsed();
    let began_at = Instant::now();
    match call(scratch, "browser_evaluate", json!({ "function": "() => document.title" })).await {
        Ok(answer) if answer.contains(TITLE) => Finding::ok(format!(
            "opened in the background in {} ms, read in {} ms, closed again",
            opened.as_millis(),
            began_at.elapsed().as_millis()
        )),
        Ok(answer) => unexpected(&answer),
        Err(error) => refused(&error),
    }
}

/// Why a call has no answer.
#[derive(Debug)]
enum CallError {
    Late,
    Scratch(ScratchError),
}

impl From<ScratchError> for CallError {
    fn from(error: ScratchError) -> Self {
        Self::Scratch(error)
    }
}

async fn call(scratch: &mut Scratch, tool: &str, args: serde_json::Value) -> Result<String, CallError> {
    match timeout(PATIENCE, scratch.call(tool, &args)).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(CallError::Late),
    }
}

fn unexpected(answer: &str) -> Finding {
    let begins: String = answer.chars().take(100).collect();
    Finding::fail(
        format!("a page other than ours answered: {}", one_line(&begins)),
        "See whether a proxy or another extension takes pages of 127.0.0.1 over.",
    )
}

fn refused(error: &CallError) -> Finding {
    let late = || {
        Finding::fail(
            format!("the browser did not answer within {} s", PATIENCE.as_secs()),
            "See whether the browser hangs or shows a dialog; then press the reload button of Tabmux on its page of \
             extensions.",
        )
    };
    let error = match error {
        CallError::Late => return late(),
        CallError::Scratch(ScratchError::Tool(error)) => error,
        CallError::Scratch(other) => {
            return Finding::fail(
                one_line(&other.to_string()),
                "`tabmux doctor` again: the hub may have restarted.",
            );
        }
    };
    let seen = one_line(error.message.trim_end_matches('.'));
    match error.code {
        ErrorCode::Timeout => late(),
        // The person's own doing.
        ErrorCode::Stopped => {
            Finding::warn(seen, "Press \"Resume\" in Tabmux's popup when agents are to go on.")
        }
        ErrorCode::PageRefused => Finding::fail(
            seen,
            "A policy of this browser may forbid the debugger: look at chrome://policy for DeveloperToolsAvailability \
             and ExtensionSettings, and ask whoever manages it; or use `tabmux browser launch`.",
        ),
        _ => Finding::fail(format!("{}: {seen}", error.code), one_line(&error.fix)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_of_a_browser_is_read_from_its_name() {
        assert_eq!(major("Chromium 156.0.0.0"), Some(156));
        assert_eq!(major("Google Chrome 99"), Some(99));
        assert_eq!(major("Chromium of a test"), None);
    }
}
