//! The hub's files in the runtime folder, which others find it by: kept there while it serves.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use tabmux_protocol::installation::{Installation, InstallationError};
use tabmux_protocol::message::HubFile;
use tabmux_protocol::proof::Secret;
use tokio::time::sleep;

/// How often to look: rarely enough for a machine that is to sleep, and soon enough for a person who wonders.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// `hub.json`, the held lock and the secret of a hub that serves. Somebody may clear the folder; a hub that cannot be
/// found any more, and whose secret nobody knows, would keep its port from one that can.
pub(super) struct Files {
    installation: Installation,
    file: HubFile,
    secret: Secret,
    http_token: Secret,
    lock: File,
}

impl Files {
    /// Keeps these files in place.
    pub(super) fn new(
        installation: Installation,
        file: HubFile,
        (secret, http_token): (Secret, Secret),
        lock: File,
    ) -> Self {
        Self { installation, file, secret, http_token, lock }
    }

    /// Puts back what is missing, for as long as the secret is this hub's. Ends when it was replaced by another: only
    /// the next hub can serve those who prove that one.
    pub(super) async fn keep(&mut self) {
        loop {
            sleep(LOOK_EVERY).await;
            match self.put_back() {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!(
                        "The secret was replaced: the hub leaves, and the next one serves with it"
                    );
                    return;
                }
                Err(error) => tracing::warn!(%error, "The hub's files cannot be kept"),
            }
        }
    }

    /// Puts back what is missing; says whether the secret is this hub's.
    fn put_back(&mut self) -> Result<bool, InstallationError> {
        self.installation.prepare_runtime_dir()?;
        if !self.holds_the_lock()
            && let Some(lock) = self.installation.try_hub_lock()?
        {
            self.lock = lock;
        }
        if self.installation.read_secret()?.is_none() {
            tracing::warn!("The secret is gone from the runtime folder: it is written again");
            self.installation.write_secret(&self.secret)?;
        }
        if matches!(self.installation.read_http_token(), Ok(None)) {
            self.installation.write_http_token(&self.http_token)?;
        }
        if self.installation.read_hub_file().is_none() {
            tracing::warn!("hub.json is gone from the runtime folder: it is written again");
            self.installation.write_hub_file(&self.file)?;
        }
        let secret = self.installation.read_secret()?;
        Ok(secret.is_none_or(|secret| secret.to_hex() == self.secret.to_hex()))
    }

    /// Whether the lock that is held is on the file that others lock.
    fn holds_the_lock(&self) -> bool {
        let held = self.lock.metadata().map(|held| (held.dev(), held.ino()));
        let theirs = self.installation.hub_lock_path().metadata().map(|there| (there.dev(), there.ino()));
        matches!((held, theirs), (Ok(held), Ok(theirs)) if held == theirs)
    }
}
