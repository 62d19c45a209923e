//! `tabmux doctor`: looks at every link of the chain from this executable to a page, names what is broken, and says what
//! to do. It works when everything is broken, since no link is needed to look at another; what cannot be looked at
//! because of another is skipped and says so.

mod browsers;
mod folders;
mod hub;
mod page;
mod programs;
mod round;
mod show;
mod start;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tabmux_cli::args::DoctorArgs;
use tabmux_cli::diagnosis::{Check, Diagnosis, Link, Verdict};
use tabmux_protocol::Installation;
use tabmux_protocol::message::{BrowserStatus, Status};

use crate::config::Config;
use crate::release::VERSION;
use crate::setup::home_folder;
use crate::terminal::print;
use crate::{Failure, native_host, runtime};
use browsers::Browser;
use round::{Finding, Round, within_its_time};

/// How long a look at files may take, and at programs that only say their release.
const FILES_WITHIN: Duration = Duration::from_secs(5);
/// How long the hub may take: each of its steps has a shorter time of its own. A start takes as long as the
/// configuration allows, and there is more to be waited for than that.
const HUB_WITHIN: Duration = Duration::from_secs(30);
/// How long the browser may take: each call has a shorter time of its own.
const BROWSER_WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn examine(args: &DoctorArgs) -> Result<(), Failure> {
    let mut round = Round::new(if args.json { |_| () } else { show::check });
    let facts = look_at_this_machine(&mut round);
    match facts {
        Some((installation, config)) => {
            look_further(&mut round, &installation, &Arc::new(config), args.start);
        }
        None => {
            for link in AFTER_THE_ENVIRONMENT {
                round.skip(link, "the environment does not say where to look");
            }
        }
    }
    let checks = round.into_checks();
    let code = exit_code(&checks);
    let diagnosis =
        Diagnosis { version: VERSION.to_owned(), healthy: code == 0, first: first_step(&checks), checks };
    match args.json {
        true => print(&serde_json::to_string(&diagnosis)?),
        false => show::summary(&diagnosis),
    }
    if code == 0 { Ok(()) } else { Err(Failure::Shown(code)) }
}

/// What cannot be looked at where the environment leads to no installation.
const AFTER_THE_ENVIRONMENT: [Link; 14] = [
    Link::Configuration,
    Link::Program,
    Link::StateFolder,
    Link::RuntimeFolder,
    Link::Secret,
    Link::Port,
    Link::Hub,
    Link::Greeting,
    Link::ExtensionFiles,
    Link::NativeHost,
    Link::Browser,
    Link::Extension,
    Link::Debugger,
    Link::Page,
];

fn look_at_this_machine(round: &mut Round) -> Option<(Installation, Config)> {
    round.look(Link::Executable, FILES_WITHIN, start::executable);
    if let Ok(Some(service)) = within_its_time(FILES_WITHIN, start::service) {
        round.add(Link::Service, None, service, Duration::ZERO);
    }
    let installation = round.look(Link::Environment, FILES_WITHIN, start::environment)??;
    let defaults = (installation.clone(), Config::default());
    let configured =
        round.look(Link::Configuration, FILES_WITHIN, move || start::configuration(installation));
    Some(configured.unwrap_or(defaults))
}

fn look_further(round: &mut Round, installation: &Installation, config: &Arc<Config>, start: bool) {
    look_at_the_programs(round, installation);
    let of = installation.clone();
    round.look(Link::StateFolder, FILES_WITHIN, move || folders::state(&of));
    let of = installation.clone();
    round.look(Link::RuntimeFolder, FILES_WITHIN, move || folders::runtime(&of));
    match round.broken(&[Link::RuntimeFolder]) {
        Some(_) => round.skip(Link::Secret, "the folder that it lies in is broken"),
        None => {
            let of = installation.clone();
            round.look(Link::Secret, FILES_WITHIN, move || folders::secret(&of));
        }
    }
    let status = look_at_the_hub(round, installation, config, start);
    // The first is the one that agents use.
    let active = status.as_ref().and_then(|status| status.browsers.first());
    look_at_the_browsers(round, installation, status.is_some(), active);
    if active.is_none() {
        for link in [Link::Debugger, Link::Page] {
            round.skip(link, "no browser is connected");
        }
        return;
    }
    let (of, config) = (installation.clone(), Arc::clone(config));
    let tried = within_its_time(BROWSER_WITHIN, move || Ok(runtime()?.block_on(page::look(&of, &config))));
    match tried.unwrap_or_else(Err) {
        Ok(page::Tried { debugger, page }) => {
            round.add(Link::Debugger, None, debugger.0, debugger.1);
            round.add(Link::Page, None, page.0, page.1);
        }
        Err(finding) => {
            round.add(Link::Debugger, None, finding, BROWSER_WITHIN);
            round.skip(Link::Page, "the browser could not be asked");
        }
    }
}

