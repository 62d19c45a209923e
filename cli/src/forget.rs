//! `tabmux forget`: removes what is stored about agents: the files of their answers, and their logs.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use tabmux_cli::args::ForgetArgs;
use tabmux_cli::output::ForgetOutput;
use tabmux_protocol::ClientId;
use tabmux_protocol::message::ClientStatus;

use crate::terminal::print;
use crate::{Failure, config, hub};

pub(crate) fn run(args: &ForgetArgs) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    let known = match hub::ask_status() {
        Ok(status) => status.clients,
        // Without a hub nobody is connected.
        Err(Failure::NoHub(_)) => Vec::new(),
        Err(failure) => return Err(failure),
    };
    let choice = Choice::of(args, &known)?;
    let folders = entries(&installation.clients_dir(), |name| choice.takes_client(name))?;
    let logs = entries(&config.log.folder(&installation), |name| choice.takes_log(name))?;
    let mut output = ForgetOutput { agents: folders.len(), logs: logs.len(), files: 0, bytes: 0 };
    for path in folders.iter().chain(&logs) {
        weigh(path, &mut output)?;
    }
    if folders.is_empty() && logs.is_empty() {
        print(&if args.json {
            serde_json::to_string(&output)?
        } else {
            "Nothing is stored about them.".into()
        });
        return Ok(());
    }
    if !args.yes && !confirmed(&output)? {
        return Err(Failure::Failed(anyhow!("nothing was removed")));
    }
    for folder in &folders {
        gone(fs::remove_dir_all(folder)).with_context(|| folder.display().to_string())?;
    }
    for log in &logs {
        gone(fs::remove_file(log)).with_context(|| log.display().to_string())?;
    }
    print(&if args.json {
        serde_json::to_string(&output)?
    } else {
        format!("Removed {}.", in_words(&output))
    });
    Ok(())
}

/// Whose things are meant.
enum Choice {
    /// Everybody's.
    All,
    /// One agent's.
    One { id: String, instance: Option<String> },
    /// Everybody's but of those whom the hub knows: they are connected, or may be back in a moment.
    Others { ids: BTreeSet<String>, instances: BTreeSet<String> },
}

impl Choice {
    fn of(args: &ForgetArgs, known: &[ClientStatus]) -> anyhow::Result<Self> {
        if args.all {
            return Ok(Self::All);
        }
        let Some(wanted) = &args.client else {
            let ids = known.iter().map(|client| client.client_id.to_string()).collect();
            return Ok(Self::Others { ids, instances: known.iter().filter_map(instance).collect() });
        };
        let is_it =
            |client: &&ClientStatus| client.label == *wanted || client.client_id.to_string() == *wanted;
        match (known.iter().find(is_it), wanted.parse::<ClientId>()) {
            (Some(client), _) => {
                Ok(Self::One { id: client.client_id.to_string(), instance: instance(client) })
            }
            (None, Ok(id)) => Ok(Self::One { id: id.to_string(), instance: None }),
            (None, Err(_)) => bail!(
                "the hub knows no agent of the label `{wanted}`: `tabmux clients` lists them; name one that is gone by its \
                 id, or leave --client out for all that are gone"
            ),
        }
    }

    /// Whether the folder of that name is taken.
    fn takes_client(&self, name: &str) -> bool {
        match self {
            // Whatever else lies there is nobody's.
            _ if name.parse::<ClientId>().is_err() => false,
            Self::All => true,
            Self::One { id, .. } => id == name,
            Self::Others { ids, .. } => !ids.contains(name),
        }
    }

    /// Whether the log of that name is taken. Those of hubs tell of many agents.
    fn takes_log(&self, name: &str) -> bool {
        let Some(rest) = name.strip_suffix(".log") else { return false };
        let of = rest.strip_prefix("mcp-").map(|rest| rest.split('.').next().unwrap_or(rest));
        match self {
            Self::All => true,
            Self::One { instance, .. } => of.is_some() && of == instance.as_deref(),
            Self::Others { instances, .. } => of.is_some_and(|of| !instances.contains(of)),
        }
    }
}

fn instance(client: &ClientStatus) -> Option<String> {
    client.instance.as_ref().map(|instance| instance.0.clone())
}

/// What lies in the folder and is wanted by its name; a link is nobody's.
fn entries(folder: &Path, wanted: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let read = match fs::read_dir(folder) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in read {
        let entry = entry?;
        if !entry.file_type()?.is_symlink() && entry.file_name().to_str().is_some_and(&wanted) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Adds the files at that path and below it.
fn weigh(path: &Path, output: &mut ForgetOutput) -> io::Result<()> {
    let about = fs::symlink_metadata(path)?;
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            weigh(&entry?.path(), output)?;
        }
        return Ok(());
    }
    output.files += 1;
    output.bytes += about.len();
    Ok(())
}

/// Whoever removed it, it is gone.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Asks the person.
fn confirmed(output: &ForgetOutput) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nobody can be asked here: add --yes to remove {}", in_words(output));
    }
    let mut stdout = io::stdout();
    write!(stdout, "Remove {}? [y/N] ", in_words(output))?;
    stdout.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn in_words(output: &ForgetOutput) -> String {
    let count = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    format!(
        "what is stored about {}, and {}: {} of {} kB",
        count(output.agents, "agent"),
        count(output.logs, "log"),
        count(output.files, "file"),
        output.bytes.div_ceil(1_000)
    )
}
