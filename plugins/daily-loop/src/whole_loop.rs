//! The whole loop, step by step, with the changes of each step applied before the next.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sortie_plugin_sdk::{Block, Call, Change, Failure, MissionEntry, Output, Step};

use crate::{daily_loop, manifest};

/// What a loop came to.
pub(crate) struct Day {
    pub(crate) state: Value,
    pub(crate) outputs: serde_json::Map<String, Value>,
    pub(crate) displays: BTreeMap<String, Vec<Block>>,
}

/// Runs a loop: `decision` is that of the confirmation, which is marked without one.
pub(crate) fn run(params: Value, state: Value, decision: Option<&Value>) -> Result<Day, Failure> {
    let workflow = daily_loop::ENTRY.build(params)?;
    let mut day = Day { state, outputs: serde_json::Map::new(), displays: BTreeMap::new() };
    for step in workflow.steps.into_iter().filter(|step| step.kind == "runtime") {
        let output = execute(&step, &day.state, decision)?;
        let access = access(&step.id);
        for change in &output.changes {
            assert!(
                paths(change).iter().all(|path| access.iter().any(|allowed| path.starts_with(allowed))),
                "{change:?}"
            );
        }
        apply(&mut day.state, &output.changes);
        day.displays.insert(step.id.clone(), output.display);
        day.outputs.insert(step.id, output.output.unwrap().value());
    }
    Ok(day)
}

fn execute(step: &Step, state: &Value, decision: Option<&Value>) -> Result<Output, Failure> {
    let mut payload = step.payload.value();
    payload.as_object_mut().unwrap().remove("operation");
    let call = Call::with_state(state.clone());
    let call = match decision {
        Some(decision) => call.decision("confirm_priorities", decision.clone()),
        None => call.marked("confirm_priorities"),
    };
    let operation = crate::SORTIE_PLUGIN.operations.iter().find(|operation| operation.name() == step.id).unwrap();
    operation.execute(payload, &call.build())
}

/// Where an operation may write.
fn access(operation: &str) -> Vec<String> {
    let info = manifest().operations.into_iter().find(|info| info.name == operation).unwrap();
    let pointer = |region| match region {
        sortie_plugin_sdk::Region::State(pointer) => pointer.to_string(),
        sortie_plugin_sdk::Region::Payload(_) => unreachable!("the loop has fixed places"),
    };
    info.writes.into_iter().map(pointer).collect()
}

fn paths(change: &Change) -> Vec<&str> {
    match change {
        Change::Add { path, .. }
        | Change::Remove { path }
        | Change::Replace { path, .. }
        | Change::Copy { path, .. } => {
            vec![path]
        }
        Change::Move { from, path } => vec![from, path],
        Change::Test { .. } => vec![],
    }
}

fn apply(state: &mut Value, changes: &[Change]) {
    let patch: Value = changes
        .iter()
        .map(|change| match change {
            Change::Add { path, value } => json!({"op": "add", "path": path, "value": value}),
            Change::Move { from, path } => json!({"op": "move", "from": from, "path": path}),
            Change::Copy { from, path } => json!({"op": "copy", "from": from, "path": path}),
            Change::Replace { path, value } => json!({"op": "replace", "path": path, "value": value}),
            Change::Remove { path } => json!({"op": "remove", "path": path}),
            other @ Change::Test { .. } => panic!("the loop makes no such change: {other:?}"),
        })
        .collect();
    json_patch::patch(state, &serde_json::from_value::<json_patch::Patch>(patch).unwrap()).unwrap();
}

