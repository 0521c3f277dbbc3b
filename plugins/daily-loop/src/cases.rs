//! Task data that people have: files of `tests/cases`, and the right values.

use serde_json::{Value, json};

use crate::whole_loop::{Day, run};

/// Runs a loop over the tasks of a file.
fn day(tasks: &str, params: Value, decision: Option<&Value>) -> Day {
    let tasks: Value = serde_json::from_str(tasks).unwrap();
    run(params, json!({"tasks": tasks}), decision).unwrap()
}

/// The case of a file on 2026-11-25.
macro_rules! on_the_day {
    ($file:literal) => {
        on_the_day!($file, {"today": "2026-11-25"})
    };
    ($file:literal, $params:tt) => {
        day(include_str!(concat!("../tests/cases/", $file)), json!($params), None)
    };
}

fn planned(day: &Day) -> Vec<String> {
    let tasks = day.state["daily"]["plan"]["tasks"].as_array().unwrap();
    tasks.iter().map(|task| task["description"].as_str().unwrap().to_owned()).collect()
}

fn urgencies(day: &Day) -> Vec<f64> {
    let tasks = day.state["daily"]["plan"]["tasks"].as_array().unwrap();
    tasks.iter().map(|task| task["urgency"].as_f64().unwrap()).collect()
}

fn problems(day: &Day) -> Vec<String> {
    let problems = day.state["daily"]["summary"]["unreadable"].as_array().unwrap();
    let shown = |problem: &Value| {
        format!("{} {} {}", problem["index"], problem["field"].as_str().unwrap(), problem["reason"].as_str().unwrap())
    };
    problems.iter().map(shown).collect()
}

fn headline(day: &Day) -> &str {
    day.state["daily"]["summary"]["headline"].as_str().unwrap()
}

fn archived(day: &Day) -> usize {
    day.state.get("archive").and_then(Value::as_array).map_or(0, Vec::len)
}

#[test]
fn a_task_without_a_uuid_is_planned_and_what_is_missing_is_said() {
    let day = on_the_day!("no-uuid.json");
    let mut planned = planned(&day);
    planned.sort();
    assert_eq!(planned, ["buy milk", "call mum"]);
    assert!(headline(&day).ends_with("2 of 2 tasks could not be read in full"), "{}", headline(&day));
    assert_eq!(problems(&day), ["0 uuid is missing", "1 uuid is missing"]);
}

#[test]
fn the_case_of_a_status_and_of_a_uuid_does_not_matter() {
    let day = on_the_day!("case.json");
    assert_eq!(planned(&day), ["upper uuid", "upper status"]);
    assert_eq!(day.state["daily"]["plan"]["hidden"]["blocked"], 1);
    assert_eq!(problems(&day), <[String; 0]>::default());
}

#[test]
fn by_default_the_plan_is_what_is_ready() {
    let day = on_the_day!("hidden-in-plan.json");
    assert_eq!(planned(&day), ["buy paint"]);
    let hidden = json!({"waiting": 2, "blocked": 1, "scheduled": 1, "outside": 0});
    assert_eq!(day.state["daily"]["plan"]["hidden"], hidden);
    assert_eq!(day.state["daily"]["summary"]["slipped_total"], 0);
    let all = on_the_day!("hidden-in-plan.json", {"today": "2026-11-25", "include": "all"});
    assert_eq!(planned(&all).len(), 5);
}

#[test]
fn without_a_day_the_summary_says_what_it_goes_by() {
    let day = on_the_day!("weekend.json", {});
    assert_eq!(day.state["daily"]["summary"]["as_of_newest_change"], true);
    assert_eq!(day.state["daily"]["plan"]["date"], "2026-11-20");
    let monday = on_the_day!("weekend.json", {"today": "2026-11-23T08:00:00+01:00"});
    assert_eq!(monday.state["daily"]["summary"]["as_of_newest_change"], false);
    assert_eq!(monday.state["daily"]["plan"]["date"], "2026-11-23");
}

#[test]
fn a_date_years_after_the_others_is_not_today() {
    let day = on_the_day!("future.json", {});
    assert_eq!(day.state["daily"]["plan"]["date"], "2026-11-20");
    assert_eq!(planned(&day)[0], "normal task due on 1 Dec 2026");
}

