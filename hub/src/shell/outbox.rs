//! The bounded queue of frames on their way to one peer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tabmux_protocol::{MAX_FRAME, Refusal};
use tokio::sync::mpsc;

/// The most frames that may wait for a peer to read them.
const MAX_FRAMES: usize = 1024;
/// The most bytes that may wait: the largest frame, with small ones around it.
const MAX_BYTES: usize = MAX_FRAME + 1024 * 1024;

/// What waits to be written.
#[derive(Debug)]
pub(crate) enum Queued {
    /// A frame.
    Frame(String),
    /// A frame of which the core wants to know when it is written.
    Call(String),
    /// The end: say why, if there is something to say, and close.
    Close(Option<Refusal>),
}

/// The end of the queue that frames are put into.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Queued>,
    bytes: Arc<AtomicUsize>,
}

/// The end of the queue that frames are written from.
#[derive(Debug)]
pub(crate) struct Unsent {
    frames: mpsc::Receiver<Queued>,
    bytes: Arc<AtomicUsize>,
}

/// Says that the peer has not read for so long that its queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full;

/// Makes a queue.
pub(crate) fn outbox() -> (Outbox, Unsent) {
    // One place more than frames may take, so that the end always finds one.
    let (sender, receiver) = mpsc::channel(MAX_FRAMES + 1);
    let bytes = Arc::new(AtomicUsize::new(0));
    (Outbox { frames: sender, bytes: Arc::clone(&bytes) }, Unsent { frames: receiver, bytes })
}

impl Outbox {
    /// Puts a frame into the queue. One frame always fits, however large it is.
    pub(crate) fn push(&self, frame: String) -> Result<(), Full> {
        self.queue(frame.len(), Queued::Frame(frame))
    }

    /// Puts the frame of a call into the queue.
    pub(crate) fn push_call(&self, frame: String) -> Result<(), Full> {
        self.queue(frame.len(), Queued::Call(frame))
    }

    /// Puts the end into the queue.
    pub(crate) fn close(&self, refusal: Option<Refusal>) {
        let _ = self.frames.try_send(Queued::Close(refusal));
    }

    fn queue(&self, size: usize, frame: Queued) -> Result<(), Full> {
        let waiting = self.bytes.load(Ordering::Relaxed);
        if self.frames.capacity() <= 1 || (waiting > 0 && waiting + size > MAX_BYTES) {
            return Err(Full);
        }
        self.bytes.fetch_add(size, Ordering::Relaxed);
        // The peer may have gone in the meantime; whoever notices says so.
        let _ = self.frames.try_send(frame);
        Ok(())
    }
}

impl Unsent {
    /// The next in the queue; `None` when nobody can put anything in any more.
    pub(crate) async fn next(&mut self) -> Option<Queued> {
        self.frames.recv().await
    }

    /// The next in the queue, if something is there.
    pub(crate) fn try_next(&mut self) -> Option<Queued> {
        self.frames.try_recv().ok()
    }

    /// Notes that a frame of that size has been handed to the socket.
    pub(crate) fn written(&self, size: usize) {
        self.bytes.fetch_sub(size, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_bounded_in_frames_and_in_bytes_and_the_end_always_fits() {
        let (outbox, _unsent) = outbox();
        for _ in 0..MAX_FRAMES {
            outbox.push("x".into()).unwrap();
        }
        assert_eq!(outbox.push("x".into()), Err(Full));
        outbox.close(None);
        assert_eq!(outbox.frames.capacity(), 0);

        let (outbox, _unsent) = super::outbox();
        outbox.push("x".repeat(MAX_BYTES + 1)).unwrap();
        assert_eq!(outbox.push("x".into()), Err(Full));
    }

    #[test]
    fn written_frames_make_room() {
        let (outbox, mut unsent) = outbox();
        outbox.push("x".repeat(MAX_BYTES)).unwrap();
        let Some(Queued::Frame(frame)) = unsent.try_next() else { panic!("the frame is there") };
        unsent.written(frame.len());
        outbox.push("x".repeat(MAX_BYTES)).unwrap();
    }
}
