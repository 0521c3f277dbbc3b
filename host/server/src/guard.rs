//! The checks that every request passes before its route sees it: whose host it names, who sends it, and whether a page of
//! ours does.

use std::sync::Arc;

use axum::RequestPartsExt;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::codes;
use crate::extract::FormInput;
use crate::gate::Peer;
use crate::identity::{Caller, Proof, Role, cookie};
use crate::problem::Problem;
use crate::reply::Failure;
use crate::room::Chair;

/// The header in which a proxy proves that it is the one that is trusted.
const PROXY_SECRET: &str = "sortie-proxy-secret";

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(not_signed_in)
    }
}

/// A form that a page of this server has made for the person who sends it.
pub(crate) struct SignedForm {
    pub(crate) who: Caller,
    /// The fields, in the order of the form.
    pub(crate) fields: Vec<(String, String)>,
}

impl SignedForm {
    /// The first field of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The same, unless nothing was written into it.
    pub(crate) fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|text| !text.is_empty())
    }
}

impl FromRequest<Arc<App>> for SignedForm {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &Arc<App>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let who = parts.extract::<Caller>().await?;
        let FormInput(fields) = FormInput::from_request(Request::from_parts(parts, body), state).await?;
        let form = Self { who, fields };
        if !form.who.made_the_form(form.get("form_token")) {
            return Err(
                forged("the form is not one that this server has made for you, or your session has ended").into()
            );
        }
        Ok(form)
    }
}

/// Finds out who sends a request, after it has named this server and no other. Puts [`Caller`] where routes find it.
pub(crate) async fn identify(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let peer = Peer::of(request.extensions());
    let found = recognised(&app, peer, request.method(), request.uri(), request.headers());
    let found = found.and_then(|who| {
        app.gate.pass(who.as_ref().map(|who| who.user.as_str()), peer)?;
        Ok(who)
    });
    match found {
        Ok(Some(who)) => {
            if let Some(chair) = request.extensions().get::<Chair>() {
                chair.is_of_a_user();
            }
            request.extensions_mut().insert(who);
        }
        Ok(None) => {}
        Err(problem) => return Failure::at(request.uri().path(), problem).into_response(),
    }
    next.run(request).await
}

/// Lets a request pass whose sender has a role.
pub(crate) async fn require(role: Role, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    match request.extensions().get::<Caller>() {
        None => Failure::at(&path, not_signed_in()).into_response(),
        Some(who) if !who.may(role) => {
            let detail =
                format!("you are `{}` with the role `{}`, and this takes `{}`", who.user, who.role.word(), role.word());
            Failure::at(&path, Problem::new(codes::NOT_ALLOWED, detail)).into_response()
        }
        Some(_) => next.run(request).await,
    }
}

/// Lets a request of software pass that acts for somebody, unless it could decide for them: what it is given must not be
/// enough to go around the person.
pub(crate) async fn refuse_deciders(request: Request, next: Next) -> Response {
    match request.extensions().get::<Caller>() {
        Some(who) if who.may(Role::Decide) => {
            let detail = format!("the token of `{}` could decide", who.user);
            Failure::at(request.uri().path(), Problem::new(codes::TOKEN_DECIDES, detail)).into_response()
        }
        _ => next.run(request).await,
    }
}

fn recognised(
    app: &App,
    peer: Peer,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<Caller>, Problem> {
    names_us(app, uri, headers)?;
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let who = sender(app, peer, headers)?;
    // A browser says where a request comes from. Whoever needs no cookie could have sent it from anywhere.
    if changes && !matches!(who, Some(Caller { means: Proof::Bearer, .. })) {
        comes_from_us(app, headers)?;
    }
    // What programs use takes no cookie where it changes something: there is no form whose token could be checked.
    let for_programs = uri.path().starts_with("/api/") || uri.path() == "/mcp";
    match who {
        Some(who) if changes && for_programs && who.means != Proof::Bearer => {
            Err(forged("a change by a program takes `Authorization: Bearer TOKEN`, not a cookie"))
        }
        who => Ok(who),
    }
}

/// DNS rebinding: another name that leads here makes a browser believe that another site's page is ours.
fn names_us(app: &App, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let named = match (uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), Some(_) | None, None) => Some(authority.as_str()),
        (None, Some(host), None) => host.to_str().ok(),
        (_, _, _) => None,
    };
    match named {
        Some(host) if app.is_host(host) => Ok(()),
        Some(_) | None => Err(Problem::new(codes::WRONG_HOST, "the request names another host than this server's")),
    }
}

fn comes_from_us(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site")
        && !matches!(site, "same-origin" | "none")
    {
        return Err(forged("the request comes from a page of another site"));
    }
    match text("origin") {
        Some(origin) if !app.is_origin(origin) => Err(forged("the request comes from a page of another site")),
        Some(_) | None => Ok(()),
    }
}

fn sender(app: &App, peer: Peer, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    let sends_a_secret = headers.contains_key(header::AUTHORIZATION) || headers.contains_key(PROXY_SECRET);
    if sends_a_secret {
        app.gate.hears(peer)?;
    }
    let found = vouched(app, headers);
    if sends_a_secret && found.is_err() {
        app.gate.wrong(peer);
    }
    found
}

/// Who sends a request, by a token, a proxy or a cookie.
fn vouched(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let sent = value.to_str().ok().and_then(|text| text.split_once(' '));
        let token = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
        let found = token.and_then(|token| app.users().find(token.trim()));
        // A token that is wrong is not forgiven for a cookie that is right.
        let (user, role) = found.ok_or_else(|| Problem::new(codes::NOT_SIGNED_IN, "the token is not one of a user"))?;
        return Ok(Some(Caller { user: user.to_owned(), role, means: Proof::Bearer }));
    }
    if let Some(proxy) = app.proxy()
        && let Some(secret) = headers.get(PROXY_SECRET)
    {
        if !secret.to_str().is_ok_and(|secret| proxy.trusts(secret)) {
            return Err(Problem::new(codes::NOT_SIGNED_IN, "the proxy's secret is wrong"));
        }
        let mut names = headers.get_all(&proxy.user_header).iter();
        let (Some(name), None) = (names.next(), names.next()) else {
            return Err(Problem::new(codes::NOT_SIGNED_IN, "the proxy names no user, or several"));
        };
        let name = name.to_str().unwrap_or_default();
        let role = app.users().role(name);
        let role = role.ok_or_else(|| {
            Problem::new(codes::NOT_SIGNED_IN, "the proxy names a user whom the server does not know")
        })?;
        return Ok(Some(Caller {
            user: name.to_owned(),
            role,
            means: Proof::Proxy { form_token: app.form_token_of(name) },
        }));
    }
    let Some(session) = cookie(headers, app.cookie_name()).and_then(|name| app.doors().session(name, app.now())) else {
        return Ok(None);
    };
    let means = Proof::Cookie { form_token: session.form_token };
    Ok(Some(Caller { user: session.user, role: session.role, means }))
}

fn not_signed_in() -> Problem {
    Problem::new(codes::NOT_SIGNED_IN, "the server does not know who asks")
}

fn forged(detail: &str) -> Problem {
    Problem::new(codes::FORGED_REQUEST, detail)
}
