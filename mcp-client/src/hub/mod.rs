//! How any process finds, launches and greets the hub.

mod connection;
mod dial;
mod discovery;
mod error;
mod holder;
mod launch;
mod own;
mod replace;
mod seek;
mod stream;

use tabmux_protocol::message::PeerKind;
use tabmux_protocol::{Installation, InstanceId};

pub(crate) use connection::answer_to;
pub use connection::{Connection, RequestError};
pub(crate) use dial::{HELLO_ID, Introduction, Socket};
pub use discovery::{Action, Discovery, Event, GiveUp, Policy, State};
pub use error::{ConnectError, LaunchError};
pub use holder::{Holder, Process};
pub use own::OwnHub;
#[cfg(test)]
pub(crate) use seek::Silence;
pub(crate) use seek::{LocalWorld, World, seek};

use self::dial::dial;
use crate::ClientSettings;

/// How a hub came to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launched {
    /// It served already.
    AlreadyServing,
    /// It was started, by this process or by another at the same moment.
    Started,
}

/// Makes sure that a hub serves: greets the running one, or starts one within `hub_start_ms`.
///
/// A hub that the person stopped is not started: the caller removes the mark first if the person wants one.
pub async fn ensure_hub(
    installation: &Installation,
    settings: &ClientSettings,
) -> Result<Launched, LaunchError> {
    let mut world = LocalWorld::new(installation, settings, || std::future::ready(Introduction::cli()));
    let (_, launched) = seek(&mut world, settings.search(true), |_| ()).await?;
    Ok(if launched { Launched::Started } else { Launched::AlreadyServing })
}

/// Greets the running hub as the command line; starts none.
pub async fn connect(
    installation: &Installation,
    settings: &ClientSettings,
) -> Result<Connection, ConnectError> {
    greet(installation, settings, Introduction::cli()).await
}

/// Greets the running hub as a client of that name, which calls tools as agents do; starts none.
pub async fn connect_as_client(
    installation: &Installation,
    settings: &ClientSettings,
    label: &str,
) -> Result<Connection, ConnectError> {
    let introduction = Introduction {
        kind: PeerKind::Client,
        instance: Some(InstanceId::new(std::process::id(), rand::random())),
        label: Some(label.to_owned()),
        agent: Some(concat!("tabmux/", env!("CARGO_PKG_VERSION")).to_owned()),
        ..Introduction::cli()
    };
    greet(installation, settings, introduction).await
}

async fn greet(
    installation: &Installation,
    settings: &ClientSettings,
    introduction: Introduction,
) -> Result<Connection, ConnectError> {
    let (socket, welcome) = dial(installation, settings, std::future::ready(introduction)).await?;
    Ok(Connection::new(socket, welcome))
}
