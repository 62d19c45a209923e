//! The browsers on this machine, as they lie on the disk: what leads them to the hub, which run, and in which the
//! extension is loaded. What cannot be read is taken for absent.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tabmux_protocol::{EXTENSION_ID, Installation};

use super::round::Finding;
use super::start::is_same;
use crate::browser::running_profile;
use crate::extension::{self, Unpacked};
use crate::native_host::{self, Registered, RegistrationError};
use crate::platform::{self, BROWSERS, SANDBOXED};
use crate::release::{VERSION, version_of};

/// A browser whose profiles lie on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Browser {
    pub(super) name: &'static str,
    extensions_page: &'static str,
    root: PathBuf,
    kind: Kind,
    /// Its process, if it runs.
    pid: Option<u32>,
    extension: Loaded,
}

/// How a browser is led to the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The person's own.
    Own,
    /// In a sandbox, out of which no native host is started.
    Sandboxed,
    /// The one that `tabmux browser launch` started.
    Launched,
}

/// Whether a browser's profiles know the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Loaded {
    /// From the folder into which it is unpacked.
    Yes,
    /// From this folder.
    Elsewhere(PathBuf),
    /// The person switched it off.
    Off,
    /// Not at all, as far as the profiles tell.
    No,
}

/// Finds every browser that has profiles here.
pub(super) fn find(home: Option<&Path>, installation: &Installation) -> Vec<Browser> {
    let folder = extension::folder(installation);
    let of = |name, extensions_page, root: PathBuf, kind, pid| {
        let extension = loaded(&root, &folder);
        Browser { name, extensions_page, root, kind, pid, extension }
    };
    let known = |browsers: &'static [platform::KnownBrowser], kind| {
        browsers.iter().filter_map(move |browser| {
            let root = home?.join(browser.profile_root);
            root.is_dir().then_some((browser, root, kind))
        })
    };
    let mut found: Vec<Browser> = known(&BROWSERS, Kind::Own)
        .chain(known(&SANDBOXED, Kind::Sandboxed))
        .map(|(browser, root, kind)| {
            let pid = holder_of(&root);
            of(browser.name, browser.extensions_page, root, kind, pid)
        })
        .collect();
    if let Some((pid, root)) = running_profile(installation) {
        found.push(of("the launched browser", "chrome://extensions", root, Kind::Launched, Some(pid)));
    }
    found
}

/// The process that uses a profile root, by the lock that Chromium leaves in it: a link to `<host>-<pid>`.
fn holder_of(root: &Path) -> Option<u32> {
    let lock = fs::read_link(root.join("SingletonLock")).ok()?;
    let pid = lock.to_str()?.rsplit('-').next()?.parse().ok()?;
    platform::started(pid).map(|_| pid)
}

fn loaded(root: &Path, folder: &Path) -> Loaded {
    let profiles = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut best = Loaded::No;
    for settings in profiles.flat_map(|profile| extension_settings(&profile)) {
        let path = settings["path"].as_str().map(PathBuf::from);
        let is_off = settings["state"] == 0
            || settings["disable_reasons"].as_array().is_some_and(|reasons| !reasons.is_empty());
        match path {
            _ if is_off => best = Loaded::Off,
            Some(path) if is_same(&path, folder) => return Loaded::Yes,
            Some(path) => best = Loaded::Elsewhere(path),
            None => {}
        }
    }
    best
}

/// What a profile keeps about our extension and nothing else.
fn extension_settings(profile: &Path) -> Vec<Value> {
    let place = format!("/extensions/settings/{EXTENSION_ID}");
    let read = |name: &str| {
        let preferences: Value = serde_json::from_slice(&fs::read(profile.join(name)).ok()?).ok()?;
        preferences.pointer(&place).cloned()
    };
    ["Preferences", "Secure Preferences"].into_iter().filter_map(read).collect()
}

/// The extension as it lies in its folder. With a browser connected an empty folder matters to nobody: that one has the
/// extension from elsewhere.
pub(super) fn files(installation: &Installation, is_connected: bool) -> Finding {
    let folder = extension::folder(installation);
    let shown = folder.display();
    let fix = "`tabmux setup extension`, then press the reload button of Tabmux on the browser's page of extensions.";
    match extension::unpacked(installation) {
        Unpacked::Same => Finding::ok(format!("{VERSION}, {shown}")),
        Unpacked::Other(Some(version)) if version != VERSION => {
            Finding::warn(format!("{shown} holds {version} and this is {VERSION}"), fix)
        }
        Unpacked::Other(_) => {
            Finding::warn(format!("{shown} differs from what this executable carries"), fix)
        }
        Unpacked::Missing if is_connected => {
            Finding::skipped("none are unpacked; the connected browser has them from elsewhere")
        }
        Unpacked::Missing => Finding::fail(
            format!("none are unpacked ({shown})"),
            "`tabmux setup extension` for your own browser, or `tabmux browser launch`.",
        ),
    }
}

