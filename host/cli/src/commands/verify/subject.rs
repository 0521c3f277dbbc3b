//! What a file is that is to be verified.

use std::io;
use std::io::Read as _;

use serde_json::Value;
use sortie_attestation::Envelope;
use sortie_host::Bundle;
use sortie_json::ContentHash;
use sortie_runner::files;

use crate::error::CliError;
use crate::refusal::Refusal;

/// A file, by what is in it.
pub(super) enum Subject {
    /// A run's result, with what it was made of.
    Bundle(Box<Bundle>),
    /// A signed statement.
    Envelope(Envelope),
    /// Anything else.
    Other,
}

/// A file that was read.
pub(super) struct Evidence {
    pub(super) subject: Subject,
    /// The SHA-256 of its bytes.
    pub(super) digest: ContentHash,
}

impl Evidence {
    /// Reads a file. What is neither a bundle nor a statement has to be attested to be of use.
    pub(super) fn read(name: &str, is_attested: bool) -> Result<Self, CliError> {
        let bytes = if name == "-" {
            let mut bytes = Vec::new();
            let read = io::stdin().take(files::MAX_BYTES + 1).read_to_end(&mut bytes);
            read.map(|_| bytes).map_err(|error| files::FileError::reading("standard input", error))?
        } else {
            files::bytes(name)?
        };
        let digest = ContentHash::of_bytes(&bytes);
        if is_attested && !bytes.trim_ascii_start().starts_with(b"{") {
            return Ok(Self { subject: Subject::Other, digest });
        }
        let name = if name == "-" { "standard input" } else { name };
        if bytes.starts_with(b"\0asm") {
            let detail =
                "it is WebAssembly: give the statement that vouches for it, with `--attestation FILE`".to_owned();
            return Err(Refusal::NotABundle { name: name.to_owned(), detail }.into());
        }
        let document = files::document_from(name, bytes.as_slice())?.into_value();
        let is_bundle = document
            .get("schema_version")
            .and_then(Value::as_str)
            .is_some_and(|version| version.starts_with("bundle@"));
        let subject = if Envelope::is_in(&document) {
            Subject::Envelope(Envelope::read(&document).map_err(|error| CliError::Error(Box::new(error)))?)
        } else if is_attested && !is_bundle {
            Subject::Other
        } else {
            let bundle = serde_json::from_value(document);
            let refusal =
                |error: serde_json::Error| Refusal::NotABundle { name: name.to_owned(), detail: error.to_string() };
            Subject::Bundle(Box::new(bundle.map_err(refusal)?))
        };
        Ok(Self { subject, digest })
    }
}