fn look_at_the_programs(round: &mut Round, installation: &Installation) {
    let of = installation.clone();
    let look = move || home_folder().map_or_else(|_| Vec::new(), |home| programs::look(&home, &of));
    match within_its_time(FILES_WITHIN, look) {
        Ok(rows) if rows.is_empty() => {
            round.skip(Link::Program, "no agent program has Tabmux: `tabmux setup` puts it in");
        }
        Ok(rows) => rows
            .into_iter()
            .for_each(|(program, finding, took)| round.add(Link::Program, Some(program), finding, took)),
        Err(finding) => round.add(Link::Program, None, finding, FILES_WITHIN),
    }
}

fn look_at_the_hub(
    round: &mut Round,
    installation: &Installation,
    config: &Arc<Config>,
    start: bool,
) -> Option<Status> {
    // What is broken before would only be told a second time by a hub that cannot be started.
    let start = start && round.broken(&[Link::Configuration, Link::RuntimeFolder, Link::Secret]).is_none();
    let (of, config) = (installation.clone(), Arc::clone(config));
    let looked = within_its_time(HUB_WITHIN, move || hub::look(&of, &config, start).map_err(Finding::from));
    match looked.unwrap_or_else(Err) {
        Ok(hub::Findings { port, hub, greeting, status, took }) => {
            round.add(Link::Port, None, port, Duration::ZERO);
            round.add(Link::Hub, None, hub, Duration::ZERO);
            round.add(Link::Greeting, None, greeting, took);
            status
        }
        Err(finding) => {
            round.add(Link::Port, None, finding, HUB_WITHIN);
            round.skip(Link::Hub, "the port could not be looked at");
            round.skip(Link::Greeting, "the port could not be looked at");
            None
        }
    }
}

fn look_at_the_browsers(
    round: &mut Round,
    installation: &Installation,
    is_greeted: bool,
    active: Option<&BrowserStatus>,
) {
    let is_connected = active.is_some();
    let of = installation.clone();
    round.look(Link::ExtensionFiles, FILES_WITHIN, move || (browsers::files(&of, is_connected), ()));
    let of = installation.clone();
    let looked = within_its_time(FILES_WITHIN, move || {
        let found = browsers::find(home_folder().ok().as_deref(), &of);
        let hosts: Vec<(Finding, Duration)> = found
            .iter()
            .map(|browser| {
                let began_at = Instant::now();
                (browser.native_host(&of, is_connected), began_at.elapsed())
            })
            .collect();
        (found, hosts)
    });
    let (found, hosts) = match looked {
        Ok(looked) => looked,
        Err(finding) => {
            round.add(Link::NativeHost, None, finding, FILES_WITHIN);
            (Vec::new(), Vec::new())
        }
    };
    if found.is_empty() && round.broken(&[Link::NativeHost]).is_none() {
        round.skip(Link::NativeHost, "no browser has profiles here");
    }
    for (browser, (finding, took)) in found.iter().zip(hosts) {
        round.add(Link::NativeHost, Some(browser.name), finding, took);
    }
    match active {
        Some(browser) => {
            round.add(Link::Browser, None, page::browser(browser), Duration::ZERO);
            round.add(Link::Extension, None, page::extension(browser), Duration::ZERO);
        }
        None => {
            round.add(Link::Browser, None, browsers::running(&found), Duration::ZERO);
            look_for_the_extension(round, installation, is_greeted, &found);
        }
    }
}

/// Why no extension is connected: what comes before it, or something in the browser that runs.
fn look_for_the_extension(
    round: &mut Round,
    installation: &Installation,
    is_greeted: bool,
    found: &[Browser],
) {
    if !is_greeted {
        return round.skip(Link::Extension, "only the hub knows, and it was not reached");
    }
    if let Some(broken) = round.broken(&[Link::NativeHost, Link::Browser, Link::ExtensionFiles]) {
        return round.skip(Link::Extension, &format!("it cannot connect: see {broken}"));
    }
    let running = found.iter().filter(|browser| browser.runs()).max_by_key(|browser| browser.likelihood());
    match running {
        Some(browser) => {
            round.add(Link::Extension, None, browser.not_connected(installation), Duration::ZERO);
        }
        None => round.skip(Link::Extension, "no browser runs"),
    }
}

/// 0 if all is well; 1 if something is broken; else 3 if no hub runs, and 4 if no browser is connected.
fn exit_code(checks: &[Check]) -> u8 {
    let has = |link, verdicts: &[Verdict]| {
        checks.iter().any(|check| check.link == link && verdicts.contains(&check.verdict))
    };
    if checks.iter().any(|check| check.verdict == Verdict::Fail) {
        return 1;
    }
    let works = [Verdict::Ok, Verdict::Warn];
    match (has(Link::Hub, &[Verdict::Ok]), has(Link::Extension, &works)) {
        (false, _) => 3,
        (true, false) => 4,
        (true, true) => 0,
    }
}

/// The fix of the first link that is broken, else of the first that is worth a look.
fn first_step(checks: &[Check]) -> Option<String> {
    let of = |verdict| checks.iter().find(|check| check.verdict == verdict);
    of(Verdict::Fail).or_else(|| of(Verdict::Warn))?.fix.clone()
}

/// A path as a word of a command that a person copies.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:,".contains(c);
    if text.chars().all(is_plain) { text.into_owned() } else { native_host::quoted(&text) }
}
