//! Errors, as a program gets them: problem details (RFC 9457) with the code that everything has.

use std::ops::Deref;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sortie_host::HostError;
use sortie_host::journal::{DecideError, JournalError, RunError};
use sortie_json::{Code, Exit, UserError, excerpt};

use crate::codes;
use crate::pool::Overload;
use crate::text::text;

/// How long what is said of a problem may be, in bytes: what was sent may be repeated in it.
const MAX_SAID_BYTES: usize = 4_000;
/// After how many seconds it is worth asking again where the server has too much to do.
const BUSY_SECONDS: u64 = 2;

/// Why a request was not answered as it was meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Problem(Box<ProblemDetails>);

/// What there is to say of a problem (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemDetails {
    /// `urn:sortie:error:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code means, in a sentence that is the same each time.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong in this case.
    pub detail: String,
    /// The stable code, the same as in the command's errors.
    pub code: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The JSON Pointer (RFC 6901) of what is wrong in what was sent, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// After how many seconds it is worth asking again, where that is known: as the header `Retry-After` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Deref for Problem {
    type Target = ProblemDetails;

    fn deref(&self) -> &ProblemDetails {
        &self.0
    }
}

impl Problem {
    /// A problem of a code.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Box::new(ProblemDetails {
            kind: format!("urn:sortie:error:{code}"),
            title: code.meaning().to_owned(),
            status: status(code).as_u16(),
            detail: said(&detail.into()),
            code: code.as_str().to_owned(),
            help: Some(code.remedy().to_owned()),
            pointer: None,
            retry_after: (status(code) == StatusCode::SERVICE_UNAVAILABLE).then_some(BUSY_SECONDS),
        }))
    }

    /// The problem that an error is.
    pub(crate) fn of(error: &dyn UserError) -> Self {
        let mut problem = Self::new(error.code(), error.to_string());
        problem.0.help = error.help().map(|help| said(&help));
        problem
    }

    /// A request that has not the form that it should have.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(codes::INVALID_REQUEST, detail)
    }

    /// The same problem, at a place in what was sent.
    #[must_use]
    pub(crate) fn at(mut self, pointer: impl Into<String>) -> Self {
        // A pointer is true as a whole or not at all.
        self.0.pointer = Some(pointer.into()).filter(|pointer| pointer.len() <= MAX_SAID_BYTES);
        self
    }

    /// The same in words that fit better where it is met.
    #[must_use]
    pub(crate) fn saying(mut self, detail: impl Into<String>, help: &str) -> Self {
        self.0.detail = said(&detail.into());
        self.0.help = Some(help.to_owned());
        self
    }

    /// The same, and when it is worth asking again.
    #[must_use]
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// What is said of a problem, as one line: what is repeated of a request in it steers nothing where it is shown or logged, and
/// of a long one the beginning tells enough.
fn said(words: &str) -> String {
    text(&excerpt(words, MAX_SAID_BYTES))
}

/// The HTTP status of a code: by its own name where that says more than how the command exits.
fn status(code: Code) -> StatusCode {
    match code.as_str() {
        "not_signed_in" => StatusCode::UNAUTHORIZED,
        "not_allowed" | "token_decides" | "forged_request" | "not_assignee" | "is_starter" | "wrong_token" => {
            StatusCode::FORBIDDEN
        }
        "wrong_host" => StatusCode::MISDIRECTED_REQUEST,
        "too_many_requests" => StatusCode::TOO_MANY_REQUESTS,
        "request_timeout" => StatusCode::REQUEST_TIMEOUT,
        "request_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "encoded_body" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "wrong_method" => StatusCode::METHOD_NOT_ALLOWED,
        "invalid_request" | "invalid_cursor" => StatusCode::BAD_REQUEST,
        "no_such_page" | "unknown_run" | "unknown_wait" | "unknown_mission" | "unknown_plugin" | "no_such_step" => {
            StatusCode::NOT_FOUND
        }
        "conflict" | "version_conflict" | "run_exists" | "already_ended" | "expired" | "cancelled" | "not_asked"
        | "other_question" | "no_result_yet" | "plugin_changed" | "plugin_missing" => StatusCode::CONFLICT,
        "bug" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => match code.exit() {
            Exit::HostFault => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        },
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, Body::from(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Overload> for Problem {
    fn from(_: Overload) -> Self {
        Self::new(codes::SERVER_BUSY, "the server has as much to do as it takes on at once")
    }
}

impl From<RunError> for Problem {
    fn from(error: RunError) -> Self {
        let problem = Self::of(&error);
        match error {
            RunError::Decide(DecideError::Refused(sortie_host::DecisionError::SchemaMismatch { field, .. })) => {
                problem.at(field)
            }
            RunError::Host(error) => Self::from(error),
            _ => problem,
        }
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        RunError::from(error).into()
    }
}

impl From<HostError> for Problem {
    fn from(error: HostError) -> Self {
        let problem = Self::of(&error);
        match error {
            HostError::InvalidParams { mismatches, .. } => match mismatches.into_iter().next() {
                Some((pointer, _)) => problem.at(pointer),
                None => problem,
            },
            HostError::Decision(sortie_host::DecisionError::SchemaMismatch { field, .. }) => problem.at(field),
            _ => problem,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_problem_is_as_long_as_it_may_be_and_steers_nothing() {
        let said = |words: &str| Problem::invalid(words).detail.clone();
        let long = "x".repeat(MAX_SAID_BYTES);
        assert_eq!(said(&long), long);
        assert!(said(&format!("{long}y")).len() < MAX_SAID_BYTES + 20);
        assert_eq!(said("a\u{202e}\u{1b}[2Jb\nc"), "a\\u{202e}\\u{1b}[2Jb\\nc");
        let at = |pointer: &str| Problem::invalid("x").at(pointer).pointer.clone();
        assert_eq!(at(&long).as_deref(), Some(long.as_str()));
        assert_eq!(at(&format!("{long}y")), None);
    }
}
