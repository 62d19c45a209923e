//! `tabmux uninstall`: what Tabmux put on the machine is taken away, step by step; a step that fails does not keep the
//! others from being done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use serde_json::json;
use tabmux_cli::args::UninstallArgs;
use tabmux_cli::outcome::{LeftEntry, ProgramChange, UninstallOutcome, UninstallStep};
use tabmux_cli::service::ServiceChange;
use tabmux_protocol::message::Status;
use tabmux_protocol::{Installation, method};

use super::programs::{PROGRAMS, Program};
use super::record::Record;
use super::undo::UndoPlan;
use super::{home_folder, show, stable};
use crate::config::{Config, Reading};
use crate::logging::own_files;
use crate::plain::one_line;
use crate::platform::BROWSERS;
use crate::terminal::{BAD, GOOD, paint, print, wrapped};
use crate::{Failure, browser, config, hub, hub_service, native_host, runtime};

pub(crate) fn run(args: &UninstallArgs) -> Result<(), Failure> {
    show::can_ask("tabmux uninstall", args.yes, args.dry_run, args.json)?;
    let mut uninstall = Uninstall::plan(args)?;
    if !args.json {
        uninstall.show(args);
    }
    if !uninstall.is_needed() || args.dry_run {
        return uninstall.end(args);
    }
    if !args.yes && !show::agrees("Take this off?", true) {
        print("Nothing was changed.");
        return Ok(());
    }
    uninstall.apply(args.json);
    uninstall.end(args)
}

/// What lies in the runtime folder and in the state folder.
const OWN_NAMES: [&str; 13] = [
    "browser",
    "browser.json",
    "clients",
    "extension",
    "http-token",
    "hub.json",
    "hub.lock",
    "launch.lock",
    "logs",
    "run",
    "setup",
    "stopped",
    "token",
];

/// One thing to take away.
enum Thing {
    /// The hub as a service, which starts it again.
    Service(PathBuf),
    Hub,
    Browser(u32),
    NativeHost {
        name: &'static str,
        profile_root: PathBuf,
    },
    Executable(PathBuf),
    /// The record of `setup`, with its copies of files.
    Record,
    /// Our log files in a folder that the configuration names.
    Logs(PathBuf),
    Data {
        what: &'static str,
        path: PathBuf,
    },
}

struct Uninstall {
    installation: Installation,
    config: Config,
    home: PathBuf,
    record: Record,
    entries: Vec<UndoPlan>,
    things: Vec<Thing>,
    done: Vec<UninstallStep>,
    /// The windows and browsers that would write to the folders again.
    in_use: Vec<String>,
}

impl Uninstall {
    fn plan(args: &UninstallArgs) -> anyhow::Result<Self> {
        // What is wrong in the configuration is no reason to stay.
        let (installation, Reading { config, .. }) = config::read()?;
        let home = home_folder()?;
        let record = Record::read(&installation)?;
        let entries = UndoPlan::all(&record, &[], &home);
        let mut this = Self {
            installation,
            config,
            home,
            record,
            entries,
            things: Vec::new(),
            done: Vec::new(),
            in_use: Vec::new(),
        };
        this.find(args.purge);
        Ok(this)
    }

    /// Finds everything that is there, in the order in which it is taken away: who would bring it back goes first.
    fn find(&mut self, purge: bool) {
        let installation = &self.installation;
        let mut things = Vec::new();
        // A file that is not ours is an error here, and nothing to take away.
        if let Ok(service) = hub_service::remove(true)
            && service.change == ServiceChange::Removed
        {
            things.push(Thing::Service(service.file));
        }
        // The look at a lock makes its file.
        let had_hub = installation.hub_lock_path().exists();
        if had_hub && installation.try_hub_lock().is_ok_and(|lock| lock.is_none()) {
            things.push(Thing::Hub);
        }
        things.extend(browser::running_profile(installation).map(|(pid, _)| Thing::Browser(pid)));
        let own_profile = ("the launched browser", installation.state_dir.join("browser"));
        let roots = BROWSERS.iter().map(|browser| (browser.name, self.home.join(browser.profile_root)));
        for (name, profile_root) in roots.chain([own_profile]) {
            if native_host::is_any_registered(&profile_root) {
                things.push(Thing::NativeHost { name, profile_root });
            }
        }
        let copy = stable::path(&self.home);
        if copy.exists() {
            things.push(Thing::Executable(copy));
        }
        if installation.state_dir.join("setup").exists() {
            things.push(Thing::Record);
        }
        if purge {
            let logs = self.config.log.folder(installation);
            if logs != installation.log_dir() && own_files(&logs).is_ok_and(|files| !files.is_empty()) {
                things.push(Thing::Logs(logs));
            }
            let data = [
                ("the runtime folder", &installation.runtime_dir),
                ("logs, the launched browser's profile and the files of agents", &installation.state_dir),
                ("the configuration file", &installation.config_path),
            ];
            let present = data.into_iter().filter(|(_, path)| path.exists());
            things.extend(present.map(|(what, path)| Thing::Data { what, path: path.clone() }));
            self.in_use = in_use(installation, &self.config);
        }
        self.things = things;
    }

