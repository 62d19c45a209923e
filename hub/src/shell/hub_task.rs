//! The one task that owns the core: inputs in, outputs out, and the timer. It waits for no peer.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;

use tabmux_protocol::message::PeerKind;
use tabmux_protocol::{Refusal, RefusalCode};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::encode;
use super::link::{CloseReason, slow_reader};
use super::memory;
use super::outbox::{Full, Outbox};
use crate::core::{Hub, Input, Leave, LinkId, Message, Outcome, Output, Vitals};
use crate::metrics::Moment;
use crate::settings::Settings;

/// How many inputs are taken at a time before sockets get their turn.
const BATCH: usize = 64;

/// What the connections tell the hub's task.
#[derive(Debug)]
pub(crate) enum Event {
    /// A peer has proven itself and can be written to.
    Opened { link: LinkId, handle: Handle, join: Input },
    /// Something for the core.
    Input(Input),
    /// A connection of that kind has ended.
    Ended { link: LinkId, kind: PeerKind, reason: CloseReason },
    /// A peer was not let in.
    Refused(RefusalCode),
    /// Somebody wants the metrics.
    Metrics(oneshot::Sender<Moment>),
}

/// The hub's end of a link. Dropping it lets the link go within a second, whatever its peer does.
#[derive(Debug)]
pub(crate) struct Handle {
    pub(crate) outbox: Outbox,
    pub(crate) release: oneshot::Sender<()>,
}

/// The core with the links that it writes to.
struct HubTask<M> {
    hub: Hub,
    links: BTreeMap<LinkId, Handle>,
    mark_stopped: M,
    drained: Option<Leave>,
    /// Connections that have ended, for the metrics.
    ended: BTreeMap<(&'static str, &'static str), u64>,
    /// Peers that were not let in, for the metrics.
    refused: BTreeMap<&'static str, u64>,
}

/// Serves until the drain is over. Of what is ready at once, deadlines come first, then the signal and
/// changed settings, then inputs: a
/// flood of inputs puts nothing off.
pub(crate) async fn run(
    hub: Hub,
    mut events: mpsc::Receiver<Event>,
    vitals: &watch::Sender<Vitals>,
    mut settings: watch::Receiver<Settings>,
    signal: impl Future<Output = ()>,
    mark_stopped: impl FnMut(),
) -> Leave {
    let mut task = HubTask {
        hub,
        links: BTreeMap::new(),
        mark_stopped,
        drained: None,
        ended: BTreeMap::new(),
        refused: BTreeMap::new(),
    };
    let mut signal = pin!(signal);
    let mut is_signalled = false;
    let mut alarm = pin!(sleep_until(Instant::now()));
    loop {
        let due = task.hub.poll_timeout().map(|(at, _)| Instant::from_std(at));
        if let Some(due) = due.filter(|due| *due != alarm.deadline()) {
            alarm.as_mut().reset(due);
        }
        tokio::select! {
            biased;
            () = &mut alarm, if due.is_some() => task.hub.handle_timeout(Instant::now().into_std()),
            () = &mut signal, if !is_signalled => {
                is_signalled = true;
                task.take(Event::Input(Input::Signal));
            }
            // Without a sender they stay as they are.
            Ok(()) = settings.changed() => {
                let (policy, state) = {
                    let settings = settings.borrow_and_update();
                    (Box::new(settings.policy()), settings.state.clone())
                };
                task.take(Event::Input(Input::Configure { policy, state }));
            }
            Some(event) = events.recv() => {
                task.take(event);
                for _ in 1..BATCH {
                    let Ok(event) = events.try_recv() else { break };
                    task.take(event);
                }
            }
        }
        task.flush();
        let news = task.hub.vitals();
        vitals.send_if_modified(|told| std::mem::replace(told, news) != news);
        if let Some(leave) = task.drained {
            return leave;
        }
    }
}

impl<M: FnMut()> HubTask<M> {
    fn take(&mut self, event: Event) {
        let input = match event {
            Event::Opened { link, handle, join } => {
                self.links.insert(link, handle);
                join
            }
            Event::Input(input) => input,
            Event::Ended { link, kind, reason } => {
                *self.ended.entry((kind.as_str(), reason.as_str())).or_default() += 1;
                Input::Gone { link }
            }
            Event::Refused(code) => return self.count_refused(code),
            Event::Metrics(reply) => {
                // Whoever asked may have gone.
                let _ = reply.send(self.moment());
                return;
            }
        };
        if let Input::Gone { link } = &input {
            self.links.remove(link);
        }
        self.hub.handle(input, Instant::now().into_std());
        self.flush();
    }

    /// Does what the core wants done. A peer whose queue is full is gone for the core at once.
    fn flush(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            match output {
                Output::Send { link, mut message } => {
                    let Some(handle) = self.links.get(&link) else { continue };
                    if let Message::Status { status, .. } = &mut message {
                        status.hub.memory_bytes = memory::resident();
                    }
                    log(link, &message);
                    let frame = encode::encode(&message);
                    let pushed = match message {
                        Message::Call { .. } => handle.outbox.push_call(frame),
                        _ => handle.outbox.push(frame),
                    };
                    if pushed == Err(Full) {
                        tracing::warn!(link = link.0, "A peer does not read what it is sent");
                        self.release(link, Some(slow_reader()));
                        self.hub.handle(Input::Gone { link }, Instant::now().into_std());
                    }
                }
                Output::Refuse { link, id, refusal } => {
                    self.count_refused(refusal.code);
                    if let Some(handle) = self.links.get(&link) {
                        let _ = handle.outbox.push(encode::refusal(id, &refusal));
                    }
                    self.release(link, None);
                }
                Output::Close { link, refusal } => self.release(link, refusal),
                Output::MarkStopped => (self.mark_stopped)(),
                Output::Forgotten => memory::give_back(),
                Output::Drained(leave) => self.drained = Some(leave),
            }
        }
    }

    fn count_refused(&mut self, code: RefusalCode) {
        *self.refused.entry(code.as_str()).or_default() += 1;
    }

    /// What the metrics tell of this moment: numbers and names only, for a thousand clients some 0.1 ms even in a debug
    /// build. They are written as text elsewhere.
    fn moment(&self) -> Moment {
        Moment {
            metrics: self.hub.metrics(Instant::now().into_std()),
            ended: self.ended.clone(),
            refused: self.refused.clone(),
        }
    }

    /// Lets go of a link: its peer has a moment to read what it was sent, the reason included.
    fn release(&mut self, link: LinkId, refusal: Option<Refusal>) {
        if let Some(Handle { outbox, release }) = self.links.remove(&link) {
            outbox.close(refusal);
            drop(release);
        }
    }
}

/// The lines by which a person follows what the hub does.
fn log(link: LinkId, message: &Message) {
    match message {
        Message::Welcome { welcome, .. } => {
            let client = welcome.client_id.map(tracing::field::display);
            let label = welcome.label.as_deref();
            tracing::info!(link = link.0, client, label, "A peer is welcome");
        }
        Message::Call { id, call } => {
            tracing::debug!(link = link.0, id, call = %call.call_id, client = %call.client_id, call.tool, "A call is sent");
        }
        Message::Answer { id, outcome } => {
            let error = match outcome {
                Outcome::Refused(error) => Some(error.code.as_str()),
                Outcome::Done(_) | Outcome::Failed(_) => None,
            };
            tracing::debug!(link = link.0, id, error, "A call is answered");
        }
        _ => {}
    }
}
