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
/// How many fields a head may have.
const MAX_FIELDS: usize = 100;
/// How large a request's body may be: params and a state, each of which has a limit of its own.
pub(crate) const MAX_BODY: usize = 20 << 20;
/// How large the body may be of a request of whoever is not signed in: to sign in takes no more.
pub(crate) const MAX_BODY_OF_ANYBODY: usize = 64 << 10;
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
    serve_at_most(MAX_CONNECTIONS, listener, routes, stop).await;
}

async fn serve_at_most(most: usize, listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(most));
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
            // What is read at once may be more than a head, so the buffer's size alone lets larger ones pass now and then.
            .max_header_size(MAX_HEAD_BYTES)
            .max_headers(MAX_FIELDS)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may end where its input is not as it must be")]

    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use axum::routing::get;
    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn one_address_has_as_many_connections_as_it_may_have_and_not_one_more() {
        let hold = |addresses: &Arc<Addresses>, address: &str| addresses.hold(address.parse().unwrap());
        let addresses = Arc::new(Addresses::default());
        let mut permits: Vec<Permit> =
            std::iter::from_fn(|| hold(&addresses, "192.0.2.1")).take(MAX_OF_ADDRESS * 2).collect();
        assert_eq!(permits.len(), MAX_OF_ADDRESS);
        assert!(hold(&addresses, "::ffff:192.0.2.1").is_none(), "it is the same address");
        assert!(hold(&addresses, "192.0.2.2").is_some());
        permits.pop();
        permits.extend(hold(&addresses, "192.0.2.1"));
        assert_eq!(permits.len(), MAX_OF_ADDRESS);
        assert!(hold(&addresses, "192.0.2.1").is_none());
        // Through a proxy on this machine all come from one address.
        let near: Vec<Permit> = std::iter::from_fn(|| hold(&addresses, "127.0.0.1")).take(MAX_CONNECTIONS).collect();
        assert_eq!(near.len(), MAX_CONNECTIONS);
        drop((permits, near));
        assert!(addresses.0.lock().unwrap().is_empty());
    }

    #[test]
    fn as_many_connections_are_served_as_may_be_and_the_next_waits_for_one_to_end() {
        let (most, runtime) = (2, tokio::runtime::Runtime::new().unwrap());
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let routes = Router::new().route("/", get(|| async { "here" }));
        let server = runtime.spawn(serve_at_most(most, listener, routes, async {
            let _ = stopped.await;
        }));
        let ask = |stream: &mut TcpStream| stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").unwrap();
        let hear = |stream: &mut TcpStream, patience: Duration| {
            stream.set_read_timeout(Some(patience)).unwrap();
            let mut bytes = [0; 4096];
            stream.read(&mut bytes).is_ok_and(|count| bytes.starts_with(b"HTTP/1.1 200") && count > 0)
        };
        // Each keeps its connection after it was answered.
        let mut held: Vec<TcpStream> = (0..most)
            .map(|_| {
                let mut stream = TcpStream::connect(address).unwrap();
                ask(&mut stream);
                assert!(hear(&mut stream, Duration::from_mins(1)));
                stream
            })
            .collect();
        let mut next = TcpStream::connect(address).unwrap();
        ask(&mut next);
        assert!(!hear(&mut next, Duration::from_millis(300)), "there is no place for it");
        held.pop();
        assert!(hear(&mut next, Duration::from_mins(1)), "its place is free");
        drop((held, next, stop));
        runtime.block_on(server).unwrap();
    }
}
