//! Who decided what and when: the part of a receipt that is for people, and covered by no hash but its own.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_engine::Binding;
use sortie_journal::{Actor, Approval, DecisionRecord, Event, ExpiryAction, Signature, Timestamp, Via, Wait};
use sortie_json::ContentHash;

use super::ChangedPlugin;

/// A remark in the journal: what happened to a run that is no part of its result.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Note {
    /// The run is resumed with plugins that have changed.
    ChangedPlugins {
        /// The plugins.
        plugins: Vec<ChangedPlugin>,
        /// What the runtime steps are bound to from here on.
        bindings: Vec<Binding>,
    },
}

/// What a person or an operator may ask about a run: an entry of its receipt's audit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditEntry {
    /// A person decided.
    Decided(AuditDecision),
    /// One of several people who have to agree gave an answer.
    Approved(AuditDecision),
    /// Nobody decided in time.
    Expired {
        /// The human step.
        step: String,
        /// When that was recorded.
        at: Timestamp,
        /// When the question was asked.
        asked_at: Option<Timestamp>,
        /// Until when it could be answered.
        deadline: Option<Timestamp>,
        /// What came of it.
        outcome: ExpiryOutcome,
    },
    /// The run was resumed with another plugin than it began with.
    PluginChanged {
        /// When.
        at: Timestamp,
        /// The plugin's name.
        plugin: String,
        /// The digest of the one that it began with.
        recorded: ContentHash,
        /// The digest of the one that it was resumed with.
        present: ContentHash,
    },
}

/// An answer that somebody gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditDecision {
    /// The human step.
    pub step: String,
    /// When that was recorded.
    pub at: Timestamp,
    /// When the question was asked.
    pub asked_at: Option<Timestamp>,
    /// By what right.
    pub via: Via,
    /// Who.
    pub actor: Actor,
    /// What they said about it.
    pub comment: Option<String>,
    /// What was asked and shown.
    pub question_hash: Option<ContentHash>,
    /// Their signature, where they signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// The others who agreed to it before, where it took several people and this answer decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
}

impl AuditDecision {
    fn of(decision: &DecisionRecord, at: Timestamp, asked_at: Option<Timestamp>) -> Self {
        Self {
            step: decision.step.clone(),
            at,
            asked_at,
            via: decision.via,
            actor: decision.actor.clone(),
            comment: decision.comment.clone(),
            question_hash: decision.question_hash,
            signature: decision.signature.clone(),
            approvals: decision.approvals.clone(),
        }
    }
}

/// What came of a question that nobody answered. Closed, as what a step can ask for on expiry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryOutcome {
    /// The step failed.
    Failed,
    /// The step's default was taken.
    Defaulted,
}

/// The receipt's audit, oldest first: an [entry](AuditEntry) for each event that a person or an operator may ask about.
/// Answers that were at hand when the run began are nobody's decision then, and have no entry.
pub(super) fn audit<'e>(events: impl Iterator<Item = (Timestamp, &'e Event)>) -> Vec<Value> {
    let mut asked: Option<(Timestamp, &Wait)> = None;
    let mut entries = Vec::new();
    for (at, event) in events {
        let asked_at = asked.map(|(asked_at, _)| asked_at);
        match event {
            Event::Asked(wait) => asked = Some((at, wait)),
            Event::Decided(decision) => {
                entries.push(AuditEntry::Decided(AuditDecision::of(decision, at, asked_at)));
            }
            Event::Approved(decision) => {
                entries.push(AuditEntry::Approved(AuditDecision::of(decision, at, asked_at)));
            }
            Event::Expired(expiry) => entries.push(AuditEntry::Expired {
                step: expiry.step.clone(),
                at,
                asked_at,
                deadline: asked.and_then(|(_, wait)| wait.deadline),
                outcome: match expiry.outcome {
                    ExpiryAction::Fail => ExpiryOutcome::Failed,
                    ExpiryAction::Default(_) => ExpiryOutcome::Defaulted,
                },
            }),
            Event::Note(body) => entries.extend(of_note(at, body)),
            Event::Engine(_) | Event::Started(_) | Event::Cancelled(_) | Event::Finished(_) => {}
        }
    }
    entries.iter().map(|entry| serde_json::to_value(entry).unwrap_or_default()).collect()
}

fn of_note(at: Timestamp, body: &Value) -> Vec<AuditEntry> {
    // A remark that cannot be read has kept the run from being rebuilt before it could come to a receipt.
    let Ok(Note::ChangedPlugins { plugins, .. }) = serde_json::from_value(body.clone()) else { return Vec::new() };
    let entry = |plugin: &super::ChangedPlugin| AuditEntry::PluginChanged {
        at,
        plugin: plugin.name.clone(),
        recorded: plugin.recorded,
        present: plugin.present,
    };
    plugins.iter().map(entry).collect()
}