#[test]
fn the_day_is_the_persons() {
    let slipped = |params: Value| {
        let day = day(include_str!("../tests/cases/tokyo.json"), params, None);
        day.state["daily"]["summary"]["slipped_total"].as_u64().unwrap()
    };
    assert_eq!(slipped(json!({"today": "2026-11-26T07:00:00+09:00"})), 0);
    assert_eq!(slipped(json!({"today": "2026-11-26", "zone": "+09:00"})), 0);
    assert_eq!(slipped(json!({"today": "2026-11-25T22:00:00Z", "zone": "+09:00"})), 0);
    assert_eq!(slipped(json!({"today": "2026-11-26"})), 1, "in UTC, where nobody says otherwise");
}

#[test]
fn tasks_are_named_by_id_and_by_short_uuid() {
    let tasks = include_str!("../tests/cases/digits.json");
    let drop = |names: Value| {
        let day = day(tasks, json!({"today": "2026-11-25"}), Some(&json!({"drop": names})));
        planned(&day).join(" ")
    };
    assert_eq!(drop(json!([1])), "gamma beta");
    assert_eq!(drop(json!(["2", "0b123456"])), "alpha");
    assert_eq!(drop(json!([12_345_678])), "gamma beta");
    assert_eq!(drop(json!(["12E45678"])), "gamma alpha");
    let state = json!({"tasks": serde_json::from_str::<Value>(tasks).unwrap()});
    let wrong = run(json!({"today": "2026-11-25"}), state, Some(&json!({"drop": ["99999999"]}))).err().unwrap();
    assert_eq!(wrong.message, "`drop` names \"99999999\", which is no task to do");
}

#[test]
fn an_added_task_takes_dates_as_people_type_them_and_tags() {
    let add = json!({"add": [{"description": "Call", "due": "tomorrow", "tags": ["phone"]}]});
    let day = day(include_str!("../tests/cases/digits.json"), json!({"today": "2026-11-25"}), Some(&add));
    assert_eq!(day.state["daily"]["changes"][0]["due"], "20261126T000000Z");
    assert_eq!(day.state["daily"]["changes"][0]["tags"], json!(["phone"]));
}

#[test]
fn a_dependency_that_is_not_in_the_data_is_said_and_the_exports_urgency_can_rank() {
    let day = on_the_day!("filtered-work.json");
    assert_eq!(day.state["daily"]["summary"]["missing_dependencies"], 1);
    let exported = on_the_day!("filtered-work.json", {"today": "2026-11-25", "rank": "exported"});
    assert_eq!(urgencies(&exported), [-4.0]);
}

#[test]
fn priorities_of_any_value_can_have_a_coefficient() {
    let day =
        on_the_day!("numeric-priority.json", {"today": "2026-11-25", "urgency": {"priority": {"3": 7, "0": 0.5}}});
    assert_eq!(planned(&day), ["alpha", "beta"]);
    assert!(urgencies(&day)[0] > 7.0);
    assert_eq!((archived(&day), problems(&day).len()), (1, 0));
}

#[test]
fn an_odd_field_does_not_keep_a_task_from_the_archive() {
    assert_eq!(archived(&on_the_day!("annotation-string.json")), 1);
    let day = on_the_day!("bad-dates.json");
    assert_eq!(archived(&day), 2);
    let reason = "neither a date such as 2026-01-07 nor a date-time such as 2026-01-07T14:30:00Z or 20260107T143000Z";
    let expected = [
        format!("0 wait is \"for godot\": {reason}"),
        format!("1 due is \"1330\": {reason}"),
        format!("2 wait is \"for godot\": {reason}"),
    ];
    assert_eq!(problems(&day), expected);
}

#[test]
fn a_task_without_an_entry_has_the_full_term_of_age() {
    let day = on_the_day!("no-entry.json", {"today": "2026-11-25T09:00:00Z"});
    assert_eq!(planned(&day), ["made by another client, no entry", "priority L"]);
    assert_eq!(urgencies(&day), [2.0, 1.8]);
}

