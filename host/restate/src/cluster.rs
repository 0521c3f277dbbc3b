//! A Restate cluster, seen from outside: its ingress starts and asks, its admin interface lists and registers.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sortie_host::journal::{RunId, RunRecord, RunSummary, Setback, Token};
use sortie_journal::TokenHash;
use sortie_json::{Code, UserError};

use crate::WORKFLOW;
use crate::codes;
use crate::history::History;
use crate::limits::{DEPTH, MAX_REQUEST, PART, ROOM};
use crate::refusal::Refusal;
use crate::request::{AnswerRequest, CancelRequest, StartRequest};

/// The greatest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 << 20;

/// A cluster by its addresses.
#[derive(Debug, Clone)]
pub struct Cluster {
    ingress: String,
    admin: String,
    agent: ureq::Agent,
}

/// A run that was started.
#[derive(Debug)]
pub struct StartReceipt {
    /// Whether it was started now; otherwise a run of that name was before.
    pub now: bool,
    /// The tokens of its waits, in their order. They are kept nowhere.
    pub tokens: Vec<Token>,
}

/// Runs that wait, and whether there are more.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxPage {
    /// The runs, oldest first.
    pub runs: Vec<RunSummary>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

/// Why a cluster did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The service refused.
    #[error(transparent)]
    Refusal(Refusal),
    /// The cluster cannot be reached.
    #[error("Restate cannot be reached at {url}: {reason}")]
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        reason: String,
    },
    /// It takes too long: what was asked may be done all the same.
    #[error("Restate did not answer in time at {url}")]
    TimedOut {
        /// The address.
        url: String,
    },
    /// Restate refused by itself: it knows no such service, for instance.
    #[error("Restate answered {status} at {url}: {message}")]
    Restate {
        /// The address.
        url: String,
        /// The status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// What Restate answered cannot be read.
    #[error("Restate's answer at {url} cannot be read: {reason}")]
    Unreadable {
        /// The address.
        url: String,
        /// Why.
        reason: String,
    },
    /// There is no randomness for a token.
    #[error("a token cannot be created: {0}")]
    Token(String),
}

impl ClusterError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        UserError::code(self).as_str()
    }
}

/// Text that names no cluster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the address of a Restate server")]
pub struct InvalidClusterUrl(String);

/// Why a run does not go on.
#[derive(Debug, Deserialize)]
struct FailureRow {
    #[serde(default)]
    id: String,
    #[serde(default)]
    last_failure: Option<String>,
    #[serde(default)]
    retry_count: Option<u64>,
    #[serde(default)]
    next_retry_at: Option<String>,
}

/// A value of a workflow's state.
#[derive(Debug, Deserialize)]
struct StateRow {
    value_utf8: String,
}

/// A number that was counted.
#[derive(Debug, Deserialize)]
struct NumberRow {
    number: u64,
}

#[derive(Deserialize)]
struct Rows<T> {
    rows: Vec<T>,
}

impl Cluster {
    /// A cluster by the addresses of its ingress, `http://127.0.0.1:8080` for instance, and its admin interface,
    /// `http://127.0.0.1:9070`.
    #[must_use]
    pub fn new(ingress: &str, admin: &str) -> Self {
        let trimmed = |url: &str| url.trim_end_matches('/').to_owned();
        Self { ingress: trimmed(ingress), admin: trimmed(admin), agent: agent(None) }
    }

    /// A cluster by one address, `restate://HOST:PORT`: that of its ingress, whose port is 8080 by itself. The admin interface is
    /// at port 9070 of the same host, or where `?admin=HOST:PORT` says. `restates://` is the same by TLS.
    ///
    /// ```
    /// use sortie_restate::Cluster;
    ///
    /// assert!(Cluster::from_url("restate://127.0.0.1:8080?admin=127.0.0.1:9070").is_ok());
    /// assert!(Cluster::from_url("http://127.0.0.1:8080").is_err());
    /// ```
    pub fn from_url(url: &str) -> Result<Self, InvalidClusterUrl> {
        let invalid = || InvalidClusterUrl(url.to_owned());
        let (scheme, rest) = match url.split_once("://") {
            Some(("restate", rest)) => ("http", rest),
            Some(("restates", rest)) => ("https", rest),
            Some(_) | None => return Err(invalid()),
        };
        let (ingress, query) = rest.split_once('?').map_or((rest, None), |(ingress, query)| (ingress, Some(query)));
        let ingress = place(ingress.trim_end_matches('/')).ok_or_else(invalid)?;
        let admin = match query.map(|query| query.strip_prefix("admin=")) {
            None => None,
            Some(admin) => Some(admin.and_then(place).ok_or_else(invalid)?),
        };
        let (host, port) = ingress;
        let (admin_host, admin_port) = admin.unwrap_or((host, None));
        let at = |host: &str, port: u16| format!("{scheme}://{host}:{port}");
        Ok(Self::new(&at(host, port.unwrap_or(8080)), &at(admin_host, admin_port.unwrap_or(9070))))
    }

