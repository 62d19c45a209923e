//! `tabmux hub install` and `tabmux hub uninstall`: the hub as a service that starts when the person logs in.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use anyhow::{Context, anyhow, bail};
use tabmux_cli::args::ServiceArgs;
use tabmux_cli::service::{CommandState, MARK, Service, ServiceChange, ServiceCommand, ServiceReport};
use tabmux_protocol::Installation;
use tabmux_protocol::installation::write_private;

use crate::platform::{self, ServiceManager};
use crate::setup::{Copy, home_folder};
use crate::terminal::{print, wrapped};
use crate::{Failure, plain};

pub(crate) fn install(args: &ServiceArgs) -> Result<(), Failure> {
    let home = home_folder()?;
    // What the session starts must be there tomorrow, as what agent programs start.
    let copy = Copy::plan(&home)?;
    let service = Service::new(&copy.outcome.path, |name| env::var_os(name))?;
    let manager = platform::service_manager();
    let file = home.join(manager.file);
    let content = (manager.text)(&service);
    let change = match present(&file)? {
        None => ServiceChange::Created,
        Some(text) if text == content => ServiceChange::Unchanged,
        Some(_) => ServiceChange::Replaced,
    };
    if !args.dry_run {
        copy.install(&Installation::from_env(|name| env::var_os(name))?)?;
    }
    if !args.dry_run && change != ServiceChange::Unchanged {
        write(&file, &content).with_context(|| format!("writing {}", file.display()))?;
    }
    let commands = tell(&manager, (manager.start)(&file), args.dry_run);
    let executable = Some(copy.outcome);
    show(
        args,
        ServiceReport { executable, file, change, dry_run: args.dry_run, content: Some(content), commands },
    )
}

pub(crate) fn uninstall(args: &ServiceArgs) -> Result<(), Failure> {
    let report = remove(args.dry_run)?;
    show(args, report)
}

/// Ends the service and removes its file with the folders that are empty without it. A hub that runs as the service ends
/// with it, and agents that need one start it as ever.
pub(crate) fn remove(dry_run: bool) -> anyhow::Result<ServiceReport> {
    let manager = platform::service_manager();
    let home = home_folder()?;
    let file = home.join(manager.file);
    if present(&file)?.is_none() {
        let change = ServiceChange::Absent;
        return Ok(ServiceReport {
            executable: None,
            file,
            change,
            dry_run,
            content: None,
            commands: Vec::new(),
        });
    }
    let mut commands = tell(&manager, (manager.stop)(&file), dry_run);
    if !dry_run {
        fs::remove_file(&file).with_context(|| format!("removing {}", file.display()))?;
        for link in manager.links.iter().map(|link| home.join(link)) {
            // What enabling made is left behind where no manager answers.
            if fs::read_link(&link).is_ok_and(|target| target.file_name() == file.file_name()) {
                fs::remove_file(&link).with_context(|| format!("removing {}", link.display()))?;
                remove_empty(&link, &home);
            }
        }
        remove_empty(&file, &home);
    }
    commands.extend(tell(&manager, (manager.forget)(&file), dry_run));
    let change = ServiceChange::Removed;
    Ok(ServiceReport { executable: None, file, change, dry_run, content: None, commands })
}

/// A service that is installed.
pub(crate) struct Installed {
    /// Its file.
    pub(crate) file: PathBuf,
    /// Whether it starts the copy of this executable, for this installation.
    pub(crate) is_current: bool,
}

/// The installed service; `None` where there is none of ours.
pub(crate) fn installed() -> Option<Installed> {
    let manager = platform::service_manager();
    let home = home_folder().ok()?;
    let file = home.join(manager.file);
    let text = present(&file).ok()??;
    let copy = Copy::plan(&home).ok()?;
    let service = Service::new(&copy.outcome.path, |name| env::var_os(name)).ok()?;
    Some(Installed { is_current: !copy.is_needed() && text == (manager.text)(&service), file })
}

