//! A terminal of a given size, for what a person would see of a command.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A command that runs in a terminal of its own.
pub struct Terminal {
    child: Child,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Runs the command in a terminal with so many columns and rows.
    pub fn run(mut command: Command, columns: u16, rows: u16) -> Result<Self> {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None)?;
        let copy = |fd: &OwnedFd| fd.try_clone();
        command
            .stdin(copy(&pty.slave)?)
            .stdout(copy(&pty.slave)?)
            .stderr(pty.slave)
            .env("TERM", "xterm-256color");
        let child = command.spawn()?;
        // The command holds the terminal's end open: without it, what is read would never end.
        drop(command);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let reader = std::thread::spawn({
            let (mut master, seen) = (File::from(pty.master), Arc::clone(&seen));
            move || {
                let mut part = [0; 4096];
                // A terminal whose last process is gone is read as an error.
                while let Ok(length @ 1..) = master.read(&mut part) {
                    seen.lock().unwrap_or_else(PoisonError::into_inner).extend(&part[..length]);
                }
            }
        });
        Ok(Self { child, seen, reader })
    }

    /// Everything that was written to the terminal so far, with all that moves and colours.
    pub fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Does what Ctrl-C does.
    pub fn interrupt(&self) -> Result<()> {
        Ok(kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGINT)?)
    }

    /// Waits for the end of the command; returns how it ended and everything that was written.
    pub fn end(mut self) -> Result<(ExitStatus, String)> {
        let status = self.child.wait()?;
        self.reader.join().ok().context("the terminal's reader")?;
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((status, String::from_utf8_lossy(&seen).into_owned()))
    }
}
