//! What stands in an address, read for its route; what cannot be read is told as everything else is.

use std::error::Error as _;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::codes;
use crate::problem::Problem;
use crate::reply::Failure;

/// The variables of a route.
pub(crate) struct PathInput<T>(pub(crate) T);

/// The query of an address.
pub(crate) struct QueryInput<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathInput<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = parts.uri.path().to_owned();
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(found)) => Ok(Self(found)),
            Err(_) => {
                Err(Failure::at(&path, Problem::new(codes::NO_SUCH_PAGE, format!("there is nothing at `{path}`"))))
            }
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