/// The file's content if it is there. One that is not ours is an error: it may be the person's own, or a mark that this
/// service must not run (a link to `/dev/null`).
fn present(file: &Path) -> anyhow::Result<Option<String>> {
    let about = match fs::symlink_metadata(file) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("reading {}", file.display())),
    };
    if about.is_file() {
        let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        if text.contains(MARK) {
            return Ok(Some(text));
        }
    }
    bail!("{} is not of `tabmux hub install` and is left as it is: move it away first", file.display())
}

fn write(file: &Path, content: &str) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(write_private(file, content.as_bytes())?)
}

/// Removes the folders above the file, up to the home folder, as far as nothing is in them.
fn remove_empty(file: &Path, home: &Path) {
    let above = file.ancestors().skip(1).take_while(|folder| *folder != home && folder.starts_with(home));
    for folder in above {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// Runs the commands if a manager of this person's services answers; what they print is shown only when one fails, and
/// those after it are left.
fn tell(manager: &ServiceManager, commands: Vec<Vec<String>>, dry_run: bool) -> Vec<ServiceCommand> {
    let mut runs = !dry_run && !commands.is_empty() && run(&(manager.answers)()).is_ok();
    let one = |words: Vec<String>| {
        let command = words.join(" ");
        let (state, said) = match runs.then(|| run(&words)) {
            None => (CommandState::ToRun, None),
            Some(Ok(())) => (CommandState::Done, None),
            Some(Err(error)) => {
                runs = false;
                (CommandState::Failed, Some(error.to_string()))
            }
        };
        ServiceCommand { command, state, said }
    };
    commands.into_iter().map(one).collect()
}

fn run(words: &[String]) -> anyhow::Result<()> {
    let [program, arguments @ ..] = words else { return Ok(()) };
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        bail!(if said.is_empty() { output.status.to_string() } else { said.to_owned() });
    }
    Ok(())
}

fn show(args: &ServiceArgs, report: ServiceReport) -> Result<(), Failure> {
    if args.json {
        print(&serde_json::to_string(&report)?);
    } else {
        print(&words_of(&report));
    }
    match report.commands.into_iter().find(|command| command.state == CommandState::Failed) {
        None => Ok(()),
        Some(ServiceCommand { command, said, .. }) => {
            Err(Failure::Failed(anyhow!("`{command}` failed: {}", said.unwrap_or_default())))
        }
    }
}

fn words_of(report: &ServiceReport) -> String {
    let did = match (report.change, report.dry_run) {
        (ServiceChange::Created, false) => "Written",
        (ServiceChange::Created, true) => "Would be written",
        (ServiceChange::Replaced, false) => "Replaced",
        (ServiceChange::Replaced, true) => "Would be replaced",
        (ServiceChange::Removed, false) => "Removed",
        (ServiceChange::Removed, true) => "Would be removed",
        (ServiceChange::Unchanged, _) => "Already as it should be",
        (ServiceChange::Absent, _) => "Not there, so that nothing is to be removed",
    };
    let mut lines = vec![format!("{did}: {}", plain::one_line(&report.file.display().to_string()))];
    if let Some(content) = report.content.as_ref().filter(|_| report.dry_run) {
        lines.extend(
            content.lines().map(|line| format!("    {}", plain::one_line(line)).trim_end().to_owned()),
        );
    }
    let to_run: Vec<&ServiceCommand> =
        report.commands.iter().filter(|command| command.state == CommandState::ToRun).collect();
    let is_failed = report.commands.iter().any(|command| command.state == CommandState::Failed);
    if !to_run.is_empty() {
        let why = match report.dry_run {
            true => "Would be run:",
            false if is_failed => "Left to be run:",
            false => "The manager of your services does not answer here. In a session of yours, run:",
        };
        lines.push(wrapped(why, 0));
        lines.extend(to_run.iter().map(|command| format!("    {}", plain::one_line(&command.command))));
    } else if !is_failed && report.content.is_some() {
        lines.push(wrapped(
            "The hub starts when you log in. Agents that you open start it as ever when it is not there, and it is the \
             same hub, whoever starts it. After `tabmux hub stop` it stays stopped until you start it or open an agent \
             window.",
            0,
        ));
    }
    lines.join("\n")
}
