//! What goes wrong with registries: a variant for each cause.

use std::time::Duration;

use sortie_json::ContentHash;

/// Why something could not be had of a registry, or not be put there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OciError {
    /// Nobody answers there.
    #[error("the registry `{registry}` cannot be reached: {detail}")]
    Unreachable {
        /// The registry.
        registry: String,
        /// What the network says.
        detail: String,
    },
    /// It takes too long.
    #[error("the registry `{registry}` did not answer within {patience:?}")]
    TimedOut {
        /// The registry.
        registry: String,
        /// For how long it was waited.
        patience: Duration,
    },
    /// Its certificate is signed by nobody who is trusted, or is not its own.
    #[error("the certificate of the registry `{registry}` is not trusted: {detail}")]
    Untrusted {
        /// The registry.
        registry: String,
        /// Why not.
        detail: String,
    },
    /// Whose certificates are trusted is not known.
    #[error("the trusted certificates for registries cannot be read: {detail}")]
    Roots {
        /// Why not.
        detail: String,
    },
    /// It wants to know who asks, or does not let them.
    #[error("the registry `{registry}` refuses access to `{repository}`")]
    Unauthorized {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// It does not have it.
    #[error("the registry `{registry}` has no {what}")]
    NotFound {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: String,
    },
    /// It answers otherwise than the specification says.
    #[error("the registry `{registry}` answered with status {status} to {what}")]
    Status {
        /// The registry.
        registry: String,
        /// The status of HTTP.
        status: u16,
        /// What it was asked.
        what: String,
    },
    /// It sends somebody elsewhere who does not go there.
    #[error("the registry `{registry}` redirects to `{to}`, which is not followed: {why}")]
    Redirect {
        /// The registry.
        registry: String,
        /// Where to.
        to: String,
        /// Why not.
        why: &'static str,
    },
    /// Its answer is larger than it may be.
    #[error("the {what} of the registry `{registry}` has more than {limit} bytes")]
    TooLarge {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// Its answer ends too early, or has more than it said.
    #[error("the registry `{registry}` sent {found} bytes of the {what}, not {expected}")]
    Size {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: &'static str,
        /// How many there should be.
        expected: u64,
        /// How many came.
        found: u64,
    },
    /// It sent something else than was asked for.
    #[error("the registry `{registry}` sent another {what}: its SHA-256 is {found}, not {expected}")]
    Digest {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: &'static str,
        /// The digest that was asked for.
        expected: ContentHash,
        /// The digest of what came.
        found: ContentHash,
    },
    /// What it sent is no manifest.
    #[error("the registry `{registry}` did not send an OCI image manifest: {detail}")]
    NotAManifest {
        /// The registry.
        registry: String,
        /// Why not.
        detail: String,
    },
    /// What it has is not one WebAssembly file.
    #[error("the registry `{registry}` did not send a WebAssembly file: {detail}")]
    NotWebAssembly {
        /// The registry.
        registry: String,
        /// What it is.
        detail: String,
    },
    /// A tag that was to be kept stands for something else.
    #[error("`{reference}` is there already, with other content: sha256:{found}")]
    TagTaken {
        /// The reference, with the tag.
        reference: String,
        /// The digest of what it stands for.
        found: ContentHash,
    },
    /// Who logs in there is not known.
    #[error("the credentials for the registry `{registry}` cannot be read: {detail}")]
    Credentials {
        /// The registry.
        registry: String,
        /// Why not.
        detail: String,
    },
}
