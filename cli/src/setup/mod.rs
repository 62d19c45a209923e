//! `tabmux setup` and `tabmux uninstall`: everything is worked out and shown before anything is changed, and each file of
//! another program is kept so that it can be given back byte for byte.

mod check;
mod diff;
mod edit;
mod extension;
mod files;
mod plan;
mod programs;
mod record;
mod replaceable;
mod show;
mod stable;
mod undo;
mod uninstall;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, anyhow, bail};
use tabmux_cli::args::{SetupArgs, SetupCommand};
use tabmux_cli::outcome::{BrowserOutcome, CheckOutcome, ProgramChange, ProgramOutcome, SetupOutcome};
use tabmux_protocol::Installation;

use crate::config::Config;
use crate::platform::on_path;
use crate::terminal::{WARN, paint, print, wrapped};
use crate::{Failure, config, hub, runtime};
use edit::{Entry, Shape};
use extension::Host;
use plan::FilePlan;
use record::Record;
pub(crate) use stable::Copy;
use undo::UndoPlan;

pub(crate) use edit::{NAME, Problem, Server};
pub(crate) use programs::{PROGRAMS, Program};
pub(crate) use uninstall::run as uninstall;

pub(crate) fn run(args: &SetupArgs) -> Result<(), Failure> {
    if let Some(SetupCommand::Extension(args)) = &args.part {
        return extension::extension(args);
    }
    let command = if args.undo { "tabmux setup --undo" } else { "tabmux setup" };
    show::can_ask(command, args.yes, args.dry_run, args.json)?;
    if args.undo {
        return undo(args);
    }
    let (installation, config) = config::load(None)?;
    let home = home_folder()?;
    let mut setup = Setup::plan(args, &installation, &home, args.replace)?;
    if !args.json && !args.yes && !args.dry_run && offers_replacement(&setup.files) {
        setup = Setup::plan(args, &installation, &home, true)?;
    }
    if !args.json {
        setup.show(args, &home);
    }
    let goes_on = args.yes || args.dry_run || !setup.is_needed() || show::agrees("Do this?", true);
    if !goes_on {
        print("Nothing was changed.");
        return Ok(());
    }
    if args.dry_run {
        return setup.end(args, None);
    }
    setup.apply(&installation)?;
    if !args.json {
        setup
            .files
            .iter()
            .filter(|file| file.failed_late)
            .for_each(|file| show::program(&file.outcome, &home));
    }
    let check = setup.try_out(args, &installation, &config)?;
    if !args.json {
        show::check(&check, &home);
        tell_path(&home);
    }
    setup.end(args, Some(check))
}

/// The home folder.
pub(crate) fn home_folder() -> anyhow::Result<PathBuf> {
    env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from).context("HOME is not set: set it")
}

/// Everything that `setup` is going to do.
struct Setup {
    entry: Entry,
    copy: Copy,
    files: Vec<FilePlan>,
    hosts: Vec<(Host, BrowserOutcome)>,
}

impl Setup {
    fn plan(
        args: &SetupArgs,
        installation: &Installation,
        home: &Path,
        replace: bool,
    ) -> anyhow::Result<Self> {
        let copy = Copy::plan(home)?;
        let entry = plan::entry(&copy.outcome.path);
        let meant = plan::meant(&args.only, home);
        let files = meant.into_iter().map(|program| FilePlan::of(program, home, &entry, replace)).collect();
        let outcome = |host: Host| {
            let outcome = BrowserOutcome {
                name: host.browser.name.to_owned(),
                profile_root: host.profile_root.clone(),
                registered: !host.is_registered(),
            };
            (host, outcome)
        };
        let hosts = Host::all(installation, home, &entry.command).into_iter().map(outcome).collect();
        Ok(Self { entry, copy, files, hosts })
    }

    fn is_needed(&self) -> bool {
        self.copy.is_needed()
            || self.files.iter().any(|file| file.write.is_some())
            || self.hosts.iter().any(|(_, outcome)| outcome.registered)
    }

