//! Passkeys: making and forgetting them, and coming in with one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Value, json};
use sortie_attestation::{PasskeyAlgorithm, PasskeyAssertion, RegistrationResponse, RelyingParty};
use sortie_host::journal::Token;

use super::sign_in;
use crate::api::Reply;
use crate::app::{App, PasskeySite, Purpose};
use crate::codes;
use crate::extract::{FormInput, QueryInput};
use crate::gate::Peer;
use crate::guard::SignedForm;
use crate::identity::{Caller, PasskeyRecord, PasskeysError, Role, cookie, handle};
use crate::layout::{self, form_token, framed_apart, notice, when};
use crate::problem::Problem;
use crate::reply::{Failure, flat_of, page, page_of};
use crate::text::text;

/// How long a browser waits for the person.
const PATIENCE_MS: u32 = 110_000;
/// How long a name for a passkey may be.
const MAX_NAME: usize = 60;

/// What a page says after something was done.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PasskeysQuery {
    #[serde(default)]
    notice: String,
}

/// What a browser gave, as a form carries it.
pub(super) struct SentAssertion {
    pub(super) credential: String,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
}

impl SentAssertion {
    pub(super) fn read(fields: &[(String, String)]) -> Result<Self, Problem> {
        Ok(Self {
            credential: field(fields, "credential")?.to_owned(),
            client_data: decoded(fields, "client_data")?,
            authenticator_data: decoded(fields, "authenticator_data")?,
            signature: decoded(fields, "signature")?,
        })
    }

    pub(super) fn assertion(&self) -> PasskeyAssertion<'_> {
        PasskeyAssertion {
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
        }
    }
}

fn field<'f>(fields: &'f [(String, String)], name: &str) -> Result<&'f str, Problem> {
    let found = fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
    found.ok_or_else(|| Problem::invalid(format!("the form has no `{name}`")))
}

fn decoded(fields: &[(String, String)], name: &str) -> Result<Vec<u8>, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(field(fields, name)?);
    bytes.map_err(|_| Problem::invalid(format!("`{name}` is not Base64 for URLs")))
}

/// The passkeys of the server, where it has a name that they can be for.
pub(super) fn site(app: &App) -> Result<&PasskeySite, Problem> {
    app.passkeys().ok_or_else(|| Problem::new(codes::NO_PASSKEYS, "this server keeps no passkeys"))
}

/// What nobody asked for, or what is over.
pub(super) fn stale() -> Problem {
    Problem::new(codes::STALE_CHALLENGE, "the passkey answers what was not asked, not here, or too long ago")
}

/// What the script hands to the browser to have something signed.
pub(super) fn request(server: &RelyingParty, challenge: &[u8], allowed: &[PasskeyRecord]) -> Value {
    json!({
        "challenge": URL_SAFE_NO_PAD.encode(challenge),
        "rpId": server.id(),
        "userVerification": "required",
        "timeout": PATIENCE_MS,
        "allowCredentials": descriptors(allowed),
    })
}

fn descriptors(passkeys: &[PasskeyRecord]) -> Vec<Value> {
    passkeys.iter().map(|passkey| json!({"type": "public-key", "id": passkey.credential})).collect()
}

/// 32 bytes that nobody can guess.
fn random() -> Result<Vec<u8>, Problem> {
    Ok(Token::generate().map_err(Problem::from)?.reveal().into_bytes())
}

/// `GET /passkeys`.
pub(crate) async fn passkeys(
    State(app): State<Arc<App>>,
    QueryInput(query): QueryInput<PasskeysQuery>,
    who: Caller,
) -> Response {
    let said = match query.notice.as_str() {
        "added" => Some("The passkey is registered: you can sign in with it."),
        "removed" => Some("The passkey is removed here. Remove it from your device, too."),
        _ => None,
    };
    page(list(&app, &who, said, None))
}

fn list(app: &App, who: &Caller, said: Option<&str>, wrong: Option<&Problem>) -> Markup {
    let now = app.now();
    let main = html! {
        h1 { "Your passkeys" }
        @if let Some(said) = said { (notice("good", html! { (said) })) }
        @if let Some(wrong) = wrong { div.notice.bad role="alert" { p { (layout::sentence(&wrong.detail)) } } }
        p {
            "With a passkey you sign in without a token, and you can sign decisions: those who have a run's bundle can then check that "
            "this is what you decided."
        }
        @match app.passkeys() {
            None => (notice("warn", html! { "This server keeps no passkeys: whoever runs it can start it with " code { "--passkeys FILE" } "." })),
            Some(site) => {
                @let own = site.kept.of(&who.user);
                @if own.is_empty() { p.quiet { "You have none yet." } }
                ul.plain {
                    @for passkey in &own { li.card { (one(passkey, who, now)) } }
                }
                (add(app, site, who))
                @if who.may(Role::Admin) {
                    p { a href="/passkeys/signers" { "The keys of all users" } ", as a file for " code { "sortie verify --signers" } "." }
                }
            }
        }
    };
    framed_apart("Your passkeys", who, main)
}