    /// The same, and no request takes longer than that.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { agent: agent(Some(patience)), ..self }
    }

    /// Starts a run under a name, at most once.
    pub fn start(&self, run: &RunId, mut request: StartRequest) -> Result<StartReceipt, ClusterError> {
        let token = || Token::generate().map_err(|error| ClusterError::Token(error.to_string()));
        let tokens = vec![token()?, token()?];
        request.tokens = tokens.iter().map(TokenHash::of).collect();
        let body = bytes_of(&request)?;
        if body.len() > MAX_REQUEST {
            return Err(ClusterError::Refusal(Refusal::too_large("the request", body.len(), MAX_REQUEST)));
        }
        let url = format!("{}/{WORKFLOW}/{run}/run/send", self.ingress);
        let sent: Value = self.post(&url, &body)?;
        let now = sent.get("status").and_then(Value::as_str) != Some("PreviouslyAccepted");
        Ok(StartReceipt { now, tokens })
    }

    /// Waits until the first event of a run that was started can be read.
    pub fn begun(&self, run: &RunId, patience: Duration) -> Result<(), ClusterError> {
        /// Restate's status for the result of a workflow that goes on.
        const NOT_READY: u16 = 470;
        let until = Instant::now() + patience;
        let output = format!("{}/restate/workflow/{WORKFLOW}/{run}/output", self.ingress);
        loop {
            match self.record(run) {
                Err(ClusterError::Refusal(refusal)) if refusal.code == "unknown_run" => {}
                read => return read.map(drop),
            }
            // One that could not begin has ended, with the reason.
            match Self::bytes(&output, self.agent.get(&output).call()) {
                Err(ClusterError::Restate { status: NOT_READY, .. }) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(ClusterError::Restate { status: NOT_READY, .. }) => {
                    return Err(ClusterError::TimedOut { url: output });
                }
                Err(error) => return Err(error),
                // It has ended meanwhile, so that it can be read.
                Ok(_) => {}
            }
        }
    }

    /// All events of a run, checked against their chain.
    pub fn record(&self, run: &RunId) -> Result<RunRecord, ClusterError> {
        let mut bytes = Vec::new();
        for number in 0_u64.. {
            let part = self.bytes_of("history", run, number)?;
            let is_last = part.len() < PART;
            bytes.extend(part);
            if is_last {
                break;
            }
        }
        let history = History::read(run, &bytes, &[]);
        let history = history
            .map_err(|error| ClusterError::Unreadable { url: self.ingress.clone(), reason: error.to_string() })?;
        Ok(history.into_record())
    }

    /// The number that a query counts.
    pub(crate) fn number(&self, query: &str) -> Result<u64, ClusterError> {
        Ok(self.query::<NumberRow>(query)?.first().map_or(0, |row| row.number))
    }

    /// The summaries that a query finds.
    pub(crate) fn summaries(&self, query: &str) -> Result<Vec<RunSummary>, ClusterError> {
        let unreadable =
            |error: serde_json::Error| ClusterError::Unreadable { url: self.admin.clone(), reason: error.to_string() };
        let rows = self.query::<StateRow>(query)?;
        rows.into_iter().map(|row| serde_json::from_str(&row.value_utf8).map_err(unreadable)).collect()
    }

    /// Waits for the end of a run, and gives its status and its result, of whatever size that is.
    pub fn end(&self, run: &RunId) -> Result<Value, ClusterError> {
        let mut end = self.attach(run)?;
        let is_in_parts = end.get("result").is_some_and(Value::is_null) && end.get("result_bytes").is_some();
        if let Some(end) = end.as_object_mut().filter(|_| is_in_parts) {
            end.insert("result".to_owned(), self.result(run)?);
        }
        Ok(end)
    }

    /// Waits for the end of a run, and gives what its workflow gives: its status, and its result where one message carries it.
    pub fn attach(&self, run: &RunId) -> Result<Value, ClusterError> {
        let url = format!("{}/restate/workflow/{WORKFLOW}/{run}/attach", self.ingress);
        let response = self.agent.get(&url).call();
        Self::read(&url, response)
    }

    /// Shows a run, with why it does not go on, if that is so.
    pub fn show(&self, run: &RunId) -> Result<Value, ClusterError> {
        let mut shown: Value = self.ask(run, "show", &[])?;
        let setback = self.setback(run)?;
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("setback".to_owned(), json!(setback));
        }
        Ok(shown)
    }

    /// Answers a wait.
    pub fn answer(&self, run: &RunId, request: &AnswerRequest) -> Result<Value, ClusterError> {
        self.ask(run, "decide", &bytes_of(request)?)
    }

    /// Cancels a run.
    pub fn cancel(&self, run: &RunId, request: &CancelRequest) -> Result<Value, ClusterError> {
        self.ask(run, "cancel", &bytes_of(request)?)
    }

    /// The result of a finished run, in as many messages as it takes.
    pub fn result(&self, run: &RunId) -> Result<Value, ClusterError> {
        let unreadable = |reason: String| ClusterError::Unreadable { url: self.ingress.clone(), reason };
        let bytes = gathered(ROOM, |number| self.part(run, number))?;
        let bytes = bytes.ok_or_else(|| unreadable(format!("the result has more than {ROOM} bytes")))?;
        let limits = sortie_json::ParseLimits { bytes: ROOM, depth: DEPTH };
        sortie_json::parse(&bytes, limits)
            .map_err(|faults| unreadable(faults.first().map_or_else(String::new, ToString::to_string)))
    }

    /// A part of the result of a finished run, by its number from 0; empty behind the last.
    pub fn part(&self, run: &RunId, number: u64) -> Result<Vec<u8>, ClusterError> {
        self.bytes_of("part", run, number)
    }

    /// What a handler says that gives bytes, a part at a time.
    fn bytes_of(&self, handler: &str, run: &RunId, number: u64) -> Result<Vec<u8>, ClusterError> {
        let url = format!("{}/{WORKFLOW}/{run}/{handler}", self.ingress);
        let request = self.agent.post(&url).header("content-type", "application/json");
        let response = request.send(number.to_string().as_bytes());
        Self::bytes(&url, response)
    }

    /// The runs that wait for a person, oldest first, no more than that many.
    pub fn inbox(&self, mission: Option<&str>, limit: usize) -> Result<InboxPage, ClusterError> {
        let of_mission = mission.map(|mission| {
            let member = format!("\"mission\":{}", Value::String(mission.to_owned()));
            format!(" AND strpos(value_utf8, '{}') > 0", member.replace('\'', "''"))
        });
        // A summary begins with the time at which its run was started.
        let query = format!(
            "SELECT value_utf8 FROM state WHERE service_name = '{WORKFLOW}' AND key = 'waiting'{} ORDER BY value_utf8 LIMIT {}",
            of_mission.unwrap_or_default(),
            limit.saturating_add(1)
        );
        let kept: Vec<StateRow> = self.query(&query)?;
        let more = kept.len() > limit;
        let unreadable =
            |error: serde_json::Error| ClusterError::Unreadable { url: self.admin.clone(), reason: error.to_string() };
        let runs = kept.into_iter().take(limit).map(|kept| serde_json::from_str(&kept.value_utf8).map_err(unreadable));
        Ok(InboxPage { runs: runs.collect::<Result<_, _>>()?, more })
    }

    /// Tells Restate where the service is; gives how many runs that did not go on are tried again, on this service.
    pub fn register(&self, service: &str) -> Result<usize, ClusterError> {
        let body = json!({"uri": service, "force": true});
        let url = format!("{}/deployments", self.admin);
        let request = self.agent.post(&url).header("content-type", "application/json");
        let response = request.send(&bytes_of(&body)?);
        Self::bytes(&url, response)?;
        let query = format!(
            "SELECT id FROM sys_invocation WHERE target_service_name = '{WORKFLOW}' AND status IN ('backing-off', 'paused')"
        );
        let failing: Vec<FailureRow> = self.query(&query)?;
        let mut resumed = 0;
        for FailureRow { id, .. } in failing {
            let url = format!("{}/invocations/{id}/resume?deployment=latest", self.admin);
            // One that went on meanwhile needs it no more.
            resumed += usize::from(Self::bytes(&url, self.agent.patch(&url).send_empty()).is_ok());
        }
        Ok(resumed)
    }

    /// Why a run does not go on, if it does not: a plugin is missing, say.
    pub fn setback(&self, run: &RunId) -> Result<Option<Setback>, ClusterError> {
        let query = format!(
            "SELECT id, last_failure, retry_count, next_retry_at FROM sys_invocation WHERE target_service_name = '{WORKFLOW}' \
             AND target_service_key = '{run}' AND target_handler_name = 'run' AND last_failure IS NOT NULL"
        );
        let failing = self.query::<FailureRow>(&query)?.pop();
        Ok(failing.map(|failing| {
            let failure = failing.last_failure.unwrap_or_default();
            let (code, reason) = coded(&failure);
            Setback {
                code,
                reason,
                attempts: failing.retry_count.and_then(|count| u32::try_from(count).ok()).unwrap_or(u32::MAX),
                retry_at: failing.next_retry_at.and_then(|time| time.parse().ok()),
            }
        }))
    }

    fn query<T: DeserializeOwned>(&self, query: &str) -> Result<Vec<T>, ClusterError> {
        let url = format!("{}/query", self.admin);
        let request =
            self.agent.post(&url).header("content-type", "application/json").header("accept", "application/json");
        let response = request.send(&bytes_of(&json!({"query": query}))?);
        // Restate's own numbers are no I-JSON.
        let rows: Rows<T> = serde_json::from_slice(&Self::bytes(&url, response)?)
            .map_err(|error| ClusterError::Unreadable { url, reason: error.to_string() })?;
        Ok(rows.rows)
    }

    fn ask<T: DeserializeOwned>(&self, run: &RunId, handler: &str, body: &[u8]) -> Result<T, ClusterError> {
        let url = format!("{}/{WORKFLOW}/{run}/{handler}", self.ingress);
        if body.is_empty() {
            let response = self.agent.post(&url).send_empty();
            return Self::read(&url, response);
        }
        self.post(&url, body)
    }

    fn post<T: DeserializeOwned>(&self, url: &str, body: &[u8]) -> Result<T, ClusterError> {
        let request =
            self.agent.post(url).header("content-type", "application/json").header("accept", "application/json");
        let response = request.send(body);
        Self::read(url, response)
    }

    fn read<T: DeserializeOwned>(
        url: &str,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<T, ClusterError> {
        let bytes = Self::bytes(url, response)?;
        let unreadable = |reason: String| ClusterError::Unreadable { url: url.to_owned(), reason };
        let limits = sortie_json::ParseLimits { bytes: ROOM, depth: DEPTH };
        let value = sortie_json::parse(&bytes, limits);
        let value = value.map_err(|faults| unreadable(faults.first().map_or_else(String::new, ToString::to_string)))?;
        serde_json::from_value(value).map_err(|error| unreadable(error.to_string()))
    }

    fn bytes(
        url: &str,
        response: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Vec<u8>, ClusterError> {
        let unreachable = |error: ureq::Error| match error {
            ureq::Error::Timeout(ureq::Timeout::Global) => ClusterError::TimedOut { url: url.to_owned() },
            error => ClusterError::Unreachable { url: url.to_owned(), reason: error.to_string() },
        };
        let mut response = response.map_err(unreachable)?;
        let status = response.status().as_u16();
        let bytes = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(unreachable)?;
        if (200..300).contains(&status) {
            return Ok(bytes);
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let message = serde_json::from_slice::<Value>(&bytes)
            .ok()
            .and_then(|body| body.get("message").and_then(Value::as_str).map(str::to_owned))
            .unwrap_or(text);
        match serde_json::from_str::<Refusal>(&message) {
            Ok(refusal) => Err(ClusterError::Refusal(refusal)),
            Err(_) => Err(ClusterError::Restate { url: url.to_owned(), status, message }),
        }
    }
}

fn agent(patience: Option<Duration>) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_global(patience);
    config.build().into()
}

/// A host and its port.
fn place(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        // The colons of an IPv6 address are in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
        Some(_) | None => (text, None),
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b':');
    (!host.is_empty() && host.bytes().all(is_host)).then_some((host, port))
}