#[test]
fn of_two_versions_the_newer_counts_and_both_are_archived() {
    let day = on_the_day!("dup-uuid.json");
    assert_eq!((planned(&day).len(), archived(&day)), (0, 2));
    assert_eq!(problems(&day), ["0 uuid is also the uuid of the task at 1, which counts as the newer one"]);
}

#[test]
fn dates_in_all_their_notations_are_read() {
    let day = on_the_day!("tw-nodate.json", {"today": "2026-11-25", "limit": 20});
    assert_eq!(problems(&day), <[String; 0]>::default());
    assert_eq!(planned(&day).len(), 7);
}

#[test]
fn what_taskwarrior_3_exports_is_read() {
    let day = on_the_day!("tw3.json", {"today": "2026-09-11", "zone": "+02:00", "limit": 20});
    assert_eq!(planned(&day), ["order tiles", "report"]);
    assert_eq!(problems(&day), ["6 status is \"snoozed\", which is no status of Taskwarrior's"]);
    assert!(headline(&day).ends_with("1 of 7 tasks could not be read"), "{}", headline(&day));
}

#[test]
fn text_of_any_script_stays_as_it_is() {
    let day = on_the_day!("unicode.json", {"today": "2026-11-25", "project": "家"});
    assert_eq!(planned(&day), ["Send 牛乳 to 日本 — 会議の資料を準備する 🍣👨‍👩‍👧‍👦"]);
    assert_eq!(day.state["daily"]["plan"]["hidden"]["outside"], 5);
}

#[test]
fn what_could_not_be_read_is_counted_where_it_is_not_named() {
    let tasks: Value = (0..9).map(|number| json!({"uuid": format!("u{number}"), "description": []})).collect();
    let day = run(json!({"today": "2026-11-25"}), json!({"tasks": tasks}), None).unwrap();
    let told = format!("{:?}", day.displays["log_summary"]);
    assert!(told.contains("and 4 more tasks"), "{told}");
    assert!(told.contains("(no description)"), "{told}");
}

#[test]
fn blanks_around_a_status_do_not_matter() {
    let tasks = json!([{"uuid": "a", "description": "d", "status": " Pending "}]);
    let day = run(json!({"today": "2026-11-25"}), json!({"tasks": tasks}), None).unwrap();
    assert_eq!((planned(&day), problems(&day)), (vec!["d".to_owned()], vec![]));
}

#[test]
fn a_task_past_its_until_is_deleted_as_in_taskwarrior() {
    let day = on_the_day!("until.json");
    // What was waiting for the early ticket waits no longer.
    assert_eq!(planned(&day), ["buy the ticket", "pack", "no such end"]);
    let summary = &day.state["daily"]["summary"];
    assert_eq!((&summary["counts"]["expired"], &summary["counts"]["deleted"]), (&json!(2), &json!(2)));
    assert_eq!((&summary["counts"]["pending"], &summary["slipped_total"]), (&json!(3), &json!(0)));
    assert_eq!(archived(&day), 1);
    assert_eq!(day.state["tasks"].as_array().unwrap().len(), 6, "it is Taskwarrior that deletes");
    let reason = "neither a date such as 2026-01-07 nor a date-time such as 2026-01-07T14:30:00Z or 20260107T143000Z";
    assert_eq!(problems(&day), [format!("6 until is \"whenever\": {reason}")]);
    let told = format!("{:?}", day.displays["log_summary"]);
    assert!(told.contains("2 tasks are past their `until`, and count as deleted"), "{told}");
    // The day before, both were to do.
    let day = on_the_day!("until.json", {"today": "2026-11-23", "include": "all"});
    assert_eq!((planned(&day).len(), day.state["daily"]["summary"]["counts"].get("expired")), (5, None));
}

#[test]
fn a_name_that_is_shown_names_one_task() {
    let day = on_the_day!("until.json");
    let tasks = day.state["daily"]["plan"]["tasks"].as_array().unwrap();
    let names: Vec<_> = tasks.iter().map(|task| task["short"].as_str().unwrap()).collect();
    assert_eq!(names[0], "a0000000-0000-4000-8000-000000000002");
    let decision = json!({"order": [names[1]], "drop": [names[0]]});
    let tasks = include_str!("../tests/cases/until.json");
    let decided = self::day(tasks, json!({"today": "2026-11-25"}), Some(&decision));
    assert_eq!(planned(&decided), ["pack", "no such end"]);
    let of_one = on_the_day!("digits.json");
    assert_eq!(of_one.state["daily"]["plan"]["tasks"][0].get("short"), None);
}

