//! `tabmux mcp`.

use tabmux_mcp_client::McpOptions;
use tabmux_protocol::InstanceId;

use crate::logging::{self, Who};
use crate::{Failure, config, runtime};
use tabmux_cli::args::McpArgs;

pub(crate) fn serve(args: McpArgs) -> Result<(), Failure> {
    let (installation, mut config) = config::load(None)?;
    if let Some(tools) = args.tools {
        config.client.tools = tools;
    }
    let instance = InstanceId::new(std::process::id(), rand::random());
    logging::init(&installation, &config.log, &instance, Who::Mcp);
    let options = McpOptions { label: args.label, session: args.session, instance, files: config.files };
    let reason = runtime()?.block_on(tabmux_mcp_client::serve_stdio(installation, config.client, options));
    tracing::info!(%reason, "Leaving");
    // A read on standard input that is still blocked would hold the runtime open.
    std::process::exit(0)
}
