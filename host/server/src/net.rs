//! Connections: how many, how long, how they end.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::gate::Peer;
use crate::rate::network;

/// How many connections there are at once; more wait in the operating system's queue.
const MAX_CONNECTIONS: usize = 512;
/// How many of them one address may have, where others reach the server from addresses of their own.
const MAX_OF_ADDRESS: usize = 128;
/// How long a client may take to send the head of a request, and how long a connection may be idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How large the head of a request may be.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// How large a request's body may be: params and a state, each of which has a limit of its own.
pub(crate) const MAX_BODY: usize = 20 << 20;
/// How long requests have to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(20);
/// How long to wait when the operating system gives no connection.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections each address has.
#[derive(Debug, Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// A connection of an address.
struct Permit(Arc<Addresses>, IpAddr);

impl Addresses {
    /// One more; nothing, if it has enough. There are never more addresses than connections.
    fn hold(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let address = network(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= MAX_OF_ADDRESS && !address.is_loopback() {
            return None;
        }
        *count += 1;
        Some(Permit(Arc::clone(self), address))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.1);
            }
        }
    }
}

/// Serves connections until `stop` is ready; then takes no more, and lets those that are there end.
pub(crate) async fn serve(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let addresses = Arc::new(Addresses::default());
    let mut stop = pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Some(held) = addresses.hold(address.ip()) else { continue };
        // Answers are small, and a page waits for each.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(TokioIo::new(stream), from_peer(routes.clone(), Peer(address.ip())));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is its client's matter.
            let _ = connection.await;
            drop((place, held));
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

/// The routes, for requests that come from there.
fn from_peer(
    routes: Router,
    peer: Peer,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> {
    let routes = TowerToHyperService::new(routes);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        routes.call(request)
    })
}
