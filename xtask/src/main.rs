//! The repository's own commands. Each does its set-up itself and says clearly what it could not do.
#![allow(clippy::print_stdout, reason = "these commands speak to the person who runs them")]

mod book;
mod ci;
mod codegen;
mod dependencies;
mod dist;
mod documents;
mod fuzz;
mod invariants;
mod machine;
mod miniwob;
mod promtool;
mod run;
mod tidy;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the main job: two agents at the same time in one real browser
    Demo {
        /// Show the browser's window
        #[arg(long)]
        headed: bool,
        /// Leave hub and browser running
        #[arg(long)]
        keep: bool,
    },
    /// Run all tests
    Test,
    /// Run what CI runs: formatting, lints, drift, tidiness, documentation, licences, tests
    Ci,
    /// Write the generated files: TypeScript types, JSON Schemas, docs/protocol.md, docs/tools.md
    Codegen {
        /// Only say which files are stale
        #[arg(long)]
        check: bool,
    },
    /// Check file sizes, left-over marks, the links of all documents, and that the tests which ARCHITECTURE.md names exist
    Tidy,
    /// Build the documents as a book, into target/book/html
    Book,
    /// Make the pictures of the README: a recording of the demo, and a window with agents at work
    Record,
    /// Build what is handed out, into target/dist: archive, extension, npm package, bundle
    Dist {
        /// Build it as the tests have it, into target/dist/debug
        #[arg(long)]
        debug: bool,
    },
    /// Measure, and print a table with the baseline beside
    Bench {
        /// What to measure [default: all but soak]
        #[arg(value_parser = ["routing", "scrape", "start", "install", "agents", "idle", "calls", "snapshots", "miniwob", "soak"])]
        what: Vec<String>,
        /// Also measure other servers in the same run, after installing them from npm
        #[arg(long)]
        peers: bool,
        /// Write the tables into docs/
        #[arg(long)]
        write: bool,
        /// How long soak takes; the hub remembers answers for a minute, so that less tells nothing
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..))]
        minutes: u64,
    },
    /// Look for an input that breaks what must hold for every input
    Fuzz {
        /// What to fuzz [default: all]
        target: Vec<String>,
        /// How long each target is looked at, in seconds
        #[arg(long, default_value_t = fuzz::SECONDS)]
        seconds: u32,
        /// Only run this input, of one target
        #[arg(long, value_name = "FILE", requires = "target")]
        replay: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Demo { headed, keep } => run::demo(headed, keep),
        Command::Test => run::test(),
        Command::Ci => ci::run(),
        Command::Codegen { check } => codegen::run(check),
        Command::Tidy => tidy::run(),
        Command::Dist { debug } => dist::run(debug),
        Command::Book => book::build(),
        Command::Record => run::record(),
        Command::Bench { what, peers, write, minutes } => run::bench(&what, peers, write, minutes),
        Command::Fuzz { target, replay: Some(input), .. } => fuzz::replay(&target[0], &input),
        Command::Fuzz { target, seconds, replay: None } => fuzz::run(&target, seconds),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// The commands of this program that a document names: in backticks, and at the beginning of a block's line.
    fn named(text: &str) -> Vec<String> {
        let spans = text.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "));
        let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().to_owned());
        spans.chain(lines).filter(|command| command.starts_with("cargo xtask ")).collect()
    }

    #[test]
    fn every_command_of_ours_that_the_documents_name_is_one_that_there_is() {
        let listed = std::process::Command::new("git")
            .args(["ls-files", "*.md"])
            .current_dir(machine::repository())
            .output()
            .unwrap();
        let mut seen = 0;
        for name in String::from_utf8(listed.stdout).unwrap().lines() {
            let text = fs::read_to_string(machine::repository().join(name)).unwrap_or_default();
            for command in named(&text).into_iter().filter(|command| !command.contains('…')) {
                let command = command.replace(['[', ']'], "").replace(" N", " 1");
                let parsed = Cli::try_parse_from(command.split_whitespace().skip(1));
                assert!(parsed.is_ok(), "{name}: `{command}`: {}", parsed.err().unwrap());
                seen += 1;
            }
        }
        assert!(seen > 10, "only {seen} commands were found: are they still looked for where they stand?");
    }
}