impl Browser {
    /// What leads this browser's extension to the hub.
    pub(super) fn native_host(&self, installation: &Installation, is_connected: bool) -> Finding {
        if self.kind == Kind::Sandboxed {
            return self.without_native_host(is_connected);
        }
        let again = match self.kind {
            Kind::Launched => "`tabmux browser stop`, then `tabmux browser launch`.",
            Kind::Own | Kind::Sandboxed => "`tabmux setup extension --no-wait` registers it.",
        };
        let registered = match native_host::read(&self.root) {
            Ok(registered) => registered,
            // One that the person does not use with agents needs none.
            Err(RegistrationError::Missing(_)) if is_connected => {
                return Finding::skipped(
                    "not registered, which matters only if agents are to use this browser",
                );
            }
            Err(error) => return Finding::fail(error.to_string(), again),
        };
        self.judge(&registered, installation, is_connected, again)
    }

    fn judge(
        &self,
        Registered { script, executable, runtime_dir }: &Registered,
        installation: &Installation,
        is_connected: bool,
        again: &str,
    ) -> Finding {
        let shown = executable.display();
        if platform::on_path(&executable.to_string_lossy()).is_none() {
            let seen = format!("it starts {shown}, and no executable is there");
            return Finding::fail(seen, again).with_details(vec![format!("By {}.", script.display())]);
        }
        if *runtime_dir != installation.runtime_dir && !is_same(runtime_dir, &installation.runtime_dir) {
            let seen = format!("it leads to another installation, {}", runtime_dir.display());
            return match is_connected {
                true => Finding::skipped(seen),
                false => Finding::fail(seen, again),
            };
        }
        let is_this = std::env::current_exe().is_ok_and(|own| is_same(&own, executable));
        match is_this.then(|| VERSION.to_owned()).or_else(|| version_of(executable)) {
            Some(version) if version == VERSION => {
                Finding::ok(format!("leads to this installation, by {shown}"))
            }
            Some(version) => {
                Finding::warn(format!("it starts {version}, {shown}, and this is {VERSION}"), again)
            }
            None => Finding::fail(format!("it starts {shown}, which is no `tabmux` that runs"), again),
        }
    }

    fn without_native_host(&self, is_connected: bool) -> Finding {
        let seen = "native messaging does not work in its sandbox";
        match is_connected {
            true => Finding::skipped(format!("{seen}; `tabmux pair` connects it instead")),
            false => Finding::warn(seen, "`tabmux pair` connects it once the extension is loaded in it."),
        }
    }

    /// Why the extension of this browser, which runs, is not connected.
    pub(super) fn not_connected(&self, installation: &Installation) -> Finding {
        let Self { name, extensions_page, .. } = self;
        let folder = extension::folder(installation);
        match &self.extension {
            _ if self.kind == Kind::Launched => Finding::fail(
                "the launched browser runs and its extension is not connected",
                "`tabmux browser stop`, then `tabmux browser launch`.",
            ),
            Loaded::Yes => Finding::fail(
                format!("it is loaded in {name} and not connected"),
                format!("Open {extensions_page} in {name} and press the reload button of Tabmux."),
            ),
            Loaded::Elsewhere(path) => Finding::fail(
                format!("it is loaded in {name} from {} and not connected", path.display()),
                format!(
                    "Open {extensions_page} in {name}, remove Tabmux there, press \"Load unpacked\" and choose {}.",
                    folder.display()
                ),
            ),
            Loaded::Off => Finding::fail(
                format!("it is switched off in {name}"),
                format!("Open {extensions_page} in {name} and switch Tabmux on."),
            ),
            Loaded::No => Finding::fail(
                format!("{name} runs, and the extension does not seem to be loaded in it"),
                format!(
                    "Open {extensions_page} in {name}, turn on \"Developer mode\", press \"Load unpacked\" and choose \
                     {}.",
                    folder.display()
                ),
            ),
        }
    }

    /// Whether it runs.
    pub(super) fn runs(&self) -> bool {
        self.pid.is_some()
    }

    /// How likely it is the one that the person means: the higher, the likelier.
    pub(super) fn likelihood(&self) -> u8 {
        match (&self.extension, self.kind) {
            (_, Kind::Launched) => 4,
            (Loaded::Yes, _) => 3,
            (Loaded::Elsewhere(_), _) => 2,
            (Loaded::Off, _) => 1,
            (Loaded::No, _) => 0,
        }
    }
}

/// Which browsers run.
pub(super) fn running(browsers: &[Browser]) -> Finding {
    let running: Vec<String> = browsers
        .iter()
        .filter_map(|browser| Some(format!("{} (pid {})", browser.name, browser.pid?)))
        .collect();
    if !running.is_empty() {
        return Finding::ok(format!("{} runs", running.join(", ")));
    }
    let start = "Start the browser that has the extension, or `tabmux browser launch`.";
    let names: Vec<&str> = browsers.iter().map(|browser| browser.name).collect();
    match names.is_empty() {
        true => Finding::fail(
            "none was found in your home folder",
            "`tabmux browser launch`, or install a browser.",
        ),
        false => Finding::warn(format!("none runs; found: {}", names.join(", ")), start),
    }
}
