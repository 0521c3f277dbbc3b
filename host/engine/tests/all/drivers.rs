//! What a driver is told by a run: of the calls that failed, and of the end.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::json;
use sortie_engine::{Decision, Next};

use crate::support::{ok, pending, run_of};

#[test]
fn a_step_that_failed_gives_its_call_back_with_how_it_ended() {
    let mut run = run_of("r", json!({"a": 1}));
    let made = pending(&run);
    let call = made.call().clone();
    let outcome = ok(serde_json::from_value(json!([{"op": "remove", "path": "/absent"}])).unwrap());
    let failed = run.called(made, outcome.clone(), 1).unwrap().unwrap();
    assert_eq!((failed.call, failed.outcome), (call, outcome));
    let Next::Done(result) = run.next() else { panic!("the step failed") };
    assert_eq!(run.into_result().as_ref(), Some(&*result));
}

#[test]
fn a_run_that_is_not_finished_has_no_result() {
    let run = run_of("rh", json!({}));
    assert!(run.question().is_none() && run.pending().is_some());
    assert_eq!(run.into_result(), None);
    let mut run = run_of("h", json!({}));
    assert_eq!(run.question().map(|step| step.id.as_str()), Some("s0"));
    run.decided(Decision::marked()).unwrap();
    assert!(run.into_result().is_some());
}
