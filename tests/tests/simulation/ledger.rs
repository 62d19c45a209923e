//! What agents asked, what they were told, and what was really done: counted where it is done.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::value::RawValue;
use tabmux_protocol::{CallId, ErrorCode, ToolError};

/// How long after a call's deadline its answer may come: the client's backstop, and a moment for the machine.
const BACKSTOP: Duration = Duration::from_millis(2_010);
/// The codes by which an agent is told that nothing was done.
const NOT_DONE: [ErrorCode; 3] = [ErrorCode::NoBrowser, ErrorCode::HubUnavailable, ErrorCode::Stopped];
/// The codes by which an agent is told that something may have been done.
const MAYBE_DONE: [ErrorCode; 3] = [ErrorCode::OutcomeUnknown, ErrorCode::Timeout, ErrorCode::Cancelled];

#[derive(Debug, Default)]
pub struct Ledger {
    calls: BTreeMap<CallId, Entry>,
    /// How long the machine stood still, in all.
    pub frozen: Duration,
}

#[derive(Debug)]
pub struct Entry {
    pub client: usize,
    pub acts: bool,
    pub deadline: Duration,
    /// Whether it must be done, since nothing stands in its way.
    pub must_succeed: bool,
    /// How long the machine had stood still when it was asked.
    pub frozen_before: Duration,
    /// The agent took it back, or is gone: it is not answered.
    pub given_up: bool,
    pub answer: Option<Result<(), ErrorCode>>,
    pub effects: u32,
}

impl Ledger {
    pub fn open(&mut self, id: CallId, entry: Entry) {
        self.calls.insert(id, entry);
    }

    /// Something was done for a call.
    pub fn effect(&mut self, id: CallId) -> Result<(), String> {
        let entry =
            self.calls.get_mut(&id).ok_or_else(|| format!("an effect of {id}, which nobody asked"))?;
        entry.effects += 1;
        entry.check_effects(id)
    }

    /// An agent is told how its call ended.
    pub fn answer(
        &mut self,
        id: CallId,
        client: usize,
        outcome: &Result<Box<RawValue>, ToolError>,
        now: Duration,
    ) -> Result<(), String> {
        let entry =
            self.calls.get_mut(&id).ok_or_else(|| format!("an answer to {id}, which nobody asked"))?;
        if entry.client != client {
            return Err(format!("{id} of client {} was answered to client {client}", entry.client));
        }
        if entry.answer.is_some() {
            return Err(format!("{id} is answered twice"));
        }
        let latest = entry.deadline + BACKSTOP + (self.frozen - entry.frozen_before);
        if now > latest {
            return Err(format!("{id} is answered at {now:?}, after {latest:?}"));
        }
        match outcome {
            Ok(result) if !result.get().contains(&format!("{id} of ")) => {
                return Err(format!("{id} got an answer of another call: {result}"));
            }
            Ok(_) if entry.acts && entry.effects != 1 => {
                return Err(format!("{id} is answered as done, with {} effects", entry.effects));
            }
            Err(error) if entry.must_succeed => {
                return Err(format!("{id} failed with nothing in its way: {error}"));
            }
            Err(error) if !NOT_DONE.contains(&error.code) && !MAYBE_DONE.contains(&error.code) => {
                return Err(format!("{id} failed in a way that nothing explains: {error}"));
            }
            _ => {}
        }
        entry.answer = Some(outcome.as_ref().map(|_| ()).map_err(|error| error.code));
        entry.check_effects(id)
    }

    pub fn give_up(&mut self, id: CallId) {
        if let Some(entry) = self.calls.get_mut(&id) {
            entry.given_up = true;
        }
    }

    /// Gives up every call of a client that is gone.
    pub fn lose_client(&mut self, client: usize) {
        for entry in self.calls.values_mut().filter(|entry| entry.client == client) {
            entry.given_up |= entry.answer.is_none();
        }
    }

    /// Whether everything was answered that is waited for.
    pub fn check_answered(&self) -> Result<(), String> {
        match self.calls.iter().find(|(_, entry)| entry.answer.is_none() && !entry.given_up) {
            Some((id, entry)) => Err(format!("{id} of client {} was never answered", entry.client)),
            None => Ok(()),
        }
    }
}

impl Entry {
    fn check_effects(&self, id: CallId) -> Result<(), String> {
        if self.effects > u32::from(self.acts) {
            return Err(format!("{id} acted {} times", self.effects));
        }
        match self.answer {
            Some(Err(code)) if NOT_DONE.contains(&code) && self.effects > 0 => {
                Err(format!("{id} was done, and its agent was told {code}"))
            }
            _ => Ok(()),
        }
    }
}
