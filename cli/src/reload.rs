//! A running hub and its configuration: a change of the file takes effect at once where it can, what needs a restart is
//! said, and a file that is wrong changes nothing.

use std::collections::BTreeSet;
use std::path::Path;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tabmux_cli::config::{self, Applies, Mistakes, Reading};
use tabmux_hub::Settings;
use tabmux_protocol::message::ConfigState;
use tokio::sync::watch;

use crate::platform::is_written;

/// How many mistakes the hub tells of.
const MISTAKES_TOLD: usize = 20;

/// What the hub goes by.
struct Configuration {
    /// By which it was started.
    started: Reading,
    /// The last one that was right.
    good: Reading,
    mistakes: Mistakes,
    settings_tx: watch::Sender<Settings>,
}

/// The settings of what was read, and of what the file says from then on, for as long as the watcher lives. Where watching
/// is impossible they stay.
pub(crate) fn follow(reading: Reading) -> (watch::Receiver<Settings>, Option<RecommendedWatcher>) {
    let file = reading.file.clone();
    let (settings_tx, settings) = watch::channel(reading.config.for_hub());
    let mut configuration =
        Configuration { started: reading.clone(), good: reading, mistakes: Mistakes::default(), settings_tx };
    // Editors write another file and rename it, so that the folder is watched; a link is followed to its own.
    let files: BTreeSet<_> = [Some(file.clone()), file.canonicalize().ok()].into_iter().flatten().collect();
    let ours = files.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event
            .is_ok_and(|event| is_written(event.kind) && event.paths.iter().any(|path| ours.contains(path)))
        {
            configuration.look();
        }
    });
    let watched = watcher.and_then(|mut watcher| {
        for folder in files.iter().filter_map(|file| file.parent()).collect::<BTreeSet<&Path>>() {
            watcher.watch(folder, RecursiveMode::NonRecursive)?;
        }
        Ok(watcher)
    });
    if let Err(error) = &watched {
        tracing::info!(%error, "The configuration is not watched: `tabmux hub restart` reads it again");
    }
    (settings, watched.ok())
}

impl Configuration {
    fn look(&mut self) {
        let Ok((_, reading)) = config::read() else { return };
        if !reading.mistakes.0.is_empty() {
            if reading.mistakes != self.mistakes {
                tracing::warn!("The hub goes on with the last right configuration: {}", reading.mistakes);
                let told = reading.mistakes.0.iter().take(MISTAKES_TOLD).map(ToString::to_string).collect();
                self.settings_tx.send_modify(|settings| settings.state.mistakes = told);
                self.mistakes = reading.mistakes;
            }
            return;
        }
        self.mistakes = Mistakes::default();
        let now = changed(&reading, &self.good, Applies::Now);
        if !now.is_empty() {
            tracing::info!(keys = now.join(", "), "The configuration has changed, and the hub goes by it");
        }
        let restart = changed(&reading, &self.started, Applies::Restart);
        if !restart.is_empty() && restart != self.settings_tx.borrow().state.restart {
            tracing::warn!(
                keys = restart.join(", "),
                "The configuration has changed where it needs `tabmux hub restart`"
            );
        }
        let state = ConfigState { restart, ..ConfigState::default() };
        self.settings_tx.send_replace(Settings { state, ..reading.config.for_hub() });
        self.good = reading;
    }
}

/// The keys of that kind whose values are not as they were.
fn changed(reading: &Reading, before: &Reading, applies: Applies) -> Vec<String> {
    let keys = reading.differences(before).filter(|key| key.applies == applies);
    keys.map(|key| key.path.clone()).collect()
}
