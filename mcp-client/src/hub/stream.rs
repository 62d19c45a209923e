//! The TCP stream to the hub, which gives little until the other end has proven to be the hub.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tabmux_protocol::MAX_FRAME_BEFORE_PROOF;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A TCP stream that reads at most [`MAX_FRAME_BEFORE_PROOF`] bytes until [`Guarded::trust`].
#[derive(Debug)]
pub(crate) struct Guarded {
    stream: TcpStream,
    /// How many bytes may still come; `None` once the other end is trusted.
    allowance: Option<usize>,
}

impl Guarded {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, allowance: Some(MAX_FRAME_BEFORE_PROOF) }
    }

    /// Lifts the limit: the hub's proof was good.
    pub(crate) fn trust(&mut self) {
        self.allowance = None;
    }
}

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        if let Some(allowance) = &mut this.allowance {
            match allowance.checked_sub(buf.filled().len() - before) {
                Some(rest) => *allowance = rest,
                None => return Poll::Ready(Err(io::Error::other("too much before the proof"))),
            }
        }
        read
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
