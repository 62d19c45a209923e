//! A virtual display of a test's own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, ImageFormat, MOTION_NOTIFY_EVENT, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

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

    /// Presses and releases the mouse's first button at a point of the screen, as a person's hand does.
    pub fn click(&self, x: i16, y: i16) -> Result<()> {
        let (connection, root) = self.connect()?;
        connection.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, 0, root, x, y, 0)?;
        for event in [BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT] {
            connection.xtest_fake_input(event, FIRST_BUTTON, 0, x11rb::NONE, 0, 0, 0)?;
        }
        Ok(connection.sync()?)
    }

    /// The middle of what is drawn in a strong colour in that part of the screen; black, white and grey are none.
    pub fn colourful(&self, x: i16, y: i16, width: u16, height: u16) -> Result<Option<(i16, i16)>> {
        let (connection, root) = self.connect()?;
        let image = connection.get_image(ImageFormat::Z_PIXMAP, root, x, y, width, height, !0)?.reply()?;
        let strong = |pixel: &[u8]| {
            let (least, most) = (pixel[..3].iter().min(), pixel[..3].iter().max());
            most.zip(least).is_some_and(|(most, least)| most - least > STRONG)
        };
        let (mut count, mut sum) = (0, (0, 0));
        for (row, y) in image.data.chunks_exact(usize::from(width) * PIXEL_BYTES).zip(i64::from(y)..) {
            for (_, x) in row.chunks_exact(PIXEL_BYTES).zip(i64::from(x)..).filter(|(pixel, _)| strong(pixel))
            {
                (count, sum) = (count + 1, (sum.0 + x, sum.1 + y));
            }
        }
        let middle = || Ok((i16::try_from(sum.0 / count)?, i16::try_from(sum.1 / count)?));
        if count < SPECKS { Ok(None) } else { middle().map(Some) }
    }

    /// What the screen shows from its upper left corner on, three bytes a pixel: red, green, blue.
    pub fn picture(&self, width: u16, height: u16) -> Result<Vec<u8>> {
        let (connection, root) = self.connect()?;
        let image = connection.get_image(ImageFormat::Z_PIXMAP, root, 0, 0, width, height, !0)?.reply()?;
        Ok(image.data.chunks_exact(PIXEL_BYTES).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect())
    }

    fn connect(&self) -> Result<(RustConnection, Window)> {
        let (connection, screen) = x11rb::connect(Some(&self.name))?;
        let root = connection.setup().roots[screen].root;
        Ok((connection, root))
    }
}

const FIRST_BUTTON: u8 = 1;
/// Xvfb keeps 24 bits a pixel in four bytes.
const PIXEL_BYTES: usize = 4;
/// Chromium's buttons differ by 150 and more between their channels, its greys and smoothed letters by 40 at most.
const STRONG: u8 = 100;
/// Fewer pixels than this are an icon's edge and no button.
const SPECKS: i64 = 300;

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
