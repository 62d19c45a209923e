//! A road to a port that a test can break: connections can be cut, or left open without a byte getting through any more.

use std::io;
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Forwards connections on a port of its own to another port of 127.0.0.1, until dropped.
pub struct Proxy {
    port: u16,
    order_tx: Arc<watch::Sender<Order>>,
    server: JoinHandle<()>,
}

/// What the connections that exist at the moment are to do; those that come later forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Forward,
    Stall,
    Cut,
}

impl Proxy {
    /// A proxy to that port, which need not be listened on yet.
    pub async fn start(to: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let order_tx = Arc::new(watch::Sender::new(Order::Forward));
        let orders = order_tx.clone();
        let server = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let mut order_rx = orders.subscribe();
                order_rx.mark_unchanged();
                connections.spawn(async move {
                    // A connection that ends is no concern of the proxy's.
                    let _ = forward(stream, to, order_rx).await;
                });
            }
        });
        Ok(Self { port, order_tx, server })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Leaves the connections of this moment open, without a byte getting through: as when a peer vanishes without a word.
    pub fn stall(&self) {
        self.order_tx.send_replace(Order::Stall);
    }

    /// Closes the connections of this moment.
    pub fn cut(&self) {
        self.order_tx.send_replace(Order::Cut);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn forward(from: TcpStream, to: u16, mut order_rx: watch::Receiver<Order>) -> io::Result<()> {
    let to = TcpStream::connect(("127.0.0.1", to)).await?;
    from.set_nodelay(true)?;
    to.set_nodelay(true)?;
    let (from_rx, from_tx) = from.into_split();
    let (to_rx, to_tx) = to.into_split();
    // Both halves of both sockets live in here, so that a stalled connection is not closed.
    let mut roads = std::pin::pin!(async { tokio::join!(copy(from_rx, to_tx), copy(to_rx, from_tx)) });
    tokio::select! {
        biased;
        changed = order_rx.changed() => changed.map_err(io::Error::other)?,
        _ = &mut roads => return Ok(()),
    }
    if *order_rx.borrow() == Order::Stall {
        // Until the test ends: whatever is ordered later concerns later connections.
        std::future::pending::<()>().await;
    }
    Ok(())
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..length]).await?;
    }
}
