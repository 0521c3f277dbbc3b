//! How files are verified, and what came of each.

use std::path::Path;

use serde_json::{Map, Value, json};
use sortie_attestation::predicate::{self, UnrelatedStatement};
use sortie_attestation::{
    Authorship, DecisionProof, Envelope, SignatureFault, SignedBy, SignedStatement, Signers, verify_decisions,
};
use sortie_host::{Backend, Bundle, BundleError, Difference, HostError, SandboxConfig};
use sortie_json::ContentHash;

use super::Arguments;
use super::subject::{Evidence, Subject};
use crate::error::{CliError, Exit, limit_too_great};
use crate::refusal::Refusal;
use crate::{input, project, render, signing};

/// The names of the backends, as options have them.
pub(super) const BACKENDS: [&str; 3] = ["cranelift", "cranelift-unoptimized", "pulley"];

/// How files are verified.
pub(super) struct Plan {
    allow_limits: bool,
    signers: Option<Signers>,
    /// What is stated of the file, by allowed signers.
    stated: Option<SignedStatement>,
    backends: Vec<Backend>,
    /// Whether to say which backends they are.
    names_backends: bool,
}

/// What came of a file.
#[derive(Default)]
pub(super) struct Verification {
    /// That a bundle was run again.
    rerun: Option<Rerun>,
    /// Who signed a statement, and what it is about; of the file's own, where it is one.
    stated: Option<SignedStatement>,
    /// Why the statement says nothing of the file.
    unrelated: Option<UnrelatedStatement>,
}

/// A bundle that was run again.
struct Rerun {
    hash: ContentHash,
    /// Whether nothing covers what it says of who decided and when.
    has_uncovered_audit: bool,
    /// The plugins that were changed while it waited, as it says.
    changed_plugins: Vec<String>,
    /// Where it differs, and run by what.
    difference: Option<(Difference, Backend)>,
    /// Who signed what, where that was asked.
    decisions: Option<Vec<DecisionProof>>,
}

impl Plan {
    pub(super) fn of(arguments: &Arguments) -> Result<Self, CliError> {
        let named = arguments.backend.as_deref().and_then(Backend::named);
        let backends = if arguments.all_backends { Backend::ALL.to_vec() } else { vec![named.unwrap_or_default()] };
        let signers = arguments.signers.as_deref().map(signing::signers).transpose()?;
        let stated = match (&arguments.attestation, &signers) {
            (Some(file), Some(signers)) => Some(statement(file, signers)?),
            (Some(_), None) | (None, _) => None,
        };
        Ok(Self {
            allow_limits: arguments.allow_limits,
            signers,
            stated,
            names_backends: arguments.all_backends || named.is_some(),
            backends,
        })
    }

    /// Whether it is said whose signatures count.
    pub(super) fn has_signers(&self) -> bool {
        self.signers.is_some()
    }

    pub(super) fn verify(&self, name: &str) -> Result<Verification, CliError> {
        let Evidence { subject, digest } = Evidence::read(name, self.stated.is_some())?;
        let stated = self.stated.as_ref().map(|stated| &stated.statement);
        let (rerun, unrelated) = match subject {
            Subject::Bundle(bundle) => {
                let unrelated =
                    stated.and_then(|stated| predicate::is_of_bundle(stated, bundle.result(), &digest).err());
                (Some(self.rerun(*bundle)?), unrelated)
            }
            Subject::Envelope(envelope) => {
                let signers = self.signers.as_ref().ok_or(Refusal::NoSigners)?;
                let stated = envelope.verify(signers).map_err(|error| CliError::Error(Box::new(error)))?;
                return Ok(Verification { stated: Some(stated), ..Verification::default() });
            }
            Subject::Other => {
                let is_about = stated.is_none_or(|stated| stated.is_about(&digest));
                (None, (!is_about).then_some(UnrelatedStatement::Other))
            }
        };
        Ok(Verification { rerun, stated: self.stated.clone(), unrelated })
    }

