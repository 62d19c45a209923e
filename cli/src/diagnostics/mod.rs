//! `tabmux diagnostics`: one archive for a bug report. It is written here and sent nowhere.

mod clean;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;
use std::{env, fmt::Write as _};

use anstream::adapter::strip_str;
use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tabmux_cli::args::{DiagnosticsArgs, LogLevel};
use tabmux_cli::output::DiagnosticsOutput;
use tabmux_protocol::{Installation, PROTOCOL};

use self::clean::Cleaner;
use crate::config::Config;
use crate::logs::{Entry, Wanted, newest};
use crate::terminal::{print, wrapped};
use crate::{Failure, config, hub};

/// How many lines of the logs are passed on, the newest.
const LINES: usize = 20_000;

const README: &str = "\
Written by `tabmux diagnostics` for a bug report. Nothing was sent anywhere.

versions.json   the release, the system, the terminal
status.json     what `tabmux status --json` says; titles removed, addresses cut to their site
doctor.json     what `tabmux doctor --json` says
config.toml     the configuration file; what is named like a secret removed
log.txt         the newest lines of all logs; those below INFO left out, since pages may be in them
files.txt       names, sizes and modes in Tabmux's folders; of agents' files only how many

Secrets, pairing codes, proofs and the name of your home folder are removed. Look through it
before you pass it on.
";

pub(crate) fn gather(args: &DiagnosticsArgs) -> Result<(), Failure> {
    // A wrong configuration is a reason for a report: `doctor.json` names what is wrong.
    let (installation, reading) = config::read()?;
    let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let name = format!("tabmux-diagnostics-{}", time.replace(['-', ':', 'Z'], "").replace('T', "-"));
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.tar.gz")));
    let files = contents(&installation, &reading.config);
    write(&path, &name, &files).with_context(|| path.display().to_string())?;
    let output = DiagnosticsOutput {
        archive: path.display().to_string(),
        files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
    };
    if args.json {
        print(&serde_json::to_string(&output)?);
    } else {
        print(&format!("Written: {}\n", output.archive));
        print(&wrapped(
            &format!(
                "It holds {}. Secrets, titles of pages and addresses beyond their site are left out. Nothing was sent: \
                 look through it, then add it to your report.",
                output.files.join(", ")
            ),
            0,
        ));
    }
    Ok(())
}

/// Every file of the archive. What cannot be had says why in its place: this is for installations that do not work.
fn contents(installation: &Installation, config: &Config) -> Vec<(&'static str, String)> {
    let cleaner = Cleaner::new(secrets(installation), env::var("HOME").ok());
    let status = match hub::ask_status() {
        Ok(status) => serde_json::to_value(status).unwrap_or_default(),
        Err(failure) => json!({ "problem": failure.to_string() }),
    };
    let doctor = doctor().unwrap_or_else(|error| json!({ "problem": error.to_string() }));
    let pretty = |mut value: Value| {
        cleaner.json(&mut value);
        serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
    };
    vec![
        ("README.txt", README.to_owned()),
        ("versions.json", pretty(versions())),
        ("status.json", pretty(status)),
        ("doctor.json", pretty(doctor)),
        ("config.toml", configuration(&installation.config_path, &cleaner)),
        ("log.txt", log(&config.log.folder(installation), &cleaner)),
        ("files.txt", cleaner.text(&listing(installation))),
    ]
}

/// What the files of secrets hold, whatever form it has.
fn secrets(installation: &Installation) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(installation.runtime_dir.join(name)).ok();
    ["token", "http-token"].into_iter().filter_map(read).map(|text| text.trim().to_owned()).collect()
}

fn versions() -> Value {
    let read = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let release = read("/etc/os-release").and_then(|text| {
        Some(text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?.trim_matches('"').to_owned())
    });
    json!({
        "tabmux": env!("CARGO_PKG_VERSION"),
        "protocol": PROTOCOL,
        "system": env::consts::OS,
        "architecture": env::consts::ARCH,
        "release": release,
        "kernel": read("/proc/version"),
        "terminal": env::var("TERM").ok(),
        "language": env::var("LANG").ok(),
    })
}

/// What our own `doctor` finds; it looks at each link for a bounded time.
fn doctor() -> anyhow::Result<Value> {
    let output =
        Command::new(env::current_exe()?).args(["doctor", "--json"]).stdin(Stdio::null()).output()?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn configuration(path: &Path, cleaner: &Cleaner) -> String {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return format!("# {error}\n"),
    };
    // Comments are the person's words: the values alone are passed on.
    let read = toml::from_str::<toml::Table>(&text).ok().and_then(|table| serde_json::to_value(table).ok());
    let Some(mut value) = read else { return "# it cannot be read: see doctor.json\n".to_owned() };
    cleaner.json(&mut value);
    toml::to_string(&value).unwrap_or_else(|error| format!("# {error}\n"))
}

fn log(folder: &Path, cleaner: &Cleaner) -> String {
    let wanted = Wanted { instance: None, level: Some(LogLevel::Info) };
    let entries = match newest(folder, LINES, &wanted) {
        Ok(entries) => entries,
        Err(error) => return format!("{error}\n"),
    };
    let line = |entry: &Entry| cleaner.text(&strip_str(&entry.text()).to_string()) + "\n";
    entries.iter().map(line).collect()
}

/// Names, sizes and modes. Of what agents were answered with only numbers: pages choose those names.
fn listing(installation: &Installation) -> String {
    let mut text = String::new();
    for folder in [&installation.runtime_dir, &installation.state_dir, &installation.log_dir()] {
        let _ = writeln!(text, "{}", folder.display());
        for (name, about) in entries(folder) {
            let kind = if about.is_dir() {
                "d"
            } else if about.is_symlink() {
                "l"
            } else {
                "-"
            };
            let mode = about.permissions().mode() & 0o7777;
            let _ = writeln!(text, "  {kind} {mode:04o} {:>10} {name}", about.len());
        }
    }
    let _ = writeln!(text, "{}", installation.clients_dir().display());
    for (name, _) in entries(&installation.clients_dir()) {
        let files = entries(&installation.clients_dir().join(&name));
        let bytes: u64 = files.iter().map(|(_, about)| about.len()).sum();
        let _ = writeln!(text, "  {name}: {} files, {bytes} bytes", files.len());
    }
    text
}

fn entries(folder: &Path) -> Vec<(String, fs::Metadata)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let named = |entry: fs::DirEntry| {
        Some((entry.file_name().to_string_lossy().into_owned(), entry.metadata().ok()?))
    };
    let mut entries: Vec<_> = entries.filter_map(named).collect();
    entries.sort_by(|one, two| one.0.cmp(&two.0));
    entries
}

/// Writes the archive for its owner only; one that is there is not overwritten.
fn write(path: &Path, folder: &str, files: &[(&str, String)]) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    let modified =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(modified);
        archive.append_data(&mut header, format!("{folder}/{name}"), content.as_bytes())?;
    }
    archive.into_inner()?.finish()?.flush()
}
