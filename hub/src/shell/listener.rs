//! Where connections come from and what they run over; both are handed to the shell, which takes no socket for granted.

use std::future::Future;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// Gives the hub its connections.
pub trait Listener: Send + 'static {
    /// What a connection runs over.
    type Stream: Stream;

    /// Waits for the next connection. It may be dropped before that without losing one.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// What a connection runs over: bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for S {}

/// The stream of any listener.
pub(crate) type AnyStream = Box<dyn Stream>;

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = Self::accept(self).await?;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "A connection cannot be set to send at once");
        }
        Ok(stream)
    }
}