    fn rerun(&self, bundle: Bundle) -> Result<Rerun, CliError> {
        let bundle = if self.allow_limits { bundle.allowing_its_limits() } else { bundle };
        let mut difference = None;
        for &backend in &self.backends {
            let sandbox = SandboxConfig { backend, ..project::sandbox() };
            if let Some(found) = bundle.verify(sandbox).map_err(failed)? {
                difference = Some((found, backend));
                break;
            }
        }
        let mut decisions = self.signers.as_ref().map(|signers| verify_decisions(bundle.result(), signers));
        if let (Some(proofs), true) = (&mut decisions, self.stated.is_some()) {
            proofs.retain(|proof| proof.standing != Err(SignatureFault::Unsigned));
        }
        Ok(Rerun {
            hash: bundle.result().receipt.result_hash,
            has_uncovered_audit: bundle.has_uncovered_audit(),
            changed_plugins: bundle.changed_plugins(),
            difference,
            decisions,
        })
    }

    pub(super) fn to_json(&self, verified: &Verification) -> Value {
        let mut json = Map::from_iter([("verified".to_owned(), Value::from(verified.is_right()))]);
        let mut add = |name: &str, value: Value| json.insert(name.to_owned(), value);
        if let Some(Rerun { hash, has_uncovered_audit, changed_plugins, difference, decisions }) = &verified.rerun {
            add("result_hash", json!(hash));
            add("has_uncovered_audit", json!(has_uncovered_audit));
            add("changed_plugins", json!(changed_plugins));
            add("difference", json!(difference.as_ref().map(|(difference, _)| difference)));
            if let Some(decisions) = decisions {
                add("decisions", json!(decisions));
            }
            if self.names_backends {
                // Those after the one that differs were not run.
                let differs = difference.as_ref().map(|(_, backend)| *backend);
                let ran = self.backends.iter().position(|backend| Some(*backend) == differs);
                let ran = self.backends.iter().take(ran.map_or(self.backends.len(), |index| index + 1));
                let told = ran.map(|backend| json!({"backend": backend.name(), "same": Some(*backend) != differs}));
                add("backends", told.collect());
            }
        }
        if let Some(SignedStatement { statement, signers }) = &verified.stated {
            add(
                "attestation",
                json!({
                    "signers": signers, "predicate_type": statement.predicate_type, "subject": statement.subject,
                    "is_about_another": verified.unrelated.is_some(),
                }),
            );
        }
        Value::Object(json)
    }

    pub(super) fn text(&self, verified: &Verification) -> String {
        let mut text = String::new();
        if let Some((difference, backend)) = verified.rerun.as_ref().and_then(|rerun| rerun.difference.as_ref()) {
            text.push_str(&self.text_of_difference(difference, *backend));
        }
        text.extend(verified.faults().map(|(step, fault)| {
            let (step, fault) = (render::printable(step), render::printable(&fault.to_string()));
            format!("not verified: of the decision of step `{step}`, {fault}\n")
        }));
        if let Some(fault) = verified.unrelated {
            text.push_str(&format!("not verified: {fault}\n"));
        }
        if !verified.is_right() {
            return text;
        }
        if let Some(rerun) = &verified.rerun {
            let names: Vec<&str> = self.backends.iter().map(|backend| backend.name()).collect();
            let by = if self.names_backends { format!(" by {}", names.join(", ")) } else { String::new() };
            text.push_str(&format!("verified: run again{by}, it gives the same\nresult {}\n", rerun.hash));
            text.extend(rerun.changed_plugins.iter().map(|plugin| {
                format!("the plugin `{}` was changed after a question was asked\n", render::printable(plugin))
            }));
            if rerun.has_uncovered_audit {
                text.push_str("no hash covers what it says of who decided and when: it is a `bundle@2`\n");
            }
            text.extend(rerun.decisions.iter().flatten().map(text_of_proof));
        }
        if let Some(SignedStatement { statement, signers }) = &verified.stated {
            let (signers, kind) =
                (render::printable(&signers.join(", ")), render::printable(&statement.predicate_type));
            text.push_str(&format!("verified: {signers} signed a statement {kind}\n"));
            text.extend(statement.subject.iter().map(|artifact| {
                let digest = artifact.digest.get("sha256").map_or("no SHA-256", String::as_str);
                format!("about  {} {}\n", render::printable(digest), render::printable(&artifact.name))
            }));
        }
        text
    }

