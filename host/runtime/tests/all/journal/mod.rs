//! Runs in a journal, through the host. Needs the feature `journal`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

mod answers;
mod bundles;
mod engines;
mod meddling;
mod pauses;
mod previews;
mod resuming;
mod waiting;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sortie_host::journal::{Actor, Authority, NewAnswer, Owner, RunId, Segment, StartedRun, Timestamp, Which};
use sortie_host::{Host, WorkflowDefinition};

use crate::support;

/// A host with the first-party plugins.
fn host() -> Host {
    Host::builder().first_party().sandbox(support::sandbox()).build().unwrap()
}

/// A step that appends its id to `/log`: were it applied twice, the id would stand there twice.
fn log(id: &str) -> Value {
    json!({"id": id, "kind": "runtime", "payload": {"operation": "core/append", "path": "/log", "value": id}})
}

fn ask(id: &str, payload: Value) -> Value {
    json!({"id": id, "kind": "human", "payload": payload})
}

fn workflow(steps: &[Value]) -> WorkflowDefinition {
    support::workflow(json!(steps))
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000).unwrap()
}

fn driver() -> Owner {
    Owner::new("a test")
}

fn no_answers() -> BTreeMap<String, Value> {
    BTreeMap::new()
}

/// The run of a segment that has to wait.
fn waits(started: StartedRun) -> RunId {
    assert!(matches!(started.segment, Segment::Asked(_)), "{:?}", started.segment);
    started.run
}

fn answer<'a>(run: &'a RunId, step: &'a str, value: &'a Value, actor: &'a Actor) -> NewAnswer<'a> {
    NewAnswer::new(run, Authority::Owner(Which::Step(step)), value, actor)
}
