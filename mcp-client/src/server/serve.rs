//! The life of an MCP process.

use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs, io};

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use tabmux_protocol::{Installation, InstanceId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::counters::Counters;
use super::exit::{ExitReason, asked_to_leave};
use super::handler::Handler;
use super::logged::Logged;
use super::status::About;
use super::stdio;
use super::transport::{LINE_LIMIT, LineTransport, Output, pump};
use crate::files::{Files, Roots, keep_tidy};
use crate::link::{self, Command, Identity, Link};
use crate::{ClientSettings, FilesSettings};

/// How long answers that are ready may take to leave once the input has ended.
const LAST_ANSWERS: Duration = Duration::from_millis(300);
/// How long the hub's goodbye may take; with the above it stays below the second in which a window expects us gone.
const GOODBYE: Duration = Duration::from_millis(400);
/// The hub is looked for when the agent program has said its first words, so that its answer is not delayed, and after
/// this time at the latest.
const FIRST_WORDS: Duration = Duration::from_millis(50);

/// What an MCP process is told at its start.
#[derive(Debug, Clone)]
pub struct McpOptions {
    /// The name for the agent window's tab group; without it the agent program's own name is used.
    pub label: Option<String>,
    /// The name of the session to take up: a later process of that name goes on with this one's tabs.
    pub session: Option<String>,
    /// The id of this process in logs and answers.
    pub instance: InstanceId,
    /// Which files its agent may name.
    pub files: FilesSettings,
}

/// Serves MCP on standard input and output until the agent window closes, a signal comes or the parent has gone. Returns
/// within a second of that; a read on standard input may still block, so that the caller ends the process itself.
///
/// A person who starts a window wants a hub: the mark of `tabmux hub stop` is removed.
pub async fn serve_stdio(
    installation: Installation,
    settings: ClientSettings,
    options: McpOptions,
) -> ExitReason {
    let (input, output) = stdio::open();
    let leave = async {
        tokio::select! {
            reason = asked_to_leave() => reason,
            () = stdio::output_hung_up() => ExitReason::OutputClosed,
        }
    };
    serve_over(input, output, installation, settings, options, leave).await
}

/// Serves MCP over any pair of streams until the input ends, the output is closed, or `leave` says why to leave.
pub async fn serve_over(
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
    installation: Installation,
    settings: ClientSettings,
    options: McpOptions,
    leave: impl Future<Output = ExitReason>,
) -> ExitReason {
    let (link, commands_rx, view_tx) = Link::new();
    let (leaving_tx, leaving_rx) = watch::channel(false);
    let (identity_tx, identity_rx) = watch::channel(None);
    let output = Output::new(output);
    let (transport, messages_tx) = LineTransport::new(output.clone());
    let about =
        About { instance: options.instance.clone(), port: installation.port, counters: Counters::new() };
    let files = Files::new(installation.clone());
    let cwd = env::current_dir().ok();
    let home = env::var_os("HOME").map(PathBuf::from);
    let roots = Roots::new(&options.files, cwd.as_deref(), home.as_deref(), &installation);
    let handler = Handler::new(link.clone(), files.clone(), roots, about, settings.clone(), leaving_rx);
    let label = options.label.or_else(|| options.session.clone());
    let service = Logged { handler, label: label.clone(), identity_tx };
    let start = link::Start {
        installation,
        settings,
        instance: options.instance,
        cwd,
        label,
        session: options.session,
        identity_rx,
    };

    let mut reading = JoinSet::new();
    reading.spawn(pump(input, LINE_LIMIT, output.clone(), messages_tx));
    let mut serving = JoinSet::new();
    serving.spawn(speak(service, transport));
    let mut tidying = JoinSet::new();
    tidying.spawn(keep_tidy(files));
    let mut linking = JoinSet::new();
    linking.spawn(async move {
        first_words(start.identity_rx.clone()).await;
        remove_stopped_mark(&start.installation);
        link::run(start, commands_rx, view_tx).await;
    });

    let reason = tokio::select! {
        biased;
        reason = leave => reason,
        () = output.closed() => ExitReason::OutputClosed,
        _ = reading.join_next() => ExitReason::InputClosed,
    };
    // Calls that run are answered, and what is ready is written: a script may close its end right after asking.
    leaving_tx.send_replace(true);
    if reason == ExitReason::InputClosed {
        let _ = timeout(LAST_ANSWERS, serving.join_next()).await;
    }
    let _ = timeout(GOODBYE, say_goodbye(&link)).await;
    reason
}

/// Speaks MCP until the input ends. The SDK gives a session up at a first message that it does not expect, such as a
/// notification; the next message gets another session.
async fn speak(service: Logged, transport: LineTransport) {
    loop {
        match service.clone().serve(transport.clone()).await {
            Ok(session) => {
                let _ = session.waiting().await;
                return;
            }
            Err(
                ServerInitializeError::ExpectedInitializeRequest(_)
                | ServerInitializeError::InitializeFailed(_),
            ) => {}
            Err(error) => {
                tracing::debug!(%error, "The input ended before a session began");
                return;
            }
        }
    }
}

async fn first_words(mut identity_rx: watch::Receiver<Option<Identity>>) {
    let _ = timeout(FIRST_WORDS, identity_rx.wait_for(Option::is_some)).await.map(drop);
}

fn remove_stopped_mark(installation: &Installation) {
    match fs::remove_file(installation.stopped_mark()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "The mark of `tabmux hub stop` cannot be removed");
        }
        _ => {}
    }
}

async fn say_goodbye(link: &Link) {
    let (said_tx, said_rx) = oneshot::channel();
    if link.send(Command::Bye(said_tx)).await {
        let _ = said_rx.await;
    }
}