    fn text_of_difference(&self, difference: &Difference, backend: Backend) -> String {
        if difference.is_of_audit() {
            let by_rights = difference
                .again
                .as_ref()
                .map_or_else(|| "what a journal writes".to_owned(), |value| shown(Some(value)));
            return format!(
                "not verified: run again, it gives the same, but who decided and when was altered, at `{}`\n  the bundle has  {}\n  expected        {by_rights}\n",
                difference.path,
                shown(difference.bundle.as_ref()),
            );
        }
        let place = match &difference.step_id {
            Some(step) => format!("step `{}` is the first that differs, at", render::printable(step)),
            None => "every step is the same, but not".to_owned(),
        };
        let by = if self.names_backends { format!(" by {}", backend.name()) } else { String::new() };
        format!(
            "not verified: {place} `{}`\n  the bundle has  {}\n  run again{by}       {}\n",
            difference.path,
            shown(difference.bundle.as_ref()),
            shown(difference.again.as_ref()),
        )
    }
}

impl Verification {
    pub(super) fn is_right(&self) -> bool {
        let is_same = self.rerun.as_ref().is_none_or(|rerun| rerun.difference.is_none());
        is_same && self.unrelated.is_none() && self.faults().next().is_none()
    }

    pub(super) fn exit(&self) -> Exit {
        if self.is_right() { Exit::Done } else { Exit::Failed }
    }

    /// The result of the bundle, if it is one.
    pub(super) fn hash(&self) -> Option<ContentHash> {
        self.rerun.as_ref().map(|rerun| rerun.hash)
    }

    fn faults(&self) -> impl Iterator<Item = (&str, &SignatureFault)> {
        let proofs = self.rerun.iter().flat_map(|rerun| rerun.decisions.iter().flatten());
        proofs.filter_map(|proof| Some((proof.step.as_str(), proof.standing.as_ref().err()?)))
    }
}

/// What a file states, if an allowed signer signed it.
fn statement(file: &Path, signers: &Signers) -> Result<SignedStatement, CliError> {
    let document = input::document(&Refusal::shown(file))?.into_value();
    let envelope = Envelope::read(&document).and_then(|envelope| envelope.verify(signers));
    envelope.map_err(|error| CliError::Error(Box::new(error)))
}

fn text_of_proof(proof: &DecisionProof) -> String {
    let step = render::printable(&proof.step);
    let signed = |by: &SignedBy| {
        let actor = render::printable(by.actor.as_str());
        format!("decision `{step}` signed by {actor} at {}, key {}\n", by.signed_at, by.key)
    };
    match &proof.standing {
        Ok(Authorship::Signed(all)) => all.iter().map(signed).collect::<Vec<_>>().concat(),
        Ok(Authorship::Nobody) => format!("decision `{step}` made by nobody: it was passed, or its time was over\n"),
        Err(_) => String::new(),
    }
}

/// A value in one line of bounded length.
fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 200;
    let Some(value) = value else { return "nothing".to_owned() };
    let text = render::printable(&value.to_string());
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn failed(error: BundleError) -> CliError {
    match error {
        BundleError::Host(HostError::Limit(error)) => limit_too_great(error),
        BundleError::Host(error) => error.into(),
        error => CliError::Error(Box::new(error)),
    }
}
