//! What stands in an address or in a form, read for its route; what cannot be read is told as everything else is.

use std::error::Error as _;

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use futures_util::FutureExt;
use serde::de::DeserializeOwned;

use crate::codes;
use crate::net::MAX_BODY;
use crate::pool::read_aside;
use crate::problem::Problem;
use crate::reply::Failure;
use crate::text::name;

/// How many fields a form may have: each takes many times the room of the bytes that it is sent as.
const MAX_FIELDS: usize = 100_000;

/// The variables of a route.
pub(crate) struct PathInput<T>(pub(crate) T);

/// The query of an address.
pub(crate) struct QueryInput<T>(pub(crate) T);

/// The fields of a form, in its order.
pub(crate) struct FormInput(pub(crate) Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for FormInput {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let no_form = || Problem::invalid("the body is not a form");
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| no_form())?;
        read_aside(bytes.len(), move || {
            if bytes.split(|byte| *byte == b'&').nth(MAX_FIELDS).is_some() {
                let detail = format!("the form has more than {MAX_FIELDS} fields");
                return Err(Problem::new(codes::REQUEST_TOO_LARGE, detail));
            }
            // It is all there: nothing is waited for.
            let request = Request::from_parts(parts, Body::from(bytes));
            let read = Form::from_request(request, &()).now_or_never();
            let Form(fields) = read.and_then(Result::ok).ok_or_else(no_form)?;
            Ok(Self(fields))
        })
        .await?
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathInput<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = parts.uri.path().to_owned();
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(found)) => Ok(Self(found)),
            Err(_) => Err(Failure::at(
                &path,
                Problem::new(codes::NO_SUCH_PAGE, format!("there is nothing at `{}`", name(&path))),
            )),
        }
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for QueryInput<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = parts.uri.path().to_owned();
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(found)) => Ok(Self(found)),
            Err(error) => {
                // The library's own words for what its caller knows are before those that help.
                let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                Err(Failure::at(&path, Problem::invalid(format!("the query cannot be read: {reason}"))))
            }
        }
    }
}
