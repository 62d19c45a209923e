//! Everything that differs between Linux and macOS. Linux is tested; macOS is supported and untested.

use std::path::{Path, PathBuf};
use std::{fs, io};

use nix::sys::signal::kill;
use nix::unistd::Pid;
use tabmux_cli::service::{self, Service};

/// A browser that people install, and where its profiles keep the manifests of native hosts.
pub(crate) struct KnownBrowser {
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// The page on which unpacked extensions are loaded.
    pub(crate) extensions_page: &'static str,
    /// Its profile root, below the home folder.
    pub(crate) profile_root: &'static str,
}

/// The browsers that `tabmux setup extension` serves.
#[cfg(target_os = "macos")]
pub(crate) const BROWSERS: [KnownBrowser; 4] = [
    KnownBrowser::new("Chrome", "chrome://extensions", "Library/Application Support/Google/Chrome"),
    KnownBrowser::new("Chromium", "chrome://extensions", "Library/Application Support/Chromium"),
    KnownBrowser::new("Edge", "edge://extensions", "Library/Application Support/Microsoft Edge"),
    KnownBrowser::new(
        "Brave",
        "brave://extensions",
        "Library/Application Support/BraveSoftware/Brave-Browser",
    ),
];
/// The browsers that `tabmux setup extension` serves.
#[cfg(not(target_os = "macos"))]
pub(crate) const BROWSERS: [KnownBrowser; 4] = [
    KnownBrowser::new("Chrome", "chrome://extensions", ".config/google-chrome"),
    KnownBrowser::new("Chromium", "chrome://extensions", ".config/chromium"),
    KnownBrowser::new("Edge", "edge://extensions", ".config/microsoft-edge"),
    KnownBrowser::new("Brave", "brave://extensions", ".config/BraveSoftware/Brave-Browser"),
];

/// Browsers in a sandbox of their own, out of which no native host can be started.
#[cfg(target_os = "macos")]
pub(crate) const SANDBOXED: [KnownBrowser; 0] = [];
/// Browsers in a sandbox of their own, out of which no native host can be started.
#[cfg(not(target_os = "macos"))]
pub(crate) const SANDBOXED: [KnownBrowser; 5] = [
    KnownBrowser::new("Chromium (Snap)", "chrome://extensions", "snap/chromium/common/chromium"),
    KnownBrowser::new(
        "Chromium (Flatpak)",
        "chrome://extensions",
        ".var/app/org.chromium.Chromium/config/chromium",
    ),
    KnownBrowser::new(
        "Chrome (Flatpak)",
        "chrome://extensions",
        ".var/app/com.google.Chrome/config/google-chrome",
    ),
    KnownBrowser::new(
        "Edge (Flatpak)",
        "edge://extensions",
        ".var/app/com.microsoft.Edge/config/microsoft-edge",
    ),
    KnownBrowser::new(
        "Brave (Flatpak)",
        "brave://extensions",
        ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser",
    ),
];

/// Executables of browsers that accept `--load-extension`, best first: branded Chrome refuses it (CHROME.md).
#[cfg(target_os = "macos")]
pub(crate) const LAUNCHABLE: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
];
/// Executables of browsers that accept `--load-extension`, best first: branded Chrome refuses it (CHROME.md).
#[cfg(not(target_os = "macos"))]
pub(crate) const LAUNCHABLE: [&str; 4] =
    ["chromium", "chromium-browser", "chrome-for-testing", "ungoogled-chromium"];

impl KnownBrowser {
    const fn new(name: &'static str, extensions_page: &'static str, profile_root: &'static str) -> Self {
        Self { name, extensions_page, profile_root }
    }
}

/// What starts a person's services when they log in.
pub(crate) struct ServiceManager {
    /// The file that it reads, below the home folder.
    pub(crate) file: &'static str,
    /// What the file says.
    pub(crate) text: fn(&Service) -> String,
    /// The links that enabling the service makes, below the home folder.
    pub(crate) links: &'static [&'static str],
    /// A command that succeeds where the manager answers.
    pub(crate) answers: fn() -> Vec<String>,
    /// What makes it take up the file and start the service.
    pub(crate) start: fn(&Path) -> Vec<Vec<String>>,
    /// What ends the service, before its file is removed.
    pub(crate) stop: fn(&Path) -> Vec<Vec<String>>,
    /// What makes it forget the file, after that is removed.
    pub(crate) forget: fn(&Path) -> Vec<Vec<String>>,
}