/// Drops what these names name, of tasks whose descriptions begin alike, a template and its instance.
fn dropped(names: Value) -> String {
    let tasks = json!([
        {"id": 1, "uuid": "a1", "description": "Call  mum about the trip", "priority": "H"},
        {"id": 2, "uuid": "a2", "description": "Call the bank"},
        {"id": 3, "uuid": "a3", "description": "Größe messen"},
        {"id": 4, "uuid": "a4", "description": "Report", "status": "recurring", "recur": "weekly"},
        {"id": 5, "uuid": "a5", "description": "Report", "parent": "a4"},
    ]);
    match run(json!({"today": "2026-11-25"}), json!({"tasks": tasks}), Some(&json!({"drop": names}))) {
        Ok(day) => {
            let dropped = day.state["daily"]["plan"]["dropped"].as_array().unwrap();
            dropped.iter().map(|uuid| uuid.as_str().unwrap()).collect::<Vec<_>>().join(" ")
        }
        Err(failure) => failure.message.replace("`drop` names ", ""),
    }
}

#[test]
fn a_task_is_named_by_its_description_or_how_that_begins() {
    assert_eq!(dropped(json!(["call MUM about the trip"])), "a1");
    assert_eq!(dropped(json!(["Call mum abo…", " call the "])), "a1 a2");
    assert_eq!(
        dropped(json!(["GRÖSSE", "größe"])),
        "\"GRÖSSE\", which is no id and begins no description; \
                of a uuid, 8 characters are needed"
    );
    assert_eq!(dropped(json!(["Report"])), "a5", "the template is none to do");
    assert_eq!(
        dropped(json!(["call"])),
        "\"call\", which names several tasks, \"Call mum about the trip\" (1), \"Call the bank\" (2): write an id or a uuid"
    );
    assert_eq!(
        dropped(json!(["mum"])),
        "\"mum\", with which no description begins; it is in \"Call mum about the trip\" (1)"
    );
    assert_eq!(dropped(json!([4])), "4, which is the template of a repeating task: name the task that it made");
    assert_eq!(dropped(json!(["9"])), "\"9\", which is no task to do");
}

#[test]
fn an_id_that_two_tasks_have_names_none() {
    let tasks = json!([
        {"id": 1, "uuid": "a1", "description": "one"},
        {"id": 1, "uuid": "a2", "description": "two"},
        {"id": 2, "uuid": "a3", "description": "three", "status": "completed", "end": "20261124T000000Z"},
        {"id": 2, "uuid": "a4", "description": "four"},
    ]);
    let drop = |names: Value| {
        run(json!({"today": "2026-11-25"}), json!({"tasks": tasks}), Some(&json!({"drop": names})))
            .map(|day| planned(&day))
    };
    assert_eq!(drop(json!([1])).unwrap_err().message, "`drop` names 1, which is the id of 2 tasks: write a uuid");
    assert_eq!(drop(json!(["a1", 2])).unwrap(), ["two"]);
}

#[test]
fn an_exported_urgency_may_be_written_as_a_text() {
    let tasks = json!([
        {"uuid": "a1", "description": "low", "urgency": -3.2},
        {"uuid": "a2", "description": "high", "urgency": "12.5"},
    ]);
    let day = run(json!({"today": "2026-11-25", "rank": "exported"}), json!({"tasks": tasks}), None).unwrap();
    assert_eq!((planned(&day), urgencies(&day)), (vec!["high".to_owned(), "low".to_owned()], vec![12.5, -3.2]));
}

#[test]
fn what_stands_in_the_place_of_the_tasks_is_told() {
    let message = |tasks: Value| run(json!({}), json!({"tasks": tasks}), None).err().unwrap().message;
    let begins = "/tasks must be an array as `task export` prints it, and is ";
    let one = json!({"uuid": "a1", "description": "one"});
    assert_eq!(message(one.clone()), format!("{begins}an object: put a task that is alone into brackets, `[…]`"));
    assert_eq!(
        message(json!({"tasks": [one]})),
        format!("{begins}an object that has `tasks`: give the file as the whole state, with `--state` alone")
    );
    assert_eq!(message(json!({"a": 1})), format!("{begins}an object"));
    assert_eq!(message(json!("x")), format!("{begins}a string"));
}

