//! Bundles of runs that waited: who decided what and when cannot be altered unnoticed, signed or not.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use sortie_host::Host;
use sortie_host::journal::{Actor, MemoryJournal, NewAnswer};

use super::{answer, ask, driver, no_answers, seconds, waits, workflow};
use crate::plugins::altered;
use crate::support::{context, sandbox};
use crate::tampering::{judged, notices_every_change, with_audit};

/// A host with the plugin `mine`, whose file differs with its description.
fn with_mine(description: &str) -> Host {
    let plugin = altered("echo", |manifest| {
        "mine".clone_into(&mut manifest.name);
        description.clone_into(&mut manifest.description);
    });
    Host::builder().plugin_bytes(plugin, "a test").sandbox(sandbox()).build().unwrap()
}

/// The bundle of a run that two people agreed to, that nobody answered the second time, and that went on with another plugin.
fn bundle() -> Value {
    let now = AtomicI64::new(1000);
    let clock = || seconds(now.fetch_add(1, Ordering::SeqCst));
    let (journal, owner) = (MemoryJournal::new(), driver());
    let steps = [
        ask("ship", json!({"choices": [1, 2], "approvals": 2})),
        ask("when", json!({"expires": 60, "on_expiry": "default", "default": "now"})),
        json!({"id": "work", "kind": "runtime", "payload": {"operation": "mine/echo", "params": {"n": 1}}}),
    ];
    let first = with_mine("first");
    let runs = first.runs(&journal, &clock, &owner);
    let run = waits(runs.start(first.draft(workflow(&steps)), &context(json!({})), &no_answers()).unwrap());
    let (value, ann, ben) = (json!(1), Actor::new("ann"), Actor::new("ben"));
    for (actor, comment) in [(&ann, Some("looks good")), (&ben, None)] {
        runs.decide(&NewAnswer { comment, ..answer(&run, "ship", &value, actor) }).unwrap();
    }
    let second = with_mine("second");
    let runs = second.runs(&journal, &clock, &owner).allowing_changed_plugins();
    runs.resume(&run).unwrap();
    now.store(2000, Ordering::SeqCst);
    runs.resume(&run).unwrap();
    serde_json::to_value(runs.bundle(&run).unwrap()).unwrap()
}

#[test]
fn every_member_of_an_unsigned_bundle_that_is_altered_added_or_removed_is_noticed() {
    let bundle = bundle();
    let audit = bundle["result"]["receipt"]["audit"].as_array().unwrap();
    let events: Vec<_> = audit.iter().map(|entry| &entry["event"]).collect();
    assert_eq!(events, ["approved", "decided", "plugin_changed", "expired"]);
    assert!(audit[1]["approvals"][0]["comment"] == "looks good", "{}", audit[1]);
    assert!(notices_every_change(&bundle) > 200);
}

#[test]
fn a_decision_of_fewer_people_than_the_step_asks_for_is_noticed_even_with_the_hash_that_belongs_to_it() {
    let bundle = bundle();
    for approvals in [json!([]), json!([{"actor": "ben", "at": 1, "comment": null, "via": "owner"}])] {
        let mut audit = bundle["result"]["receipt"]["audit"].clone();
        let mut given = approvals;
        if let Some(given) = given.get_mut(0) {
            given["at"] = audit[1]["at"].clone();
        }
        audit[1]["approvals"] = given;
        assert_eq!(judged(&with_audit(bundle.clone(), audit)), Err("/receipt/audit/1/approvals".to_owned()));
    }
}
