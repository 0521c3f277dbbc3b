//! HTTP to a registry: with logins, within limits, and no further than it should go.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http_auth::ChallengeRef;
use http_auth::parser::ChallengeParser;
use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request, Response, header};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body};

use crate::credentials::{Credentials, Login};
use crate::error::OciError;
use crate::place::Place;
use crate::reference::Reference;
use crate::roots;

/// How often a redirect is followed.
const MAX_REDIRECTS: usize = 3;
/// The greatest size of an answer that gives a token: 64 KiB.
const MAX_TOKEN_BYTES: u64 = 64 << 10;
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Speaks to registries.
pub(crate) struct Transport {
    /// Made when they are first needed: they read whose certificates are trusted.
    agents: OnceLock<Agents>,
    credentials: Credentials,
    patience: Duration,
    /// What is sent as `Authorization`, by registry, repository and right.
    authorizations: Mutex<BTreeMap<(String, String, Right), String>>,
}

/// What makes connections.
struct Agents {
    /// To this machine.
    near: Agent,
    /// To others, perhaps by way of a proxy.
    far: Agent,
}

/// What is done in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Right {
    Pull,
    Push,
}

/// What is asked of a registry.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    /// From `/v2/` on; or an address, that the registry gave.
    pub(crate) path: String,
    pub(crate) right: Right,
    pub(crate) accept: &'a str,
    /// The body, and of what type it is.
    pub(crate) body: Option<(&'a [u8], &'a str)>,
    /// Whether it may lead to another host: what comes from there has to be checked by its digest.
    pub(crate) follows: bool,
}

/// What a registry answered.
pub(crate) struct Reply {
    response: Response<Body>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transport").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Ask<'_> {
    /// Reading something.
    pub(crate) fn get(path: String, accept: &str) -> Ask<'_> {
        Ask { method: Method::GET, path, right: Right::Pull, accept, body: None, follows: false }
    }
}

impl Transport {
    pub(crate) fn new(credentials: Credentials, patience: Duration) -> Self {
        Self { agents: OnceLock::new(), credentials, patience, authorizations: Mutex::new(BTreeMap::new()) }
    }

    /// Who asks at a place.
    fn agent(&self, place: &Place) -> Result<&Agent, OciError> {
        let agents = if let Some(agents) = self.agents.get() {
            agents
        } else {
            let agents = self.agents()?;
            self.agents.get_or_init(|| agents)
        };
        Ok(if place.is_local() { &agents.near } else { &agents.far })
    }