#[test]
fn a_virtual_tag_can_be_wanted_too() {
    let tasks = json!([
        {"uuid": "a1", "description": "late", "due": "20261120T000000Z", "tags": ["diy"]},
        {"uuid": "a2", "description": "early", "due": "20261220T000000Z", "tags": ["diy"]},
        {"uuid": "a3", "description": "other", "due": "20261120T000000Z"},
    ]);
    let plan = |tags: &str| {
        let day = run(json!({"today": "2026-11-25", "tags": tags}), json!({"tasks": tasks}), None).unwrap();
        planned(&day)
    };
    assert_eq!(plan("diy,OVERDUE"), ["late"]);
    assert_eq!(plan("+diy,-OVERDUE"), ["early"]);
}

#[test]
fn where_no_task_has_an_id_a_number_says_so() {
    let tasks = json!([{"uuid": "a1", "description": "one"}]);
    let wrong =
        run(json!({"today": "2026-11-25"}), json!({"tasks": tasks}), Some(&json!({"drop": [1]}))).err().unwrap();
    assert_eq!(wrong.message, "`drop` names 1, and no task has an id here: name tasks by their uuids or descriptions");
}

#[test]
fn what_is_added_for_later_is_not_in_todays_plan() {
    let tasks = json!([{"id": 1, "uuid": "a1", "description": "one"}]);
    let add = json!({"add": [
        {"description": "someday", "wait": "later"},
        {"description": "next week", "scheduled": "1w"},
        {"description": "after one", "depends": [1]},
    ]});
    let day = run(json!({"today": "2026-11-25"}), json!({"tasks": tasks}), Some(&add)).unwrap();
    assert_eq!(planned(&day), ["one", "after one"]);
    assert_eq!(day.state["daily"]["changes"].as_array().unwrap().len(), 3);
    let told = format!("{:?}", day.displays["log_summary"]);
    assert!(told.contains("2 tasks added for later"), "{told}");
}

#[test]
fn what_a_taskrc_cannot_say_is_told_before_the_decision_and_in_the_plan() {
    let tasks = json!([{"id": 1, "uuid": "a1", "description": "one"}]);
    let params = json!({"today": "2026-11-25", "taskrc": "include ~/.more\nurgency.age.coefficient=abc"});
    let day = run(params, json!({"tasks": tasks}), None).unwrap();
    for step in ["generate_priorities", "log_summary"] {
        let told = format!("{:?}", day.displays[step]);
        assert!(told.contains("the taskrc includes ~/.more, which a mission cannot read"), "{told}");
        assert!(told.contains("it counts as 0"), "{told}");
    }
    let state = || json!({"tasks": []});
    assert!(run(json!({"taskrc": "~/.taskrc"}), state(), None).err().unwrap().message.contains("give the file's text"));
}

#[test]
fn the_log_is_in_the_order_of_the_days() {
    let mut state = json!({"tasks": [{"id": 1, "uuid": "a1", "description": "one"}]});
    for today in ["2026-11-26", "2026-11-30", "2026-11-27", "2026-11-30", "2026-11-25"] {
        let tasks = state["tasks"].clone();
        state = run(json!({"today": today}), state, None).unwrap().state;
        state["tasks"] = tasks;
    }
    let log = state["daily"]["log"].as_array().unwrap();
    let days: Vec<_> = log.iter().map(|entry| entry["date"].as_str().unwrap()).collect();
    assert_eq!(days, ["2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30"]);
}

#[test]
fn dates_and_lists_with_blanks_are_read() {
    let tasks = json!([
        {"uuid": "a1", "description": "one", "due": " 20261130T000000Z ", "entry": "2026-11-24t10:00:00z"},
        {"uuid": "a2", "description": "two", "depends": "a1, a3"},
        {"uuid": "a3", "description": "three"},
    ]);
    let day = run(json!({"today": "2026-11-25"}), json!({"tasks": tasks}), None).unwrap();
    assert_eq!((planned(&day), problems(&day)), (vec!["one".to_owned(), "three".to_owned()], vec![]));
    assert_eq!(day.state["daily"]["summary"]["missing_dependencies"], 0);
}

