//! The plugins that come with the host.

/// The first-party plugins' files: `core`, `daily-loop`, `echo`, `run-tests`.
pub const FIRST_PARTY: &[&[u8]] = include!(concat!(env!("OUT_DIR"), "/first_party.rs"));
