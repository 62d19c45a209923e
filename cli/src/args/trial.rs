//! `tabmux test`.

use clap::Args;

/// The flags of `tabmux test`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  tabmux test                        100 calls, one after the other
  tabmux test 1000 --concurrency 8   as eight agents at the same time
  tabmux test 50 --json | jq .p99Ms

The calls go through the running hub to the browser, which looks at a page of \
Tabmux's own in background tabs that are closed again. Without a browser the hub \
answers by itself.

Exit codes: 0 all calls were answered well, 1 any failed or you ended it, 3 no hub runs.")]
pub struct TestArgs {
    /// How many calls
    #[arg(value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub calls: u32,
    /// As how many agents at the same time
    #[arg(long, value_name = "C", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=32))]
    pub concurrency: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
