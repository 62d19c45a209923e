//! `cargo xtask record`: the README's pictures, made from what really happens. The demo is run and its account becomes an
//! animated SVG, line by line at the times at which they were printed; a window with two agents at work becomes a PNG.
#![allow(clippy::print_stdout, reason = "says what was made")]

mod account;
mod window;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let folder: PathBuf =
        env::var_os("TABMUX_IMAGES").context("run this through `cargo xtask record`")?.into();
    fs::create_dir_all(&folder)?;
    keep(&folder.join("demo.svg"), account::record()?.as_bytes())?;
    keep(&folder.join("window.png"), &window::picture().await?)
}

fn keep(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| path.display().to_string())?;
    println!("{}: {} bytes", path.display(), bytes.len());
    Ok(())
}
