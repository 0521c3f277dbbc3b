//! Signed decisions: who decided exactly what, having been asked exactly what.

use std::collections::BTreeSet;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use serde_json::Value;
use sortie_host::journal::{Actor, AuditDecision, AuditEntry, RunId, Signature, SignatureForm, Timestamp};
use sortie_host::{Decision, DecisionStatus, HumanStep, LineageStep, OrchestrationResult};
use sortie_json::{ContentHash, NotJson, canonical_of};
use ssh_key::{PublicKey, SshSig};

use crate::key::{KeyError, SigningKey, VerifyingKey};
use crate::passkey::{HardwareSignature, PasskeyAssertion, PasskeyFault, PasskeyKey, challenge};
use crate::signers::{Namespace, SignerRefusal, Signers};

/// What signatures of decisions are for.
pub const DECISION: Namespace = Namespace("sortie-decision");

/// What a person signs: in canonical form (RFC 8785), in the namespace `sortie-decision`.
///
/// `question_hash` stands for the question, what was shown with it, the workflow, what the run had done, and the plugins
/// that were to follow. The time is the person's: it is in no hash of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionStatement<'a> {
    schema_version: &'static str,
    run: &'a RunId,
    step: &'a str,
    question_hash: Option<ContentHash>,
    value: &'a Value,
    actor: &'a Actor,
    comment: Option<&'a str>,
    signed_at: Timestamp,
}

/// A decision that is to be signed.
#[derive(Debug, Clone, Copy)]
pub struct UnsignedDecision<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The human step.
    pub step: &'a str,
    /// The question, as the person saw it.
    pub question: ContentHash,
    /// What they decide.
    pub value: &'a Value,
    /// Who they are.
    pub actor: &'a Actor,
    /// What they say about it.
    pub comment: Option<&'a str>,
}

/// Why a decision cannot be signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The value is not I-JSON.
    #[error(transparent)]
    Value(#[from] NotJson),
    /// The key does not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The passkey did not sign this.
    #[error("the passkey did not sign the decision: {0}")]
    Passkey(#[from] PasskeyFault),
}

impl UnsignedDecision<'_> {
    /// Signs it.
    ///
    /// # Errors
    ///
    /// The value has no canonical form.
    pub fn sign(&self, key: &SigningKey, signed_at: Timestamp) -> Result<Signature, SigningError> {
        let text = key.sign_in_namespace(DECISION.0, &self.statement(signed_at).to_bytes()?)?;
        Ok(self.signature(signed_at, text))
    }

    /// What a passkey is asked to sign for it: what OpenSSH would sign.
    ///
    /// # Errors
    ///
    /// The value has no canonical form.
    pub fn challenge(&self, signed_at: Timestamp) -> Result<Vec<u8>, SigningError> {
        Ok(challenge(DECISION.0, &self.statement(signed_at).to_bytes()?))
    }

    /// The signature that a passkey made of it, once it is checked. Whether the page was one of the server's, and what the
    /// counter says, a [`RelyingParty`](crate::RelyingParty) tells.
    ///
    /// # Errors
    ///
    /// It signed something else, or nobody was asked for more than a touch.
    pub fn signed_by_passkey(
        &self,
        key: &PasskeyKey,
        signed_at: Timestamp,
        assertion: &PasskeyAssertion<'_>,
    ) -> Result<Signature, SigningError> {
        let statement = self.statement(signed_at).to_bytes()?;
        let made = HardwareSignature::of(key, DECISION.0, &statement, assertion)?;
        Ok(self.signature(signed_at, made.to_text()))
    }

    fn statement(&self, signed_at: Timestamp) -> DecisionStatement<'_> {
        DecisionStatement {
            schema_version: SCHEMA_VERSION,
            run: self.run,
            step: self.step,
            question_hash: Some(self.question),
            value: self.value,
            actor: self.actor,
            comment: self.comment,
            signed_at,
        }
    }

    fn signature(&self, signed_at: Timestamp, text: String) -> Signature {
        Signature { form: SignatureForm::Sshsig, run: self.run.clone(), signed_at, text }
    }
}

const SCHEMA_VERSION: &str = "decision_statement@1";

impl DecisionStatement<'_> {
    /// The bytes that are signed.
    ///
    /// # Errors
    ///
    /// The value is not I-JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NotJson> {
        canonical_of(self)
    }
}

