//! Turns at a browser: calls wait in a queue of their client, and clients take turns.

use std::collections::{BTreeMap, VecDeque};

use tabmux_protocol::{CallId, ClientId};

/// The most calls that are handed to the socket and not written yet. More than a socket takes in one go of ordinary
/// calls, so that it never runs dry; few enough that a call of another client is next in a moment.
const MAX_CALLS: usize = 32;
/// The most bytes of arguments that are, likewise: about what a socket's buffer takes. One call always goes.
const MAX_BYTES: usize = 256 * 1024;

/// Calls that wait for their turn, each behind those of its own client only.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    by_client: BTreeMap<ClientId, VecDeque<CallId>>,
    len: usize,
}

impl Queue {
    /// Puts a call behind those of its client.
    pub(crate) fn push(&mut self, client: ClientId, call: CallId) {
        self.by_client.entry(client).or_default().push_back(call);
        self.len += 1;
    }

    /// Takes a call out, wherever it stands.
    pub(crate) fn remove(&mut self, client: ClientId, call: CallId) {
        let Some(calls) = self.by_client.get_mut(&client) else { return };
        let before = calls.len();
        calls.retain(|waiting| *waiting != call);
        self.len -= before - calls.len();
        if calls.is_empty() {
            self.by_client.remove(&client);
        }
    }

    /// The client whose turn it is after that one's.
    pub(crate) fn next_after(&self, last: ClientId) -> Option<ClientId> {
        let behind = self.by_client.range((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded));
        behind.chain(&self.by_client).map(|(client, _)| *client).next()
    }

    /// The first call of a client.
    pub(crate) fn first_of(&self, client: ClientId) -> Option<CallId> {
        self.by_client.get(&client)?.front().copied()
    }

    /// How many calls of a client wait.
    pub(crate) fn len_of(&self, client: ClientId) -> usize {
        self.by_client.get(&client).map_or(0, VecDeque::len)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

/// What was handed to a browser's socket and is not written yet. How long the browser then works on a call takes no
/// place here: a slow page holds up nobody.
#[derive(Debug, Default)]
pub(crate) struct Window {
    sizes: VecDeque<usize>,
    bytes: usize,
}

impl Window {
    /// Whether a call of that size may be handed over.
    pub(crate) fn takes(&self, size: usize) -> bool {
        self.sizes.is_empty() || (self.sizes.len() < MAX_CALLS && self.bytes + size <= MAX_BYTES)
    }

    /// Notes that a call of that size was handed over.
    pub(crate) fn handed_over(&mut self, size: usize) {
        self.sizes.push_back(size);
        self.bytes += size;
    }

    /// Notes that so many calls, the oldest first, were written.
    pub(crate) fn written(&mut self, calls: usize) {
        for size in self.sizes.drain(..calls.min(self.sizes.len())) {
            self.bytes -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn client(number: u128) -> ClientId {
        ClientId(Uuid::from_u128(number))
    }

    fn call(number: u128) -> CallId {
        CallId(Uuid::from_u128(number))
    }

    #[test]
    fn clients_take_turns_and_the_calls_of_one_stay_in_their_order() {
        let mut queue = Queue::default();
        for (of, number) in [(1, 1), (1, 2), (1, 3), (3, 4), (2, 5), (2, 6)] {
            queue.push(client(of), call(number));
        }
        queue.remove(client(2), call(6));
        queue.remove(client(2), call(99));
        assert_eq!((queue.len(), queue.len_of(client(1)), queue.len_of(client(9))), (5, 3, 0));
        let mut last = client(0);
        let mut order = Vec::new();
        while let Some(next) = queue.next_after(last) {
            let first = queue.first_of(next).unwrap();
            queue.remove(next, first);
            order.push(first);
            last = next;
        }
        assert_eq!(order, [1, 5, 4, 2, 3].map(call));
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_window_is_bounded_in_calls_and_bytes_and_one_call_always_goes() {
        let mut window = Window::default();
        for _ in 0..MAX_CALLS {
            assert!(window.takes(10));
            window.handed_over(10);
        }
        assert!(!window.takes(10));
        window.written(1);
        assert!(window.takes(10) && !window.takes(MAX_BYTES));
        window.written(99);
        assert!(window.takes(usize::MAX));
        window.handed_over(MAX_BYTES);
        assert!(!window.takes(1));
        window.written(1);
        assert_eq!(window.bytes, 0);
    }
}
