//! `tabmux doctor`.

use clap::Args;

/// The flags of `tabmux doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  \
        tabmux doctor                 Check every link, with a fix for what is broken\n  \
        tabmux doctor --start         The same, and start the hub first if none runs\n  \
        tabmux doctor --json | jq -r '.checks[] | select(.verdict == \"fail\") | .fix'",
    after_long_help = "It only looks: it starts and changes nothing unless you add --start. If a browser is connected it \
        opens a page of its own in a background tab for a moment, as an agent would, and closes the tab again.\n\n\
        Examples:\n  \
        tabmux doctor                 Check every link, with a fix for what is broken\n  \
        tabmux doctor --start         The same, and start the hub first if none runs\n  \
        tabmux doctor --json | jq -r '.checks[] | select(.verdict == \"fail\") | .fix'\n\n\
        Exit codes: 0 all is well (there may be warnings), 1 something is broken, 3 nothing is broken and no hub runs, \
        4 nothing is broken and no browser is connected."
)]
pub struct DoctorArgs {
    /// Start the hub first if none runs, also one that you stopped
    #[arg(long)]
    pub start: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
