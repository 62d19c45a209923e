//! The documents as a reader tries them: every command is run as it is written, every output is what is printed, every
//! setting and every entry for an agent program is understood.
//!
//! A block of `sh` is run, line by line, and must succeed; in one of `console` the lines after `$ ` are, and the others are
//! what they print. Digits may differ, and `…` stands for anything. A block that a test cannot run says why above it:
//! `<!-- not run: REASON -->`; its commands must still be ones that there are. A document's blocks are run one after the
//! other, in a home of their own, with a browser and two agents at work. A block of `message` quotes messages, which our own
//! sources must say.

mod block;
mod quoted;
mod shown;
mod stage;

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use clap::error::ErrorKind;
use serde_json::Value;
use tabmux_cli::args::Cli;
use tabmux_tests::Lab;

use block::{Block, blocks, commands, spans};
use quoted::Sources;
use stage::Stage;

/// Why a block may not be run, and nothing else may be a reason.
const REASONS: &[&str] = &[
    "it downloads and builds for minutes",
    "it runs until it is stopped",
    "it needs a person at the browser",
    "it is for another system",
    "it would be run on the machine of the test",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_documents_does_what_they_say() -> Result<()> {
    let mut run = 0;
    for document in documents()? {
        let of_a_shell =
            document.blocks()?.into_iter().filter(|block| block.is_shell() && block.not_run.is_none());
        let of_a_shell: Vec<Block> = of_a_shell.collect();
        if of_a_shell.is_empty() {
            continue;
        }
        let stage = Stage::set().await?;
        for block in &of_a_shell {
            for (command, expected) in commands(block) {
                let place = format!("{}:{}: {command}", document.name, block.line);
                let printed = stage.run(&command).await.with_context(|| place.clone())?;
                if block.language == "console" {
                    shown::compare(&expected, &printed).with_context(|| place)?;
                }
                run += 1;
            }
        }
        stage.clear().await?;
    }
    ensure!(run > 0, "the documents have no command that is run");
    Ok(())
}

#[test]
fn every_command_that_the_documents_name_is_one_that_there_is() -> Result<()> {
    let mut named = 0;
    for document in documents()? {
        let in_blocks = document.blocks()?.into_iter().filter(Block::is_shell);
        let in_blocks = in_blocks.flat_map(|block| commands(&block)).map(|(command, _)| command);
        for command in in_blocks.chain(spans(&document.text()?)) {
            let Some(words) = block::words_of_tabmux(&command) else { continue };
            named += 1;
            match Cli::try_parse_from(&words) {
                Ok(_) => {}
                Err(error) if is_help(error.kind()) => {}
                Err(error) => anyhow::bail!("{}: `{command}`: {error}", document.name),
            }
        }
    }
    ensure!(named > 10, "only {named} commands were found: are they still looked for where they stand?");
    Ok(())
}

#[test]
fn what_is_not_run_says_why_and_is_little() -> Result<()> {
    let mut not_run = Vec::new();
    for document in documents()? {
        for block in document.blocks()? {
            if let Some(reason) = block.not_run {
                ensure!(
                    REASONS.contains(&reason.as_str()),
                    "{}:{}: {reason:?} is no reason; these are: {REASONS:?}",
                    document.name,
                    block.line
                );
                not_run.push(format!("{}:{}", document.name, block.line));
            }
        }
    }
    ensure!(not_run.len() <= MOST_NOT_RUN, "too many blocks are not run: {not_run:?}");
    Ok(())
}

#[test]
fn every_setting_and_entry_in_the_documents_is_understood() -> Result<()> {
    let lab = Lab::new()?;
    for document in documents()? {
        for block in document.blocks()? {
            let place = format!("{}:{}", document.name, block.line);
            match block.language.as_str() {
                "toml" if block.text().contains("mcp_servers") => {
                    let table: toml::Table = block.text().parse().context(place.clone())?;
                    check_entries(&serde_json::to_value(table)?).context(place)?;
                }
                "toml" => {
                    lab.configure(&block.text())?;
                    // Without a hub to speak to, a right file leads to 3 and a wrong one to 1.
                    let output = lab.run(&["hub", "status"])?;
                    let said = String::from_utf8_lossy(&output.stderr);
                    ensure!(output.status.code() == Some(3), "{place}: {said}");
                }
                "json" => {
                    let value: Value = serde_json::from_str(&block.text()).context(place.clone())?;
                    check_entries(&value).context(place)?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

#[test]
fn every_message_that_the_documents_quote_is_one_that_is_said() -> Result<()> {
    let sources = Sources::read(&repository())?;
    for document in documents()? {
        for block in document.blocks()?.into_iter().filter(|block| block.language == "message") {
            for line in &block.lines {
                if let Some(piece) = sources.missing(line) {
                    anyhow::bail!("{}:{}: nothing says {piece:?}", document.name, block.line);
                }
            }
        }
    }
    Ok(())
}

/// Every entry of an agent program's configuration starts a `tabmux` with flags that there are.
fn check_entries(value: &Value) -> Result<()> {
    let servers = ["mcpServers", "servers", "context_servers", "mcp_servers"];
    for entry in servers.iter().filter_map(|name| value[name].as_object()).flatten().map(|(_, entry)| entry) {
        let command = entry["command"].as_str().context("an entry without a command")?;
        ensure!(Path::new(command).file_name().is_some_and(|name| name == "tabmux"), "{command}");
        let arguments = entry["args"].as_array().context("an entry without arguments")?;
        Cli::try_parse_from(std::iter::once("tabmux").chain(arguments.iter().filter_map(Value::as_str)))?;
    }
    Ok(())
}

fn is_help(kind: ErrorKind) -> bool {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    matches!(kind, DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion)
}

/// A document for people who use Tabmux.
struct Document {
    name: String,
    path: PathBuf,
}

impl Document {
    fn text(&self) -> Result<String> {
        fs::read_to_string(&self.path).with_context(|| self.name.clone())
    }

    fn blocks(&self) -> Result<Vec<Block>> {
        Ok(blocks(&self.text()?))
    }
}

/// The documents that are written by hand for people who use Tabmux: not the history, the map of the code and the
/// decisions, which name what was and groups of commands.
fn documents() -> Result<Vec<Document>> {
    let root = repository();
    let mut found = Vec::new();
    for (folder, prefix) in [(root.clone(), ""), (root.join("docs"), "docs/")] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let name = format!("{prefix}{file}");
            if !file.ends_with(".md") || NOT_FOR_USERS.contains(&name.as_str()) {
                continue;
            }
            if !fs::read_to_string(&path)?.starts_with("<!-- Generated") {
                found.push(Document { name, path });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/")).to_owned()
}

const NOT_FOR_USERS: &[&str] = &["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"];
/// What needs a person, another system or minutes is little beside what is run.
const MOST_NOT_RUN: usize = 12;