fn one(passkey: &PasskeyRecord, who: &Caller, now: sortie_host::journal::Timestamp) -> Markup {
    html! {
        h2 { (text(&passkey.name)) }
        p.quiet { "Registered " (when(passkey.registered_at, now)) " · " code { (passkey.key.fingerprint()) } }
        @if let Some(line) = passkey.signer() {
            details { summary { "The line for allowed signers" } pre tabindex="0" { code { (text(&line)) } } }
        }
        form method="post" action="/passkeys/remove" {
            (form_token(who))
            input type="hidden" name="credential" value=(passkey.credential);
            button.danger type="submit" { "Remove " (text(&passkey.name)) }
        }
    }
}

fn add(app: &App, site: &PasskeySite, who: &Caller) -> Markup {
    let name = site.server.id();
    html! {
        section aria-labelledby="add" {
            h2 id="add" { "Add a passkey" }
            @if who.form_token().is_empty() {
                p { "Sign in with a browser to add one." }
            } @else {
                p.quiet data-passkey-needed {
                    "This takes a browser with JavaScript, and the address " (site.address(app.url())) ": a passkey belongs to one host name, "
                    code { (name) } "."
                }
                form.card method="post" action="/passkeys" data-passkey="create" data-ask="/passkeys/challenge" data-name=(name) hidden {
                    (form_token(who))
                    div.field {
                        label for="name" { "Name" }
                        p.hint id="name-hint" { "To tell it from your other passkeys: the name of the device, for example." }
                        input id="name" name="name" required maxlength=(MAX_NAME) autocomplete="off" aria-describedby="name-hint";
                    }
                    p.error data-passkey-error role="alert" hidden {}
                    button.primary type="submit" { "Add a passkey" }
                }
            }
        }
    }
}

/// `GET /passkeys/signers`: all keys, as a file of allowed signers.
pub(crate) async fn signers(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let site = site(&app)?;
    let mut lines = String::from(
        "# The passkeys of this server's users, as `sortie verify --signers` and ssh-keygen(1) read them.\n",
    );
    for passkey in site.kept.all() {
        match passkey.signer() {
            Some(line) => lines.push_str(&line),
            None => lines.push_str("# A user is left out whose name would be a pattern here."),
        }
        lines.push('\n');
    }
    let mut response = lines.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"allowed_signers\""));
    Ok(response)
}

/// `POST /passkeys/challenge`: what a browser is asked, to make a passkey.
pub(crate) async fn challenge(State(app): State<Arc<App>>, sent: SignedForm) -> Result<Reply<Value>, Problem> {
    let (site, user) = (site(&app)?, &sent.who.user);
    let challenge = random()?;
    site.asked.ask(&challenge, browser_of(&sent.who)?, Purpose::Register { user: user.clone() }, app.now());
    let algorithms = PasskeyAlgorithm::ALL.map(|one| json!({"type": "public-key", "alg": one.number()}));
    let options = json!({
        "challenge": URL_SAFE_NO_PAD.encode(&challenge),
        "rp": {"id": site.server.id(), "name": "Sortie"},
        "user": {"id": handle(user), "name": user, "displayName": user},
        "pubKeyCredParams": algorithms,
        "timeout": PATIENCE_MS,
        "attestation": "none",
        "excludeCredentials": descriptors(&site.kept.of(user)),
        "authenticatorSelection": {"residentKey": "required", "requireResidentKey": true, "userVerification": "required"},
    });
    Ok(Reply(StatusCode::OK, options))
}

/// What only the browser of a session knows.
pub(super) fn browser_of(who: &Caller) -> Result<&str, Problem> {
    let token = who.form_token();
    if token.is_empty() { Err(Problem::invalid("a passkey takes a browser's session")) } else { Ok(token) }
}

/// `POST /passkeys`: keeps a passkey that was made.
pub(crate) async fn register(State(app): State<Arc<App>>, sent: SignedForm) -> Result<Response, Failure> {
    match registered(&app, &sent).await {
        Ok(()) => Ok(Redirect::to("/passkeys?notice=added").into_response()),
        Err(problem) => Ok(page_of(problem.status(), list(&app, &sent.who, None, Some(&problem)))),
    }
}

