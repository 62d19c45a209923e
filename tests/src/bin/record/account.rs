//! The demo's account as an animated SVG: no script, no player, and all of it at once for who wants no motion.

use std::env;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// The demo is over sooner than it can be read.
const SLOWER: f64 = 4.0;
/// Longer lines end in `…`.
const COLUMNS: usize = 108;
const COLUMN: f64 = 7.5;
const LINE: f64 = 17.0;
const MARGIN: f64 = 16.0;
/// Where the first line stands, below the window's bar.
const TOP: f64 = 52.0;
/// The colours of the names in the second column.
const COLOURS: &[(&str, &str)] = &[("alice", "good"), ("bob", "else")];

struct Line {
    seconds: f64,
    text: String,
}

/// Runs the demo that lies beside this program and draws what it printed.
pub fn record() -> Result<String> {
    let beside = env::current_exe()?.with_file_name("demo");
    let folder = tempfile::tempdir()?;
    let began_at = Instant::now();
    // The pictures' folder is named as it is in the repository.
    let mut demo = Command::new(beside)
        .env("TABMUX_DEMO_OUTPUT", "demo-output")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("the demo is built by `cargo xtask record`")?;
    let mut lines = Vec::new();
    for text in BufReader::new(demo.stdout.take().context("stdout")?).lines() {
        lines.push(Line { seconds: began_at.elapsed().as_secs_f64(), text: text? });
    }
    ensure!(demo.wait()?.success(), "the demo failed");
    Ok(drawn(&lines))
}

fn drawn(lines: &[Line]) -> String {
    let rows = lines.len() as f64 + 1.0;
    let (width, height) = (2.0 * MARGIN + COLUMNS as f64 * COLUMN, TOP + rows * LINE + MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"The account of cargo xtask demo\">\n<style>\n\
         text {{ font: 12.5px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre; fill: #d6deeb }}\n\
         .dim {{ fill: #8b98ad }} .good {{ fill: #8fd694 }} .else {{ fill: #82b1ff }} .bad {{ fill: #ffb37a }}\n\
         @keyframes show {{ from {{ opacity: 0 }} to {{ opacity: 1 }} }}\n\
         g {{ animation: show 80ms linear backwards }}\n\
         @media (prefers-reduced-motion: reduce) {{ g {{ animation: none }} }}\n</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"#131a24\"/>\n\
         <circle cx=\"20\" cy=\"19\" r=\"5\" fill=\"#ff5f57\"/><circle cx=\"38\" cy=\"19\" r=\"5\" fill=\"#febc2e\"/>\
         <circle cx=\"56\" cy=\"19\" r=\"5\" fill=\"#28c840\"/>\n\
         <text x=\"76\" y=\"23\" class=\"dim\">the figures are real; shown at a quarter of the speed</text>\n\
         <text x=\"{MARGIN}\" y=\"{TOP}\">$ cargo xtask demo</text>\n"
    );
    let first = lines.first().map_or(0.0, |line| line.seconds);
    for (line, row) in lines.iter().zip(1_u32..) {
        let delay = (line.seconds - first).mul_add(SLOWER, 0.6);
        let y = f64::from(row).mul_add(LINE, TOP);
        let _ = writeln!(
            svg,
            "<g style=\"animation-delay:{delay:.2}s\"><text x=\"{MARGIN}\" y=\"{y}\">{}</text></g>",
            coloured(&shortened(&line.text))
        );
    }
    svg + "</svg>\n"
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= COLUMNS {
        return text.to_owned();
    }
    text.chars().take(COLUMNS - 1).chain(['…']).collect()
}

/// The time, who, and what: `  0.123 s  alice    …`.
fn coloured(text: &str) -> String {
    let Some((time, rest)) = text.split_once(" s  ") else { return escaped(text) };
    let who = rest.split(' ').next().unwrap_or_default();
    let name = COLOURS.iter().find(|(name, _)| *name == who).map_or("dim", |(_, class)| class);
    let what = &rest[who.len()..];
    let class = if what.contains("was refused") { " class=\"bad\"" } else { "" };
    format!(
        "<tspan class=\"dim\">{} s  </tspan><tspan class=\"{name}\">{}</tspan><tspan{class}>{}</tspan>",
        escaped(time),
        escaped(who),
        escaped(what)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
