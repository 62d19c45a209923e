//! Standard error, which belongs to whoever started the process. It may be closed, or read by nobody: neither may hold
//! the process up.

use std::io::{self, Write};
use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// The most bytes that a pipe takes without waiting once it says that it can be written to (`PIPE_BUF`, pipe(7)).
const AT_ONCE: usize = 4096;

/// Writes a line if it can be written without waiting. What is lost here is in the file.
pub(super) fn write(line: &str) {
    let stderr = io::stderr();
    let mut ready = [PollFd::new(stderr.as_fd(), PollFlags::POLLOUT)];
    let is_ready = poll(&mut ready, PollTimeout::ZERO).is_ok_and(|count| count > 0);
    if is_ready {
        let line = line.as_bytes();
        // A closed stderr must not end the process, and there is nowhere left to tell of it.
        let _ = match line.len() <= AT_ONCE {
            true => stderr.lock().write_all(line),
            false => stderr.lock().write_all(&[&line[..AT_ONCE - 1], b"\n"].concat()),
        };
    }
}