async fn registered(app: &Arc<App>, sent: &SignedForm) -> Result<(), Problem> {
    let site = site(app)?;
    let (client_data, authenticator_data) =
        (decoded(&sent.fields, "client_data")?, decoded(&sent.fields, "authenticator_data")?);
    let name = sent.filled("name").filter(|name| name.chars().count() <= MAX_NAME);
    let name = name.ok_or_else(|| Problem::invalid(format!("a name has 1 to {MAX_NAME} characters")))?.to_owned();
    let response = RegistrationResponse { client_data: &client_data, authenticator_data: &authenticator_data };
    let challenge = response.claimed_challenge().ok_or_else(stale)?;
    let user = match site.asked.take(&challenge, browser_of(&sent.who)?, app.now()) {
        Some(Purpose::Register { user }) if user == sent.who.user => user,
        Some(_) | None => return Err(stale()),
    };
    let passkey = site.server.register(&challenge, &response).map_err(|fault| Problem::of(&fault))?;
    let (kept, at) = (Arc::clone(&site.kept), app.now());
    let added = user.clone();
    flat_of(app.read(move |_| kept.add(&added, &name, &passkey, at)).await)?;
    tracing::info!(user, "a passkey was registered");
    Ok(())
}

/// `POST /passkeys/remove`.
pub(crate) async fn remove(State(app): State<Arc<App>>, sent: SignedForm) -> Result<Response, Failure> {
    let site = site(&app)?;
    let (kept, user) = (Arc::clone(&site.kept), sent.who.user.clone());
    let credential = field(&sent.fields, "credential")?.to_owned();
    flat_of(app.read(move |_| kept.remove(&user, &credential)).await)?;
    tracing::info!(user = sent.who.user, "a passkey was removed");
    Ok(Redirect::to("/passkeys?notice=removed").into_response())
}

/// `POST /sign-in/challenge`: what the browser of somebody is asked who wants to come in.
pub(crate) async fn sign_in_challenge(
    State(app): State<Arc<App>>,
    extensions: Extensions,
) -> Result<Response, Problem> {
    app.gate.hears(Peer::of(&extensions))?;
    let site = site(&app)?;
    let (challenge, visit) = (random()?, Token::generate().map_err(Problem::from)?.reveal());
    site.asked.ask(&challenge, &visit, Purpose::SignIn, app.now());
    let mut response = Reply(StatusCode::OK, request(&site.server, &challenge, &[])).into_response();
    sign_in::set_cookie(&app, &mut response, &app.visit_cookie_name(), &visit, "; Max-Age=120");
    Ok(response)
}

/// `POST /sign-in/passkey`.
pub(crate) async fn sign_in_with_passkey(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    extensions: Extensions,
    FormInput(fields): FormInput,
) -> Result<Response, Failure> {
    let peer = Peer::of(&extensions);
    app.gate.hears(peer)?;
    match recognised(&app, &headers, &fields).await {
        Ok((user, role)) => sign_in::welcome(&app, user, role),
        Err(problem) => {
            app.gate.wrong(peer);
            let status = if problem.status() == StatusCode::SERVICE_UNAVAILABLE {
                problem.status()
            } else {
                StatusCode::FORBIDDEN
            };
            Ok(page_of(status, sign_in::form(&app, Some(&layout::sentence(&problem.detail)))))
        }
    }
}

async fn recognised(
    app: &Arc<App>,
    headers: &HeaderMap,
    fields: &[(String, String)],
) -> Result<(String, Role), Problem> {
    let site = site(app)?;
    let sent = SentAssertion::read(fields)?;
    let challenge = sent.assertion().claimed_challenge().ok_or_else(stale)?;
    let visit = cookie(headers, &app.visit_cookie_name()).ok_or_else(stale)?;
    let Some(Purpose::SignIn) = site.asked.take(&challenge, visit, app.now()) else { return Err(stale()) };
    let (kept, server) = (Arc::clone(&site.kept), site.server.clone());
    let given = field(fields, "user_handle")?.to_owned();
    let authenticated =
        app.read(move |_| kept.authenticate(&server, None, &sent.credential, (&challenge, &sent.assertion()))).await;
    let record = flat_of(authenticated)?;
    // What the authenticator knows the user by is the user's, or nothing.
    if !given.is_empty() && given != handle(&record.user) {
        return Err(Problem::of(&PasskeysError::Unknown));
    }
    let role = app.role_of(&record.user).ok_or_else(|| Problem::of(&PasskeysError::Unknown))?;
    Ok((record.user, role))
}
