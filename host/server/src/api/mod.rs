//! The interface for programs: JSON in and out, errors as problem details (RFC 9457), described by `OpenAPI` 3.1.

mod events;
mod missions;
mod openapi;
mod runs;
pub(crate) mod types;

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sortie_json::ParseLimits;

use crate::net::MAX_BODY;
use crate::pool::read_aside;
use crate::problem::Problem;

pub(crate) use events::events;
pub(crate) use missions::{mission, missions, plugins};
pub(crate) use openapi::openapi;
pub(crate) use runs::{bundle, cancel, decide, list, outlooks, preview, show, start, state, verify};

/// A value as a response.
pub(crate) struct Reply<T>(pub(crate) StatusCode, pub(crate) T);

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.1) {
            Ok(body) => {
                let mut response = (self.0, body).into_response();
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Err(error) => Problem::new(sortie_json::Code::find(&[], "bug"), error.to_string()).into_response(),
        }
    }
}

/// What a route of the interface answers.
pub(crate) type ApiResult<T> = Result<Reply<T>, Problem>;

#[expect(clippy::unnecessary_wraps, reason = "it is what routes answer")]
fn ok<T>(value: T) -> ApiResult<T> {
    Ok(Reply(StatusCode::OK, value))
}

/// The body of a request: I-JSON of that form.
async fn body<T: DeserializeOwned + Send + 'static>(bytes: Bytes) -> Result<T, Problem> {
    read_aside(bytes.len(), move || read_body(&bytes)).await?
}

fn read_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let limits = ParseLimits { bytes: MAX_BODY, ..ParseLimits::default() };
    let value = sortie_json::parse(bytes, limits).map_err(|faults| {
        let first = faults.first();
        let detail =
            first.map_or_else(|| "the body is not JSON".to_owned(), |fault| format!("the body is not I-JSON: {fault}"));
        let problem = Problem::invalid(detail);
        match first {
            Some(fault) => problem.at(fault.pointer.to_string()),
            None => problem,
        }
    })?;
    // Of an array, the library would take one member after the other.
    if !value.is_object() {
        return Err(Problem::invalid("the body is not a JSON object"));
    }
    serde_json::from_value(value)
        .map_err(|error| Problem::invalid(format!("the body does not have the right form: {error}")))
}
