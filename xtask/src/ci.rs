//! What CI runs, in the order in which a mistake is cheapest to find.

use anyhow::Result;

use crate::machine::{self, cargo};
use crate::{codegen, run as tasks, tidy};

/// Runs everything; the first failure ends it.
pub fn run() -> Result<()> {
    machine::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::run()?;
    codegen::run(true)?;
    machine::run(&mut cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "--deny",
        "warnings",
    ]))?;
    machine::run(
        cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    if tasks::has_cargo_deny() {
        machine::run(&mut cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]))?;
    } else {
        println!("cargo-deny is not installed: licences and duplicate versions are not checked");
    }
    tasks::test()
}
