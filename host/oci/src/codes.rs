//! The codes of this crate's errors.

use sortie_json::{Code, UserError};

use crate::error::OciError;
use crate::reference::InvalidReference;

sortie_json::codes! {
    INVALID_REFERENCE = "invalid_reference", Rejected,
        "A name is not that of something in a registry.",
        "write it as `ghcr.io/team/demo:1.2`, optionally followed by `@sha256:…`";
    REGISTRY_UNREACHABLE = "registry_unreachable", HostFault,
        "A registry cannot be reached.", "check its name and the network, and try again";
    REGISTRY_TIMED_OUT = "registry_timed_out", HostFault,
        "A registry takes too long to answer.", "try again";
    REGISTRY_UNTRUSTED = "registry_untrusted", Rejected,
        "A registry's certificate is not signed by anybody who is trusted, or is another's.",
        "check the registry's name; if it has a certificate of your own, name who signed it in SSL_CERT_FILE";
    REGISTRY_ROOTS = "registry_roots", Rejected,
        "The certificates that registries are held to cannot be read.",
        "let SSL_CERT_FILE name a file of certificates in PEM, or unset it";
    REGISTRY_UNAUTHORIZED = "registry_unauthorized", Rejected,
        "A registry does not let you read or write there.",
        "log in with `docker login REGISTRY`, or another tool that writes docker's `config.json`";
    NOT_IN_REGISTRY = "not_in_registry", Rejected,
        "A registry does not have what was asked for.", "check the repository, the tag and the digest";
    REGISTRY_STATUS = "registry_status", Rejected,
        "A registry does not answer as OCI's specification says.", "check that it is a registry, and try again";
    REGISTRY_REDIRECT = "registry_redirect", Rejected,
        "A registry leads to a place that is not followed.", "name the registry that has it";
    REGISTRY_TOO_LARGE = "registry_too_large", Rejected,
        "A registry sends more than something of this kind may have.", "check that the reference is a plugin's";
    REGISTRY_SIZE = "registry_size", Rejected,
        "A registry sends more or less than it said.", "try again; if it happens again, the registry is damaged or lies";
    REGISTRY_DIGEST = "registry_digest", Rejected,
        "A registry sends something else than was asked for.", "the registry is damaged or lies: do not use what it has";
    NOT_A_MANIFEST = "not_a_manifest", Rejected,
        "What a registry has is not an image manifest of OCI.", "check that the reference is a plugin's";
    NOT_WEBASSEMBLY = "not_webassembly", Rejected,
        "What a registry has is not a WebAssembly file.", "check that the reference is a plugin's";
    REGISTRY_CREDENTIALS = "registry_credentials", Rejected,
        "Docker's `config.json`, or the program that it names for credentials, cannot be used.",
        "log in again with `docker login REGISTRY`";
}

impl UserError for OciError {
    fn code(&self) -> Code {
        match self {
            Self::Unreachable { .. } => REGISTRY_UNREACHABLE,
            Self::TimedOut { .. } => REGISTRY_TIMED_OUT,
            Self::Untrusted { .. } => REGISTRY_UNTRUSTED,
            Self::Roots { .. } => REGISTRY_ROOTS,
            Self::Unauthorized { .. } => REGISTRY_UNAUTHORIZED,
            Self::NotFound { .. } => NOT_IN_REGISTRY,
            Self::Status { .. } => REGISTRY_STATUS,
            Self::Redirect { .. } => REGISTRY_REDIRECT,
            Self::TooLarge { .. } => REGISTRY_TOO_LARGE,
            Self::Size { .. } => REGISTRY_SIZE,
            Self::Digest { .. } => REGISTRY_DIGEST,
            Self::NotAManifest { .. } => NOT_A_MANIFEST,
            Self::NotWebAssembly { .. } => NOT_WEBASSEMBLY,
            Self::Credentials { .. } => REGISTRY_CREDENTIALS,
        }
    }
}

impl UserError for InvalidReference {
    fn code(&self) -> Code {
        INVALID_REFERENCE
    }
}
