//! What all requests share.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use sortie_host::Host;
use sortie_host::journal::{JournalError, Token};
use sortie_json::ContentHash;
use sortie_worker::Stop;

use crate::deployment::Deployment;
use crate::feed::Feed;
use crate::gate::Gate;
use crate::identity::{Doors, Proxy, Users};
use crate::metrics::Metrics;
use crate::pool::{Overload, Pool};
use crate::rate::Rates;

/// What all requests share.
pub(crate) struct App {
    deployment: Deployment,
    users: Users,
    proxy: Option<Proxy>,
    /// The address by which people know the server, without a slash at its end.
    origin: OnceLock<Origin>,
    public_url: Option<String>,
    doors: Doors,
    /// What the tokens of forms are made of where a proxy knows the sessions.
    form_secret: Token,
    calls: Pool,
    reads: Pool,
    crew_stop: Arc<Stop>,
    pub(crate) gate: Gate,
    pub(crate) feed: Feed,
    pub(crate) metrics: Metrics,
}

/// Who may come in, and how.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    pub(crate) users: Users,
    pub(crate) proxy: Option<Proxy>,
    /// The address by which people know the server, where it is another one than where it listens.
    pub(crate) public_url: Option<String>,
    pub(crate) rates: Rates,
}

/// The addresses by which the server can be named.
struct Origin {
    hosts: Vec<String>,
    origins: Vec<String>,
    cookie: String,
    url: String,
}

impl App {
    pub(crate) fn new(deployment: Deployment, access: Access, threads: usize) -> Result<Self, JournalError> {
        let Access { users, proxy, public_url, rates } = access;
        Ok(Self {
            deployment,
            users,
            proxy,
            origin: OnceLock::new(),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            doors: Doors::default(),
            form_secret: Token::generate()?,
            calls: Pool::new(threads),
            reads: Pool::new(threads),
            crew_stop: Arc::new(Stop::new()),
            gate: Gate::new(rates),
            feed: Feed::default(),
            metrics: Metrics::default(),
        })
    }

    /// The plugins and the runs.
    pub(crate) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// What the workers wait for, and stop by.
    pub(crate) fn crew_stop(&self) -> &Arc<Stop> {
        &self.crew_stop
    }

    /// Tells those who work and those who watch that a request changed something: neither waits until it is found.
    pub(crate) fn changed(&self) {
        self.crew_stop.call();
        self.feed.changed();
    }

    /// Tells where the server listens, once it does.
    pub(crate) fn listens_at(&self, address: SocketAddr) {
        let _ = self.origin.set(Origin::of(address, self.public_url.as_deref()));
    }

    /// Does something with the runs that calls no plugin.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Deployment) -> T + Send + 'static,
    ) -> Result<T, Overload> {
        let deployment = self.deployment.clone();
        self.reads.run(move || job(&deployment)).await.inspect_err(|_| self.metrics.turned_away())
    }

    /// Does something with the runs that calls plugins.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Deployment) -> T + Send + 'static,
    ) -> Result<T, Overload> {
        let deployment = self.deployment.clone();
        self.calls.run(move || job(&deployment)).await.inspect_err(|_| self.metrics.turned_away())
    }

    pub(crate) fn host(&self) -> &Host {
        &self.deployment.host
    }

    pub(crate) fn now(&self) -> sortie_host::journal::Timestamp {
        self.deployment.clock.now()
    }

    pub(crate) fn users(&self) -> &Users {
        &self.users
    }

    pub(crate) fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    pub(crate) fn doors(&self) -> &Doors {
        &self.doors
    }

    /// What the forms carry that a page makes for a user whom the proxy knows.
    pub(crate) fn form_token_of(&self, user: &str) -> String {
        ContentHash::of_bytes(format!("{} {user}", self.form_secret.reveal()).as_bytes()).to_string()
    }

    /// Whether a `Host` header names this server.
    pub(crate) fn is_host(&self, host: &str) -> bool {
        self.origin.get().is_some_and(|origin| origin.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)))
    }

    /// Whether an `Origin` header names this server.
    pub(crate) fn is_origin(&self, origin: &str) -> bool {
        self.origin.get().is_some_and(|own| own.origins.iter().any(|own| own.eq_ignore_ascii_case(origin)))
    }

    /// The name of the cookie: cookies know no ports, so two servers on one machine need two names.
    pub(crate) fn cookie_name(&self) -> &str {
        self.origin.get().map_or("sortie", |origin| &origin.cookie)
    }

    /// The address by which people know the server, without a slash at its end.
    pub(crate) fn url(&self) -> &str {
        self.origin.get().map_or("", |origin| &origin.url)
    }

    /// Whether people reach the server by TLS, so that cookies are for that alone.
    pub(crate) fn is_secure(&self) -> bool {
        self.url().starts_with("https://")
    }
}

impl Origin {
    fn of(address: SocketAddr, public_url: Option<&str>) -> Self {
        let port = address.port();
        let mut hosts: Vec<String> = vec![address.to_string()];
        if address.ip().is_loopback() {
            hosts.extend([format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")]);
        }
        if port == 80 {
            hosts.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        let mut origins: Vec<String> = hosts.iter().map(|host| format!("http://{host}")).collect();
        if let Some(url) = public_url {
            hosts.extend(url.split_once("://").map(|(_, host)| host.split('/').next().unwrap_or(host).to_owned()));
            origins.push(url.to_owned());
        }
        let cookie = match public_url {
            Some(url) if url.starts_with("https://") => "__Host-sortie".to_owned(),
            Some(_) | None => format!("sortie_{port}"),
        };
        let url = public_url.map_or_else(|| format!("http://{address}"), str::to_owned);
        Self { hosts, origins, cookie, url }
    }
}
