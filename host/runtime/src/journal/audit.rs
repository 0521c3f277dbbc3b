//! Who decided what and when: the part of a receipt that is for people, and covered by no hash.

use serde_json::{Value, json};
use sortie_journal::{Event, OnExpiry, Timestamp, Wait};

use super::fold::Note;

/// The receipt's audit: one entry for each event that a person or an operator may ask about, oldest first. Answers that
/// were at hand when the run began are nobody's decision then, and have no entry.
///
/// - `{"event": "decided", "step", "at", "via": "token" | "owner", "actor", "comment", "asked_at", "question_hash"}`: a
///   person did.
/// - `{"event": "expired", "step", "at", "asked_at", "deadline", "outcome": "failed" | "defaulted"}`: nobody did.
/// - `{"event": "plugin_changed", "at", "plugin", "recorded", "present"}`: the run was resumed with another plugin.
pub(super) fn audit<'e>(events: impl Iterator<Item = (Timestamp, &'e Event)>) -> Vec<Value> {
    let mut asked: Option<(Timestamp, &Wait)> = None;
    let mut entries = Vec::new();
    for (at, event) in events {
        let asked_at = asked.map(|(asked_at, _)| asked_at);
        match event {
            Event::Asked(wait) => asked = Some((at, wait)),
            Event::Decided(decision) => entries.push(json!({
                "event": "decided", "step": decision.step, "at": at, "asked_at": asked_at, "via": decision.via,
                "actor": decision.actor, "comment": decision.comment, "question_hash": decision.question_hash,
            })),
            Event::Expired(expiry) => entries.push(json!({
                "event": "expired", "step": expiry.step, "at": at, "asked_at": asked_at,
                "deadline": asked.and_then(|(_, wait)| wait.deadline),
                "outcome": match expiry.outcome {
                    OnExpiry::Fail => "failed",
                    OnExpiry::Default(_) => "defaulted",
                },
            })),
            Event::Note(body) => entries.extend(of_note(at, body)),
            Event::Engine(_) | Event::Started(_) | Event::Cancelled(_) | Event::Finished(_) => {}
        }
    }
    entries
}

fn of_note(at: Timestamp, body: &Value) -> Vec<Value> {
    // A remark that cannot be read has kept the run from being rebuilt before it could come to a receipt.
    let Ok(Note::ChangedPlugins { plugins, .. }) = serde_json::from_value(body.clone()) else { return Vec::new() };
    let entry = |plugin: &super::ChangedPlugin| {
        json!({
            "event": "plugin_changed", "at": at, "plugin": plugin.name,
            "recorded": plugin.recorded, "present": plugin.present,
        })
    };
    plugins.iter().map(entry).collect()
}
