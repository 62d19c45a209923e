//! What `tabmux doctor --json` prints: one object, stable.

use serde::{Deserialize, Serialize};

/// Everything that was found, link by link, in the order of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// The release that looked.
    pub version: String,
    /// Whether everything was checked and nothing is broken; there may be warnings.
    pub healthy: bool,
    /// The checks, in the order of the chain from the executable to a page.
    pub checks: Vec<Check>,
    /// What to do first, if there is anything to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Which link.
    pub link: Link,
    /// Of several alike, which: the browser of a native host, for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen, in a sentence; of a link that was skipped, why.
    pub seen: String,
    /// More of it, in lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What to do, with commands in backticks; always there where the verdict is `warn` or `fail`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// How long looking took, in milliseconds.
    pub took_ms: u64,
}

/// How a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, or will, and is worth a look.
    Warn,
    /// It is broken.
    Fail,
    /// It could not be checked, since something before it is broken or missing, or it does not matter here.
    Skipped,
}

/// The links of the chain from the executable to a page, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Link {
    /// The executable that runs, and the one that others find.
    Executable,
    /// What starts the hub at login; only where `tabmux hub install` put it.
    Service,
    /// `HOME` and the `TABMUX_*` variables.
    Environment,
    /// The configuration file.
    Configuration,
    /// What an agent program's file says of Tabmux; one row a program.
    Program,
    /// The folder of logs and files.
    StateFolder,
    /// The folder by which processes find each other.
    RuntimeFolder,
    /// The secret in it.
    Secret,
    /// The hub's port and who holds it.
    Port,
    /// The hub's process.
    Hub,
    /// The hub's socket: both proofs, release and protocol.
    Greeting,
    /// The extension as it lies in its folder.
    ExtensionFiles,
    /// What leads a browser's extension to the hub; one row a browser.
    NativeHost,
    /// The browsers that run.
    Browser,
    /// The extension's connection to the hub.
    Extension,
    /// The browser's permission to work on pages.
    Debugger,
    /// A page, opened in a tab of our own.
    Page,
}

impl Link {
    /// The link's name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Executable => "Executable",
            Self::Service => "Service",
            Self::Environment => "Environment",
            Self::Configuration => "Configuration",
            Self::Program => "Agent program",
            Self::StateFolder => "State folder",
            Self::RuntimeFolder => "Runtime folder",
            Self::Secret => "Secret",
            Self::Port => "Port",
            Self::Hub => "Hub",
            Self::Greeting => "Greeting",
            Self::ExtensionFiles => "Extension files",
            Self::NativeHost => "Native host",
            Self::Browser => "Browser",
            Self::Extension => "Extension",
            Self::Debugger => "Debugger",
            Self::Page => "Page",
        }
    }
}