/// A state of one day: two tasks completed, two to do, and one that cannot be read; with fields that nobody knows.
fn state() -> Value {
    json!({
        "tasks": [
            {"uuid": "aaaaaaaa-1", "description": "first", "status": "completed", "end": "20260107T080000Z", "odd": 1},
            {"uuid": "bbbbbbbb-1", "description": "urgent", "priority": "H", "entry": "20260101T000000Z"},
            {"uuid": "cccccccc-1", "description": "second", "status": "completed", "end": "20260107T070000Z"},
            {"uuid": "dddddddd-1", "description": "broken", "status": "completed", "end": "never"},
            {"uuid": "eeeeeeee-1", "description": "calm", "entry": "20260101T000000Z", "x": {"y": null}},
        ],
        "archive": [{"uuid": "00000000-1"}],
        "mine": "untouched",
    })
}

fn descriptions(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|task| task["description"].as_str().unwrap_or("?")).collect()
}

#[test]
fn an_accepted_day_is_planned_logged_and_archived() {
    let day = run(json!({"today": "2026-01-08"}), state(), Some(&json!({"accept": true}))).unwrap();
    let daily = &day.state["daily"];
    assert_eq!(daily["summary"]["completed"]["count"], 2);
    assert_eq!(descriptions(&daily["priorities"]["tasks"]), ["urgent", "calm"]);
    assert_eq!(descriptions(&daily["plan"]["tasks"]), ["urgent", "calm"]);
    assert_eq!((&daily["plan"]["confirmed"], &daily["plan"]["date"]), (&json!(true), &json!("2026-01-08")));
    assert_eq!(daily["log"].as_array().unwrap().len(), 1);
    assert_eq!(day.outputs["summarise_yesterday"], daily["summary"]);
    assert_eq!(day.outputs["generate_priorities"], daily["priorities"]);
    assert_eq!(day.outputs["log_summary"], json!({"plan": daily["plan"], "entry": daily["log"][0]}));
    assert_eq!(day.outputs["archive_completed"], json!({"archived": ["aaaaaaaa-1", "cccccccc-1"], "kept": 3}));
    let passed_on = (day.state.get("daily_open"), day.state.get("daily_done"));
    assert_eq!(passed_on, (None, None), "what the steps pass on is taken away");

    let before = state();
    let task = |index: usize| &before["tasks"][index];
    assert_eq!(day.state["tasks"], json!([task(1), task(3), task(4)]));
    assert_eq!(day.state["archive"], json!([before["archive"][0], task(0), task(2)]));
    assert_eq!(day.state["mine"], before["mine"]);
}

#[test]
fn a_changed_day_is_the_persons() {
    let decision = json!({"order": ["eeeeeeee"], "drop": ["bbbbbbbb"], "add": [{"description": "new"}]});
    let day = run(json!({"today": "2026-01-08"}), state(), Some(&decision)).unwrap();
    let plan = &day.state["daily"]["plan"];
    assert_eq!(descriptions(&plan["tasks"]), ["calm", "new"]);
    assert_eq!(plan["dropped"], json!(["bbbbbbbb-1"]));
    assert_eq!(descriptions(&day.state["tasks"]), ["urgent", "broken", "calm", "new"]);
    assert_eq!(day.state["tasks"][3]["uuid"], plan["added"][0]);
    assert_eq!(day.state["daily"]["changes"], json!([day.state["tasks"][3]]));
}

#[test]
fn where_nobody_is_asked_the_proposal_is_the_plan() {
    let day = run(json!({"today": "2026-01-08"}), state(), None).unwrap();
    let plan = &day.state["daily"]["plan"];
    assert_eq!((&plan["confirmed"], descriptions(&plan["tasks"])), (&json!(false), vec!["urgent", "calm"]));
    assert_eq!(plan["tasks"], day.state["daily"]["priorities"]["tasks"]);
}

#[test]
fn a_filter_finds_a_task_by_its_annotation_in_each_step() {
    let note = json!([{"entry": "20260101T000000Z", "description": "get blue Brushes"}]);
    let tasks = json!([
        {"uuid": "a", "description": "Paint", "entry": "20260101T000000Z", "annotations": note},
        {"uuid": "b", "description": "Call", "entry": "20260101T000000Z"},
    ]);
    for (filter, expected) in
        [("Brushes", "Paint"), ("not Brushes", "Call"), ("+PENDING description.has:Brush", "Paint")]
    {
        let params = json!({"today": "2026-01-08", "filter": filter});
        let day = run(params, json!({"tasks": tasks}), None).unwrap();
        assert_eq!(descriptions(&day.state["daily"]["priorities"]["tasks"]), [expected], "{filter}");
        assert_eq!(descriptions(&day.state["daily"]["plan"]["tasks"]), [expected], "{filter}");
    }
}

