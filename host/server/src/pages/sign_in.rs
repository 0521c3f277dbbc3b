//! Coming in, and going out.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use crate::app::{App, PasskeySite};
use crate::extract::{FormInput, PathInput};
use crate::gate::Peer;
use crate::guard::SignedForm;
use crate::identity::{Role, cookie};
use crate::layout;
use crate::problem::Problem;
use crate::reply::{Failure, page, page_of};

/// `GET /enter/KEY`: the address that was printed when the server started.
pub(crate) async fn enter(
    State(app): State<Arc<App>>,
    PathInput(key): PathInput<String>,
    extensions: Extensions,
) -> Result<Response, Failure> {
    let peer = Peer::of(&extensions);
    app.gate.hears(peer)?;
    if let Some(entry) = app.doors().enter(&key) {
        return welcome(&app, entry.user, entry.role);
    }
    app.gate.wrong(peer);
    let wrong = "This address was used before, or is not from this server. Each works once.";
    Ok(page_of(StatusCode::GONE, form(&app, Some(wrong))))
}

/// `GET /sign-in`.
pub(crate) async fn sign_in_form(State(app): State<Arc<App>>) -> Response {
    page(form(&app, None))
}

/// `POST /sign-in`: with a user's token.
pub(crate) async fn sign_in(
    State(app): State<Arc<App>>,
    extensions: Extensions,
    FormInput(fields): FormInput,
) -> Result<Response, Failure> {
    let peer = Peer::of(&extensions);
    app.gate.hears(peer)?;
    let token = fields.iter().find(|(name, _)| name == "token").map(|(_, token)| token.trim());
    if let Some((user, role)) = token.and_then(|token| app.users().find(token)) {
        return welcome(&app, user.to_owned(), role);
    }
    app.gate.wrong(peer);
    Ok(page_of(StatusCode::FORBIDDEN, form(&app, Some("This is not the token of a user."))))
}

/// `POST /sign-out`.
pub(crate) async fn sign_out(State(app): State<Arc<App>>, headers: HeaderMap, _: SignedForm) -> Response {
    if let Some(name) = cookie(&headers, app.cookie_name()) {
        app.doors().end(name);
    }
    let mut response = Redirect::to("/sign-in").into_response();
    set_cookie(&app, &mut response, app.cookie_name(), "", "; Max-Age=0");
    response
}

/// A new session, whatever cookie came before.
pub(super) fn welcome(app: &App, user: String, role: Role) -> Result<Response, Failure> {
    let name = app.doors().begin(user, role, app.now()).map_err(Problem::from)?;
    let mut response = Redirect::to("/").into_response();
    set_cookie(app, &mut response, app.cookie_name(), &name, "");
    Ok(response)
}

pub(super) fn set_cookie(app: &App, response: &mut Response, name: &str, value: &str, more: &str) {
    let secure = if app.is_secure() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

pub(super) fn form(app: &App, wrong: Option<&str>) -> Markup {
    layout::bare(
        "Sign in",
        html! {
            h1 { "Sign in" }
            @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
            p { "If you started this server, open the address that it printed. It works once, and lets this browser in." }
            @if let Some(site) = app.passkeys() { (entrance(site)) }
            form.card method="post" action="/sign-in" {
                div.field {
                    label for="token" { "Your token" }
                    p.hint id="token-hint" { "You have it from whoever runs this server." }
                    input id="token" name="token" type="password" required autocomplete="current-password" aria-describedby="token-hint";
                }
                button.primary type="submit" { "Sign in" }
            }
        },
    )
}

/// The way in for those who have a passkey: a script shows it, where it works.
fn entrance(site: &PasskeySite) -> Markup {
    html! {
        form.card method="post" action="/sign-in/passkey" data-passkey="get" data-ask="/sign-in/challenge" data-name=(site.server.id()) hidden {
            p { "If you have registered a passkey here, you need no token." }
            p.error data-passkey-error role="alert" hidden {}
            button.primary type="submit" { "Sign in with a passkey" }
        }
    }
}
