//! The protocol over HTTP: one message and one answer a request, and nothing that is kept between them. Who asks, which host
//! they name, how often and how much, was looked at before (`guard`, `gate`, `net`).

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rmcp::model::JsonRpcError;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};

use super::message;
use super::requests::Agent;
use crate::app::App;
use crate::identity::Caller;
use crate::net::MAX_BODY;
use crate::pool::{answer_alone, read_aside};
use crate::problem::Problem;

/// `POST /mcp`.
pub(crate) async fn answer(State(app): State<Arc<App>>, who: Caller, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else { return refused(&message::too_long()) };
    let length = bytes.len();
    let read = move || message::read(&bytes).map(|message| message.value.to_string());
    let text = match read_aside(length, read).await {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => return refused(&error),
        Err(overload) => return Problem::from(overload).into_response(),
    };
    // The protocol's side hands on the head of a request, and writes it to logs: what proves who asks is not in it.
    for secret in [header::AUTHORIZATION, header::COOKIE] {
        parts.headers.remove(secret);
    }
    let service = StreamableHttpService::new(
        move || Ok(Agent::new(Arc::clone(&app), who.clone())),
        Arc::new(NeverSessionManager::default()),
        settings(),
    );
    let request = Request::from_parts(parts, Body::from(text));
    // The protocol's side reads it again, and keeps what it has read until it is answered.
    let answer = async move { service.handle(request).await.into_response() };
    answer_alone(length, answer).await.unwrap_or_else(|overload| Problem::from(overload).into_response())
}

/// Each request for itself, and an answer of one piece.
fn settings() -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MAX_BODY)
        .disable_allowed_hosts()
}

fn refused(error: &JsonRpcError) -> Response {
    let text = serde_json::to_string(error).unwrap_or_default();
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (StatusCode::BAD_REQUEST, kind, text).into_response()
}
