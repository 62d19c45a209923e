//! The calls in flight and where each stands.

use std::collections::BTreeMap;
use std::time::Instant;

use tabmux_protocol::tools::Tool;
use tabmux_protocol::{BootId, BrowserId, CallId, ClientId, TabId};

use super::io::LinkId;
use super::payload::Payload;

/// The calls in flight.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) by_id: BTreeMap<CallId, Call>,
    arrived: u64,
    at_extension: usize,
}

/// A call in flight.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) client: ClientId,
    /// The requests that its answer goes to: none while the client is away.
    pub(crate) waiters: Vec<(LinkId, u64)>,
    pub(crate) tool: &'static Tool,
    pub(crate) args: Payload,
    pub(crate) tab: Option<TabId>,
    pub(crate) boot_id: Option<BootId>,
    pub(crate) resend: bool,
    pub(crate) deadline: Instant,
    pub(crate) phase: Phase,
    /// When it came.
    pub(crate) since: Instant,
    /// Whether its end was put off because the hub stood still; that happens once.
    pub(crate) is_put_off: bool,
    /// Its place in the order in which calls came: they are sent, and sent again, in that order.
    pub(crate) order: u64,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No browser has seen it.
    Waiting,
    /// That browser has it, as that request.
    Sent(BrowserId, u64),
    /// That browser had it and is away.
    Lost(BrowserId),
}

impl Call {
    /// Whether it may have acted, so that only its browser knows how it ended: that one has it, or had it, or may have
    /// got it from another hub.
    pub(crate) fn may_have_acted(&self) -> bool {
        (self.resend || self.phase != Phase::Waiting) && !self.tool.effect.read_only()
    }
}

impl Calls {
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many calls an extension has.
    pub(crate) fn at_extension(&self) -> usize {
        self.at_extension
    }

    /// The call of each client that came first.
    pub(crate) fn oldest(&self) -> BTreeMap<ClientId, &Call> {
        let mut oldest: BTreeMap<ClientId, &Call> = BTreeMap::new();
        for call in self.by_id.values() {
            let first = oldest.entry(call.client).or_insert(call);
            if call.order < first.order {
                *first = call;
            }
        }
        oldest
    }

    /// Puts a call in, behind those that came before.
    pub(crate) fn insert(&mut self, call_id: CallId, mut call: Call) {
        call.order = self.arrived;
        self.arrived += 1;
        self.by_id.insert(call_id, call);
    }

    /// Every call, in the order of arrival.
    pub(crate) fn ids(&self) -> Vec<CallId> {
        self.ids_where(|_| true)
    }

    pub(crate) fn ids_of(&self, client: ClientId) -> Vec<CallId> {
        self.ids_where(|call| call.client == client)
    }

    /// Forgets the requests that came on a link.
    pub(crate) fn forget_link(&mut self, client: ClientId, link: LinkId) {
        for call in self.by_id.values_mut().filter(|call| call.client == client) {
            call.waiters.retain(|(on, _)| *on != link);
        }
    }

    /// The calls that are wanted, in the order of arrival.
    pub(crate) fn ids_where(&self, wanted: impl Fn(&Call) -> bool) -> Vec<CallId> {
        let mut ids: Vec<(u64, CallId)> =
            self.by_id.iter().filter(|(_, call)| wanted(call)).map(|(id, call)| (call.order, *id)).collect();
        ids.sort_unstable();
        ids.into_iter().map(|(_, id)| id).collect()
    }

    pub(crate) fn phase(&self, call_id: CallId) -> Option<Phase> {
        self.by_id.get(&call_id).map(|call| call.phase)
    }

    /// Moves a call to another phase. Returns the one that it was in.
    pub(crate) fn set_phase(&mut self, call_id: CallId, phase: Phase) -> Option<Phase> {
        let call = self.by_id.get_mut(&call_id)?;
        let before = std::mem::replace(&mut call.phase, phase);
        self.at_extension += usize::from(matches!(phase, Phase::Sent(..)));
        self.at_extension -= usize::from(matches!(before, Phase::Sent(..)));
        Some(before)
    }

    /// Takes a call out.
    pub(crate) fn remove(&mut self, call_id: CallId) -> Option<Call> {
        let call = self.by_id.remove(&call_id)?;
        self.at_extension -= usize::from(matches!(call.phase, Phase::Sent(..)));
        Some(call)
    }
}
