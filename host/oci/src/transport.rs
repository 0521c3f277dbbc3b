//! HTTP to a registry: with logins, within limits, and no further than it should go.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use ureq::http::{Method, Request, Response, header};
use ureq::{Agent, Body};

use crate::credentials::{Credentials, Login};
use crate::error::OciError;
use crate::reference::{Reference, is_local};

/// How often a redirect is followed.
const MAX_REDIRECTS: usize = 3;
/// The greatest size of an answer that gives a token: 64 KiB.
const MAX_TOKEN_BYTES: u64 = 64 << 10;
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Speaks to registries.
pub(crate) struct Transport {
    agent: Agent,
    credentials: Credentials,
    patience: Duration,
    /// What is sent as `Authorization`, by registry, repository and right.
    authorizations: Mutex<BTreeMap<(String, String, Right), String>>,
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
        let config = Agent::config_builder()
            .timeout_global(Some(patience))
            .timeout_connect(Some(CONNECT.min(patience)))
            // Redirects are judged here, one by one.
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("sortie/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), credentials, patience, authorizations: Mutex::new(BTreeMap::new()) }
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
            let is_home = url.authority() == reference.registry();
            let sent = authorization.as_deref().filter(|_| is_home);
            let response = self.once(reference, ask, &url, sent)?;
            match response.status().as_u16() {
                401 if is_home && !has_logged_in => {
                    has_logged_in = true;
                    let challenge = text_of(&response, header::WWW_AUTHENTICATE.as_str()).unwrap_or_default();
                    authorization = self.log_in(reference, ask.right, &challenge)?;
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
        url: &Url,
        authorization: Option<&str>,
    ) -> Result<Response<Body>, OciError> {
        let mut request = Request::builder().method(ask.method.clone()).uri(&url.0);
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
                self.agent.run(request.header(header::CONTENT_TYPE, kind).body(bytes).map_err(unreachable)?)
            }
            None => self.agent.run(request.body(()).map_err(unreachable)?),
        };
        sent.map_err(|error| self.failed(reference.registry(), &error))
    }

    /// Gets what is to be sent as `Authorization`, as a challenge says (RFC 9110, section 11; the token protocol of the
    /// distribution's registries).
    fn log_in(&self, reference: &Reference, right: Right, challenge: &str) -> Result<Option<String>, OciError> {
        let login = self.credentials.of(reference.registry())?;
        let (scheme, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Ok(login.as_ref().and_then(basic));
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Ok(None);
        }
        let parameters = parameters_of(parameters);
        let realm = Url(parameters.get("realm").cloned().unwrap_or_default());
        let is_safe = realm.scheme() == "https" || (realm.scheme() == "http" && is_local(realm.authority()));
        if !is_safe || (is_local(realm.authority()) && !reference.is_local()) {
            return Err(OciError::Redirect {
                registry: reference.registry().to_owned(),
                to: realm.shown(),
                why: "credentials are sent by HTTPS alone",
            });
        }
        let actions = match right {
            Right::Pull => "pull",
            Right::Push => "pull,push",
        };
        let scope = format!("repository:{}:{actions}", reference.repository());
        let service = parameters.get("service").map_or("", String::as_str);
        self.token(reference, &realm, (service, &scope), login.as_ref())
    }

