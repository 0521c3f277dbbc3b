//! Passkeys: what a browser and its authenticator say, held against [WebAuthn Level 3](https://www.w3.org/TR/webauthn-3/),
//! sections 7.1 and 7.2. No I/O, no clock and no randomness: challenges are given.
//!
//! Attestation of authenticators is not asked for (`none`). Keys are ECDSA on P-256 with SHA-256, and Ed25519. A signature of a
//! decision is kept in the form that OpenSSH has for browsers (`PROTOCOL.u2f`, `webauthn-sk-…`), so that
//! `ssh-keygen -Y verify` checks it, too: the challenge is what OpenSSH would have signed.

mod authenticator;
mod cbor;
mod ceremony;
mod client;
mod ecdsa;
mod fault;
mod key;
mod sshsig;
mod wire;

pub use ceremony::{Passkey, PasskeyAssertion, RegistrationResponse, RelyingParty};
pub use fault::PasskeyFault;
pub use key::{PasskeyAlgorithm, PasskeyKey};
pub(crate) use sshsig::{HardwareSignature, challenge};

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests;
