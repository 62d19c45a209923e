//! A virtual display of a test's own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

/// An Xvfb on a free display number; dropping it ends it.
pub struct Display {
    server: Child,
    /// What goes into `DISPLAY`.
    pub name: String,
}

impl Display {
    /// Starts the server and waits until it has chosen its number.
    pub fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb is needed: `cargo xtask test` installs it")?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().context("stdout")?).read_line(&mut number)?;
        let number = number.trim();
        anyhow::ensure!(!number.is_empty(), "Xvfb chose no display");
        Ok(Self { name: format!(":{number}"), server })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
