//! What a receipt's audit may hold. It is about people, and running again says nothing of it. But it holds what a journal writes
//! there about the questions of this run, and nothing else; and the bundle has a hash of it.

use std::collections::BTreeSet;

use jsonptr::PointerBuf;
use serde::Deserialize as _;
use serde_json::{Map, Value};
use sortie_engine::{DecisionStatus, HumanStep, LineageStep, OrchestrationResult, PluginRef, Receipt};
use sortie_json::ContentHash;

use crate::difference::Difference;

/// The members of an object: those that it has in any case, and those that it may have.
struct Members {
    always: &'static [&'static str],
    sometimes: &'static [&'static str],
}

const DECISION: Members = Members {
    always: &["event", "step", "at", "asked_at", "via", "actor", "comment", "question_hash"],
    sometimes: &["signature", "approvals"],
};
const EXPIRY: Members = Members { always: &["event", "step", "at", "asked_at", "deadline", "outcome"], sometimes: &[] };
const PLUGIN_CHANGE: Members = Members { always: &["event", "at", "plugin", "recorded", "present"], sometimes: &[] };
const APPROVAL: Members = Members { always: &["actor", "at", "comment", "via"], sometimes: &["signature"] };
const SIGNATURE: Members = Members { always: &["form", "run", "signed_at", "text"], sometimes: &[] };

/// A place in an audit that no journal would have written, or left out.
struct Fault(Vec<String>);

/// That an audit does not have the hash that its bundle gives, if it gives one.
pub(super) fn altered(receipt: &Receipt, told: Option<ContentHash>) -> Option<Difference> {
    let (told, found) = (told?, receipt.audit_hash());
    (told != found).then(|| Difference {
        path: PointerBuf::from_tokens(["audit_hash"]),
        step_id: None,
        bundle: Some(Value::from(told.to_string())),
        again: Some(Value::from(found.to_string())),
    })
}

/// The plugins that were changed, as a part of an audit tells it: each by its name and digest before, and what it was changed
/// to; the last change first.
pub(super) fn plugin_changes(audit: &[Value]) -> Vec<(PluginRef, ContentHash)> {
    let change = |entry: &Value| {
        let hash = |name: &str| ContentHash::deserialize(entry.get(name)?).ok();
        let name = entry.get("plugin")?.as_str()?.to_owned();
        Some((PluginRef { name, digest: hash("recorded")? }, hash("present")?))
    };
    audit.iter().rev().filter_map(change).collect()
}

/// The first thing in a result's audit that a journal would not have written about its steps.
pub(super) fn foreign(result: &OrchestrationResult) -> Option<Difference> {
    let mut ended = Vec::new();
    result.receipt.audit.iter().enumerate().find_map(|(index, entry)| {
        let Fault(at) = check(entry, result, &mut ended).err()?;
        let within = PointerBuf::from_tokens(&at);
        let place = ["receipt".to_owned(), "audit".to_owned(), index.to_string()];
        Some(Difference {
            path: PointerBuf::from_tokens(place.iter().chain(&at)),
            step_id: None,
            bundle: within.resolve(entry).ok().cloned(),
            again: None,
        })
    })
}

/// Checks an entry; `ended` has the steps whose question has an end already.
fn check<'e>(entry: &'e Value, result: &OrchestrationResult, ended: &mut Vec<&'e str>) -> Result<(), Fault> {
    let event = entry.get("event").and_then(Value::as_str).unwrap_or_default();
    let is_last = match event {
        "decided" | "approved" => {
            let entry = object(entry, &DECISION, &[])?;
            signed(entry, &[])?;
            let approvals = entry.get("approvals").map(|all| all.as_array().ok_or_else(|| fault(&["approvals"])));
            for (index, approval) in approvals.transpose()?.into_iter().flatten().enumerate() {
                let at = ["approvals".to_owned(), index.to_string()];
                signed(object(approval, &APPROVAL, &at)?, &at)?;
            }
            event == "decided"
        }
        "expired" => object(entry, &EXPIRY, &[]).map(|_| true)?,
        "plugin_changed" => return object(entry, &PLUGIN_CHANGE, &[]).map(drop),
        _ => return Err(fault(&["event"])),
    };
    let step = entry.get("step").and_then(Value::as_str).unwrap_or_default();
    let decision = result.lineage.steps.iter().find_map(|lineage| match lineage {
        LineageStep::Human { step_id, decision, .. } if step_id == step => Some(decision.as_ref()),
        LineageStep::Human { .. } | LineageStep::Runtime { .. } => None,
    });
    let decision = decision.filter(|_| !ended.contains(&step)).ok_or_else(|| fault(&["step"]))?;
    // What is said of how it ended is how it ended.
    let status = decision.map(|decision| decision.status);
    let outcome = entry.get("outcome").and_then(Value::as_str);
    match (event, outcome, status) {
        ("approved", ..)
        | ("decided", _, Some(DecisionStatus::Answered))
        | ("expired", Some("defaulted"), Some(DecisionStatus::Defaulted))
        | ("expired", Some("failed"), None) => {}
        ("expired", ..) => return Err(fault(&["outcome"])),
        (..) => return Err(fault(&["event"])),
    }
    if is_last {
        ended.push(step);
        agreed(entry, step, result)?;
    }
    Ok(())
}

/// Checks that as many people decided as the step asks for.
fn agreed(entry: &Value, step: &str, result: &OrchestrationResult) -> Result<(), Fault> {
    let executed = result.executed_steps.iter().find(|executed| executed.id == step);
    let asked = executed.and_then(|executed| HumanStep::from_payload(step, &executed.payload).ok());
    let before = entry.get("approvals").and_then(Value::as_array).into_iter().flatten();
    let people: BTreeSet<&str> =
        before.chain([entry]).filter_map(|given| given.get("actor")).filter_map(Value::as_str).collect();
    let needed =
        asked.filter(|_| entry.get("event") == Some(&Value::from("decided"))).map_or(0, |asked| asked.approvals);
    let found = u32::try_from(people.len()).unwrap_or(u32::MAX);
    if found < needed { Err(fault(&["approvals"])) } else { Ok(()) }
}

/// Checks what signs an entry or an approval, if it is signed, and by what right it was given.
fn signed(entry: &Map<String, Value>, at: &[String]) -> Result<(), Fault> {
    let below = |name: &str| [at, &[name.to_owned()]].concat();
    if !matches!(entry.get("via").and_then(Value::as_str), Some("owner" | "token")) {
        return Err(Fault(below("via")));
    }
    entry.get("signature").map_or(Ok(()), |signature| object(signature, &SIGNATURE, &below("signature")).map(drop))
}

/// An object, if it has these members and no others.
fn object<'v>(value: &'v Value, members: &Members, at: &[String]) -> Result<&'v Map<String, Value>, Fault> {
    let object = value.as_object().ok_or_else(|| Fault(at.to_vec()))?;
    let missing = members.always.iter().find(|name| !object.contains_key(**name)).copied();
    let is_known = |name: &str| members.always.contains(&name) || members.sometimes.contains(&name);
    match missing.or_else(|| object.keys().map(String::as_str).find(|name| !is_known(name))) {
        Some(name) => Err(Fault([at, &[name.to_owned()]].concat())),
        None => Ok(object),
    }
}

fn fault(at: &[&str]) -> Fault {
    Fault(at.iter().map(|token| (*token).to_owned()).collect())
}
