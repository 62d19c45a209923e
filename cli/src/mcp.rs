//! `tabmux mcp`.

use tabmux_mcp_client::McpOptions;
use tabmux_protocol::InstanceId;

use crate::logging::{self, Who};
use crate::{Failure, config, runtime};
use tabmux_cli::args::McpArgs;
use tabmux_cli::config::Reading;

pub(crate) fn serve(args: McpArgs) -> Result<(), Failure> {
    let (installation, Reading { mistakes, mut config, .. }) = config::read()?;
    if !mistakes.0.is_empty() {
        // What was meant is not known: no file of the person's is read.
        config.files.roots.clear();
    }
    if let Some(tools) = args.tools {
        config.client.tools = tools;
    }
    let instance = InstanceId::new(std::process::id(), rand::random());
    logging::init(&installation, &config.log, &instance, Who::Mcp);
    if !mistakes.0.is_empty() {
        // An agent program shows a server that ends as gone, and hardly why. This one goes on with what is right, and while
        // no hub runs each call says what is wrong, since none starts.
        tracing::warn!("Some of the configuration is wrong: {mistakes}");
    }
    let options = McpOptions { label: args.label, session: args.session, instance, files: config.files };
    let reason = runtime()?.block_on(tabmux_mcp_client::serve_stdio(installation, config.client, options));
    tracing::info!(%reason, "Leaving");
    // A read on standard input that is still blocked would hold the runtime open.
    std::process::exit(0)
}
