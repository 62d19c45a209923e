//! Lines of bounded length out of a byte stream.

use rmcp::model::RequestId;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};

use super::request_id::IdFinder;

/// The longest line that is read, in bytes; the limit of the official SDK.
pub const LINE_LIMIT: usize = 16 * 1024 * 1024;
/// A buffer that a long line has grown beyond this is given back, in bytes: agents rarely send such lines.
const BUFFER_KEPT: usize = 64 * 1024;

/// Reads lines.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    limit: usize,
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A line, without its end.
    Whole(&'a [u8]),
    /// A line that was too long and is gone, with the id of the message in it where one was found.
    TooLong(Option<RequestId>),
}

enum Ended {
    Line,
    Oversized(IdFinder),
    Input,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Reads lines of at most `limit` bytes.
    pub(super) fn new(input: R, limit: usize) -> Self {
        Self { input: BufReader::new(input), line: Vec::new(), limit }
    }

    /// The next line; what stands behind the last line end counts as one, too. `None` at the end of the input, which an
    /// error is as well.
    pub(super) async fn next(&mut self) -> Option<Line<'_>> {
        self.line.clear();
        self.line.shrink_to(BUFFER_KEPT);
        match self.fill().await {
            Ended::Line => Some(Line::Whole(&self.line)),
            Ended::Oversized(finder) => Some(Line::TooLong(finder.into_id())),
            Ended::Input if self.line.is_empty() => None,
            Ended::Input => Some(Line::Whole(&self.line)),
        }
    }

    async fn fill(&mut self) -> Ended {
        let mut oversized: Option<IdFinder> = None;
        loop {
            let available = match self.input.fill_buf().await {
                Ok([]) | Err(_) => return oversized.map_or(Ended::Input, Ended::Oversized),
                Ok(available) => available,
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let piece = &available[..end.unwrap_or(available.len())];
            if oversized.is_none() && self.line.len() + piece.len() > self.limit {
                let mut finder = IdFinder::default();
                finder.feed(&self.line);
                self.line = Vec::new();
                oversized = Some(finder);
            }
            match &mut oversized {
                Some(finder) => finder.feed(piece),
                None => self.line.extend_from_slice(piece),
            }
            let consumed = piece.len() + usize::from(end.is_some());
            self.input.consume(consumed);
            if end.is_some() {
                return oversized.map_or(Ended::Line, Ended::Oversized);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_line_over_the_limit_is_skipped_and_its_id_kept() {
        let text = format!("first\n{{\"text\":\"{}\",\"id\":9}}\n\nlast", "x".repeat(100));
        let mut lines = Lines::new(text.as_bytes(), 64);
        assert_eq!(lines.next().await, Some(Line::Whole(b"first")));
        assert_eq!(lines.next().await, Some(Line::TooLong(Some(RequestId::Number(9)))));
        assert_eq!(lines.next().await, Some(Line::Whole(b"")));
        assert_eq!(lines.next().await, Some(Line::Whole(b"last")), "a last line without an end counts");
        assert_eq!(lines.next().await, None);
    }

    #[tokio::test]
    async fn a_line_of_exactly_the_limit_passes() {
        let mut lines = Lines::new(&b"12345678\n"[..], 8);
        assert_eq!(lines.next().await, Some(Line::Whole(b"12345678")));
    }

    #[tokio::test]
    async fn the_buffer_of_a_long_line_is_given_back() {
        let text = "x".repeat(1_000_000) + "\nshort\n";
        let mut lines = Lines::new(text.as_bytes(), LINE_LIMIT);
        lines.next().await;
        assert_eq!(lines.next().await, Some(Line::Whole(b"short")));
        assert!(lines.line.capacity() <= BUFFER_KEPT);
    }
}
