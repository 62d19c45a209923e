//! The answers of the hub to plain HTTP.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_ACCEPT,
    UPGRADE, VARY, WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use serde_json::json;
use tabmux_protocol::PROTOCOL;
use tabmux_protocol::message::{Health, HealthBrowser, HubState, Ports};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::admission::Denied;
use crate::core::{Identity, Vitals};

/// Answers a request that is refused.
pub(crate) fn denied(denied: Denied) -> Response<String> {
    let (status, error, message) = denied.tell();
    let mut response = json_response(status, json!({ "error": error, "message": message }).to_string());
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// Answers `GET /metrics`.
pub(crate) fn metrics(page: String) -> Response<String> {
    let mut response = json_response(StatusCode::OK, page);
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

/// Answers `GET /health`.
pub(crate) fn health(
    identity: &Identity,
    vitals: Vitals,
    uptime_ms: u64,
    readable_by: Option<HeaderValue>,
) -> Response<String> {
    let is_serving = vitals.state == HubState::Serving;
    let health = Health {
        status: if is_serving { "ok" } else { "draining" }.to_owned(),
        state: vitals.state,
        name: "tabmux".to_owned(),
        version: identity.version.clone(),
        protocol: PROTOCOL,
        instance: identity.instance.clone(),
        pid: identity.pid,
        uptime_ms,
        browser: HealthBrowser { connected: vitals.browser_connected },
        clients: vitals.clients,
        ports: Ports { hub: identity.port, browsermcp: None },
    };
    let status = if is_serving { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // A struct of numbers and texts cannot fail to serialize.
    let mut response = json_response(status, serde_json::to_string(&health).unwrap_or_default());
    if let Some(origin) = readable_by {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// Accepts a WebSocket upgrade.
pub(crate) fn switching(key: &HeaderValue) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::try_from(derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn json_response(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // One request a connection: whoever does not upgrade has no reason to stay.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
