//! Who is turned away before they are heard: whoever asks too often, or guesses.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use axum::http::Extensions;

use crate::codes;
use crate::problem::Problem;
use crate::rate::{Buckets, Rates, network};

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// The peer of a request.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().copied().unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }
}

/// The buckets of those who ask.
#[derive(Debug)]
pub(crate) struct Gate {
    users: Buckets<String>,
    addresses: Buckets<IpAddr>,
    failures: Buckets<IpAddr>,
}

impl Gate {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            users: Buckets::new(rates.user),
            addresses: Buckets::new(rates.address),
            failures: Buckets::new(rates.failure),
        }
    }

    /// Lets a request pass, of a user or of somebody who is not known.
    pub(crate) fn pass(&self, user: Option<&str>, peer: Peer) -> Result<(), Problem> {
        let now = Instant::now();
        let passed = match user {
            Some(user) => self.users.take(&user.to_owned(), now),
            None => self.addresses.take(&network(peer.0), now),
        };
        passed.map_err(too_many)
    }

    /// Whether a secret that comes from there is looked at: where many were wrong, even one that is right is not.
    pub(crate) fn hears(&self, peer: Peer) -> Result<(), Problem> {
        self.failures.look(&network(peer.0), Instant::now()).map_err(too_many)
    }

    /// Notes that a secret that came from there was wrong.
    pub(crate) fn wrong(&self, peer: Peer) {
        let _ = self.failures.take(&network(peer.0), Instant::now());
    }
}

fn too_many(wait: Duration) -> Problem {
    let seconds = wait.as_secs().saturating_add(1);
    Problem::new(codes::TOO_MANY_REQUESTS, format!("too many requests: ask again in {seconds} s")).after(seconds)
}
