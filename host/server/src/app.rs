//! What all requests share.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use sortie_attestation::RelyingParty;
use sortie_host::Host;
use sortie_host::journal::{JournalError, Token};
use sortie_json::ContentHash;
use sortie_worker::Stop;

use crate::decision::UnsignedDraft;
use crate::deployment::Deployment;
use crate::feed::Feed;
use crate::gate::Gate;
use crate::holdings::Holdings;
use crate::identity::{Challenges, Doors, Passkeys, Proxy, Role, Users};
use crate::metrics::Metrics;
use crate::pool::{Overload, Pool, places};
use crate::rate::Rates;
use crate::share::Shares;

/// What all requests share.
pub(crate) struct App {
    deployment: Deployment,
    users: Users,
    proxy: Option<Proxy>,
    /// The address by which people know the server, without a slash at its end.
    origin: OnceLock<Origin>,
    public_url: Option<String>,
    doors: Doors,
    kept_passkeys: Option<Arc<Passkeys>>,
    passkeys: OnceLock<PasskeySite>,
    /// What the tokens of forms are made of where a proxy knows the sessions.
    form_secret: Token,
    calls: Pool,
    reads: Pool,
    crew_stop: Arc<Stop>,
    pub(crate) gate: Gate,
    pub(crate) feed: Feed,
    pub(crate) holdings: Arc<Holdings>,
    pub(crate) shares: Arc<Shares>,
    pub(crate) metrics: Metrics,
}

/// Who may come in, and how.
#[derive(Debug, Default)]
pub(crate) struct Access {
    pub(crate) users: Users,
    pub(crate) proxy: Option<Proxy>,
    pub(crate) passkeys: Option<Passkeys>,
    /// The address by which people know the server, where it is another one than where it listens.
    pub(crate) public_url: Option<String>,
    pub(crate) rates: Rates,
}

/// What there is to do with passkeys.
pub(crate) struct PasskeySite {
    pub(crate) kept: Arc<Passkeys>,
    /// The server, as passkeys know it.
    pub(crate) server: RelyingParty,
    pub(crate) asked: Challenges<Purpose>,
}

/// What a passkey is asked to sign for.
pub(crate) enum Purpose {
    /// Coming in.
    SignIn,
    /// Having it registered.
    Register {
        /// Whose it is to be.
        user: String,
    },
    /// A decision.
    Sign(Box<UnsignedDraft>),
}

impl PasskeySite {
    /// The address at which passkeys work, as a link.
    pub(crate) fn address(&self, url: &str) -> maud::Markup {
        let port = url.rsplit_once(':').map_or("", |(_, port)| port);
        let own = if self.server.id() == "localhost" && !port.is_empty() {
            format!("http://localhost:{port}/passkeys")
        } else {
            format!("{url}/passkeys")
        };
        maud::html! { a href=(own) { (own) } }
    }
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
        let Access { users, proxy, passkeys, public_url, rates } = access;
        Ok(Self {
            deployment,
            users,
            proxy,
            origin: OnceLock::new(),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            doors: Doors::default(),
            kept_passkeys: passkeys.map(Arc::new),
            passkeys: OnceLock::new(),
            form_secret: Token::generate()?,
            calls: Pool::new(threads),
            reads: Pool::new(threads),
            crew_stop: Arc::new(Stop::new()),
            gate: Gate::new(rates),
            feed: Feed::default(),
            holdings: Arc::default(),
            shares: Arc::new(Shares::of(places(threads))),
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
        let server = relying_party(address, self.public_url.as_deref());
        if let Some((kept, server)) = self.kept_passkeys.clone().zip(server) {
            let _ = self.passkeys.set(PasskeySite { kept, server, asked: Challenges::default() });
        }
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

    /// The passkeys, where the server keeps them, and has a name that they can be for.
    pub(crate) fn passkeys(&self) -> Option<&PasskeySite> {
        self.passkeys.get()
    }

    /// The role of somebody who was recognised by a passkey.
    pub(crate) fn role_of(&self, user: &str) -> Option<Role> {
        self.users.role(user).or_else(|| self.doors.owner(user))
    }

    /// The name of the cookie of a browser whose person wants to come in.
    pub(crate) fn visit_cookie_name(&self) -> String {
        format!("{}-visit", self.cookie_name())
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

/// The server as passkeys know it: by the name in its address. An IP address is no name; on loopback it is `localhost`.
fn relying_party(address: SocketAddr, public_url: Option<&str>) -> Option<RelyingParty> {
    let Some(url) = public_url else {
        let origin = format!("http://localhost:{}", address.port());
        return address.ip().is_loopback().then(|| RelyingParty::new("localhost", [origin]));
    };
    // A browser leaves out the port that the scheme has anyway, and writes names in small letters.
    let url = url.to_ascii_lowercase();
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let authority = authority.strip_suffix(usual).unwrap_or(authority);
    let name = authority.rsplit_once(':').map_or(authority, |(name, _)| name);
    let is_name = !name.starts_with('[') && name.parse::<std::net::Ipv4Addr>().is_err();
    let is_secure = scheme == "https" || name == "localhost" || name.ends_with(".localhost");
    (is_name && is_secure).then(|| RelyingParty::new(name, [format!("{scheme}://{authority}")]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_is_for_the_name_in_the_address_and_an_ip_address_is_none() {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 7878));
        let party = |id: &str, origin: &str| Some(RelyingParty::new(id, [origin.to_owned()]));
        let cases = [
            (None, party("localhost", "http://localhost:7878")),
            (Some("https://Sortie.Example.org"), party("sortie.example.org", "https://sortie.example.org")),
            (Some("https://example.org:443"), party("example.org", "https://example.org")),
            (Some("https://example.org:8443"), party("example.org", "https://example.org:8443")),
            (Some("http://localhost:80"), party("localhost", "http://localhost")),
            (Some("http://example.org"), None),
            (Some("https://192.0.2.1"), None),
            (Some("https://[2001:db8::1]:8443"), None),
        ];
        for (url, expected) in cases {
            assert_eq!(relying_party(loopback, url), expected, "{url:?}");
        }
        assert_eq!(relying_party(SocketAddr::from(([192, 0, 2, 1], 80)), None), None);
    }
}
