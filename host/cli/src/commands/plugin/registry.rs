//! Plugins of registries: fetched, held to whom the project trusts, and checked as any plugin is.

use sortie_attestation::{Envelope, Signers, predicate};
use sortie_host::{HostError, Plugin};
use sortie_json::ContentHash;
use sortie_oci::{Client, Credentials, PulledFile, Reference, SCHEME};
use sortie_sandbox::Sandbox;

use crate::error::CliError;
use crate::progress::Spinner;
use crate::project;
use crate::refusal::Refusal;

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

/// Pulls a plugin, which has to be signed by somebody who is trusted, where the project says who that is.
pub(super) fn pull(
    client: &Client,
    reference: &Reference,
    trusted: Option<&Signers>,
) -> Result<PulledPlugin, CliError> {
    let pulled = {
        let _spinner = Spinner::begin(&format!("pulling `{reference}`"));
        let pulled = client.pull(reference).map_err(failed)?;
        if let Some(trusted) = trusted {
            check_signature(client, reference, pulled.manifest, trusted)?;
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
    let is_signed = envelopes.iter().any(|bytes| {
        let document = sortie_json::parse(bytes, sortie_json::ParseLimits::default()).ok();
        let envelope = document.and_then(|document| Envelope::read(&document).ok());
        let signed = envelope.and_then(|envelope| envelope.verify(trusted).ok());
        signed.is_some_and(|signed| {
            signed.statement.predicate_type == predicate::PUBLICATION && signed.statement.is_about(&manifest)
        })
    });
    if is_signed { Ok(()) } else { Err(Refusal::PluginNotSigned { reference: reference.to_string() }.into()) }
}

/// A reference on the command line.
pub(super) fn reference(text: &str) -> Result<Reference, CliError> {
    text.parse().map_err(|error: sortie_oci::InvalidReference| CliError::Error(Box::new(error)))
}

pub(super) fn failed(error: sortie_oci::OciError) -> CliError {
    CliError::Error(Box::new(error))
}
