//! The browser side: the unpacked extension, the native hosts that lead it to its hub, and `tabmux setup extension`.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Context;
use tabmux_protocol::Installation;

use super::home_folder;
use crate::config::Config;
use crate::native_host::Registration;
use crate::platform::{BROWSERS, KnownBrowser};
use crate::terminal::{print, wrapped};
use crate::{Failure, config, extension, hub, runtime};
use tabmux_cli::args::SetupExtensionArgs;

pub(crate) fn extension(args: &SetupExtensionArgs) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    let folder = extension::unpack(&installation).context("unpacking the extension")?;
    let hosts = Host::all(&installation, &home_folder()?, &env::current_exe()?);
    if hosts.is_empty() {
        return Err(Failure::NoBrowser(no_browser()));
    }
    for host in &hosts {
        host.register()?;
        print(&format!("Registered with {}.", host.browser.name));
    }
    print(&instructions(&folder, &hosts.iter().collect::<Vec<_>>()));
    if args.no_wait {
        return Ok(());
    }
    print("Waiting for the browser to connect (Ctrl-C to leave; it connects later just as well) ...");
    runtime()?.block_on(async {
        hub::remove_stopped_mark(&installation)?;
        hub::reach(&installation, &config).await?;
        let name = connected(&installation, &config).await?;
        print(&format!("Connected: {name}."));
        print("Add to your agent program: {\"mcpServers\": {\"tabmux\": {\"command\": \"tabmux\", \"args\": [\"mcp\"]}}}");
        Ok(())
    })
}

/// A browser that is there, and the native host that it is to have.
pub(super) struct Host {
    pub(super) browser: &'static KnownBrowser,
    pub(super) profile_root: PathBuf,
    registration: Registration,
}

impl Host {
    /// The hosts of all browsers that have run in that home folder, to be served by that executable.
    pub(super) fn all(installation: &Installation, home: &Path, executable: &Path) -> Vec<Self> {
        let host = |browser: &'static KnownBrowser| {
            let profile_root = home.join(browser.profile_root);
            let registration = Registration::of(installation, executable, &profile_root);
            profile_root.is_dir().then_some(Self { browser, profile_root, registration })
        };
        BROWSERS.iter().filter_map(host).collect()
    }

    pub(super) fn is_registered(&self) -> bool {
        self.registration.is_registered()
    }

    pub(super) fn register(&self) -> anyhow::Result<()> {
        let root = self.profile_root.display();
        self.registration.register().with_context(|| format!("registering the native host in {root}"))
    }
}

/// Waits until the running hub has a browser, any browser, however long it takes; its name for people.
pub(super) async fn connected(installation: &Installation, config: &Config) -> anyhow::Result<String> {
    let link = hub::connect(installation, config).await?;
    let browser = hub::browser_connected(link, installation, config, |_| true).await?;
    Ok(browser.state.name.unwrap_or_else(|| "your browser".into()))
}

/// What to do where no browser has a profile.
pub(super) fn no_browser() -> String {
    let names: Vec<&str> = BROWSERS.iter().map(|browser| browser.name).collect();
    format!(
        "no profile of {} was found in your home folder: start your browser once and run this again, or use `tabmux \
         browser launch`",
        names.join(", ")
    )
}

/// What only a person can do: load the extension.
pub(super) fn instructions(folder: &Path, hosts: &[&Host]) -> String {
    let mut pages: Vec<&str> = hosts.iter().map(|host| host.browser.extensions_page).collect();
    pages.dedup();
    let steps = [
        format!("  1. Open {}", pages.join(" or ")),
        "  2. Turn on \"Developer mode\"".to_owned(),
        format!("  3. Press \"Load unpacked\" and choose {}", folder.display()),
    ];
    let steps: Vec<String> = steps.iter().map(|step| wrapped(step, 5)).collect();
    let again = wrapped(
        "If it is loaded there already, press its reload button: the browser goes on with the old one until then.",
        0,
    );
    let bar = wrapped(
        "While an agent works the browser shows a bar that says so; its Cancel button stops all agents.",
        0,
    );
    format!("\nIn the browser that your agents are to use:\n{}\n{again}\n{bar}", steps.join("\n"))
}
