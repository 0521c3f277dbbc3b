//! Connections: how many, how long, how they end.

use std::future::Future;
use std::pin::pin;
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

use crate::gate::Peer;
use crate::patience::Patience;
use crate::room::{Chair, MAX_CONNECTIONS, Room};

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
/// How long a client may take nothing of what it is sent.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long requests have to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(20);
/// How long to wait when the operating system gives no connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves connections until `stop` is ready; then takes no more, and lets those that are there end.
pub(crate) async fn serve(listener: TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let room = Room::new(MAX_CONNECTIONS);
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, address)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let place = tokio::select! {
            () = &mut stop => break,
            place = room.enter(address.ip()) => place,
        };
        let Some(place) = place else { continue };
        // Answers are small, and a page waits for each.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            // What is read at once may be more than a head, so the buffer's size alone lets larger ones pass now and then.
            .max_header_size(MAX_HEAD_BYTES)
            .max_headers(MAX_FIELDS)
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(
                TokioIo::new(Patience::new(stream, WRITE_TIMEOUT)),
                from_peer(routes.clone(), Peer(address.ip()), place.chair()),
            );
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is its client's matter.
            tokio::select! {
                _ = connection => {}
                () = place.is_taken() => {}
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

/// The routes, for requests that come from there.
fn from_peer(
    routes: Router,
    peer: Peer,
    chair: Chair,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = axum::response::Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> {
    let routes = TowerToHyperService::new(routes);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(chair.clone());
        routes.call(request)
    })
}