    /// Shows what is going to be done.
    fn show(&self, args: &SetupArgs, home: &Path) {
        if self.files.is_empty() {
            let names: Vec<&str> = PROGRAMS.iter().map(|program| program.name).collect();
            print(&wrapped(
                &format!(
                    "No agent program was found ({}). Name one with --only, or put this into the configuration of yours:",
                    names.join(", ")
                ),
                0,
            ));
            print(&Shape::Json { key: "mcpServers", extra: None }.snippet(&self.entry));
            print("");
        }
        for file in &self.files {
            show::program(&file.outcome, home);
            for name in &file.outcome.replaceable {
                print(&wrapped(
                    &format!("  It has {name:?}, whose work Tabmux does: --replace takes that out."),
                    2,
                ));
            }
        }
        print("");
        show::executable(&self.copy.outcome, home);
        let registered = self.hosts.iter().filter(|(_, outcome)| outcome.registered);
        let names: Vec<&str> = registered.map(|(_, outcome)| outcome.name.as_str()).collect();
        if !names.is_empty() {
            print(&wrapped(&format!("Register with {}", names.join(", ")), 2));
        }
        if self.hosts.is_empty() {
            print(&wrapped(&paint(WARN, &format!("As to the browser: {}.", extension::no_browser())), 2));
        }
        match (self.is_needed(), args.dry_run) {
            (false, _) => print("Everything is set up already; nothing is to be changed."),
            (true, true) => print("Nothing was changed, since this is a dry run."),
            (true, false) => {}
        }
    }

    fn apply(&mut self, installation: &Installation) -> anyhow::Result<()> {
        let mut record = self.copy.install(installation)?;
        for file in &mut self.files {
            file.apply(&mut record, &self.entry);
        }
        crate::extension::unpack(installation).context("unpacking the extension")?;
        for (host, outcome) in &self.hosts {
            if outcome.registered {
                host.register()?;
            }
        }
        Ok(())
    }

    /// Starts the hub, leads the person through what only a person can do, and makes a real call.
    fn try_out(
        &self,
        args: &SetupArgs,
        installation: &Installation,
        config: &Config,
    ) -> anyhow::Result<CheckOutcome> {
        let server = self.server();
        let runtime = runtime()?;
        let ready = start_hub(&self.entry.command).and_then(|()| match args.json {
            true => Ok(()),
            false => runtime.block_on(self.tell_steps(args, installation, config)),
        });
        Ok(match ready {
            Ok(()) => runtime.block_on(check::check(&server)),
            Err(error) => check::failed(&server, &error),
        })
    }

    /// What only the person can do, and the wait until it is done.
    async fn tell_steps(
        &self,
        args: &SetupArgs,
        installation: &Installation,
        config: &Config,
    ) -> anyhow::Result<()> {
        let changed = self.files.iter().filter(|file| is_written(&file.outcome));
        let names: Vec<&str> = changed.map(|file| file.outcome.name.as_str()).collect();
        if !names.is_empty() {
            print(&wrapped(&format!("Restart {}: each window of it then has Tabmux.", names.join(", ")), 0));
        }
        let link = hub::connect(installation, config).await?;
        if self.hosts.is_empty() || link.welcome().browser.connected {
            return Ok(());
        }
        let hosts: Vec<&Host> = self.hosts.iter().map(|(host, _)| host).collect();
        print(&extension::instructions(&installation.state_dir.join("extension"), &hosts));
        if args.no_wait || args.yes {
            return Ok(());
        }
        print(
            "Waiting for the browser to connect (Ctrl-C to go on without; it connects later just as well) ...",
        );
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => print(""),
            name = extension::connected(installation, config) => print(&format!("Connected: {}.", name?)),
        }
        Ok(())
    }

    /// The server that is tried: as the first program's file names it, else as one would.
    fn server(&self) -> Server {
        let written = self.files.iter().filter(|file| file.outcome.change != ProgramChange::Failed);
        let read = |file: &FilePlan| file.program.entry(&file.path).ok()?;
        written.filter_map(read).next().unwrap_or_else(|| self.entry.server())
    }

    fn end(self, args: &SetupArgs, check: Option<CheckOutcome>) -> Result<(), Failure> {
        let problem = check.as_ref().is_some_and(|check| !check.ok);
        let outcome = SetupOutcome {
            dry_run: args.dry_run,
            executable: Some(self.copy.outcome),
            programs: self.files.into_iter().map(|file| file.outcome).collect(),
            browsers: self.hosts.into_iter().map(|(_, outcome)| outcome).collect(),
            check,
        };
        if args.json {
            print(&serde_json::to_string(&outcome)?);
        }
        if problem {
            return Err(anyhow!("Tabmux is set up and does not work yet: `tabmux doctor` says why").into());
        }
        all_well(&outcome.programs)
    }
}