/// A human step of a result, and what proves who decided.
///
/// As JSON it is the `step`, who `signed` it, or null, and the `fault` in words, or null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionProof {
    /// The human step.
    pub step: String,
    /// What the proof comes to.
    pub standing: Result<Authorship, SignatureFault>,
}

impl Serialize for DecisionProof {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (signed, fault) = match &self.standing {
            Ok(Authorship::Signed(by)) => (Some(by), None),
            Ok(Authorship::Nobody) => (None, None),
            Err(fault) => (None, Some(fault.to_string())),
        };
        let mut proof = serializer.serialize_struct("DecisionProof", 3)?;
        proof.serialize_field("step", &self.step)?;
        proof.serialize_field("signed", &signed)?;
        proof.serialize_field("fault", &fault)?;
        proof.end()
    }
}

/// What is known of a decision. Closed: it is somebody's, or nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorship {
    /// These people signed it.
    Signed(Vec<SignedBy>),
    /// Nobody decided: the step was passed, or its time was over.
    Nobody,
}

/// A signature that is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedBy {
    /// Who signed.
    pub actor: Actor,
    /// When, by their clock.
    pub signed_at: Timestamp,
    /// The fingerprint of their key.
    pub key: String,
}

/// Why it is not proved who decided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureFault {
    /// There is no signature.
    #[error("nobody signed it")]
    Unsigned,
    /// What is there is no signature.
    #[error("the signature of `{0}` is unreadable")]
    Damaged(Actor),
    /// The key may not sign for that person.
    #[error(transparent)]
    Signer(#[from] SignerRefusal),
    /// Something else was signed.
    #[error("`{0}` signed something else: another question, answer, run, step, time, name or comment")]
    Another(Actor),
    /// What a passkey, or a key in hardware, gave is not as it has to be.
    #[error("the signature of `{actor}` does not prove it: {fault}")]
    Passkey {
        /// Who is said to have signed.
        actor: Actor,
        /// What is wrong.
        fault: PasskeyFault,
    },
    /// Somebody signed who was not asked.
    #[error("`{0}` signed, but is not one of the people asked")]
    NotAsked(Actor),
    /// It takes more people.
    #[error("{found} signed with a key of their own, but {needed} must")]
    TooFew {
        /// How many keys there are.
        found: usize,
        /// How many people have to agree.
        needed: usize,
    },
    /// One person signed more than once.
    #[error("`{0}` signed more than once")]
    Twice(Actor),
    /// Signatures of several runs stand in one.
    #[error("`{0}` signed for another run than the first who signed")]
    OtherRun(Actor),
    /// What follows the question is not what it was signed for.
    #[error("the plugin `{0}` was changed after it was signed")]
    PluginChanged(String),
}

/// Checks who signed the decisions of a result, which has to have come out the same when it was run again: then the
/// questions that its audit tells of are those that are asked. Where a step asks certain people, or several, it has to be
/// them, and so many.
///
/// ```
/// use serde_json::json;
/// use sortie_attestation::{Signers, predicate, verify_decisions};
/// use sortie_host::{ExecutionContext, Host, Progress, WorkflowDefinition};
///
/// let ask = json!({"id": "ask", "kind": "human", "payload": {"description": "Ship it?", "choices": ["yes", "no"]}});
/// let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": [ask]}))?;
/// let host = Host::builder().build()?;
/// let mut session = host.draft(workflow).start(&ExecutionContext::new(json!({}))?)?;
/// session.advance()?;
/// let Progress::Done(run) = session.answer(&json!("yes"))? else { unreachable!("one question is asked") };
///
/// // The answer was given by a program, and nobody signed it.
/// let proofs = verify_decisions(&run.result, &Signers::default());
/// assert!(proofs.iter().all(|proof| proof.standing.is_err()));
/// let statement = predicate::of_run(&run.result, None, "2026-01-31T12:00:00Z".parse()?);
/// assert!(statement.is_about(&run.result.receipt.result_hash));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn verify_decisions(result: &OrchestrationResult, signers: &Signers) -> Vec<DecisionProof> {
    let audit: Vec<AuditEntry> =
        result.receipt.audit.iter().filter_map(|entry| serde_json::from_value(entry.clone()).ok()).collect();
    let steps = result.lineage.steps.iter().filter_map(|step| match step {
        LineageStep::Human { step_id, decision, .. } => Some((step_id, decision)),
        LineageStep::Runtime { .. } => None,
    });
    let mut run = None;
    steps
        .map(|(id, decision)| {
            let executed = result.executed_steps.iter().find(|step| step.id == *id);
            let asked = executed.and_then(|step| HumanStep::from_payload(id, &step.payload).ok());
            let standing = match (decision, asked) {
                (Some(Decision { status: DecisionStatus::Answered, value }), Some(asked)) => {
                    signed(&asked, value, &audit, (signers, &mut run)).map(Authorship::Signed)
                }
                (Some(Decision { status: DecisionStatus::Answered, .. }), None) => Err(SignatureFault::Unsigned),
                (Some(_) | None, _) => Ok(Authorship::Nobody),
            };
            DecisionProof { step: id.clone(), standing }
        })
        .collect()
}

