//! A server on a port of its own, and a client that sends just what it is told.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use sortie_host::journal::{Actor, Clock, MemoryJournal, Owner, RunId, SystemClock};
use sortie_host::{CacheDir, ExecutionContext, Host, SandboxConfig, WorkflowDefinition};
use sortie_json::ContentHash;
use sortie_server::{Deployment, Proxy, Server, ServerSettings, Users};
use tokio::sync::oneshot;

/// A server that ends with the test.
pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    pub(crate) deployment: Deployment,
    entry: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn code(&self) -> String {
        self.json().get("code").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// What stands between two texts of the body.
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let rest = self.body.split_once(before).unwrap_or_else(|| panic!("no `{before}` in {}", self.body)).1;
        rest.split(after).next().unwrap_or_default().to_owned()
    }
}

/// The users of a site, with their roles: each one's token is the name with `-token`.
pub(crate) const USERS: [&str; 5] = ["view", "start", "decide", "admin", "ann"];

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// The same with other settings.
    pub(crate) fn with(change: impl FnOnce(&mut ServerSettings)) -> Self {
        Self::by_clock(Arc::new(SystemClock), change)
    }

    /// The same by another clock.
    pub(crate) fn by_clock(clock: Arc<dyn Clock>, change: impl FnOnce(&mut ServerSettings)) -> Self {
        let users: BTreeMap<&str, Value> = USERS
            .into_iter()
            .map(|name| {
                let hash = ContentHash::of_bytes(format!("{name}-token").as_bytes()).to_string();
                let role = if name == "ann" { "decide" } else { name };
                (name, json!({"role": role, "token_sha256": hash}))
            })
            .collect();
        let cache = CacheDir::at(Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"));
        let sandbox =
            SandboxConfig { cache: Some(cache), watchdog: Duration::from_mins(10), ..SandboxConfig::default() };
        let host = Host::builder().first_party().sandbox(sandbox).build().unwrap();
        let deployment = Deployment {
            host,
            journal: Arc::new(MemoryJournal::with_clock(Arc::clone(&clock))),
            clock,
            driver: Arc::new(Owner::new("a test")),
        };
        let mut settings = ServerSettings {
            users: Users::from_json(json!(users)).unwrap(),
            proxy: Some(Proxy { user_header: "remote-user".to_owned(), secret: "between us".to_owned() }),
            threads: 2,
            ..ServerSettings::default()
        };
        change(&mut settings);
        let server = Server::bind(deployment.clone(), settings).unwrap();
        let (address, entry) = (server.address(), server.entry("owner").unwrap());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            server
                .run_until(async {
                    let _ = stopped.await;
                })
                .unwrap();
        });
        Self { address, deployment, entry, stop: Some(stop), thread: Some(thread) }
    }

    /// Starts a run of these steps, outside the server.
    pub(crate) fn run(&self, steps: &Value) -> RunId {
        self.run_of("nobody", steps)
    }

    /// The same for somebody.
    pub(crate) fn run_of(&self, starter: &str, steps: &Value) -> RunId {
        let workflow = WorkflowDefinition::from_json(&json!({"id": "w", "steps": steps})).unwrap();
        let context = ExecutionContext::new(json!({"log": []})).unwrap();
        let by = Actor::new(starter);
        let runs =
            self.deployment.host.runs(&*self.deployment.journal, &*self.deployment.clock, &*self.deployment.driver);
        let runs = runs.on_behalf_of(&by);
        runs.start(self.deployment.host.draft(workflow), &context, &BTreeMap::new()).unwrap().run
    }

    /// A run that asks whether to ship or to hold.
    pub(crate) fn asking(&self) -> RunId {
        self.run(&json!([
            {"id": "ask", "kind": "human", "payload": {"description": "Ship it?", "choices": ["ship", "hold"]}},
            {"id": "end", "kind": "runtime", "payload": {"operation": "core/append", "path": "/log", "value": "end"}},
        ]))
    }

    pub(crate) fn status(&self, run: &RunId) -> String {
        self.deployment.journal.read(run).unwrap().summary.status.to_string()
    }

    /// Sends these bytes, and reads to the end of the connection.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(2))).unwrap();
        // A server that has heard enough may close before all is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Reply { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Sends a request with these headers and this body.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let host = self.address.to_string();
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method == "POST" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        self.raw(format!("{head}\r\n{body}").as_bytes())
    }

    /// Sends a request with a user's token; the body is JSON.
    pub(crate) fn by(&self, user: &str, method: &str, path: &str, body: &Value) -> Reply {
        let authorization = format!("Bearer {user}-token");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        self.send(method, path, &headers, &body)
    }

    /// A browser that a user has signed in with.
    pub(crate) fn browser(&self, user: &str) -> Browser<'_> {
        let reply = self.send(
            "POST",
            "/sign-in",
            &[("Content-Type", "application/x-www-form-urlencoded")],
            &format!("token={user}-token"),
        );
        assert_eq!(reply.status, 303, "{}", reply.body);
        Browser { site: self, cookie: cookie_of(&reply) }
    }

    /// The path of the address that lets its first visitor in.
    pub(crate) fn entry_path(&self) -> String {
        let path = self.entry.split_once("://").and_then(|(_, rest)| rest.split_once('/')).unwrap().1;
        format!("/{path}")
    }
}

/// The cookie that a reply sets, as it is sent back.
pub(crate) fn cookie_of(reply: &Reply) -> String {
    reply.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default().to_owned()
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A browser with a session.
pub(crate) struct Browser<'s> {
    pub(crate) site: &'s Site,
    pub(crate) cookie: String,
}

impl Browser<'_> {
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.site.send("GET", path, &[("Cookie", &self.cookie)], "")
    }

    /// What the forms of a page carry.
    pub(crate) fn form_token(&self) -> String {
        self.get("/").between("name=\"form_token\" value=\"", "\"")
    }

    /// Sends a form as a page of the server does.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = self.form_token();
        let mut all = vec![("form_token", token.as_str())];
        all.extend(fields);
        self.post_only(path, &all, &[])
    }

    /// Sends a form with just these fields and headers.
    pub(crate) fn post_only(&self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let pair = |(name, value): &(&str, &str)| format!("{}={}", encoded(name), encoded(value));
        let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
        let mut all = vec![("Cookie", self.cookie.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.site.send("POST", path, &all, &body)
    }
}

fn encoded(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}
