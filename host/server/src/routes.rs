//! Which address leads where, who may go there, and what every answer carries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use futures_util::StreamExt as _;
use sortie_host::journal::{RunError, Status};

use crate::app::App;
use crate::assets::{Asset, PASSKEY, SCRIPT, STYLE};
use crate::guard::refuse_deciders;
use crate::guard::{identify, require};
use crate::holdings::Hold;
use crate::identity::{Caller, Role};
use crate::metrics::Exposition;
use crate::net::{MAX_BODY, MAX_BODY_OF_ANYBODY};
use crate::problem::Problem;
use crate::reply::{Failure, flat};
use crate::room::Chair;
use crate::text::name;
use crate::{agent, api, codes, pages};

/// How long a client may take to send it.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// All routes.
pub(crate) fn routes(app: Arc<App>) -> Router {
    Router::new()
        .merge(for_anybody())
        .merge(taking(Role::View, viewing()))
        .merge(taking(Role::View, for_agents()))
        .merge(taking(Role::Start, starting()))
        .merge(taking(Role::Decide, deciding()))
        .merge(taking(Role::Admin, administering()))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        // What has been read is no longer than it may be: axum's own limit is a tenth of ours, and has words of its own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(&app), read_body))
        .layer(from_fn_with_state(Arc::clone(&app), identify))
        .layer(from_fn_with_state(Arc::clone(&app), measure))
        .layer(from_fn(harden))
        .with_state(app)
}

type Routes = Router<Arc<App>>;

/// Routes that take a role.
fn taking(role: Role, routes: Routes) -> Routes {
    routes.route_layer(from_fn(move |request: Request, next: Next| require(role, request, next)))
}

fn for_anybody() -> Routes {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/openapi.json", get(api::openapi))
        .route("/enter/{key}", get(pages::enter))
        .route("/sign-in", get(pages::sign_in_form).post(pages::sign_in))
        .route("/sign-in/challenge", post(pages::sign_in_challenge))
        .route("/sign-in/passkey", post(pages::sign_in_with_passkey))
        .route(STYLE.path(), asset(STYLE))
        .route(SCRIPT.path(), asset(SCRIPT))
        .route(PASSKEY.path(), asset(PASSKEY))
}

fn viewing() -> Routes {
    Router::new()
        .route("/", get(pages::inbox))
        .route("/runs", get(pages::runs))
        .route("/runs/{run}", get(pages::run))
        .route("/runs/{run}/state", get(pages::state))
        .route("/runs/{run}/bundle", get(pages::bundle))
        .route("/runs/{run}/verify", post(pages::verify))
        .route("/missions", get(pages::missions))
        .route("/missions/{plugin}/{name}", get(pages::mission))
        .route("/plugins", get(pages::plugins))
        .route("/sign-out", post(pages::sign_out))
        .route("/passkeys", get(pages::passkeys).post(pages::register))
        .route("/passkeys/challenge", post(pages::challenge))
        .route("/passkeys/remove", post(pages::remove))
        .route("/metrics", get(numbers))
        .route("/api/v1/missions", get(api::missions))
        .route("/api/v1/missions/{plugin}/{name}", get(api::mission))
        .route("/api/v1/plugins", get(api::plugins))
        .route("/api/v1/events", get(api::events))
        .route("/api/v1/runs", get(api::list))
        .route("/api/v1/runs/{run}", get(api::show))
        .route("/api/v1/runs/{run}/state", get(api::state))
        .route("/api/v1/runs/{run}/preview", get(api::outlooks).post(api::preview))
        .route("/api/v1/runs/{run}/bundle", get(api::bundle))
        .route("/api/v1/runs/{run}/verify", post(api::verify))
}

fn for_agents() -> Routes {
    Router::new().route("/mcp", post(agent::answer)).route_layer(from_fn(refuse_deciders))
}

fn starting() -> Routes {
    Router::new().route("/missions/{plugin}/{name}", post(pages::start)).route("/api/v1/runs", post(api::start))
}

fn deciding() -> Routes {
    Router::new()
        .route("/runs/{run}/decide", post(pages::decide))
        .route("/runs/{run}/sign", post(pages::sign))
        .route("/runs/{run}/signed", post(pages::signed))
        .route("/runs/{run}/preview", post(pages::preview))
        .route("/api/v1/runs/{run}/decision", post(api::decide))
}

fn administering() -> Routes {
    Router::new()
        .route("/passkeys/signers", get(pages::signers))
        .route("/runs/{run}/cancel", post(pages::cancel))
        .route("/api/v1/runs/{run}/cancel", post(api::cancel))
}