#[test]
fn what_is_due_beyond_the_change_of_clocks_is_due_on_its_day() {
    let rule = "CET-1CEST,M3.5.0,M10.5.0/3";
    // A midnight in summer, as Taskwarrior writes it in Berlin.
    let tasks = json!([{"uuid": "a1", "description": "one", "due": "20270614T220000Z", "id": 1}]);
    let decision = json!({"add": [
        {"description": "two", "due": "2027-06-15"},
        {"description": "three", "due": "2027-03-28 10:00"},
        {"description": "four", "due": "sunday 10:00"},
    ]});
    for zone in [rule, "<+01>-1<+02>,M3.5.0,M10.5.0/3"] {
        let params = json!({"today": "2027-03-26T07:00:00+01:00", "zone": zone, "filter": "due:2027-06-15"});
        assert_eq!(planned(&run(params.clone(), json!({"tasks": tasks}), None).unwrap()), ["one"]);
        let day = run(params, json!({"tasks": tasks}), Some(&decision)).unwrap();
        let dues: Vec<&Value> =
            day.state["daily"]["changes"].as_array().unwrap().iter().map(|task| &task["due"]).collect();
        assert_eq!(dues, ["20270614T220000Z", "20270328T080000Z", "20270328T080000Z"]);
        assert_eq!(day.state["daily"]["summary"]["zone"], zone);
    }
    // An offset that the rule does not have then is another zone's.
    let params = json!({"today": "2027-03-26T07:00:00-05:00", "zone": rule});
    let day = run(params, json!({"tasks": tasks}), None).unwrap();
    assert_eq!(day.state["daily"]["summary"]["zone"], "-05:00");
}

#[test]
fn a_day_without_a_plan_is_looked_back_on_with_the_next_one() {
    let done = |uuid: &str, end: &str| json!({"uuid": uuid, "description": uuid, "status": "completed", "end": end});
    let tasks = json!([done("a1", "20261124T100000Z"), done("a2", "20261126T100000Z"), done("a3", "20261128T100000Z")]);
    let mut state = json!({});
    let mut headlines = Vec::new();
    // A Wednesday, the Monday behind it, once more, and the day after.
    for today in ["2026-11-25", "2026-11-30", "2026-11-30T12:00:00Z", "2026-12-01"] {
        state["tasks"] = tasks.clone();
        let day = run(json!({"today": today, "requested_human_steps": 0}), state, None).unwrap();
        headlines.push(day.state["daily"]["summary"]["headline"].as_str().unwrap().to_owned());
        state = day.state;
    }
    let since = "2 tasks completed since Wednesday 2026-11-25, 0 slipped, 0 to do";
    let quiet = "a quiet day: nothing to do";
    assert_eq!(headlines, ["1 task completed yesterday, 0 slipped, 0 to do", since, since, quiet]);
}

#[test]
fn an_attribute_that_no_task_has_is_remarked() {
    let tasks = json!([
        {"uuid": "a1", "description": "one", "estimate": 3},
        {"uuid": "a2", "description": "two", "estimate": 1, "depends": ["a1"], "id": 2},
        {"uuid": "a3", "description": "three", "status": "completed", "end": "20261124T100000Z", "size": "big"},
    ]);
    let with = |filter: &str| {
        let params = json!({"today": "2026-11-25", "filter": filter, "include": "all"});
        let day = run(params, json!({"tasks": tasks}), None).unwrap();
        (planned(&day), day.state["daily"]["summary"].get("remarks").cloned().unwrap_or_default())
    };
    assert_eq!(with("estimate.above:2"), (vec!["one".to_owned()], Value::Null));
    assert_eq!(with("size:small"), (vec![], Value::Null));
    let remark = json!(["no task has the attribute `colour`, which the filter asks for"]);
    assert_eq!(with("estimate:1 colour.none:"), (vec!["two".to_owned()], remark));
    // The steps behind the summary know what has the attributes, and the ids.
    assert_eq!(with("+UDA").0.len(), 2);
    assert_eq!(with("depends:2"), (vec![], Value::Null));
}
