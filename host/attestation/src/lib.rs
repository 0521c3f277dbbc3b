//! Signatures that prove who decided, built or tested what, for people who trust neither the machine nor us.
//!
//! A decision is signed in OpenSSH's form, with a key in a file or with a passkey, over a statement that anybody can write down again from a bundle; what a
//! command did is an in-toto statement in a DSSE envelope. Either can be checked with other tools than Sortie.
//!
//! ```
//! use sortie_attestation::{SigningKey, Signers};
//!
//! # let text = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
//! let key = SigningKey::read(text)?;
//! let signers = Signers::parse(&format!("ann@example.org {}", key.verifying()))?;
//! # let purpose = sortie_attestation::DECISION;
//! assert!(signers.allow(&key.verifying(), Some("ann@example.org"), purpose, None).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! *Invariant*: no signature is part of a result's hash: who decided is not what was decided.

pub mod codes;
mod decision;
mod envelope;
mod key;
mod passkey;
pub mod predicate;
mod signers;

pub use decision::{
    Authorship, DECISION, DecisionProof, DecisionStatement, SignatureFault, SignedBy, SigningError, UnsignedDecision,
    verify_decisions,
};
pub use envelope::{ATTESTATION, Artifact, Envelope, EnvelopeError, SignedStatement, Statement};
pub use key::{KeyError, ProtectedKey, SigningKey, VerifyingKey};
pub use passkey::{
    Passkey, PasskeyAlgorithm, PasskeyAssertion, PasskeyFault, PasskeyKey, RegistrationResponse, RelyingParty,
};
pub use signers::{Namespace, SignerRefusal, Signers, SignersError, SignersFault};
