//! JSON that the hub passes on without reading it.

use bytes::Bytes;
use serde_json::value::RawValue;

/// JSON text as a peer sent it: a slice of the frame that carried it, so that nothing is copied until it is written
/// into the frame that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(Bytes);

impl Payload {
    /// The part `raw` of the text `frame`; a copy where it does not lie in there.
    pub fn of(raw: &RawValue, frame: &Bytes) -> Self {
        let text = raw.get().as_bytes();
        let all = frame.as_ptr_range();
        let part = text.as_ptr_range();
        if all.start <= part.start && part.end <= all.end {
            Self(frame.slice_ref(text))
        } else {
            Self(Bytes::copy_from_slice(text))
        }
    }

    /// A payload of its own allocation.
    pub fn copied(raw: &RawValue) -> Self {
        Self(Bytes::copy_from_slice(raw.get().as_bytes()))
    }

    /// The text. It came out of a [`RawValue`], so that it is always JSON.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("null")
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether it is empty, which no JSON is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same text for keeping: a short one is copied, since its slice would hold on to a whole read buffer.
    pub(crate) fn to_keep(&self) -> Self {
        const SHORT: usize = 16 * 1024;
        if self.0.len() <= SHORT { Self(Bytes::copy_from_slice(&self.0)) } else { self.clone() }
    }
}
