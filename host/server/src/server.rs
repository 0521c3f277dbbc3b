//! The server itself: where it listens, and how it ends.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crate::app::{Access, App};
use crate::crew::{Crew, Listener};
use crate::deployment::Deployment;
use crate::error::ServerError;
use crate::identity::{Entry, Passkeys, Proxy, Role, Users};
use crate::pool::READERS;
use crate::rate::Rates;
use crate::{net, routes};

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Where to listen. Beyond loopback, where other machines can reach it, the server needs users.
    pub listen: SocketAddr,
    /// The address by which people know the server, such as `https://sortie.example.org`, where that is another one.
    pub public_url: Option<String>,
    /// Who may come in with a token, or by a proxy.
    pub users: Users,
    /// A proxy that knows who asks.
    pub proxy: Option<Proxy>,
    /// The file that keeps the users' passkeys. Where there is none, nobody has one.
    pub passkeys: Option<PathBuf>,
    /// How many plugins are called at once.
    pub threads: usize,
    /// How many workers resume runs and end waits here. Where there are none, some other process has to do that.
    pub workers: usize,
    /// Who is told what happens.
    pub listeners: Vec<Listener>,
    /// How often each may ask.
    pub rates: Rates,
}

impl Default for ServerSettings {
    /// On loopback, at a port that is free.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            users: Users::default(),
            proxy: None,
            passkeys: None,
            threads: thread::available_parallelism().map_or(2, usize::from),
            workers: 1,
            listeners: Vec::new(),
            rates: Rates::default(),
        }
    }
}

/// A server that listens.
pub struct Server {
    app: Arc<App>,
    listener: TcpListener,
    address: SocketAddr,
    settings: ServerSettings,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Begins to listen; [`run`](Self::run) answers.
    pub fn bind(deployment: Deployment, settings: ServerSettings) -> Result<Self, ServerError> {
        if !settings.listen.ip().is_loopback() && settings.users.is_empty() {
            return Err(ServerError::NoUsers(settings.listen));
        }
        let failed = |error| ServerError::Address { address: settings.listen, error };
        let listener = TcpListener::bind(settings.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let access = Access {
            users: settings.users.clone(),
            proxy: settings.proxy.clone(),
            passkeys: settings.passkeys.as_deref().map(Passkeys::open).transpose()?,
            public_url: settings.public_url.clone(),
            rates: settings.rates,
        };
        let app = App::new(deployment, access, settings.threads)?;
        app.listens_at(address);
        Ok(Self { app: Arc::new(app), listener, address, settings })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// An address that lets its first visitor in, as this user with the role `admin`: for whoever started the server.
    pub fn entry(&self, user: &str) -> Result<String, ServerError> {
        let key = self.app.doors().key(Entry { user: user.to_owned(), role: Role::Admin })?;
        Ok(format!("{}/enter/{key}", self.app.url()))
    }

    /// Answers until the process is told to stop (`SIGINT` or `SIGTERM`), and lets what has begun end.
    pub fn run(self) -> Result<(), ServerError> {
        self.run_until(stop_signal())
    }

    /// Answers until `stop` is ready, and lets what has begun end.
    pub fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), ServerError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            // Those that call plugins, as many that read the journal, and those that read large bodies, and one that answers a large message.
            .max_blocking_threads(2 * self.settings.threads.max(1) + READERS + 2)
            .build()
            .map_err(ServerError::Runtime)?;
        let ServerSettings { workers, listeners, .. } = self.settings;
        let crew = Crew::begin(&self.app, workers, &listeners).map_err(ServerError::Runtime)?;
        let (app, listener) = (self.app, self.listener);
        let routes = routes::routes(Arc::clone(&app));
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            tokio::spawn(watch(Arc::clone(&app)));
            let stop = async {
                stop.await;
                // Those who watch would never leave.
                app.feed.close();
            };
            net::serve(listener, routes, stop).await;
            Ok(())
        });
        drop(crew);
        served.map_err(ServerError::Runtime)
    }
}

/// Looks how far the journal's feed has come, while anybody watches.
async fn watch(app: Arc<App>) {
    loop {
        app.feed.pause().await;
        if app.feed.is_watched()
            && let Ok(Ok(end)) = app.read(|deployment| deployment.journal.position()).await
        {
            app.feed.reached(end);
        }
    }
}

/// Ready when the process is told to stop.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Without signals, the process is ended from outside.
        std::future::pending::<()>().await;
    }
}
