//! The WebSocket of one peer, over a stream that reads little until the peer has proven itself.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tabmux_protocol::{MAX_FRAME, MAX_FRAME_BEFORE_PROOF, READ_BUFFER};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::listener::AnyStream;

/// The WebSocket of one peer.
pub(crate) type Socket = WebSocketStream<Rationed<AnyStream>>;

/// Wraps an upgraded stream; `read` is what was read of it already.
pub(crate) async fn open(stream: AnyStream, read: Vec<u8>) -> Socket {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(MAX_FRAME))
        .max_frame_size(Some(MAX_FRAME));
    let stream = Rationed { stream, ration: Some(MAX_FRAME_BEFORE_PROOF) };
    WebSocketStream::from_partially_read(stream, read, Role::Server, Some(config)).await
}

/// Lets the peer send as much as it likes: it has proven itself.
pub(crate) fn trust(socket: &mut Socket) {
    socket.get_mut().ration = None;
}

/// A stream of which only so much is read: a stranger cannot make the hub hold more. A limit on frames would not do,
/// since the WebSocket's limits are fixed when it is opened.
#[derive(Debug)]
pub(crate) struct Rationed<S> {
    stream: S,
    ration: Option<usize>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Rationed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ration == Some(0) {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        self.ration = self.ration.map(|ration| ration.saturating_sub(read));
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Rationed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