fn bytes_of<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, ClusterError> {
    sortie_json::canonical_of(value).map_err(|error| ClusterError::Refusal(Refusal::invalid_request(error)))
}

/// The code and the sentence of a failure of ours; others have Restate's words.
fn coded(failure: &str) -> (String, String) {
    let is_code = |code: &str| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let begin = failure.match_indices('[').find_map(|(at, _)| {
        let (code, rest) = failure.get(at + 1..)?.split_once("] ")?;
        is_code(code).then(|| (code.to_owned(), rest.trim_end().to_owned()))
    });
    begin.unwrap_or_else(|| ("restate_failure".to_owned(), failure.to_owned()))
}

impl UserError for ClusterError {
    fn code(&self) -> Code {
        match self {
            Self::Refusal(refusal) => UserError::code(refusal),
            Self::Unreachable { .. } => codes::RESTATE_UNREACHABLE,
            Self::TimedOut { .. } => codes::RESTATE_TIMED_OUT,
            Self::Restate { .. } => codes::RESTATE_REFUSED,
            Self::Unreadable { .. } => codes::RESTATE_UNREADABLE,
            Self::Token(_) => sortie_journal::codes::NO_RANDOMNESS,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Refusal(refusal) => UserError::help(refusal),
            _ => Some(UserError::code(self).remedy().to_owned()),
        }
    }
}