/// launchd's agents.
#[cfg(target_os = "macos")]
pub(crate) fn service_manager() -> ServiceManager {
    ServiceManager {
        file: service::AGENT,
        text: Service::launchd_agent,
        links: &[],
        answers: || words("launchctl list"),
        start: |file| vec![[words("launchctl load -w"), vec![file.to_string_lossy().into()]].concat()],
        stop: |file| vec![[words("launchctl unload -w"), vec![file.to_string_lossy().into()]].concat()],
        forget: |_| Vec::new(),
    }
}

/// systemd's manager of a person's services.
#[cfg(not(target_os = "macos"))]
pub(crate) fn service_manager() -> ServiceManager {
    ServiceManager {
        file: service::UNIT,
        text: Service::systemd_unit,
        links: &[".config/systemd/user/default.target.wants/tabmux.service"],
        answers: || words("systemctl --user show-environment"),
        start: |_| {
            vec![
                words("systemctl --user daemon-reload"),
                words("systemctl --user enable --now tabmux.service"),
            ]
        },
        stop: |_| vec![words("systemctl --user disable --now tabmux.service")],
        forget: |_| vec![words("systemctl --user daemon-reload")],
    }
}

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

/// Where graphical programs keep their data, below the home folder.
#[cfg(target_os = "macos")]
pub(crate) const APPLICATION_DATA: &str = "Library/Application Support";
/// Where graphical programs keep their data, below the home folder.
#[cfg(not(target_os = "macos"))]
pub(crate) const APPLICATION_DATA: &str = ".config";

/// Whether an application of that name is installed, where the system has a folder of them.
pub(crate) fn has_application(name: &str) -> bool {
    cfg!(target_os = "macos") && Path::new(&format!("/Applications/{name}.app")).is_dir()
}

/// When a process started, in the system's own words: with its pid it names a process for good, since pids are used
/// again. `None` if there is no such process.
#[cfg(not(target_os = "macos"))]
pub(crate) fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces; the 22nd field is the 20th after it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18).map(str::to_owned)
}

/// When a process started, in the system's own words: with its pid it names a process for good, since pids are used
/// again. `None` if there is no such process.
#[cfg(target_os = "macos")]
pub(crate) fn started(pid: u32) -> Option<String> {
    let output = std::process::Command::new("/bin/ps")
        .args(["-o", "lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The parent of a process, where the system shows it.
#[cfg(not(target_os = "macos"))]
pub(crate) fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The parent of a process, where the system shows it.
#[cfg(target_os = "macos")]
pub(crate) fn parent(pid: u32) -> Option<u32> {
    let output =
        std::process::Command::new("/bin/ps").args(["-o", "ppid=", "-p", &pid.to_string()]).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// A variable in the environment with which a process of ours was started, where the system shows it.
#[cfg(not(target_os = "macos"))]
pub(crate) fn variable_of(pid: u32, name: &str) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let mut variables =
        environment.split(|byte| *byte == 0).filter_map(|pair| std::str::from_utf8(pair).ok());
    variables.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// A variable in the environment with which a process of ours was started, where the system shows it.
#[cfg(target_os = "macos")]
pub(crate) fn variable_of(_: u32, _: &str) -> Option<String> {
    None
}

/// Every process that the system shows.
#[cfg(not(target_os = "macos"))]
pub(crate) fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Every process that the system shows.
#[cfg(target_os = "macos")]
pub(crate) fn processes() -> Vec<u32> {
    let Ok(output) = std::process::Command::new("/bin/ps").args(["-A", "-o", "pid="]).output() else {
        return Vec::new();
    };
    String::from_utf8_lossy(&output.stdout).split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// Sends a signal to a process that we started.
pub(crate) fn signal(pid: u32, signal: nix::sys::signal::Signal) -> nix::Result<()> {
    let pid = i32::try_from(pid).map_err(|_| nix::errno::Errno::ESRCH)?;
    kill(Pid::from_raw(pid), signal)
}

/// Whether windows can be shown.
pub(crate) fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Makes a file executable for its owner.
pub(crate) fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// The first executable of that name on PATH; a name with a slash is taken as it is.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let executable = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| executable(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| executable(path))
}

/// Whether a file is as its writer left it: Linux tells when it is closed, and until then it may be half written; macOS does
/// not.
pub(crate) fn is_written(kind: notify::EventKind) -> bool {
    use notify::EventKind::{Access, Modify, Remove};
    use notify::event::{AccessKind, AccessMode, ModifyKind};
    match kind {
        Access(AccessKind::Close(AccessMode::Write)) | Modify(ModifyKind::Name(_)) | Remove(_) => true,
        Modify(ModifyKind::Data(_)) => cfg!(target_os = "macos"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start_and_a_dead_one_has_none() {
        let own = std::process::id();
        assert_eq!(started(own), started(own));
        assert!(started(own).is_some() && parent(own).is_some() && processes().contains(&own));
        assert!(started(u32::MAX - 1).is_none());
    }
}