#[test]
fn an_empty_state_is_a_quiet_day() {
    for decision in [None, Some(json!({"accept": true}))] {
        for state in [json!({}), json!({"tasks": null, "daily": null, "archive": null}), json!({"tasks": []})] {
            let day = run(json!({}), state.clone(), decision.as_ref()).unwrap();
            assert_eq!(day.state["daily"]["summary"]["quiet"], json!(true));
            assert_eq!(day.state["daily"]["plan"]["tasks"], json!([]));
            assert_eq!(day.state["daily"]["log"].as_array().unwrap().len(), 1);
            assert_eq!((day.state.get("tasks"), day.state.get("archive")), (state.get("tasks"), state.get("archive")));
        }
    }
}

#[test]
fn a_task_can_be_added_where_there_was_none() {
    let day = run(json!({"today": "2026-01-08"}), json!({}), Some(&json!({"add": [{"description": "new"}]}))).unwrap();
    assert_eq!(descriptions(&day.state["tasks"]), ["new"]);
    assert_eq!(descriptions(&day.state["daily"]["plan"]["tasks"]), ["new"]);
}

#[test]
fn the_log_and_the_archive_grow_day_by_day() {
    let first = run(json!({"today": "2026-01-08"}), state(), None).unwrap();
    let mut between = first.state;
    between["tasks"][0]["status"] = json!("completed");
    between["tasks"][0]["end"] = json!("20260108T120000Z");
    let second = run(json!({"today": "2026-01-09"}), between, None).unwrap();
    let dates: Vec<_> = second.state["daily"]["log"].as_array().unwrap().iter().map(|entry| &entry["date"]).collect();
    assert_eq!(dates, ["2026-01-08", "2026-01-09"]);
    assert_eq!(descriptions(&second.state["archive"]), ["?", "first", "second", "urgent"]);
}

#[test]
fn each_day_is_logged_once_and_each_task_archived_once() {
    let params = || json!({"today": "2026-01-08"});
    let first = run(params(), state(), None).unwrap();
    let again = run(params(), first.state.clone(), Some(&json!({"drop": ["bbbbbbbb-1"]}))).unwrap();
    assert_eq!(again.state["daily"]["log"].as_array().unwrap().len(), 1);
    assert_eq!(again.state["daily"]["log"][0]["dropped"], json!(["bbbbbbbb-1"]));
    // The same tasks come again, as a task manager that keeps them exports them each day.
    let mut exported = again.state;
    exported["tasks"] = state()["tasks"].clone();
    let third = run(json!({"today": "2026-01-09"}), exported, None).unwrap();
    assert_eq!(descriptions(&third.state["archive"]), ["?", "first", "second"]);
    assert_eq!(descriptions(&third.state["tasks"]), ["urgent", "broken", "calm"]);
    assert_eq!(third.state["daily"]["log"].as_array().unwrap().len(), 2);
}

#[test]
fn every_beginning_of_the_steps_works() {
    for humans in [json!(null), json!(0), json!(1), json!(2)] {
        for steps in 1..=6 {
            let params = json!({"today": "2026-01-08", "requested_steps": steps, "requested_human_steps": humans});
            let day = run(params.clone(), state(), Some(&json!({"accept": true})));
            assert!(day.is_ok(), "{params}: {:?}", day.err());
        }
    }
}