    fn token(
        &self,
        reference: &Reference,
        realm: &Url,
        (service, scope): (&str, &str),
        login: Option<&Login>,
    ) -> Result<Option<String>, OciError> {
        let failed = |error: ureq::Error| self.failed(reference.registry(), &error);
        let mut response = match login {
            Some(Login::Identity(token)) => {
                let form = [
                    ("grant_type", "refresh_token"),
                    ("service", service),
                    ("client_id", "sortie"),
                    ("scope", scope),
                    ("refresh_token", token.as_str()),
                ];
                self.agent.post(&realm.0).send_form(form).map_err(failed)?
            }
            Some(Login::Basic { .. }) | None => {
                let mut request = self.agent.get(&realm.0).query("service", service).query("scope", scope);
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

    fn failed(&self, registry: &str, error: &ureq::Error) -> OciError {
        let registry = registry.to_owned();
        match error {
            ureq::Error::Timeout(_) => OciError::TimedOut { registry, patience: self.patience },
            ureq::Error::BodyExceedsLimit(limit) => OciError::TooLarge { registry, what: "answer", limit: *limit },
            error => OciError::Unreachable { registry, detail: error.to_string() },
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

/// An address, of which no more is known than who is spoken to, and how.
struct Url(String);

impl Url {
    fn scheme(&self) -> &str {
        self.0.split_once("://").map_or("", |(scheme, _)| scheme)
    }

    fn authority(&self) -> &str {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    }

    /// Without what may be a secret in it.
    fn shown(&self) -> String {
        self.0.split(['?', '#']).next().unwrap_or_default().chars().take(200).collect()
    }
}

/// An address of the registry; one that it gave itself has to be its own.
fn address(reference: &Reference, path: &str) -> Result<Url, OciError> {
    let scheme = if reference.is_local() { "http" } else { "https" };
    if path.starts_with('/') {
        return Ok(Url(format!("{scheme}://{}{path}", reference.registry())));
    }
    let url = Url(path.to_owned());
    if url.scheme() == scheme && url.authority() == reference.registry() {
        return Ok(url);
    }
    Err(OciError::Redirect {
        registry: reference.registry().to_owned(),
        to: url.shown(),
        why: "what is uploaded goes to the registry that was named",
    })
}

/// Where an answer leads, if that is followed: what is read by its digest may come from elsewhere, and from nowhere less
/// safe; all else is at home.
fn redirected(
    reference: &Reference,
    ask: &Ask<'_>,
    from: &Url,
    response: &Response<Body>,
    count: usize,
) -> Result<Url, OciError> {
    let location = text_of(response, header::LOCATION.as_str()).unwrap_or_default();
    let to = if location.starts_with('/') && !location.starts_with("//") {
        Url(format!("{}://{}{location}", from.scheme(), from.authority()))
    } else {
        Url(location)
    };
    let refuse = |why| Err(OciError::Redirect { registry: reference.registry().to_owned(), to: to.shown(), why });
    if count > MAX_REDIRECTS {
        return refuse("it has led elsewhere too often");
    }
    if to.authority().contains('@') || !["http", "https"].contains(&to.scheme()) {
        return refuse("it is no address of HTTP");
    }
    if to.scheme() == "http" && !is_local(to.authority()) {
        return refuse("it is not HTTPS");
    }
    if is_local(to.authority()) && !reference.is_local() {
        return refuse("it is on this machine, and the registry is not");
    }
    let is_home = to.authority() == reference.registry();
    let may_leave = ask.follows && ask.method == Method::GET;
    if !is_home && !may_leave {
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

/// The parameters of a challenge: `name="value"`, with commas in between (RFC 9110, section 11.2).
fn parameters_of(text: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([',', ' ']).to_ascii_lowercase();
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        parameters.insert(name, value.trim().to_owned());
        rest = after;
    }
    parameters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read() {
        let challenge =
            r#"realm="https://auth.example.org/token",service="a, b",scope="repository:a/b:pull,push" , error=x"#;
        let parameters = parameters_of(challenge);
        let get = |name: &str| parameters.get(name).map(String::as_str);
        assert_eq!(get("realm"), Some("https://auth.example.org/token"));
        assert_eq!(get("service"), Some("a, b"));
        assert_eq!(get("scope"), Some("repository:a/b:pull,push"));
        assert_eq!(get("error"), Some("x"));
        assert!(parameters_of("").is_empty());
        assert_eq!(parameters_of("realm=\"x").len(), 1);
    }

    #[test]
    fn of_an_address_it_is_known_who_is_spoken_to() {
        for (url, scheme, authority) in [
            ("https://a.example.org:5/x?y#z", "https", "a.example.org:5"),
            ("http://[::1]:5000", "http", "[::1]:5000"),
            ("https://a?x=https://b/", "https", "a"),
            ("//a/b", "", ""),
            ("nothing", "", ""),
        ] {
            let url = Url(url.to_owned());
            assert_eq!((url.scheme(), url.authority()), (scheme, authority), "{}", url.0);
        }
    }
}
