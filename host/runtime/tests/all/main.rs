//! What a host program sees: the registry, threads, backends, policies, bundles, runs in a journal.

mod backends;
mod bundles;
#[cfg(all(feature = "first-party", feature = "journal"))]
mod journal;
mod plugins;
mod policies;
mod profiles;
mod registry;
mod support;
mod tampering;
mod tasks;
mod threads;
#[cfg(feature = "first-party")]
mod values;