fn is_written(outcome: &ProgramOutcome) -> bool {
    matches!(outcome.change, ProgramChange::Created | ProgramChange::Added | ProgramChange::Updated)
}

/// A failure that names the programs whose files were left as they are.
fn all_well(programs: &[ProgramOutcome]) -> Result<(), Failure> {
    let failed = programs.iter().filter(|program| program.change == ProgramChange::Failed);
    let names: Vec<&str> = failed.map(|program| program.name.as_str()).collect();
    match names.is_empty() {
        true => Ok(()),
        false => Err(anyhow!("left as it is, for the reason above: {}", names.join(", ")).into()),
    }
}

/// Asks whether the servers whose work Tabmux does are to go.
fn offers_replacement(files: &[FilePlan]) -> bool {
    let named = files.iter().filter(|file| !file.outcome.replaceable.is_empty());
    let parts: Vec<String> = named
        .map(|file| format!("{} has {}", file.outcome.name, file.outcome.replaceable.join(", ")))
        .collect();
    !parts.is_empty()
        && show::agrees(
            &format!(
                "{}. Tabmux does that work. Take it out? `tabmux setup --undo` brings it back.",
                parts.join("; ")
            ),
            false,
        )
}

/// Starts the hub by the copy of the executable, so that it runs what stays.
fn start_hub(executable: &Path) -> anyhow::Result<()> {
    let output = Command::new(executable).args(["hub", "start"]).output().context("starting the hub")?;
    if !output.status.success() {
        bail!("the hub does not start: {}", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(())
}

/// Tells how to have `tabmux` in a terminal, where it is not found there.
fn tell_path(home: &Path) {
    if on_path(NAME).is_none() {
        let path = show::short(&stable::path(home), home);
        let how = format!(
            "To have `tabmux` in a terminal, link to it from a folder of your PATH: ln -s {path} FOLDER"
        );
        print(&wrapped(&how, 2));
    }
}

fn undo(args: &SetupArgs) -> Result<(), Failure> {
    let installation = Installation::from_env(|name| env::var_os(name))?;
    let home = home_folder()?;
    let mut record = Record::read(&installation)?;
    let mut plans = UndoPlan::all(&record, &args.only, &home);
    let is_needed = plans.iter().any(UndoPlan::is_needed);
    if !args.json {
        for plan in &plans {
            show::program(&plan.outcome, &home);
        }
        if !is_needed {
            print("There is nothing to undo.");
        } else if args.dry_run {
            print("Nothing was changed, since this is a dry run.");
        }
    }
    if is_needed && !args.yes && !args.dry_run && !show::agrees("Undo this?", true) {
        print("Nothing was changed.");
        return Ok(());
    }
    if !args.dry_run {
        undo_all(&mut plans, &mut record)?;
    }
    if !args.json {
        plans.iter().filter(|plan| plan.failed_late).for_each(|plan| show::program(&plan.outcome, &home));
    }
    let programs = plans.into_iter().map(|plan| plan.outcome).collect();
    let outcome =
        SetupOutcome { dry_run: args.dry_run, executable: None, programs, browsers: Vec::new(), check: None };
    if args.json {
        print(&serde_json::to_string(&outcome)?);
    }
    all_well(&outcome.programs)
}

/// Undoes what is planned, and removes the folders that were made for it and are empty.
fn undo_all(plans: &mut [UndoPlan], record: &mut Record) -> anyhow::Result<()> {
    for plan in plans.iter_mut() {
        plan.apply(record);
    }
    if !plans.is_empty() {
        record.remove_folders();
        record.write()?;
    }
    Ok(())
}