impl UserError for InvalidClusterUrl {
    fn code(&self) -> Code {
        codes::RESTATE_URL
    }
}

/// What parts make, up to one that is empty; nothing, where that is more than so many bytes.
fn gathered<E>(most: usize, mut part: impl FnMut(u64) -> Result<Vec<u8>, E>) -> Result<Option<Vec<u8>>, E> {
    let mut bytes = Vec::new();
    for number in 0.. {
        let part = part(number)?;
        if part.is_empty() {
            break;
        }
        bytes.extend(part);
        if bytes.len() > most {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_request_that_starts_a_run_has_as_many_bytes_as_it_may_have_and_not_one_more() {
        let request =
            |text: usize| StartRequest { state: json!({"text": "x".repeat(text)}), ..StartRequest::default() };
        let hashes = || (0..2).map(|_| TokenHash::of(&Token::generate().unwrap())).collect();
        let around = bytes_of(&StartRequest { tokens: hashes(), ..request(0) }).unwrap().len();
        // Nobody listens at that port, which shows only where something would be sent.
        let cluster = Cluster::new("http://127.0.0.1:1", "http://127.0.0.1:1").within(Duration::from_secs(20));
        let start = |bytes: usize| cluster.start(&"r1".parse().unwrap(), request(bytes - around)).unwrap_err();
        assert!(matches!(start(MAX_REQUEST), ClusterError::Unreachable { .. }));
        match start(MAX_REQUEST + 1) {
            ClusterError::Refusal(refusal) => assert_eq!(refusal.code, "too_large_for_restate"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_answer_of_a_cluster_has_as_many_bytes_as_it_may_have_and_not_one_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let most = usize::try_from(MAX_ANSWER).unwrap();
        let server = std::thread::spawn(move || {
            for bytes in [most, most + 1] {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {bytes}\r\n\r\n");
                stream.write_all(head.as_bytes()).unwrap();
                // Who has heard enough does not listen any more.
                let _ = stream.write_all(&vec![b' '; bytes]);
            }
        });
        let cluster = Cluster::new(&address, &address);
        let ask = || cluster.part(&"r1".parse().unwrap(), 0).map(|bytes| bytes.len());
        assert_eq!(ask().unwrap(), most);
        assert!(ask().is_err());
        server.join().unwrap();
    }

    #[test]
    fn a_result_has_as_many_bytes_as_it_may_have_in_all_its_parts_and_not_one_more() {
        let parts = |number: u64| Ok::<_, ()>(if number < 3 { vec![b' '; 100] } else { Vec::new() });
        assert_eq!(gathered(300, parts).map(|bytes| bytes.map(|bytes| bytes.len())), Ok(Some(300)));
        assert_eq!(gathered(299, parts), Ok(None));
        // Parts that never end are not gathered for ever.
        assert_eq!(gathered(1 << 20, |_| Ok::<_, ()>(vec![0; 1000])), Ok(None));
    }

    #[test]
    fn a_cluster_has_one_address_and_its_admin_interface_another_if_that_is_said() {
        let of = |url: &str| Cluster::from_url(url).map(|cluster| (cluster.ingress, cluster.admin)).ok();
        let at = |ingress: &str, admin: &str| Some((ingress.to_owned(), admin.to_owned()));
        assert_eq!(of("restate://one"), at("http://one:8080", "http://one:9070"));
        assert_eq!(of("restate://[::1]:81/?admin=[::2]:82"), at("http://[::1]:81", "http://[::2]:82"));
        assert_eq!(of("restates://one:443?admin=two"), at("https://one:443", "https://two:9070"));
        for wrong in ["", "one", "http://one", "restate://", "restate://one:x", "restate://a/b", "restate://one?a=b"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_code_of_a_failure_is_found_in_what_restate_makes_of_it() {
        let (code, reason) = coded("[500] [plugin_missing] run `r` needs the plugin `p` of digest [x] 1\n");
        assert_eq!(
            (code.as_str(), reason.as_str()),
            ("plugin_missing", "run `r` needs the plugin `p` of digest [x] 1")
        );
        assert_eq!(coded("connection refused").0, "restate_failure");
    }
}
