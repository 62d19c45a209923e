//! What CI runs, in the order in which a mistake is cheapest to find.

use anyhow::Result;

use crate::machine::{self, cargo};
use crate::{book, codegen, dependencies, fuzz, run as tasks, tidy};

/// Runs everything; the first failure ends it.
pub fn run() -> Result<()> {
    machine::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::run()?;
    dependencies::run()?;
    codegen::run(true)?;
    book::build()?;
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
    tasks::test()?;
    fuzz::run(&[], fuzz::SECONDS)
}
