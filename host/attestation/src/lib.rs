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
//! A statement says something of files and results by their digests. Who has it reads who signed it, and whether it is about
//! what they have:
//!
//! ```
//! use sortie_attestation::{Artifact, Envelope, SigningKey, Signers, Statement, predicate};
//! use sortie_json::ContentHash;
//!
//! # let text = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
//! # let at = "2026-01-31T12:00:00Z".parse()?;
//! let key = SigningKey::read(text)?;
//! let plugin = ContentHash::of_bytes(b"the plugin's file");
//! let statement = predicate::of_publication(("registry.example.org/hello:1.0.0", plugin), ("hello", "1.0.0"), at);
//! let written = statement.sign(&key).to_json();
//!
//! let signers = Signers::parse(&format!("ann@example.org {}", key.verifying()))?;
//! let signed = Envelope::read(&written)?.verify(&signers)?;
//! assert!(signed.statement.is_about(&plugin));
//!
//! // Of anything else, in a predicate of one's own; of tests and builds, in those that others have for them.
//! let read = Statement::new(vec![Artifact::new("hello.wasm", plugin)], "https://example.org/read/1", serde_json::json!({}));
//! assert!(read.is_about(&plugin));
//! let suite = Artifact::new("suite.yaml", ContentHash::of_bytes(b"the suite"));
//! let tally = predicate::TestTally { is_passed: true, ..Default::default() };
//! let tested = predicate::of_tests(vec![Artifact::new("hello.wasm", plugin)], &[suite], &tally);
//! let built = predicate::of_build(Artifact::new("hello.wasm", plugin), &predicate::Build::default(), (at, at));
//! assert!(tested.is_about(&plugin) && built.is_about(&plugin));
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