    fn is_needed(&self) -> bool {
        !self.things.is_empty() || self.entries.iter().any(UndoPlan::is_needed)
    }

    fn show(&self, args: &UninstallArgs) {
        for entry in &self.entries {
            show::program(&entry.outcome, &self.home);
        }
        for thing in &self.things {
            let step = self.step(thing);
            let place =
                step.path.map_or_else(String::new, |path| format!(": {}", show::short(&path, &self.home)));
            print(&wrapped(&format!("{}{place}", capital(&step.what)), 2));
        }
        match (self.is_needed(), args.dry_run) {
            (false, _) => print("There is nothing to take off."),
            (true, true) => print("Nothing was changed, since this is a dry run."),
            (true, false) => {}
        }
    }

    /// The entries go first: a window that is opened then starts nothing any more.
    fn apply(&mut self, quiet: bool) {
        self.undo_entries(quiet);
        for thing in std::mem::take(&mut self.things) {
            let mut step = self.step(&thing);
            step.problem = self.take(&thing).err().map(|error| format!("{error:#}"));
            if !quiet {
                tell(&step);
            }
            self.done.push(step);
        }
        self.remove_folders();
    }

    fn undo_entries(&mut self, quiet: bool) {
        for entry in self.entries.iter_mut().filter(|entry| entry.is_needed()) {
            entry.apply(&mut self.record);
            if quiet {
                continue;
            }
            match entry.failed_late {
                true => show::program(&entry.outcome, &self.home),
                false => {
                    print(&format!("{} take the entry out of {}", paint(GOOD, "Done:"), entry.outcome.name));
                }
            }
        }
    }

    fn take(&self, thing: &Thing) -> anyhow::Result<()> {
        match thing {
            Thing::Service(_) => hub_service::remove(false).map(|_| ()),
            Thing::Hub => {
                let ended = hub::end(&self.installation, &self.config);
                ended.map(|_| ()).map_err(|failure| anyhow!("{failure}"))
            }
            Thing::Browser(_) => browser::end(&self.installation).map(|_| ()),
            Thing::NativeHost { profile_root, .. } => Ok(native_host::unregister(profile_root)?),
            Thing::Executable(path) => {
                self.unused()?;
                fs::remove_file(path).with_context(|| path.display().to_string())
            }
            Thing::Record => {
                self.unused()?;
                let failed =
                    self.entries.iter().filter(|entry| entry.outcome.change == ProgramChange::Failed);
                let names: Vec<&str> = failed.map(|entry| entry.outcome.name.as_str()).collect();
                if !names.is_empty() {
                    bail!("it holds how the files of {} were before", names.join(", "));
                }
                Ok(self.record.remove()?)
            }
            Thing::Logs(folder) => {
                self.unused()?;
                for file in own_files(folder).with_context(|| folder.display().to_string())? {
                    removed(&file, fs::remove_file(&file))?;
                }
                // It stays where something else is in it.
                let _ = fs::remove_dir(folder);
                Ok(())
            }
            Thing::Data { path, .. } => {
                self.unused()?;
                self.remove_data(path)
            }
        }
    }

    /// Refuses while somebody would write there again, or need the executable to.
    fn unused(&self) -> anyhow::Result<()> {
        if self.in_use.is_empty() {
            return Ok(());
        }
        bail!("it is in use: close {} and run `tabmux uninstall --purge` again", self.in_use.join(", "))
    }

    fn remove_data(&self, path: &Path) -> anyhow::Result<()> {
        if self.record.path().exists() && self.record.path().starts_with(path) {
            bail!("it holds how files of agent programs were before");
        }
        if !path.is_dir() {
            return removed(path, fs::remove_file(path));
        }
        if path.ancestors().take(2).any(|folder| folder.ends_with("tabmux")) {
            return removed(path, fs::remove_dir_all(path));
        }
        // A folder that somebody named may hold anything.
        for name in OWN_NAMES.map(|name| path.join(name)) {
            let result = if name.is_dir() { fs::remove_dir_all(&name) } else { fs::remove_file(&name) };
            removed(&name, result)?;
        }
        match fs::read_dir(path)?.next() {
            None => removed(path, fs::remove_dir(path)),
            Some(_) => bail!("{} holds files that are not Tabmux's", path.display()),
        }
    }

