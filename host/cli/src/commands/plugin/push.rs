//! `sortie plugin push`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use sortie_attestation::{Envelope, predicate};
use sortie_host::journal::{Clock, SystemClock};
use sortie_host::{HostError, Manifest, Plugin};
use sortie_json::canonical;
use sortie_oci::{ComponentFile, PushedFile, TagRule};
use sortie_packager::Surface;
use sortie_runner::files;
use sortie_sandbox::Sandbox;

use super::registry::{client, failed, reference};
use crate::error::{CliError, Exit};
use crate::options::Format;
use crate::refusal::Refusal;
use crate::{input, project, render, signing};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The reference to push to, such as `ghcr.io/team/demo:1.2`. Without a tag, the plugin's version is the tag.
    #[arg(value_name = "REFERENCE")]
    reference: String,
    /// The plugin's file.
    file: PathBuf,
    /// Sign the publication with this Ed25519 key (OpenSSH or PKCS#8), for projects that list the key under `[trust]`.
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// Move the tag if it is there already and stands for something else. The old content stays available by its digest.
    #[arg(long)]
    replace: bool,
    /// Attach a signed statement about the plugin, such as one that `sortie plugin build --attest` wrote. Can be
    /// repeated.
    #[arg(long = "attestation", value_name = "FILE")]
    attestations: Vec<PathBuf>,
}

/// Pushes a plugin to a registry.
pub(crate) fn push(arguments: &Arguments, format: Format) -> Result<Exit, CliError> {
    let given = reference(&arguments.reference)?;
    if given.digest().is_some() {
        return Err(Refusal::PushToADigest { reference: given.to_string() }.into());
    }
    // All that can be wrong here is found before anything is there.
    let key = arguments.sign.as_deref().map(signing::key).transpose()?;
    let mut envelopes = Vec::new();
    for file in &arguments.attestations {
        let document = input::document(&Refusal::shown(file))?.into_value();
        let envelope = Envelope::read(&document).map_err(|error| CliError::Error(Box::new(error)))?;
        envelopes.push(canonical(&envelope.to_json()));
    }
    let bytes = files::plugin(&arguments.file)?;
    let sandbox = Sandbox::new(project::sandbox()).map_err(HostError::from)?;
    let origin = format!("`{}`", arguments.file.display());
    let plugin = Plugin::load(&sandbox, bytes.clone()).map_err(|rejection| HostError::Plugin { origin, rejection })?;
    let manifest = plugin.manifest();
    let to = match given.tag() {
        Some(_) => given,
        // A tag has no `+`.
        None => given.tagged(&manifest.version.replace('+', "_")).map_err(|error| CliError::Error(Box::new(error)))?,
    };
    let client = client()?;
    let Surface { exports, imports } = sortie_packager::surface(&bytes).map_err(|error| {
        let path = Refusal::shown(&arguments.file);
        Refusal::NotPackable { path, detail: error.to_string() }
    })?;
    let component = ComponentFile { bytes: &bytes, exports, imports };
    let rule = if arguments.replace { TagRule::Move } else { TagRule::Keep };
    let PushedFile { manifest: digest, before } =
        client.push(&to, &component, annotations(manifest), rule).map_err(failed)?;
    let status = match before {
        None => "pushed",
        Some(before) if before == digest => "unchanged",
        Some(_) => "replaced",
    };
    let replaced = before.filter(|before| *before != digest);
    if let Some(key) = &key {
        let (name, version) = (manifest.name.as_str(), manifest.version.as_str());
        let statement = predicate::of_publication((&to.to_string(), digest), (name, version), SystemClock.now());
        envelopes.push(canonical(&statement.sign(key).to_json()));
    }
    for envelope in &envelopes {
        client.attach(&to, digest, envelope).map_err(failed)?;
    }
    let pinned = to.pinned(digest);
    match format {
        Format::Json => render::print_json(&json!({
            "reference": pinned, "name": manifest.name, "version": manifest.version, "digest": plugin.digest(),
            "statements": envelopes.len(), "status": status, "replaced": replaced,
        }))?,
        Format::Human => {
            let (name, version) = (&manifest.name, &manifest.version);
            let mut text = format!("{status} {name} {version}\ndigest     {}\nreference  {pinned}\n", plugin.digest());
            text.extend(replaced.map(|replaced| format!("before     sha256:{replaced}\n")));
            render::print(&text)?;
        }
    }
    Ok(Exit::Done)
}

/// What a registry shows of a plugin (annotations of OCI's image specification).
fn annotations(manifest: &Manifest) -> BTreeMap<String, String> {
    let all = [
        ("org.opencontainers.image.title", format!("{}.wasm", manifest.name)),
        ("org.opencontainers.image.version", manifest.version.clone()),
        ("org.opencontainers.image.description", manifest.description.clone()),
    ];
    all.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), text)).collect()
}
