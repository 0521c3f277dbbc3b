//! The codes of this crate's errors.

use sortie_json::{Code, UserError};

use crate::error::OciError;
use crate::reference::InvalidReference;

sortie_json::codes! {
    INVALID_REFERENCE = "invalid_reference", Rejected,
        "A name is not a valid reference into a registry.",
        "write it as `ghcr.io/team/demo:1.2`, optionally followed by `@sha256:…`";
    REGISTRY_UNREACHABLE = "registry_unreachable", HostFault,
        "A registry cannot be reached.", "check its name and the network, and try again";
    REGISTRY_TIMED_OUT = "registry_timed_out", HostFault,
        "A registry took too long to answer.", "try again";
    REGISTRY_UNTRUSTED = "registry_untrusted", Rejected,
        "A registry's certificate is not trusted, or is for another name.",
        "check the registry's name; for a private certificate, name its authority's file in SSL_CERT_FILE";
    REGISTRY_ROOTS = "registry_roots", Rejected,
        "The trusted certificates for registries cannot be read.",
        "set SSL_CERT_FILE to a file of PEM certificates, or unset it";
    REGISTRY_UNAUTHORIZED = "registry_unauthorized", Rejected,
        "A registry does not let you read or write this repository.",
        "log in with `docker login REGISTRY`, or another tool that writes docker's `config.json`";
    NOT_IN_REGISTRY = "not_in_registry", Rejected,
        "A registry does not have what was asked for.", "check the repository, the tag and the digest";
    REGISTRY_STATUS = "registry_status", Rejected,
        "A registry's answer does not follow the OCI specification.", "check that it is a registry, and try again";
    REGISTRY_REDIRECT = "registry_redirect", Rejected,
        "A registry redirects to a place that Sortie does not follow.", "name the registry that it redirects to";
    REGISTRY_TOO_LARGE = "registry_too_large", Rejected,
        "A registry sends more than the limit.", "check that the reference names a plugin";
    REGISTRY_SIZE = "registry_size", Rejected,
        "A registry sends more or less than it announced.", "try again; if it happens again, do not trust the registry";
    REGISTRY_DIGEST = "registry_digest", Rejected,
        "A registry sends content that does not match its digest.", "do not use the content: the registry is damaged or not to be trusted";
    NOT_A_MANIFEST = "not_a_manifest", Rejected,
        "The registry's content is not an OCI image manifest.", "check that the reference names a plugin";
    NOT_WEBASSEMBLY = "not_webassembly", Rejected,
        "The registry's content is not a WebAssembly file.", "check that the reference names a plugin";
    TAG_TAKEN = "tag_taken", Rejected,
        "A tag in a registry already stands for something else.",
        "give the plugin a new version or tag; `--replace` moves the tag to this one";
    REGISTRY_CREDENTIALS = "registry_credentials", Rejected,
        "Docker's `config.json`, or its credential helper, cannot be used.",
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
            Self::TagTaken { .. } => TAG_TAKEN,
            Self::Credentials { .. } => REGISTRY_CREDENTIALS,
        }
    }
}

impl UserError for InvalidReference {
    fn code(&self) -> Code {
        INVALID_REFERENCE
    }
}
