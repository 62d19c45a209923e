//! Standard input and output without threads where the system allows it: pipes and sockets are polled, files and
//! terminals are read by the runtime's blocking thread.
//!
//! The descriptors' own flags stay as they are, since other processes may share them: a pipe is opened anew, a socket is
//! asked not to block with every call.

use std::fs::OpenOptions;
use std::future::pending;
use std::io::{self, stdin, stdout};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use nix::fcntl::OFlag;
use nix::sys::socket::{MsgFlags, recv, send};
use nix::unistd::{read, write};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

/// Standard input.
pub(super) enum Input {
    Polled(Polled),
    Blocking(tokio::io::Stdin),
}

/// Standard output.
pub(super) enum Output {
    Polled(Polled),
    Blocking(tokio::io::Stdout),
}

/// A pipe or socket.
pub(super) struct Polled {
    kind: Kind,
    file: AsyncFd<OwnedFd>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pipe,
    Socket,
}

/// Standard input and output of this process.
pub(super) fn open() -> (Input, Output) {
    let input = Polled::open(stdin(), Interest::READABLE);
    let output = Polled::open(stdout(), Interest::WRITABLE);
    (
        input.map_or_else(|| Input::Blocking(tokio::io::stdin()), Input::Polled),
        output.map_or_else(|| Output::Blocking(tokio::io::stdout()), Output::Polled),
    )
}

/// Ends when nobody can read standard output any more; never where the system does not tell.
pub(super) async fn output_hung_up() {
    match Polled::open(stdout(), Interest::READABLE | Interest::ERROR) {
        Some(polled) => polled.hung_up().await,
        None => pending().await,
    }
}

impl Polled {
    fn open(descriptor: impl AsFd, interest: Interest) -> Option<Self> {
        let own = descriptor.as_fd().try_clone_to_owned().ok()?;
        let kind = std::fs::File::from(own.try_clone().ok()?).metadata().ok()?.file_type();
        let (kind, file) = if kind.is_fifo() {
            (Kind::Pipe, open_anew(&own, interest).ok()?)
        } else if kind.is_socket() {
            (Kind::Socket, own)
        } else {
            return None;
        };
        // SAFETY: an `OwnedFd` is open and one and the same descriptor until it is dropped, here with the `AsyncFd`.
        let file = unsafe { AsyncFd::register_with_interest(file, interest) };
        file.ok().map(|file| Self { kind, file })
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(match self.kind {
            Kind::Pipe => read(self.file.get_ref(), buffer)?,
            Kind::Socket => recv(self.file.get_ref().as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT)?,
        })
    }

    fn write(&self, buffer: &[u8]) -> io::Result<usize> {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        Ok(match self.kind {
            Kind::Pipe => write(self.file.get_ref(), buffer)?,
            Kind::Socket => send(self.file.get_ref().as_raw_fd(), buffer, flags)?,
        })
    }

    async fn hung_up(&self) {
        while let Ok(mut guard) = self.file.ready(Interest::READABLE | Interest::ERROR).await {
            let ready = guard.ready();
            let over = ready.is_error() || ready.is_read_closed() || ready.is_write_closed();
            // Where input and output are one socket, messages make it readable, and are not meant for us here.
            guard.clear_ready();
            if over {
                return;
            }
        }
        // The runtime is shutting down.
        pending::<()>().await;
    }
}

/// A description of the same pipe of our own, so that not to block is our own affair.
fn open_anew(pipe: &OwnedFd, interest: Interest) -> io::Result<OwnedFd> {
    let reads = interest == Interest::READABLE;
    let file = OpenOptions::new()
        .read(reads)
        .write(!reads)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(format!("/proc/self/fd/{}", pipe.as_raw_fd()))?;
    let opened_pipe = file.metadata()?.file_type().is_fifo();
    if opened_pipe { Ok(file.into()) } else { Err(io::Error::other("not a pipe")) }
}

impl AsyncRead for Input {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Blocking(input) => Pin::new(input).poll_read(cx, buffer),
            Self::Polled(input) => loop {
                let mut guard = ready!(input.file.poll_read_ready(cx))?;
                let result = guard.try_io(|_| input.read(buffer.initialize_unfilled()));
                if let Ok(result) = result {
                    return Poll::Ready(result.map(|length| buffer.advance(length)));
                }
            },
        }
    }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Blocking(output) => Pin::new(output).poll_write(cx, bytes),
            Self::Polled(output) => loop {
                let mut guard = ready!(output.file.poll_write_ready(cx))?;
                if let Ok(result) = guard.try_io(|_| output.write(bytes)) {
                    return Poll::Ready(result);
                }
            },
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Blocking(output) => Pin::new(output).poll_flush(cx),
            Self::Polled(_) => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::timeout;

    use super::*;

    async fn soon<T>(future: impl Future<Output = T>) -> T {
        timeout(Duration::from_secs(5), future).await.unwrap()
    }

    fn is_non_blocking(descriptor: impl AsFd) -> bool {
        let flags = nix::fcntl::fcntl(descriptor, nix::fcntl::FcntlArg::F_GETFL).unwrap();
        OFlag::from_bits_truncate(flags).contains(OFlag::O_NONBLOCK)
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_pipe_is_read_and_written_without_changing_its_flags() {
        let (reader, writer) = io::pipe().unwrap();
        let mut input = Input::Polled(Polled::open(&reader, Interest::READABLE).unwrap());
        let mut output = Output::Polled(Polled::open(&writer, Interest::WRITABLE).unwrap());
        output.write_all(b"hello").await.unwrap();
        let mut text = [0; 5];
        soon(input.read_exact(&mut text)).await.unwrap();
        assert_eq!(&text, b"hello");
        assert!(!is_non_blocking(&reader) && !is_non_blocking(&writer));
        drop((output, writer));
        assert_eq!(soon(input.read(&mut text)).await.unwrap(), 0, "the end is seen");
    }

    #[tokio::test]
    async fn a_socket_is_read_and_written_without_changing_its_flags() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut input = Input::Polled(Polled::open(&ours, Interest::READABLE).unwrap());
        let mut output = Output::Polled(Polled::open(&theirs, Interest::WRITABLE).unwrap());
        output.write_all(b"hello").await.unwrap();
        let mut text = [0; 5];
        soon(input.read_exact(&mut text)).await.unwrap();
        assert_eq!(&text, b"hello");
        assert!(!is_non_blocking(&ours) && !is_non_blocking(&theirs));
        drop((output, theirs));
        assert_eq!(soon(input.read(&mut text)).await.unwrap(), 0, "the end is seen");
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_reader_that_goes_is_noticed_without_writing() {
        let (reader, writer) = io::pipe().unwrap();
        let polled = Polled::open(&writer, Interest::READABLE | Interest::ERROR).unwrap();
        drop(reader);
        soon(polled.hung_up()).await;
        let (ours, theirs) = UnixStream::pair().unwrap();
        let polled = Polled::open(&ours, Interest::READABLE | Interest::ERROR).unwrap();
        drop(theirs);
        soon(polled.hung_up()).await;
    }

    #[test]
    fn a_file_is_left_to_the_blocking_reader() {
        let file = tempfile::tempfile().unwrap();
        assert!(Polled::open(&file, Interest::READABLE).is_none());
    }
}
