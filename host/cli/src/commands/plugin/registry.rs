//! Plugins of registries: fetched, held to whom the project trusts, and checked as any plugin is.

use serde_json::{Value, json};
use sortie_attestation::{Envelope, SignedStatement, Signers, Statement, predicate};
use sortie_host::{HostError, Plugin};
use sortie_json::ContentHash;
use sortie_oci::{Client, Credentials, PulledFile, Reference, SCHEME};
use sortie_sandbox::Sandbox;

use crate::error::CliError;
use crate::progress::Spinner;
use crate::project::{self, Sources};
use crate::refusal::Refusal;
use crate::render;

/// A plugin that was pulled, and is one.
pub(super) struct PulledPlugin {
    pub(super) plugin: Plugin,
    pub(super) bytes: Vec<u8>,
    /// Where it came from, with the digest of its manifest.
    pub(super) reference: Reference,
}

/// A client with the user's logins.
pub(super) fn client() -> Result<Client, CliError> {
    Ok(Client::new(Credentials::of_docker().map_err(failed)?))
}

/// Pulls a plugin, from a mirror where the project says so: it has to be signed by somebody who is trusted, where the
/// project says who that is.
pub(super) fn pull(client: &Client, reference: &Reference, sources: &Sources) -> Result<PulledPlugin, CliError> {
    let place = match sources.mirrors.get(reference.registry()) {
        Some(mirror) => reference.at_mirror(mirror).map_err(|error| CliError::Error(Box::new(error)))?,
        None => reference.clone(),
    };
    let pulled = {
        let _spinner = Spinner::begin(&format!("pulling `{place}`"));
        let pulled = client.pull(&place).map_err(failed)?;
        if let Some(trusted) = &sources.trusted {
            check_signature(client, &place, pulled.manifest, trusted)?;
        }
        pulled
    };
    let PulledFile { manifest, bytes, .. } = pulled;
    let sandbox = Sandbox::new(project::sandbox()).map_err(HostError::from)?;
    let origin = format!("`{SCHEME}{reference}`");
    let plugin = Plugin::load(&sandbox, bytes.clone()).map_err(|rejection| HostError::Plugin { origin, rejection })?;
    Ok(PulledPlugin { plugin, bytes, reference: reference.pinned(manifest) })
}

/// Whether somebody who is trusted has stated that they published this.
fn check_signature(
    client: &Client,
    reference: &Reference,
    manifest: ContentHash,
    trusted: &Signers,
) -> Result<(), CliError> {
    let envelopes = client.envelopes(reference, manifest).map_err(failed)?;
    let mut signed = envelopes.iter().filter_map(|bytes| envelope(bytes)?.verify(trusted).ok());
    // A statement about the file alone, say on where it was built, is not one that it was to be published.
    let is_signed = signed.any(|SignedStatement { statement, .. }| {
        statement.predicate_type == predicate::PUBLICATION && statement.is_about(&manifest)
    });
    if is_signed { Ok(()) } else { Err(Refusal::PluginNotSigned { reference: reference.to_string() }.into()) }
}

/// What a registry has, and what is said of it there. It need not be a plugin.
pub(super) struct RegisteredFile {
    pub(super) bytes: Vec<u8>,
    pub(super) reference: Reference,
    pub(super) statements: Vec<AttachedStatement>,
}

/// A statement that is attached to a manifest.
pub(super) struct AttachedStatement {
    statement: Statement,
    /// Who signed it of those who are asked about; nothing, where nobody is.
    signers: Option<Vec<String>>,
    /// Whether it is about the manifest or the file at all.
    is_about_this: bool,
}

/// Pulls a file and what is said of it.
pub(super) fn inspect(reference: &Reference, signers: Option<&Signers>) -> Result<RegisteredFile, CliError> {
    let client = client()?;
    let _spinner = Spinner::begin(&format!("pulling `{reference}`"));
    let PulledFile { manifest, bytes, .. } = client.pull(reference).map_err(failed)?;
    let digests = [manifest, ContentHash::of_bytes(&bytes)];
    let mut statements = Vec::new();
    for envelope in client.envelopes(reference, manifest).map_err(failed)?.iter().filter_map(|bytes| envelope(bytes)) {
        // What cannot be read says nothing.
        let Ok(statement) = envelope.unverified() else { continue };
        let signers = signers.map(|signers| envelope.verify(signers).map(|signed| signed.signers).unwrap_or_default());
        let is_about_this = digests.iter().any(|digest| statement.is_about(digest));
        statements.push(AttachedStatement { statement, signers, is_about_this });
    }
    Ok(RegisteredFile { bytes, reference: reference.pinned(manifest), statements })
}

impl AttachedStatement {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "predicate_type": self.statement.predicate_type,
            "predicate": self.statement.predicate,
            "signers": self.signers,
            "is_about_this": self.is_about_this,
        })
    }

    /// Its kind, who signed it, and the most that can be said in a line.
    pub(super) fn row(&self) -> Vec<String> {
        let signers = match &self.signers {
            None => "not checked: `--signers FILE`".to_owned(),
            Some(signers) if signers.is_empty() => "nobody who is allowed".to_owned(),
            Some(signers) => signers.join(", "),
        };
        let at = |pointer: &str| self.statement.predicate.pointer(pointer).and_then(Value::as_str);
        let says = match self.statement.predicate_type.as_str() {
            _ if !self.is_about_this => "it is about something else".to_owned(),
            predicate::PROVENANCE => {
                let builder = at("/runDetails/builder/id").unwrap_or("an unknown builder");
                let source = at("/buildDefinition/externalParameters/source").unwrap_or("an unknown source");
                format!("built by {builder} from {source}")
            }
            predicate::PUBLICATION => format!("published at {}", at("/published_at").unwrap_or("an unknown time")),
            predicate::TEST_RESULT => format!("tests: {}", at("/result").unwrap_or("unknown")),
            _ => String::new(),
        };
        [self.statement.predicate_type.as_str(), &signers, &says].into_iter().map(render::printable).collect()
    }
}

fn envelope(bytes: &[u8]) -> Option<Envelope> {
    let document = sortie_json::parse(bytes, sortie_json::ParseLimits::default()).ok()?;
    Envelope::read(&document).ok()
}

/// A reference on the command line.
pub(super) fn reference(text: &str) -> Result<Reference, CliError> {
    text.parse().map_err(|error: sortie_oci::InvalidReference| CliError::Error(Box::new(error)))
}

pub(super) fn failed(error: sortie_oci::OciError) -> CliError {
    CliError::Error(Box::new(error))
}