    fn agents(&self) -> Result<Agents, OciError> {
        let roots = roots::trusted().map_err(|detail| OciError::Roots { detail })?;
        let config = || {
            Agent::config_builder()
                .timeout_global(Some(self.patience))
                .timeout_connect(Some(CONNECT.min(self.patience)))
                .tls_config(TlsConfig::builder().root_certs(roots.clone()).build())
                // Redirects are judged here, one by one.
                .max_redirects(0)
                .http_status_as_error(false)
                .user_agent(concat!("sortie/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Agents { near: config().proxy(None).build().into(), far: config().build().into() })
    }

    /// Asks, logs in if need be, and follows where that is allowed.
    pub(crate) fn send(&self, reference: &Reference, ask: &Ask<'_>) -> Result<Reply, OciError> {
        let key = (reference.registry().to_owned(), reference.repository().to_owned(), ask.right);
        let kept = self.authorizations.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let mut url = address(reference, &ask.path)?;
        let mut authorization = kept.clone();
        let mut has_logged_in = false;
        let mut redirects = 0;
        loop {
            let is_home = url.is_at(reference);
            let sent = authorization.as_deref().filter(|_| is_home);
            let response = self.once(reference, ask, &url, sent)?;
            match response.status().as_u16() {
                401 if is_home && !has_logged_in => {
                    has_logged_in = true;
                    let challenges = challenges_of(response.headers());
                    authorization = self.log_in(reference, ask.right, &challenges)?;
                    if let Some(authorization) = &authorization {
                        let mut all = self.authorizations.lock().unwrap_or_else(PoisonError::into_inner);
                        all.insert(key.clone(), authorization.clone());
                    }
                    if authorization.is_none() {
                        return Err(unauthorized(reference));
                    }
                }
                401 | 403 => return Err(unauthorized(reference)),
                301 | 302 | 303 | 307 | 308 => {
                    redirects += 1;
                    url = redirected(reference, ask, &url, &response, redirects)?;
                }
                _ => return Ok(Reply { response }),
            }
        }
    }

    fn once(
        &self,
        reference: &Reference,
        ask: &Ask<'_>,
        url: &Place,
        authorization: Option<&str>,
    ) -> Result<Response<Body>, OciError> {
        let agent = self.agent(url)?;
        let mut request = Request::builder().method(ask.method.clone()).uri(url.uri());
        if !ask.accept.is_empty() {
            request = request.header(header::ACCEPT, ask.accept);
        }
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let unreachable = |error: ureq::http::Error| OciError::Unreachable {
            registry: reference.registry().to_owned(),
            detail: error.to_string(),
        };
        let sent = match ask.body {
            Some((bytes, kind)) => {
                agent.run(request.header(header::CONTENT_TYPE, kind).body(bytes).map_err(unreachable)?)
            }
            None => agent.run(request.body(()).map_err(unreachable)?),
        };
        sent.map_err(|error| self.failed(reference.registry(), &error))
    }

    /// Gets what is to be sent as `Authorization`, as one of the challenges says (RFC 9110, section 11; the token protocol
    /// of the distribution's registries). A token is better than a password, where there is a choice.
    fn log_in(&self, reference: &Reference, right: Right, challenges: &str) -> Result<Option<String>, OciError> {
        let login = self.credentials.of(reference.registry(), self.patience)?;
        // What cannot be read ends the list.
        let challenges: Vec<ChallengeRef<'_>> = ChallengeParser::new(challenges).map_while(Result::ok).collect();
        let of = |scheme: &str| challenges.iter().find(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme));
        let Some(challenge) = of("bearer") else {
            return Ok(of("basic").and(login.as_ref()).and_then(basic));
        };
        let text = parameter(challenge, "realm").unwrap_or_default();
        let refuse = |to: String| {
            let registry = reference.registry().to_owned();
            Err(OciError::Redirect { registry, to, why: "credentials are sent by HTTPS alone" })
        };
        let Some(realm) = Place::parse(&text) else { return refuse(Place::shown_of(&text)) };
        let is_safe = realm.is_secret() || realm.is_local();
        if !is_safe || (realm.is_local() && !reference.is_local()) {
            return refuse(realm.shown());
        }
        let actions = match right {
            Right::Pull => "pull",
            Right::Push => "pull,push",
        };
        let scope = format!("repository:{}:{actions}", reference.repository());
        let service = parameter(challenge, "service").unwrap_or_default();
        self.token(reference, &realm, (&service, &scope), login.as_ref())
    }

    fn token(
        &self,
        reference: &Reference,
        realm: &Place,
        (service, scope): (&str, &str),
        login: Option<&Login>,
    ) -> Result<Option<String>, OciError> {
        let failed = |error: ureq::Error| self.failed(reference.registry(), &error);
        let agent = self.agent(realm)?;
        let mut response = match login {
            Some(Login::Identity(token)) => {
                let form = [
                    ("grant_type", "refresh_token"),
                    ("service", service),
                    ("client_id", "sortie"),
                    ("scope", scope),
                    ("refresh_token", token.as_str()),
                ];
                agent.post(realm.uri()).send_form(form).map_err(failed)?
            }
            Some(Login::Basic { .. }) | None => {
                let mut request = agent.get(realm.uri()).query("service", service).query("scope", scope);
                if let Some(authorization) = login.and_then(basic) {
                    request = request.header("authorization", authorization);
                }
                request.call().map_err(failed)?
            }
        };
        if !response.status().is_success() {
            return Err(unauthorized(reference));
        }
        let text = response.body_mut().with_config().limit(MAX_TOKEN_BYTES).read_to_vec().map_err(failed)?;
        let answer: Value = serde_json::from_slice(&text).unwrap_or_default();
        let token = ["token", "access_token"].iter().find_map(|member| answer.get(member)?.as_str());
        Ok(token
            .filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic()))
            .map(|token| format!("Bearer {token}")))
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn timed_out(&self, reference: &Reference) -> OciError {
        OciError::TimedOut { registry: reference.registry().to_owned(), patience: self.patience }
    }

    fn failed(&self, registry: &str, error: &ureq::Error) -> OciError {
        let registry = registry.to_owned();
        match error {
            ureq::Error::Timeout(_) => OciError::TimedOut { registry, patience: self.patience },
            ureq::Error::BodyExceedsLimit(limit) => OciError::TooLarge { registry, what: "answer", limit: *limit },
            error => match roots::distrust(error) {
                Some(detail) => OciError::Untrusted { registry, detail },
                None => OciError::Unreachable { registry, detail: error.to_string() },
            },
        }
    }

    /// Reads the body of an answer, which may have so many bytes.
    pub(crate) fn body(
        &self,
        reference: &Reference,
        reply: Reply,
        (what, limit): (&'static str, u64),
    ) -> Result<Vec<u8>, OciError> {
        let registry = || reference.registry().to_owned();
        let mut body = reply.response.into_body();
        let announced = body.content_length();
        if announced.is_some_and(|length| length > limit) {
            return Err(OciError::TooLarge { registry: registry(), what, limit });
        }
        let mut bytes = Vec::new();
        let read = io::Read::read_to_end(&mut io::Read::take(body.as_reader(), limit.saturating_add(1)), &mut bytes);
        let found = bytes.len() as u64;
        if found > limit {
            return Err(OciError::TooLarge { registry: registry(), what, limit });
        }
        match (read, announced) {
            (Ok(_), Some(expected)) if expected != found => {
                Err(OciError::Size { registry: registry(), what, expected, found })
            }
            (Ok(_), _) => Ok(bytes),
            (Err(error), Some(expected)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(OciError::Size { registry: registry(), what, expected, found })
            }
            (Err(error), _) => {
                let error = ureq::Error::from(error);
                Err(self.failed(reference.registry(), &error))
            }
        }
    }
}

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        text_of(&self.response, name)
    }
}

