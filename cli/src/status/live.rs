//! `tabmux status --watch`: the status, kept up to date through restarts of the hub.

use std::convert::Infallible;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, SystemTime};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};
use serde_json::Value;
use tabmux_cli::output::NoHub;
use tabmux_mcp_client::Connection;
use tabmux_protocol::Installation;
use tabmux_protocol::message::{Notice, Status, StatusParams};
use tabmux_protocol::method;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{for_people, without_times};
use crate::config::Config;
use crate::terminal::{DIM, paint, size, try_print, wrapped};
use crate::{Failure, hub, plain, runtime};

/// No more than four pictures a second, however much happens.
const DRAW_EVERY: Duration = Duration::from_millis(250);
/// Where nothing happens, times still run on; and an older hub does not tell of changes.
const REFRESH: Duration = Duration::from_secs(1);
/// How often a hub that is away is looked for: to dial a port on which nobody listens costs next to nothing.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Shows the status until Ctrl-C.
pub(super) fn watch(json: bool) -> Result<(), Failure> {
    let (installation, config) = hub::for_asking()?;
    let is_dumb = env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    let mut view: Box<dyn View> = match json {
        true => Box::new(JsonLines),
        false if io::stdout().is_terminal() && !is_dumb => Box::new(Screen::enter()),
        false => Box::new(Lines { last: String::new() }),
    };
    runtime()?.block_on(async {
        let (mut interrupted, mut ended) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            biased;
            _ = interrupted.recv() => Ok(()),
            _ = ended.recv() => Ok(()),
            gone = follow(&installation, &config, view.as_mut()) => match gone {
                // A reader that has gone (`| head -1`) is no error.
                Err(_) => Ok(()),
                Ok(never) => match never {},
            },
        }
    })
}

/// What is shown: everything, or why there is nothing.
type Picture<'p> = Result<&'p Status, &'p str>;

