//! Numbers and logs every request on its way to the handler, and catches the agent program's name on the way.

use std::borrow::Cow;

use rmcp::model::{ClientNotification, ClientRequest, ProtocolVersion, ServerConfig, ServerResult};
use rmcp::service::{NotificationContext, RequestContext, Service};
use rmcp::{ErrorData, RoleServer};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;

use super::further::logged_name;
use super::handler::Handler;
use super::identity::identify;
use crate::link::Identity;

/// The handler behind a log.
#[derive(Clone)]
pub(super) struct Logged {
    pub(super) handler: Handler,
    pub(super) label: Option<String>,
    pub(super) identity_tx: watch::Sender<Option<Identity>>,
}

impl Logged {
    /// The first name stands: the hub names the tab group once.
    fn learn_name(&self, request: &ClientRequest, context: &RequestContext<RoleServer>) {
        let program = match request {
            ClientRequest::InitializeRequest(request) => Some(request.params.client_info.clone()),
            _ => context.client_info(),
        };
        if let Some(program) = program {
            self.identity_tx.send_if_modified(|identity| {
                let is_first = identity.is_none();
                identity.get_or_insert_with(|| identify(self.label.as_deref(), &program));
                is_first
            });
        }
    }
}

impl Service<RoleServer> for Logged {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        self.learn_name(&request, &context);
        let began_at = Instant::now();
        let counters = &self.handler.about().counters;
        let (number, id) = (counters.begin(), context.id.clone());
        let method = request.method().to_owned();
        let tool = match &request {
            ClientRequest::CallToolRequest(request) => {
                Some(logged_name(&request.params.name, request.params.arguments.as_ref()))
            }
            _ => None,
        };
        let tool = tool.as_deref();
        // What the handler learns of the call; it stands in every line of the request from then on.
        let span = tracing::info_span!("request", client = Empty, call = Empty);
        tracing::info!(method, tool, "Request #{number} (ID: {id}) started");
        let result = self.handler.handle_request(request, context).instrument(span.clone()).await;
        let ok = succeeded(&result);
        counters.end(ok);
        let ms = u64::try_from(began_at.elapsed().as_millis()).unwrap_or(u64::MAX);
        span.in_scope(|| tracing::info!(method, tool, ok, ms, "Request #{number} (ID: {id}) completed"));
        result
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.handler.handle_notification(notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        Service::get_info(&self.handler)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Service::supported_protocol_versions(&self.handler)
    }
}

fn succeeded(result: &Result<ServerResult, ErrorData>) -> bool {
    match result {
        Ok(ServerResult::CallToolResult(result)) => result.is_error != Some(true),
        Ok(_) => true,
        Err(_) => false,
    }
}
