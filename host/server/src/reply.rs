//! How a request fails: as a page for a person, as problem details for a program.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use sortie_host::journal::RunError;
use sortie_json::UserError;

use crate::codes;
use crate::layout;
use crate::pool::Overload;
use crate::problem::Problem;
use crate::text::text;

/// A request that failed, for whoever sent it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// For a person.
    Page(Box<Problem>),
    /// For a program.
    Details(Box<Problem>),
}

impl Failure {
    /// The failure of a request for that path.
    pub(crate) fn at(path: &str, problem: Problem) -> Self {
        let programs = ["/api/", "/mcp", "/metrics", "/healthz", "/openapi.json"];
        if programs.iter().any(|prefix| path.starts_with(prefix)) {
            Self::Details(Box::new(problem))
        } else {
            Self::Page(Box::new(problem))
        }
    }
}

impl<E: Into<Problem>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Page(Box::new(error.into()))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Details(problem) => problem.into_response(),
            Self::Page(problem) if problem.code == codes::NOT_SIGNED_IN.as_str() => {
                let mut response = Redirect::to("/sign-in").into_response();
                // A part of a page that updates itself takes the whole page there.
                response
                    .headers_mut()
                    .insert(HeaderName::from_static("hx-redirect"), HeaderValue::from_static("/sign-in"));
                response
            }
            Self::Page(problem) => {
                let status = problem.status();
                let retry = problem.clone().into_response().headers().get(header::RETRY_AFTER).cloned();
                let mut response = (status, page(error_page(&problem))).into_response();
                if let Some(retry) = retry {
                    response.headers_mut().insert(header::RETRY_AFTER, retry);
                }
                response
            }
        }
    }
}

fn error_page(problem: &Problem) -> Markup {
    layout::bare(
        &problem.title,
        html! {
            h1 { (problem.title) }
            p.error-detail { (text(&problem.detail)) }
            @if let Some(help) = &problem.help {
                p { "What to do: " (layout::sentence(help)) }
            }
            p.quiet { "Code: " code { (problem.code) } }
            p { a href="/" { "Go to the inbox" } }
        },
    )
}

/// A page as a response.
pub(crate) fn page(markup: Markup) -> Response {
    let mut response = markup.into_string().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// A page that tells of something that was not as it should be.
pub(crate) fn page_of(status: StatusCode, markup: Markup) -> Response {
    let mut response = page(markup);
    *response.status_mut() = status;
    response
}

/// What a job of the pool came to whose errors are of another kind.
pub(crate) fn flat_of<T, E: UserError>(done: Result<Result<T, E>, Overload>) -> Result<T, Problem> {
    done?.map_err(|error| Problem::of(&error))
}

/// What a job of the pool came to, with one kind of error.
pub(crate) fn flat<T>(done: Result<Result<T, RunError>, Overload>) -> Result<T, Problem> {
    Ok(done??)
}