/// Who signed that this is the answer to a step.
fn signed(
    asked: &HumanStep,
    value: &Value,
    audit: &[AuditEntry],
    (signers, run): (&Signers, &mut Option<RunId>),
) -> Result<Vec<SignedBy>, SignatureFault> {
    let mut signed: Vec<SignedBy> = Vec::new();
    for entry in audit {
        let decided = match entry {
            AuditEntry::Decided(decided) => decided,
            AuditEntry::PluginChanged { plugin, .. } if !signed.is_empty() => {
                return Err(SignatureFault::PluginChanged(plugin.clone()));
            }
            _ => continue,
        };
        let AuditDecision { step, actor, comment, question_hash, signature, approvals, .. } = decided;
        if *step != asked.id {
            continue;
        }
        let last = (actor, comment, signature);
        let before = approvals.iter().map(|approval| (&approval.actor, &approval.comment, &approval.signature));
        for (actor, comment, signature) in before.chain([last]) {
            let signature = signature.as_ref().ok_or(SignatureFault::Unsigned)?;
            let statement = DecisionStatement {
                schema_version: SCHEMA_VERSION,
                run: &signature.run,
                step,
                question_hash: *question_hash,
                value,
                actor,
                comment: comment.as_deref(),
                signed_at: signature.signed_at,
            };
            let by = verify(&statement, signature, signers)?;
            if *run.get_or_insert_with(|| signature.run.clone()) != signature.run {
                return Err(SignatureFault::OtherRun(by.actor));
            }
            if signed.iter().any(|other| other.actor == by.actor) {
                return Err(SignatureFault::Twice(by.actor));
            }
            let is_asked =
                asked.assignees.is_empty() || asked.assignees.iter().any(|name| Actor::new(name) == by.actor);
            if !is_asked {
                return Err(SignatureFault::NotAsked(by.actor));
            }
            signed.push(by);
        }
    }
    if signed.is_empty() {
        return Err(SignatureFault::Unsigned);
    }
    // Two names with one key are one person.
    let keys: BTreeSet<&str> = signed.iter().map(|by| by.key.as_str()).collect();
    let (found, needed) = (keys.len(), usize::try_from(asked.approvals).unwrap_or(usize::MAX));
    if found < needed { Err(SignatureFault::TooFew { found, needed }) } else { Ok(signed) }
}

fn verify(
    statement: &DecisionStatement<'_>,
    signature: &Signature,
    signers: &Signers,
) -> Result<SignedBy, SignatureFault> {
    let actor = statement.actor;
    let damaged = || SignatureFault::Damaged(actor.clone());
    let SignatureForm::Sshsig = signature.form else { return Err(damaged()) };
    let bytes = statement.to_bytes().map_err(|_| damaged())?;
    let allow = |key: &VerifyingKey| {
        signers.allow(key, Some(actor.as_str()), DECISION, Some(signature.signed_at)).map(|_| key.fingerprint())
    };
    let another = || SignatureFault::Another(actor.clone());
    let key = if let Some(made) = HardwareSignature::from_text(&signature.text) {
        let key = allow(&made.key.clone().into())?;
        made.check(DECISION.0, &bytes).map_err(|fault| match fault {
            PasskeyFault::Challenge => another(),
            fault => SignatureFault::Passkey { actor: actor.clone(), fault },
        })?;
        key
    } else {
        let made = SshSig::from_pem(&signature.text).map_err(|_| damaged())?;
        let key = allow(&VerifyingKey::of(&made))?;
        let by = PublicKey::from(made.public_key().clone());
        by.verify(DECISION.0, &bytes, &made).map_err(|_| another())?;
        key
    };
    Ok(SignedBy { actor: actor.clone(), signed_at: signature.signed_at, key })
}