#[test]
fn many_completed_tasks_are_archived_in_their_order_too() {
    let end = "20260101T000000Z";
    let done = |index| json!({"uuid": format!("done-{index}"), "description": "d", "status": "completed", "end": end});
    let to_do = |index: usize| json!({"uuid": format!("todo-{index}"), "description": "d"});
    let tasks: Vec<_> = (0..2000).flat_map(|index| [done(index), to_do(index)]).collect();
    let state = json!({"tasks": tasks, "archive": [done(9999)]});
    let day = run(json!({"today": "2026-01-08"}), state, None).unwrap();
    assert_eq!(day.state["tasks"], (0..2000).map(to_do).collect::<Value>());
    assert_eq!(day.state["archive"], [9999].into_iter().chain(0..2000).map(done).collect::<Value>());
    assert_eq!(day.state.get("daily_done"), None);
}

#[test]
fn what_is_added_stays_where_many_are_archived() {
    let end = "20260101T000000Z";
    let done = |index| json!({"uuid": format!("done-{index}"), "description": "d", "status": "completed", "end": end});
    for count in [1, 2000] {
        let tasks: Vec<_> = (0..count).map(done).chain([json!({"uuid": "todo", "description": "old"})]).collect();
        let decision = json!({"add": [{"description": "new"}, {"description": "newer"}]});
        let day = run(json!({"today": "2026-01-08"}), json!({"tasks": tasks}), Some(&decision)).unwrap();
        assert_eq!(descriptions(&day.state["tasks"]), ["old", "new", "newer"]);
        assert_eq!(day.state["archive"], (0..count).map(done).collect::<Value>());
        assert_eq!(day.outputs["archive_completed"]["kept"], 3);
    }
}

#[test]
fn the_archiving_can_be_called_by_itself() {
    let call = |payload: Value, state: Value| {
        let operation =
            crate::SORTIE_PLUGIN.operations.iter().find(|entry| entry.name() == "archive_completed").unwrap();
        let output = operation.execute(payload, &Call::with_state(state.clone()).build())?;
        let mut state = state;
        apply(&mut state, &output.changes);
        Ok::<_, Failure>(state)
    };
    let after = call(json!({"tasks": "/tasks", "archive": "/archive"}), state()).unwrap();
    assert_eq!(descriptions(&after["tasks"]), ["urgent", "broken", "calm"]);
    assert_eq!(descriptions(&after["archive"]), ["?", "first", "second"]);
    // An archive that is not read could be lost.
    assert_eq!(call(json!({"tasks": "/tasks"}), state()).unwrap_err().code, "invalid_payload");
}

#[test]
fn what_is_not_understood_fails_the_step_and_says_why() {
    let code = |state: Value, decision: Option<Value>| {
        let failure = run(json!({}), state, decision.as_ref()).err().unwrap();
        (failure.code, failure.message)
    };
    let told = |code: &str, message: &str| (code.to_owned(), message.to_owned());
    let tasks = "/tasks must be an array as `task export` prints it, and is an object";
    assert_eq!(code(json!({"tasks": {}}), None), told("tasks_not_an_array", tasks));
    let daily = "/daily must be an object, and is an array";
    assert_eq!(code(json!({"daily": []}), None), told("unexpected_state", daily));
    let log = "/daily/log must be an array, and is a string";
    assert_eq!(code(json!({"daily": {"log": "x"}}), None), told("unexpected_state", log));
    let archive = "/archive must be an array, and is a number";
    assert_eq!(code(json!({"archive": 1}), None), told("unexpected_state", archive));
    let decision = code(state(), Some(json!({"drop": ["ffffffff-1"]})));
    assert_eq!(decision, told("decision_rejected", "`drop` names \"ffffffff-1\", which is no task to do"));
}

#[test]
fn the_examples_of_the_manifest_work() {
    for mission in manifest().missions {
        for params in mission.examples {
            run(params, state(), None).unwrap();
        }
    }
    for operation in crate::SORTIE_PLUGIN.operations {
        for example in operation.info().examples {
            operation.execute(example.payload, &Call::with_state(example.state).build()).unwrap();
        }
    }
}