/// How it is shown.
trait View {
    /// Shows it. `is_news` says whether more than times changed since the last picture.
    fn show(&mut self, picture: Picture<'_>, is_news: bool) -> io::Result<()>;
}

/// Shows one hub after the other, for as long as somebody reads.
async fn follow(installation: &Installation, config: &Config, view: &mut dyn View) -> io::Result<Infallible> {
    let mut last = None;
    loop {
        let began_at = Instant::now();
        if let Some(problem) = follow_one(installation, config, view, &mut last).await? {
            let known = Some(Err(problem.clone()));
            view.show(Err(&problem), last != known)?;
            last = known;
        }
        sleep_until(began_at + LOOK_EVERY).await;
    }
}

/// Shows the running hub until it closes the connection; returns why it cannot be greeted, if so.
async fn follow_one(
    installation: &Installation,
    config: &Config,
    view: &mut dyn View,
    last: &mut Option<Result<Value, String>>,
) -> io::Result<Option<String>> {
    if let Err(failure) = hub::serves_no_other_port(installation) {
        return Ok(Some(failure.to_string()));
    }
    let mut link = match hub::connect(installation, config).await {
        Ok(link) => link,
        Err(error) => return Ok(Some(Failure::from(error).to_string())),
    };
    let watching = StatusParams { watch: true };
    while let Ok(status) = link.request::<Status>(method::STATUS, &watching, hub::ANSWER_WITHIN).await {
        let drawn_at = Instant::now();
        let known = Some(Ok(without_times(&status)));
        view.show(Ok(&status), *last != known)?;
        *last = known;
        if !wait_for_change(&mut link, drawn_at + REFRESH).await {
            break;
        }
        sleep_until(drawn_at + DRAW_EVERY).await;
    }
    Ok(None)
}

/// Waits until the hub says that something changed, at most until then; `false` when it closed the connection.
async fn wait_for_change(link: &mut Connection, until: Instant) -> bool {
    loop {
        match timeout_at(until, link.next_notification()).await {
            Ok(Some((method, params))) => {
                let notice = serde_json::from_str::<Notice>(params.get());
                if method == method::NOTICE && notice.is_ok_and(|notice| notice.status_changed) {
                    return true;
                }
            }
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}

/// An object a line, for each change.
struct JsonLines;

impl View for JsonLines {
    fn show(&mut self, picture: Picture<'_>, is_news: bool) -> io::Result<()> {
        if !is_news {
            return Ok(());
        }
        let line = match picture {
            Ok(status) => serde_json::to_string(status),
            Err(problem) => serde_json::to_string(&NoHub { problem: problem.to_owned() }),
        };
        try_print(&line?)
    }
}

/// A line for each change, with the time.
struct Lines {
    last: String,
}

impl View for Lines {
    fn show(&mut self, picture: Picture<'_>, _: bool) -> io::Result<()> {
        let line = match picture {
            Ok(status) => in_short(status),
            Err(problem) => plain::one_line(problem),
        };
        if line != self.last {
            let time = humantime::format_rfc3339_seconds(SystemTime::now());
            try_print(&format!("{time} {line}"))?;
            self.last = line;
        }
        Ok(())
    }
}

fn in_short(status: &Status) -> String {
    let (hub, clients) = (&status.hub, &status.clients);
    let connected = clients.iter().filter(|client| client.connected).count();
    let tabs: usize = clients.iter().map(|client| client.tabs.len()).sum();
    let browser = if status.browsers.iter().any(|browser| browser.active) { "connected" } else { "none" };
    format!(
        "browser {browser}, agents {connected}, tabs {tabs}, in flight {}, queued {}, answered {}, failed {}",
        hub.calls_in_flight, hub.calls_queued, hub.calls_answered, hub.calls_failed
    )
}

/// The whole terminal; what stood on it is there again afterwards.
struct Screen;

impl Screen {
    fn enter() -> Self {
        // The other screen, without a cursor, and lines that are too long end at the edge.
        let _ = raw("\x1b[?1049h\x1b[?25l\x1b[?7l");
        Self
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = raw("\x1b[?7h\x1b[?25h\x1b[?1049l");
    }
}

impl View for Screen {
    fn show(&mut self, picture: Picture<'_>, _: bool) -> io::Result<()> {
        let (columns, rows) = size().unwrap_or((80, 24));
        let text = match picture {
            Ok(status) => for_people(status, Some(columns)),
            Err(problem) => wrapped(&plain::lines(problem), 0),
        };
        raw(&screenful(&text, rows, AutoStream::choice(&io::stdout()) != ColorChoice::Never))
    }
}

/// The text from the first row on, with what it takes to write it over the one before.
fn screenful(text: &str, rows: usize, colour: bool) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // The last row says how to leave.
    let room = rows.saturating_sub(2).max(1);
    if lines.len() > room {
        let hidden = lines.len() + 1 - room;
        lines.truncate(room - 1);
        lines.push(paint(DIM, &format!("… {hidden} more lines")));
    }
    lines.push(String::new());
    lines.push(paint(DIM, "Ctrl-C ends this; the hub goes on."));
    if !colour {
        lines.iter_mut().for_each(|line| *line = strip_str(line).to_string());
    }
    format!("\x1b[H\x1b[2K{}\x1b[J", lines.join("\r\n\x1b[2K"))
}

/// Writes what moves the cursor, too, as it is.
fn raw(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_fits_the_terminal_and_says_what_it_leaves_out() {
        let text = "one\n\x1b[1mtwo\x1b[0m\nthree\nfour";
        let plain = screenful(text, 24, false);
        assert_eq!(
            plain,
            "\x1b[H\x1b[2Kone\r\n\x1b[2Ktwo\r\n\x1b[2Kthree\r\n\x1b[2Kfour\r\n\x1b[2K\r\n\
             \x1b[2KCtrl-C ends this; the hub goes on.\x1b[J"
        );
        let short = screenful(text, 5, false);
        assert!(short.contains("two\r\n\x1b[2K… 2 more lines\r\n"), "{short:?}");
        assert_eq!(short.matches("\r\n").count(), 4, "no row more than there is: {short:?}");
        assert!(screenful(text, 24, true).contains("\x1b[1mtwo"));
    }
}
