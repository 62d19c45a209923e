//! From the start of `tabmux mcp` to its answers, beside the start of a process that only echoes.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::json;
use tabmux_tests::Lab;

use crate::process::memory;
use crate::table::{Samples, Table, ms};

const STARTS: usize = 40;

/// Measures and prints.
pub async fn run() -> Result<()> {
    let mut cat = Samples::default();
    for _ in 0..STARTS {
        let began_at = Instant::now();
        let mut talk = Talk::start(&mut Command::new("cat"))?;
        talk.ask("{}")?;
        cat.push_time(began_at.elapsed());
        talk.end()?;
    }
    let mut table = Table::new(
        "Start of an instance (ms)",
        &["", "initialize, median", "p90", "tools/list, median", "p90"],
    );
    table.row(&[
        "a process that echoes (`cat`)".into(),
        ms(cat.median()),
        ms(cat.quantile(0.9)),
        "-".into(),
        "-".into(),
    ]);

    let lab = Lab::new()?;
    lab.run_ok(&["hub", "start"])?;
    let mut with_hub = Starts::default();
    for _ in 0..STARTS {
        with_hub.measure(&lab)?;
    }
    with_hub.print(&mut table, "`tabmux mcp`, hub running");
    let mut without_hub = Starts::default();
    for _ in 0..STARTS / 4 {
        // A fresh installation for each, so that no hub is there.
        without_hub.measure(&Lab::new()?)?;
    }
    without_hub.print(&mut table, "`tabmux mcp`, no hub");
    table.publish("performance.md", "start")?;

    let mut first = Samples::default();
    for _ in 0..10 {
        let lab = Lab::new()?;
        std::fs::write(&lab.installation.config_path, "[hub]\nbrowser_wait_ms = 0\n")?;
        let began_at = Instant::now();
        let mut talk = Talk::start(&mut lab.command(&["mcp"]))?;
        talk.initialize()?;
        let answer = talk.ask(&request(
            2,
            "tools/call",
            json!({ "name": "browser_navigate", "arguments": { "url": "http://127.0.0.1/" } }),
        ))?;
        anyhow::ensure!(answer.contains("no_browser"), "{answer}");
        first.push_time(began_at.elapsed());
        talk.end()?;
    }
    println!(
        "\nNo hub to first call answered (`no_browser`, hub launched on the way): median {} ms, p90 {} ms.",
        ms(first.median()),
        ms(first.quantile(0.9))
    );

    let mut talk = Talk::start(&mut lab.command(&["mcp"]))?;
    talk.initialize()?;
    talk.ask(&request(2, "tools/list", json!({})))?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let used = memory(talk.child.id());
    println!("Instance, connected: {:.1} MiB resident, {:.1} MiB private.", used.resident, used.private);
    talk.end()
}

/// What the starts of instances took, until each of the two answers.
#[derive(Default)]
struct Starts {
    initialize: Samples,
    list: Samples,
}

impl Starts {
    fn measure(&mut self, lab: &Lab) -> Result<()> {
        let began_at = Instant::now();
        let mut talk = Talk::start(&mut lab.command(&["mcp"]))?;
        talk.initialize()?;
        self.initialize.push_time(began_at.elapsed());
        talk.ask(&request(2, "tools/list", json!({})))?;
        self.list.push_time(began_at.elapsed());
        talk.end()
    }

    fn print(&self, table: &mut Table, name: &str) {
        let Self { initialize, list } = self;
        let figures = [initialize.median(), initialize.quantile(0.9), list.median(), list.quantile(0.9)];
        table.row(&std::iter::once(name.to_owned()).chain(figures.map(ms)).collect::<Vec<_>>());
    }
}

/// A process to talk to, line by line.
struct Talk {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Talk {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().context("stdout")?);
        Ok(Self { child, stdin, stdout })
    }

    fn ask(&mut self, line: &str) -> Result<String> {
        let stdin = self.stdin.as_mut().context("stdin")?;
        writeln!(stdin, "{line}")?;
        stdin.flush()?;
        let mut answer = String::new();
        self.stdout.read_line(&mut answer)?;
        anyhow::ensure!(!answer.is_empty(), "no answer to {line}");
        Ok(answer)
    }

    fn initialize(&mut self) -> Result<()> {
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "bench", "version": "1" } });
        self.ask(&request(1, "initialize", params))?;
        let stdin = self.stdin.as_mut().context("stdin")?;
        writeln!(stdin, "{}", json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        Ok(stdin.flush()?)
    }

    fn end(mut self) -> Result<()> {
        drop(self.stdin.take());
        self.child.wait()?;
        Ok(())
    }
}

fn request(id: u64, method: &str, params: serde_json::Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}
