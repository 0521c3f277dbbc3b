//! The protocol over HTTP: one message and one answer a request, and nothing that is kept between them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::methods::Agent;
use super::protocol::{Fault, Message, VERSIONS, is_modern, unsupported};
use crate::app::App;
use crate::identity::Caller;

const VERSION: &str = "mcp-protocol-version";
const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";

/// `POST /mcp`.
pub(crate) async fn answer(State(app): State<Arc<App>>, who: Caller, headers: HeaderMap, bytes: Bytes) -> Response {
    let message = match Message::read(&bytes) {
        Ok(message) => message,
        Err(fault) => return reply(StatusCode::BAD_REQUEST, &fault.answer(None)),
    };
    if let Err(fault) = agrees(&headers, &message) {
        return reply(StatusCode::BAD_REQUEST, &fault.answer(message.id.as_ref()));
    }
    match Agent::new(app, who).answer(&message).await {
        None => StatusCode::ACCEPTED.into_response(),
        Some(answer) => reply(status(&answer), &answer),
    }
}

fn reply(status: StatusCode, answer: &Value) -> Response {
    let mut response = (status, answer.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The status of an answer: whoever looks at it alone can tell that a request was not understood.
fn status(answer: &Value) -> StatusCode {
    match answer.pointer("/error/code").and_then(Value::as_i64) {
        Some(Fault::NO_SUCH_METHOD) => StatusCode::NOT_FOUND,
        Some(Fault::UNREADABLE | Fault::INVALID_REQUEST | Fault::UNSUPPORTED_VERSION | Fault::MISSING_CAPABILITY) => {
            StatusCode::BAD_REQUEST
        }
        _ => StatusCode::OK,
    }
}

/// Whether the headers say what the message says: whoever stands between looks at them alone.
fn agrees(headers: &HeaderMap, message: &Message) -> Result<(), Fault> {
    let differs =
        |name: &str| Fault::new(Fault::HEADER_MISMATCH, format!("the header `{name}` and the message differ"));
    let said = |name: &str| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => decoded(value).map(Some).ok_or_else(|| differs(name)),
            (Some(_), Some(_)) => Err(differs(name)),
        }
    };
    let version = said(VERSION)?;
    if let Some(version) = version.as_deref().filter(|version| !VERSIONS.contains(version)) {
        return Err(unsupported(version));
    }
    if let Some(spoken) = message.version()
        && VERSIONS.contains(&spoken)
        && version.as_deref() != Some(spoken)
        && (version.is_some() || is_modern(spoken))
    {
        return Err(differs(VERSION));
    }
    let Some(method) = message.method.as_deref() else { return Ok(()) };
    let is_needed = method != "initialize" && version.as_deref().is_some_and(is_modern);
    match said(METHOD)? {
        Some(header) if header != method => return Err(differs(METHOD)),
        None if is_needed => return Err(differs(METHOD)),
        _ => {}
    }
    let member = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return Ok(()),
    };
    let name = message.params.get(member).and_then(Value::as_str);
    match (said(NAME)?, name) {
        (Some(header), Some(name)) if header == name => Ok(()),
        (None, _) if !is_needed => Ok(()),
        (None, None) => Ok(()),
        _ => Err(differs(NAME)),
    }
}

/// The text of a header, which may be wrapped as `=?base64?…?=`.
fn decoded(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    match text.strip_prefix("=?base64?").and_then(|text| text.strip_suffix("?=")) {
        Some(wrapped) => String::from_utf8(BASE64.decode(wrapped).ok()?).ok(),
        None => Some(text.to_owned()),
    }
}