fn asset(asset: Asset) -> MethodRouter<Arc<App>> {
    get(move || async move {
        let mut response = asset.text().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
        response
    })
}

/// `GET /metrics`.
async fn numbers(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Problem> {
    let waiting = app.read(|deployment| Ok::<_, RunError>(deployment.journal.count(Status::Waiting)?));
    let waiting = flat(waiting.await)?;
    let exposition = Exposition::accepted(headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()));
    let mut response = app.metrics.text(waiting, exposition).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(exposition.media_type()));
    Ok(response)
}

async fn nothing_here(request: Request) -> Failure {
    let path = request.uri().path();
    Failure::at(path, Problem::new(codes::NO_SUCH_PAGE, format!("there is nothing at `{}`", name(path))))
}

async fn wrong_method(request: Request) -> Failure {
    let (method, path) = (request.method(), request.uri().path());
    Failure::at(path, Problem::new(codes::WRONG_METHOD, format!("`{}` takes no {}", name(path), name(method.as_str()))))
}

/// Reads a request's body before its route is asked, so that none of them waits for a client that sends slowly or without
/// end.
async fn read_body(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let failed = |problem| Failure::at(&path, problem).into_response();
    let (parts, body) = request.into_parts();
    let mut encodings = parts.headers.get_all(header::CONTENT_ENCODING).iter();
    // What a compressed body grows to is bounded by nothing that was sent.
    if let Some(encoding) = encodings.find(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let detail = format!("the body is encoded as `{}`", name(encoding.to_str().unwrap_or("?")));
        return failed(Problem::new(codes::ENCODED_BODY, detail));
    }
    let mut holding = parts.extensions.get::<Caller>().map(|who| app.holdings.of(&who.user));
    let chair = parts.extensions.get::<Chair>().cloned();
    let bytes = match tokio::time::timeout(BODY_TIMEOUT, collected(body, holding.as_mut())).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(problem)) => return failed(problem),
        Err(_) => return failed(Problem::new(codes::REQUEST_TIMEOUT, "the body was not sent in time")),
    };
    let share = match app.shares.begin(holding.as_ref().map(Hold::user)) {
        Ok(share) => share,
        Err(problem) => {
            app.metrics.turned_away();
            return failed(problem);
        }
    };
    let service = chair.as_ref().map(Chair::serve);
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    drop((service, share));
    match holding {
        Some(holding) => {
            let answer = app.holdings.of(holding.user());
            drop(holding);
            held(response, answer).await.unwrap_or_else(failed)
        }
        None => response,
    }
}

/// A body in one piece. What it comes in may be pieces of one byte, each of which would take many times as much.
async fn collected(body: Body, mut holding: Option<&mut Hold>) -> Result<Vec<u8>, Problem> {
    let (most, whose) =
        if holding.is_some() { (MAX_BODY, "") } else { (MAX_BODY_OF_ANYBODY, ", and you are not signed in") };
    let too_large = || {
        let detail = format!("the body has more than {most} bytes, or was not sent to its end{whose}");
        Problem::new(codes::REQUEST_TOO_LARGE, detail)
    };
    // Who says beforehand that it is too much is not listened to.
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let (mut bytes, mut pieces) = (Vec::new(), body.into_data_stream());
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| too_large())?;
        if piece.len() > most - bytes.len() {
            return Err(too_large());
        }
        if let Some(holding) = holding.as_deref_mut() {
            holding.grow(piece.len())?;
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// An answer that is made, and counted as its reader's until it is sent. One that is made bit by bit is never held whole.
async fn held(response: Response, mut holding: Hold) -> Result<Response, Problem> {
    let Some(size) = response.body().size_hint().exact() else { return Ok(response) };
    holding.grow(usize::try_from(size).unwrap_or(usize::MAX))?;
    let (parts, body) = response.into_parts();
    let bytes =
        to_bytes(body, usize::MAX).await.map_err(|_| Problem::new(codes::SERVER_BUSY, "the answer has no end"))?;
    Ok(Response::from_parts(parts, Body::from(holding.answer(bytes))))
}

/// Counts and times.
async fn measure(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let (route, status, took) = (route.as_deref().unwrap_or("none"), response.status().as_u16(), began.elapsed());
    tracing::info!(method = %method, route, status, ms = took.as_secs_f64() * 1000.0, "request");
    app.metrics.request(route, status, took);
    response
}

/// What every answer carries: the browser loads nothing from elsewhere, runs nothing but our scripts, shows the page in no
/// frame, tells no other site where it was, and keeps nothing.
async fn harden(request: Request, next: Next) -> Response {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                          connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
