//! `tabmux setup extension`.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::platform::{BROWSERS, KnownBrowser};
use crate::terminal::{print, wrapped};
use crate::{Failure, config, extension, hub, native_host, runtime};
use tabmux_cli::args::SetupExtensionArgs;

pub(crate) fn extension(args: &SetupExtensionArgs) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    let folder = extension::unpack(&installation).context("unpacking the extension")?;
    let home = std::env::var_os("HOME").map(PathBuf::from).context("HOME is not set: set it")?;
    let present: Vec<&KnownBrowser> =
        BROWSERS.iter().filter(|browser| home.join(browser.profile_root).is_dir()).collect();
    if present.is_empty() {
        let names: Vec<&str> = BROWSERS.iter().map(|browser| browser.name).collect();
        return Err(Failure::NoBrowser(format!(
            "no profile of {} was found in your home folder: start your browser once and run this again, or use \
             `tabmux browser launch`",
            names.join(", ")
        )));
    }
    for browser in &present {
        let root = home.join(browser.profile_root);
        native_host::register(&installation, &root)
            .with_context(|| format!("registering the native host in {}", root.display()))?;
        print(&format!("Registered with {}.", browser.name));
    }
    print(&instructions(&folder, &present));
    if args.no_wait {
        return Ok(());
    }
    print("Waiting for the browser to connect (Ctrl-C to leave; it connects later just as well) ...");
    runtime()?.block_on(async {
        hub::remove_stopped_mark(&installation)?;
        let link = hub::reach(&installation, &config).await?;
        // The person is on the extensions page: any browser will do, however long it takes.
        let browser = hub::browser_connected(link, &installation, &config, |_| true).await?;
        print(&format!("Connected: {}.", browser.state.name.as_deref().unwrap_or("your browser")));
        print("Add to your agent program: {\"mcpServers\": {\"tabmux\": {\"command\": \"tabmux\", \"args\": [\"mcp\"]}}}");
        Ok(())
    })
}

fn instructions(folder: &Path, present: &[&KnownBrowser]) -> String {
    let mut pages: Vec<&str> = present.iter().map(|browser| browser.extensions_page).collect();
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