/// An address of the registry; one that it gave itself has to be its own.
fn address(reference: &Reference, path: &str) -> Result<Place, OciError> {
    let home = Place::of(reference);
    let refuse = |to: String| {
        let why = "what is uploaded goes to the registry that was named";
        Err(OciError::Redirect { registry: reference.registry().to_owned(), to, why })
    };
    match Place::parse_from(&home, path) {
        Some(place) if place.is_at(reference) && place.is_secret() == home.is_secret() => Ok(place),
        Some(place) => refuse(place.shown()),
        None => refuse(Place::shown_of(path)),
    }
}

/// Where an answer leads, if that is followed: what is read by its digest may come from elsewhere, and from nowhere less
/// safe; all else is at home.
fn redirected(
    reference: &Reference,
    ask: &Ask<'_>,
    from: &Place,
    response: &Response<Body>,
    count: usize,
) -> Result<Place, OciError> {
    let location = text_of(response, header::LOCATION.as_str()).unwrap_or_default();
    let to = Place::parse_from(from, &location);
    let shown = to.as_ref().map_or_else(|| Place::shown_of(&location), Place::shown);
    let refuse = |why| Err(OciError::Redirect { registry: reference.registry().to_owned(), to: shown, why });
    if count > MAX_REDIRECTS {
        return refuse("it has led elsewhere too often");
    }
    let Some(to) = to else { return refuse("it is no address of HTTP") };
    if !to.is_secret() && !to.is_local() {
        return refuse("it is not HTTPS");
    }
    if to.is_local() && !reference.is_local() {
        return refuse("it is on this machine, and the registry is not");
    }
    let may_leave = ask.follows && ask.method == Method::GET;
    if !to.is_at(reference) && !may_leave {
        return refuse("it is another host's, and what comes from there is held to no digest");
    }
    if ask.body.is_some() {
        return refuse("what is uploaded goes to the place that was named");
    }
    Ok(to)
}

fn unauthorized(reference: &Reference) -> OciError {
    OciError::Unauthorized { registry: reference.registry().to_owned(), repository: reference.repository().to_owned() }
}

fn basic(login: &Login) -> Option<String> {
    match login {
        Login::Basic { user, password } => Some(format!("Basic {}", BASE64.encode(format!("{user}:{password}")))),
        Login::Identity(_) => None,
    }
}

fn text_of(response: &Response<Body>, name: &str) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

/// All challenges of an answer: there may be several in a header, and several headers.
fn challenges_of(headers: &HeaderMap) -> String {
    let values = headers.get_all(header::WWW_AUTHENTICATE).iter();
    values.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(", ")
}

fn parameter(challenge: &ChallengeRef<'_>, name: &str) -> Option<String> {
    let found = challenge.params.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_unescaped())
}