    /// Removes the folders that are ours by name or were made by `setup`, where they are empty.
    fn remove_folders(&mut self) {
        let copy = stable::path(&self.home);
        let of_copy = copy.ancestors().skip(1).take(2);
        let of_config = self.installation.config_path.parent().filter(|folder| folder.ends_with("tabmux"));
        for folder in of_copy.chain(of_config) {
            // One that holds something else stays.
            let _ = fs::remove_dir(folder);
        }
        self.record.remove_folders();
    }

    fn step(&self, thing: &Thing) -> UninstallStep {
        let (what, path) = match thing {
            Thing::Service(file) => ("end the service".to_owned(), Some(file.clone())),
            Thing::Hub => ("stop the hub".to_owned(), None),
            Thing::Browser(pid) => (format!("stop the launched browser (pid {pid})"), None),
            Thing::NativeHost { name, profile_root } => {
                (format!("unregister from {name}"), Some(profile_root.join("NativeMessagingHosts")))
            }
            Thing::Executable(path) => ("remove the executable".to_owned(), Some(path.clone())),
            Thing::Record => ("remove the backups of set-up".to_owned(), Some(self.record.path().to_owned())),
            Thing::Logs(folder) => ("remove the log files".to_owned(), Some(folder.clone())),
            Thing::Data { what, path } => (format!("remove {what}"), Some(path.clone())),
        };
        UninstallStep { what, path, problem: None }
    }

    /// The entries of our name that are not taken away, since somebody else wrote them.
    fn left(&self) -> Vec<LeftEntry> {
        let is_told = |path: &Path| {
            self.entries.iter().any(|entry| {
                entry.outcome.path == path
                    && (entry.is_needed() || entry.outcome.change == ProgramChange::Failed)
            })
        };
        let left = |program: &Program| {
            let path = program.path(&self.home);
            if is_told(&path) || fs::canonicalize(&path).is_ok_and(|target| is_told(&target)) {
                return None;
            }
            let command = program.entry(&path).ok()??.command;
            Some(LeftEntry { program: program.id, name: program.name.to_owned(), path, command })
        };
        PROGRAMS.iter().filter_map(left).collect()
    }

    fn end(self, args: &UninstallArgs) -> Result<(), Failure> {
        let left = self.left();
        if !args.json {
            left.iter().for_each(|entry| show::left(entry, &self.home));
        }
        let steps = match args.dry_run {
            true => self.things.iter().map(|thing| self.step(thing)).collect(),
            false => self.done,
        };
        let programs = self.entries.into_iter().map(|entry| entry.outcome).collect();
        let outcome = UninstallOutcome { dry_run: args.dry_run, programs, steps, left };
        if args.json {
            print(&serde_json::to_string(&outcome)?);
        } else if !args.dry_run && !outcome.steps.is_empty() {
            print(&wrapped(
                "If the extension is loaded in your browser, remove it on its extensions page (chrome://extensions).",
                0,
            ));
        }
        super::all_well(&outcome.programs)?;
        match outcome.steps.iter().filter(|step| step.problem.is_some()).count() {
            0 => Ok(()),
            left => {
                Err(anyhow!("{left} of {} steps failed, for the reasons above", outcome.steps.len()).into())
            }
        }
    }
}

/// To remove what is not there is no failure.
fn removed(path: &Path, result: io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context(path.display().to_string())
        }
        _ => Ok(()),
    }
}

/// Who is connected and would write to the folders again: agent windows, and browsers that `launch` did not start.
fn in_use(installation: &Installation, config: &Config) -> Vec<String> {
    let asked = runtime().map_err(anyhow::Error::from).and_then(|runtime| {
        runtime.block_on(async {
            let mut link = hub::connect(installation, config).await?;
            Ok(link.request::<Status>(method::STATUS, &json!({}), hub::ANSWER_WITHIN).await?)
        })
    });
    let Ok(status) = asked else { return Vec::new() };
    let windows = status.clients.iter().filter(|client| client.connected);
    let windows = windows.map(|client| format!("the agent window {:?}", one_line(&client.label)));
    let browsers = status.browsers.iter().filter(|browser| {
        browser.state.connected
            && !browser.state.pid.is_some_and(|pid| browser::is_launched(installation, pid))
    });
    let name = |name: &Option<String>| name.as_deref().map_or_else(|| "the browser".into(), one_line);
    windows.chain(browsers.map(|browser| name(&browser.state.name))).collect()
}

fn tell(step: &UninstallStep) {
    match &step.problem {
        None => print(&format!("{} {}", paint(GOOD, "Done:"), step.what)),
        Some(problem) => print(&wrapped(&format!("{} {}: {problem}", paint(BAD, "Failed:"), step.what), 2)),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
