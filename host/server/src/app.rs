//! What all requests share.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use sortie_host::Host;
use sortie_host::journal::{Clock, Driver, Inbox, Journal, JournalError, Runs, Token};
use sortie_json::ContentHash;

use crate::identity::{Doors, Proxy, Users};
use crate::metrics::Metrics;
use crate::pool::{Overload, Pool};

/// What a server needs besides its own settings: the plugins and the runs.
#[derive(Clone)]
pub struct Backing {
    /// The plugins.
    pub host: Host,
    /// The runs.
    pub journal: Arc<dyn Journal>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The name under which this process drives runs.
    pub driver: Arc<dyn Driver>,
}

impl std::fmt::Debug for Backing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backing").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Backing {
    /// The runs of the journal, driven by the host.
    pub(crate) fn runs(&self) -> Runs<'_> {
        self.host.runs(&*self.journal, &*self.clock, &*self.driver)
    }

    /// What waits in the journal.
    pub(crate) fn inbox(&self) -> Inbox<'_> {
        Inbox::new(&*self.journal, &*self.clock)
    }
}

/// What all requests share.
pub(crate) struct App {
    backing: Backing,
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
    pub(crate) metrics: Metrics,
}

/// The addresses by which the server can be named.
struct Origin {
    hosts: Vec<String>,
    origins: Vec<String>,
    cookie: String,
    url: String,
}

impl App {
    pub(crate) fn new(
        backing: Backing,
        users: Users,
        proxy: Option<Proxy>,
        public_url: Option<String>,
        threads: usize,
    ) -> Result<Self, JournalError> {
        Ok(Self {
            backing,
            users,
            proxy,
            origin: OnceLock::new(),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            doors: Doors::default(),
            form_secret: Token::generate()?,
            calls: Pool::new(threads),
            reads: Pool::new(threads),
            metrics: Metrics::default(),
        })
    }

    /// Tells where the server listens, once it does.
    pub(crate) fn listens_at(&self, address: SocketAddr) {
        let _ = self.origin.set(Origin::of(address, self.public_url.as_deref()));
    }

    /// Does something with the runs that calls no plugin.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Backing) -> T + Send + 'static,
    ) -> Result<T, Overload> {
        let backing = self.backing.clone();
        self.reads.run(move || job(&backing)).await.inspect_err(|_| self.metrics.turned_away())
    }

    /// Does something with the runs that calls plugins.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Backing) -> T + Send + 'static,
    ) -> Result<T, Overload> {
        let backing = self.backing.clone();
        self.calls.run(move || job(&backing)).await.inspect_err(|_| self.metrics.turned_away())
    }

    pub(crate) fn host(&self) -> &Host {
        &self.backing.host
    }

    pub(crate) fn now(&self) -> sortie_host::journal::Timestamp {
        self.backing.clock.now()
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
