//! What a run may begin with, and the fuel that its calls may use.

#![allow(clippy::unwrap_used)]

use crate::support::{pending, run_on, whole_state, workflow};
use serde_json::{Value, json};
use sortie_engine::{ExecutionContext, Fuel, Limits, Plan, Run};
use sortie_json::{FREE_ROOM, canonical_size};

#[test]
fn fuel_is_bounded_by_call_by_mission_and_by_an_outer_mission() {
    let fuel = |spent: Fuel, cap: Option<Fuel>| {
        let limits = Limits { fuel_per_call: 100, fuel_per_mission: 250, ..Limits::default() };
        let run = run_on(json!({}), vec![whole_state()], limits).with_spent(spent);
        let run = match cap {
            Some(cap) => run.with_fuel_cap(cap),
            None => run,
        };
        pending(&run).call().fuel
    };
    assert_eq!(
        (fuel(0, None), fuel(150, None), fuel(151, None), fuel(250, None), fuel(999, None)),
        (100, 100, 99, 0, 0)
    );
    assert_eq!((fuel(0, Some(40)), fuel(30, Some(40)), fuel(0, Some(9999))), (40, 10, 100));
}

#[test]
fn the_state_is_bounded_from_the_start() {
    let start = |limit: u64| {
        let context = ExecutionContext::new(json!({"a": "xy"})).unwrap();
        let plan = Plan::new(workflow("").validated().unwrap(), Vec::new()).unwrap();
        Run::start(plan, &context, Limits { state_bytes: limit, ..Limits::default() }).map(drop).map_err(|e| e.code())
    };
    assert_eq!(canonical_size(&json!({"a": "xy"})), 10);
    assert_eq!((start(10), start(9)), (Ok(()), Err("state_too_large")));
}

#[test]
fn many_small_values_are_no_cheaper_than_they_are() {
    // An object of one member takes 88 bytes of room in a list, and the list is in an object under a key: 88 more.
    let objects = (FREE_ROOM - 88) / 88;
    let start = |count: usize| {
        let context = ExecutionContext::new(json!({"a": vec![json!({"": 0}); count]})).unwrap();
        let plan = Plan::new(workflow("").validated().unwrap(), Vec::new()).unwrap();
        Run::start(plan, &context, Limits { state_bytes: 100_000, ..Limits::default() }).map(drop).map_err(|e| e.code())
    };
    assert_eq!((start(objects), start(objects + 1)), (Ok(()), Err("too_many_values")));
}

#[test]
fn the_metadata_is_bounded_as_params_are() {
    let start = |limit: u64| {
        let context = ExecutionContext::new(json!({})).unwrap().with_metadata(json!({"a": "xy"})).unwrap();
        let plan = Plan::new(workflow("").validated().unwrap(), Vec::new()).unwrap();
        Run::start(plan, &context, Limits { params_bytes: limit, ..Limits::default() }).map(drop).map_err(|e| e.code())
    };
    assert_eq!((start(10), start(9)), (Ok(()), Err("metadata_too_large")));
}

#[test]
fn a_context_is_two_objects_of_i_json() {
    let code = |state: Value| ExecutionContext::new(state).map(drop).map_err(|error| error.code());
    assert_eq!(code(json!({})), Ok(()));
    assert_eq!(code(json!([])), Err("state_not_object"));
    assert_eq!(code(json!({"a": u64::MAX})), Err("not_i_json"));
    let metadata = ExecutionContext::new(json!({})).unwrap().with_metadata(json!(1));
    assert_eq!(metadata.unwrap_err().code(), "metadata_not_object");
}

#[test]
fn each_limit_of_a_file_may_be_as_great_as_it_may_and_not_greater() {
    for greatest in [Limits::GREATEST, Limits::GREATEST_OF_A_FILE] {
        assert_eq!(greatest.within(&greatest), Ok(()));
        let raised = [
            ("fuel_per_call", Limits { fuel_per_call: greatest.fuel_per_call + 1, ..greatest }),
            ("fuel_per_mission", Limits { fuel_per_mission: greatest.fuel_per_mission + 1, ..greatest }),
            ("memory_bytes", Limits { memory_bytes: greatest.memory_bytes + 1, ..greatest }),
            ("state_bytes", Limits { state_bytes: greatest.state_bytes + 1, ..greatest }),
            ("params_bytes", Limits { params_bytes: greatest.params_bytes + 1, ..greatest }),
            ("output_bytes", Limits { output_bytes: greatest.output_bytes + 1, ..greatest }),
            ("log_bytes", Limits { log_bytes: greatest.log_bytes + 1, ..greatest }),
            ("json_depth", Limits { json_depth: greatest.json_depth + 1, ..greatest }),
            ("mission_depth", Limits { mission_depth: greatest.mission_depth + 1, ..greatest }),
        ];
        for (name, limits) in raised {
            assert_eq!(limits.within(&greatest).unwrap_err().limit, name);
        }
    }
}
