use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};
use sortie_json::{Part, parse_str};

use super::*;

mod bounds;

fn read(text: &str) -> Value {
    parse_str(text).unwrap_or_else(|faults| panic!("{faults:?} in {text}"))
}

fn fixtures() -> BTreeMap<String, Value> {
    BTreeMap::from([("state.json".to_owned(), json!({"from": "file"})), ("list.json".to_owned(), json!([1]))])
}

/// What a suite, with or without expectations of its own, comes to: its scenarios and expectations, or what is wrong.
fn check(suite: &str, separate: Option<&str>, expected: &str) {
    let document = read(suite);
    let separate = separate.map(read);
    let decoded = test_run(document.clone(), separate.as_ref(), &fixtures());
    let mut found = String::new();
    match &decoded.result {
        Ok(test_run) => {
            assert_eq!(test_run.to_suite().scenarios, whole(&document));
            for TestDefinition { scenario, expectations } in test_run.tests() {
                let missions: Vec<String> = scenario
                    .missions
                    .iter()
                    .map(|mission| format!("{}={}({})", mission.alias, mission.name, mission.params))
                    .collect();
                writeln!(found, "{} {} {}", scenario.scenario_name, scenario.initial_state, missions.join(" "))
                    .unwrap();
                for expectation in &expectations {
                    let assertion = &expectation.assertion;
                    let not = if assertion.is_negated() { "not " } else { "" };
                    let value = assertion.expected().map(ToString::to_string).unwrap_or_default();
                    let (id, mission, path) = (&expectation.id, &expectation.mission_name, &expectation.path);
                    writeln!(found, "  {id}: {mission} {path} {not}{} {value}", assertion.op()).unwrap();
                }
            }
        }
        Err(errors) => errors.iter().for_each(|error| writeln!(found, "{}", line(error)).unwrap()),
    }
    for warning in &decoded.warnings {
        writeln!(found, "warning: {}", line(warning)).unwrap();
    }
    let trimmed =
        |text: &str| text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&found), trimmed(expected));
}

/// The scenarios of a suite, read whole and without their expectations.
fn whole(document: &Value) -> Vec<ScenarioDefinition> {
    let mut scenarios = suite(document.clone(), &fixtures()).result.unwrap().scenarios;
    for scenario in &mut scenarios {
        scenario.expect.clear();
    }
    scenarios
}

fn line(error: &DefinitionError) -> String {
    let mut line = format!("{} at {}", error.code, error.place);
    if error.part == Part::Key {
        line.push_str(" (key)");
    }
    write!(line, ": {}", error.message).unwrap();
    for (label, part) in [("expected ", &error.expected), ("", &error.help)] {
        if let Some(part) = part {
            write!(line, "; {label}{part}").unwrap();
        }
    }
    if let Some(other) = &error.other {
        write!(line, "; see {other}").unwrap();
    }
    line
}

/// A suite of one scenario with these members and a mission `m`.
fn one(members: &str) -> String {
    format!(r#"{{"suite_name": "s", "scenarios": [{{"scenario_name": "a", "missions": [{{"name": "m"}}]{members}}}]}}"#)
}

const OLD: &str = r#"{
    "suite_name": "old",
    "scenarios": [
        {"scenario_name": "quiet day", "initial_state": {"tasks": []},
         "missions": [{"name": "daily_loop", "params": {"requested_steps": 3}}, {"name": "echo", "params": null}]}
    ]
}"#;

const OLD_EXPECTATIONS: &str = r#"{"expectations": [
    {"id": "e1", "scenario_name": "quiet day", "mission_name": "daily_loop", "path": "final_state.tasks", "op": "eq", "expected": []},
    {"id": "e2", "scenario_name": "quiet day", "mission_name": "echo", "path": "success", "op": "exists", "expected": null}
]}"#;

#[test]
fn files_of_the_earlier_system_are_read_unchanged() {
    check(
        OLD,
        Some(OLD_EXPECTATIONS),
        r#"
        quiet day {"tasks":[]} daily_loop=daily_loop({"requested_steps":3}) echo=echo({})
          e1: daily_loop final_state.tasks eq []
          e2: echo success exists
        "#,
    );
}

#[test]
fn what_only_has_to_be_put_into_something_is_told_how() {
    check(
        r#"{"suite_name": "s\n", "scenarios": {"scenario_name": "a", "missions": [{"name": "m"}]}}"#,
        None,
        "
        invalid_name at suite#/suite_name: the name ends with a line break; expected a string that is not empty and has no control characters; write it on the line of its key, or behind `|-` in place of `|`, which keeps the line break
        wrong_type at suite#/scenarios: this is an object; expected a list; put it into a list: `[` before it and `]` behind it, or `- ` before it on a line of its own
        ",
    );
    check(
        r#"{"suite_name": "s", "scenarios": [
            {"scenario_name": "a", "missions": ["m"], "tags": "t", "skip": true, "state_from": "C:\new"},
            {"scenario_name": "b", "missions": [{"name": "m"}], "expect": [{"path": "p", "equals": 1}]}
        ]}"#,
        None,
        "
        invalid_name at suite#/scenarios/0/state_from: the name has control characters; expected a string that is not empty and has no control characters; within double quotes, a backslash and a letter are one character; within single quotes they stay two
        wrong_type at suite#/scenarios/0/missions/0: this is a string; expected an object: the mission; write `{name: m}`
        invalid_name at suite#/scenarios/0/skip: this is not a reason; expected why the scenario is skipped, such as `waits for #12`; say why: `skip: waits for #12`
        wrong_type at suite#/scenarios/0/tags: this is a string; expected a list; put it into a list: `[` before it and `]` behind it, or `- ` before it on a line of its own
        unknown_field at suite#/scenarios/1/expect/0/equals (key): the expectation has no field `equals`; expected one of id, description, mission_name, path, op, expected, not, tolerance; write `op: eq`, and what stands here as `expected`
        ",
    );
}

#[test]
fn what_only_anchors_stand_at_is_passed_over() {
    let suite = |key: &str| {
        format!(r#"{{"suite_name": "s", "{key}": [1], {}"#, one("").split_once(',').unwrap().1.trim_start())
    };
    check(&suite("x-missions"), None, "a {} m=m({})");
    check(
        &suite("base"),
        None,
        "
        a {} m=m({})
        warning: unknown_field at suite#/base (key): the suite has no field `base`; expected one of $schema, suite_name, description, requires, defaults, scenarios, expectations; what only anchors stand at has a name such as `x-base`
        ",
    );
}

#[test]
fn defaults_are_merged_and_fixtures_are_loaded() {
    check(
        r#"{"suite_name": "s",
            "defaults": {"initial_state": {"d": 1}, "params": {"p": 1, "q": 1}, "tags": ["t"], "state": "carry"},
            "scenarios": [
                {"scenario_name": "a", "missions": [{"name": "m", "params": {"p": 2}}, {"name": "m", "as": "n", "params": [1]}]},
                {"scenario_name": "b", "state_from": "state.json", "missions": [{"name": "m", "params_from": "state.json"}]},
                {"scenario_name": "c", "initial_state": {}, "missions": [{"name": "m", "params_from": "list.json"}]}
            ]}"#,
        None,
        r#"
        a {"d":1} m=m({"p":2,"q":1}) n=m([1])
        b {"from":"file"} m=m({"from":"file","p":1,"q":1})
        c {} m=m([1])
        "#,
    );
}

#[test]
fn a_matrix_makes_a_scenario_for_each_combination() {
    check(
        r#"{"suite_name": "s",
            "scenarios": [{
                "scenario_name": "a", "matrix": {"size": [1, 2], "user": ["ann", "bob ${{size}}", "1", {"k": [1, 2]}]},
                "initial_state": {"u": "${{user}}"},
                "missions": [{"name": "m", "params": {"n": "${{ size }}", "t": "$${{x}} <${{user}}>"}}],
                "expect": [{"id": "i", "path": "success", "op": "eq", "expected": "${{size}}"}]
            }],
            "expectations": [
                {"id": "o", "scenario_name": "a", "path": "x", "op": "missing"},
                {"scenario_name": "a[size=2,user=ann]", "path": "y", "op": "missing"}
            ]}"#,
        None,
        r#"
        a[size=1,user=ann] {"u":"ann"} m=m({"n":1,"t":"${{x}} <ann>"})
          i[size=1,user=ann]: m success eq 1
          o[size=1,user=ann]: m x missing
        a[size=1,user=bob 1] {"u":"bob 1"} m=m({"n":1,"t":"${{x}} <bob 1>"})
          i[size=1,user=bob 1]: m success eq 1
          o[size=1,user=bob 1]: m x missing
        a[size=1,user="1"] {"u":"1"} m=m({"n":1,"t":"${{x}} <1>"})
          i[size=1,user="1"]: m success eq 1
          o[size=1,user="1"]: m x missing
        a[size=1,user={"k":[1,2]}] {"u":{"k":[1,2]}} m=m({"n":1,"t":"${{x}} <{\"k\":[1,2]}>"})
          i[size=1,user={"k":[1,2]}]: m success eq 1
          o[size=1,user={"k":[1,2]}]: m x missing
        a[size=2,user=ann] {"u":"ann"} m=m({"n":2,"t":"${{x}} <ann>"})
          i[size=2,user=ann]: m success eq 2
          o[size=2,user=ann]: m x missing
          a[size=2,user=ann]/m: y missing: m y missing
        a[size=2,user=bob 2] {"u":"bob 2"} m=m({"n":2,"t":"${{x}} <bob 2>"})
          i[size=2,user=bob 2]: m success eq 2
          o[size=2,user=bob 2]: m x missing
        a[size=2,user="1"] {"u":"1"} m=m({"n":2,"t":"${{x}} <1>"})
          i[size=2,user="1"]: m success eq 2
          o[size=2,user="1"]: m x missing
        a[size=2,user={"k":[1,2]}] {"u":{"k":[1,2]}} m=m({"n":2,"t":"${{x}} <{\"k\":[1,2]}>"})
          i[size=2,user={"k":[1,2]}]: m success eq 2
          o[size=2,user={"k":[1,2]}]: m x missing
        "#,
    );
}

#[test]
fn references_outside_a_matrix_are_text() {
    check(
        r#"{"suite_name": "s", "scenarios": [{"scenario_name": "a ${{x}}", "missions": [{"name": "m", "params": "${{x}}"}]}]}"#,
        None,
        r#"a ${{x}} {} m=m("${{x}}")"#,
    );
}

#[test]
fn a_name_with_references_is_the_name() {
    check(
        r#"{"suite_name": "s", "scenarios": [{"scenario_name": "n ${{x}}", "matrix": {"x": [1, 2]}, "missions": [{"name": "m"}]}]}"#,
        None,
        "
        n 1 {} m=m({})
        n 2 {} m=m({})
        ",
    );
    check(
        r#"{"suite_name": "s", "scenarios": [{"scenario_name": "n ${{x}}", "matrix": {"x": [1], "y": [1, 2]}, "missions": [{"name": "m"}]}]}"#,
        None,
        "duplicate_scenario at suite#/scenarios/0/scenario_name: there is a scenario `n 1` already; a name with \
         references needs one to each axis; see suite#/scenarios/0/scenario_name",
    );
}

#[test]
fn a_matrix_has_sound_axes() {
    let with = |matrix: &str| one(&format!(r#", "matrix": {matrix}, "state": "${{{{x}}}}", "tags": 7"#));
    let tags = "wrong_type at suite#/scenarios/0/tags: this is a number; expected a list";
    check(
        &with(r#"{"a": ["${{b}}"], "b": [["-${{c}}"]], "c": [1, "${{b}}"], "x": ["fresh"]}"#),
        None,
        &format!(
            "cyclic_matrix at suite#/scenarios/0/matrix/b (key): the axes refer to each other in a cycle: b → c → b; \
             write out the values of one of them\n{tags}"
        ),
    );
    check(
        &with(r#"{"x": ["fresh", "fresh"], "y z": [1]}"#),
        None,
        &format!(
            "duplicate_axis_value at suite#/scenarios/0/matrix/x/1: the axis `x` has this value twice; see \
             suite#/scenarios/0/matrix/x/0
             invalid_axis at suite#/scenarios/0/matrix/y z (key): `y z` cannot be the name of an axis; expected \
             letters, digits, `_` and `-`
             {tags}"
        ),
    );
    check(
        &with(r#"{"xx": ["fresh"], "y": [], "z": 1}"#),
        None,
        &format!(
            "empty_list at suite#/scenarios/0/matrix/y: the list is empty; expected at least one element
             wrong_type at suite#/scenarios/0/matrix/z: this is a number; expected a list
             unknown_axis at suite#/scenarios/0/state: the matrix has no axis `x`; expected one of xx, y, z; did you \
             mean `xx`?
             {tags}"
        ),
    );
    check(&with(r#"{"x": ["fresh"]}"#), None, tags);
}

#[test]
fn a_matrix_is_bounded() {
    let numbers = |count: usize| serde_json::to_string(&(0..count).collect::<Vec<_>>()).unwrap();
    let suite = |x, y| read(&one(&format!(r#", "matrix": {{"x": {}, "y": {}}}"#, numbers(x), numbers(y))));
    let at = test_run(suite(100, MAX_EXPANSIONS / 100), None, &NoFixtures).result.unwrap();
    assert_eq!(at.outlines().len(), MAX_EXPANSIONS);
    let past = test_run(suite(73, 137), None, &NoFixtures).result.unwrap_err();
    assert_eq!(past.iter().map(|error| error.code.code()).collect::<Vec<_>>(), ["matrix_too_large"]);

    // Each axis is ten times the one before.
    let axes: serde_json::Map<String, Value> = (0..12)
        .map(|n| {
            (
                format!("a{n:02}"),
                json!([if n == 0 { "x".repeat(10) } else { format!("${{{{a{:02}}}}}", n - 1).repeat(10) }]),
            )
        })
        .collect();
    let bomb = read(&one(&format!(r#", "matrix": {}"#, Value::Object(axes))));
    let errors = test_run(bomb, None, &NoFixtures).result.unwrap_err();
    assert_eq!(errors.iter().map(|error| error.code.code()).collect::<Vec<_>>(), ["matrix_too_large"]);
}

#[test]
fn all_mistakes_are_reported_at_once_with_their_places() {
    check(
        r#"{"suit_name": "s", "defaults": {"state": "cary"},
            "scenarios": [
                {"scenario_name": "a", "missions": [{"name": "m"}, {"name": "m"}, {"name": ""}], "skip": ""},
                {"scenario_name": "a", "initial_state": [], "state_from": "x.json", "mission": []},
                {"scenario_name": "b", "state_from": "list.json", "missions": [
                    {"name": "m", "params": 1, "params_from": "state.json", "limits": {"fuel": -1, "memory": 1.5}}]},
                7
            ]}"#,
        None,
        "
        unknown_value at suite#/defaults/state: there is no choice `cary`; expected one of fresh, carry; did you mean `carry`?
        unknown_field at suite#/suit_name (key): the suite has no field `suit_name`; expected one of $schema, suite_name, description, requires, defaults, scenarios, expectations; did you mean `suite_name`?
        invalid_name at suite#/scenarios/0/missions/2/name: the name is empty; expected a string that is not empty and has no control characters
        invalid_name at suite#/scenarios/0/skip: this is not a reason; expected why the scenario is skipped, such as `waits for #12`; to run it, take `skip` out
        duplicate_mission at suite#/scenarios/0/missions/1/name: the scenario has a mission `m` already; give this call a name of its own: `as: NAME`; see suite#/scenarios/0/missions/0/name
        wrong_type at suite#/scenarios/1/initial_state: this is a list; expected an object
        unknown_field at suite#/scenarios/1/mission (key): the scenario has no field `mission`; expected one of scenario_name, description, initial_state, state_from, state, missions, expect, skip, tags, matrix; did you mean `missions`?
        conflicting_fields at suite#/scenarios/1/state_from (key): `state_from` and `initial_state` say the same thing in two ways; take out `state_from` or `initial_state`; see suite#/scenarios/1/initial_state
        out_of_range at suite#/scenarios/2/missions/0/limits/fuel: -1 is out of range; expected a whole number of zero or more
        out_of_range at suite#/scenarios/2/missions/0/limits/memory: 1.5 is out of range; expected a whole number of zero or more
        wrong_type at suite#/scenarios/2/state_from: the fixture is a list; expected a fixture that is an object
        conflicting_fields at suite#/scenarios/2/missions/0/params_from (key): `params_from` and `params` say the same thing in two ways; take out `params_from` or `params`; see suite#/scenarios/2/missions/0/params
        wrong_type at suite#/scenarios/3: this is a number; expected an object: the scenario
        duplicate_scenario at suite#/scenarios/1/scenario_name: there is a scenario `a` already; give this one another name; see suite#/scenarios/0/scenario_name
        ",
    );
}

#[test]
fn a_misspelt_name_is_one_mistake() {
    let expecting = |expectation: &str| {
        format!(
            r#"{{"suite_name": "s", "scenarios": [
                {{"scenario_name": "a", "missions": [{{"name": "m"}}], "expect": [{expectation}]}}]}}"#
        )
    };
    let told = |name: &str, meant: &str| {
        format!(
            "unknown_field at suite#/scenarios/0/expect/0/{name} (key): the expectation has no field `{name}`; expected one \
             of id, description, mission_name, path, op, expected, not, tolerance; did you mean `{meant}`?"
        )
    };
    check(&expecting(r#"{"path": "a", "op": "eq", "expectd": 1}"#), None, &told("expectd", "expected"));
    check(&expecting(r#"{"pth": "a", "op": "eq", "expected": 1}"#), None, &told("pth", "path"));
    check(
        &expecting(r#"{"path": "a", "op": "close_to", "expected": 1, "tolerence": 1}"#),
        None,
        &told("tolerence", "tolerance"),
    );
}

#[test]
fn what_stands_where_nobody_hears_it_is_a_mistake() {
    let scenario = "expected one of scenario_name, description, initial_state, state_from, state, missions, expect, skip, tags, matrix";
    let mission = "expected one of name, as, params, params_from, metadata, answers, limits, expect_error";
    check(
        r#"{"suite_name": "s", "initial_state": {}, "scenarios": [
            {"scenario_name": "a", "missions": [{"name": "m", "expect": []}], "answers": {"ask": 1}, "asserts": []},
            {"scenario_name": "b", "missions": [{"name": "m", "state": {}}], "skip": " "}]}"#,
        None,
        &format!(
            "
            unknown_field at suite#/initial_state (key): the suite has no field `initial_state`; expected one of $schema, \
             suite_name, description, requires, defaults, scenarios, expectations; `initial_state` stands in a scenario, or in `defaults`
            unknown_field at suite#/scenarios/0/missions/0/expect (key): the mission has no field `expect`; {mission}; `expect` stands in a scenario
            unknown_field at suite#/scenarios/0/answers (key): the scenario has no field `answers`; {scenario}; `answers` stands in a mission, or in `defaults`
            unknown_field at suite#/scenarios/0/asserts (key): the scenario has no field `asserts`; {scenario}; did you mean `expect`?
            unknown_field at suite#/scenarios/1/missions/0/state (key): the mission has no field `state`; {mission}; `state` stands in a scenario, or in `defaults`
            invalid_name at suite#/scenarios/1/skip: this is not a reason; expected why the scenario is skipped, such as `waits for #12`; to run it, take `skip` out
            "
        ),
    );
}

#[test]
fn expectations_make_sense_and_are_about_something() {
    check(
        r#"{"suite_name": "s",
            "scenarios": [{"scenario_name": "login", "missions": [{"name": "m"}, {"name": "m", "as": "n"}],
                "expect": [{"id": "x", "path": "a..b", "op": "eq", "expected": 1}, {"path": "a", "op": "eq", "expected": 1}]}],
            "expectations": [
                {"id": "x", "scenario_name": "login", "mission_name": "m", "path": "a", "op": "exists"},
                {"id": "implicit:y", "scenario_name": "logni", "mission_name": "m", "path": "a", "op": "equals"},
                {"id": "z", "scenario_name": "login", "mission_name": "o", "path": "a", "op": "matches", "expected": "("}
            ]}"#,
        Some(
            r#"{"suite_name": "t", "expectations": [
                {"id": "x", "scenario_name": "login", "mission_name": "n", "path": "a", "op": "exists"},
                {"id": "u", "scenario_name": "logni", "mission_name": "n", "path": "a", "op": "missing"},
                {"id": "v", "scenario_name": "login", "mission_name": "o", "path": "a", "op": "ne", "expected": null},
                {"id": "w", "scenario_name": "login", "mission_name": "n", "path": "a", "op": "type", "expected": "strin"},
                {"id": "c", "scenario_name": "login", "mission_name": "n", "path": "a", "op": "close_to", "expected": 1},
                {"id": "g", "scenario_name": "login", "mission_name": "n", "path": "/a~", "op": "gt", "expected": {}, "tolerance": 1}
            ]}"#,
        ),
        "
        unknown_op at suite#/expectations/1/op: there is no operator `equals`; expected one of eq, ne, gt, ge, lt, le, exists, missing, contains, starts_with, ends_with, matches, length, type, one_of, includes, close_to, unordered_eq; did you mean `eq`?
        invalid_path at suite#/scenarios/0/expect/0/path: `a..b` has an empty segment: dots stand between keys; expected a dotted path (`final_state.tasks.0.id`) or a JSON Pointer (`/final_state/tasks/0/id`)
        reserved_id at suite#/expectations/1/id: ids do not begin with `implicit:`; that is for expectations that go without saying: choose another id
        invalid_regex at suite#/expectations/2/expected: the regular expression does not parse: unclosed group; expected a regular expression; a backslash takes the meaning of a character away, as in `\\(`
        invalid_expected at expectations#/expectations/3/expected: there is no type `strin`; expected one of null, boolean, number, integer, string, array, object; did you mean `string`?
        missing_field at expectations#/expectations/4: `close_to` needs a `tolerance`; expected `tolerance`: a number of zero or more
        invalid_path at expectations#/expectations/5/path: `/a~` is not a JSON Pointer: `~` is written `~0`, and `/` in a key `~1`; expected a dotted path (`final_state.tasks.0.id`) or a JSON Pointer (`/final_state/tasks/0/id`)
        invalid_expected at expectations#/expectations/5/tolerance (key): `gt` has no tolerance: only `close_to` does; use `close_to`, or take the tolerance out
        suite_mismatch at expectations#/suite_name: the expectations are for the suite `t`, and the suite is `s`; see suite#/suite_name
        ambiguous_mission at suite#/scenarios/0/expect/1: the scenario `login` calls 2 missions: it must be said which is meant; expected one of m, n; add `mission_name`
        duplicate_expectation at expectations#/expectations/0/id: there is an expectation `x` already; give this one another id, or leave it out; see suite#/expectations/0/id
        unknown_scenario at expectations#/expectations/1/scenario_name: the suite has no scenario `logni`; expected one of login; did you mean `login`?
        unknown_mission at expectations#/expectations/2/mission_name: the scenario `login` has no mission `o`; expected one of m, n
        ",
    );
}

#[test]
fn a_suite_without_scenarios_is_wrong() {
    check(
        r#"{"suite_name": "s", "scenarios": []}"#,
        None,
        "empty_list at suite#/scenarios: the list is empty; expected at least one element",
    );
    check(
        "[]",
        None,
        "wrong_type at suite#: this is a list; expected an object: the suite; put the list under `scenarios:`",
    );
}

#[test]
fn a_list_of_expectations_that_is_there_has_one() {
    for list in ["[]", "null"] {
        check(
            &format!(
                r#"{{"suite_name": "s", "expectations": {list},
                     "scenarios": [{{"scenario_name": "a", "missions": [{{"name": "m"}}]}}]}}"#
            ),
            None,
            "empty_list at suite#/expectations: the list is empty; expected at least one element",
        );
    }
}

#[test]
fn strictness_makes_warnings_errors() {
    let document = read(&one(r#", "comment": []"#));
    let decoded = suite(document, &NoFixtures);
    assert!(decoded.result.is_ok());
    let errors = decoded.strict().result.unwrap_err();
    assert_eq!(errors.iter().map(|error| error.code.code()).collect::<Vec<_>>(), ["unknown_field"]);
}

#[test]
fn the_schema_has_the_fields_of_the_table_and_no_others() {
    fn visit(description: &shape::Struct, schema: &Value, root: &Value) {
        let properties = schema["properties"].as_object().unwrap();
        let mut names: Vec<&str> = description.fields.iter().map(|field| field.name).collect();
        names.sort_unstable();
        assert_eq!(properties.keys().collect::<Vec<_>>(), names, "{}", description.name);
        for field in description.fields {
            let (shape::Shape::ListOf(inner) | shape::Shape::SomeOf(inner)) = &field.shape else { continue };
            if let shape::Shape::Struct(inner) = inner {
                visit(inner, &root["$defs"][inner.name], root);
            }
        }
    }
    visit(&format::SUITE, &suite_schema(), &suite_schema());
    visit(&format::EXPECTATIONS, &expectations_schema(), &expectations_schema());
}

#[test]
fn examples_are_valid_by_the_schema() {
    assert!(jsonschema::is_valid(&suite_schema(), &read(OLD)));
    assert!(jsonschema::is_valid(&expectations_schema(), &read(OLD_EXPECTATIONS)));
}

/// A document near the format: fields of the table, most of them with values that fit.
fn near(description: &'static shape::Struct) -> BoxedStrategy<Value> {
    let mut members: Vec<BoxedStrategy<Option<(String, Value)>>> = Vec::new();
    for field in description.fields {
        let weight = if field.presence == shape::Presence::Required { 20 } else { 1 };
        let wrong = prop_oneof![Just(Value::Null), Just(json!(-1)), Just(json!("")), Just(json!([]))];
        // The template syntax is the one thing that reader and schema see differently, and it needs a matrix.
        let fitting = if field.name == "matrix" { Just(json!({"x": [1]})).boxed() } else { fitting(&field.shape) };
        let value = prop_oneof![30 => fitting, 1 => wrong];
        members.push(
            prop_oneof![weight => value.prop_map(move |value| Some((field.name.to_owned(), value))), 1 => Just(None)]
                .boxed(),
        );
    }
    members.push(prop_oneof![20 => Just(None), 1 => Just(Some(("zzz".to_owned(), json!(1))))].boxed());
    members.prop_map(|members| Value::Object(members.into_iter().flatten().collect())).boxed()
}

fn fitting(shape: &'static shape::Shape) -> BoxedStrategy<Value> {
    use shape::Shape;
    match shape {
        Shape::Any => prop_oneof![Just(json!(1)), Just(json!({})), Just(Value::Null)].boxed(),
        Shape::Text => "[a-z]{0,3}".prop_map(Value::from).boxed(),
        Shape::Name => prop_oneof![20 => "[a-z]{1,3}", 1 => Just("\u{1}".to_owned())].prop_map(Value::from).boxed(),
        Shape::Reason => prop_oneof![20 => "[a-z]{4,6}", 1 => Just("no".to_owned())].prop_map(Value::from).boxed(),
        Shape::Op => {
            prop_oneof![9 => Just(json!("exists")), 9 => Just(json!("missing")), 1 => Just(json!("ex"))].boxed()
        }
        Shape::Choice(words) => prop::sample::select(words.to_vec()).prop_map(Value::from).boxed(),
        Shape::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Shape::NonNegative => prop_oneof![Just(json!(0)), Just(json!(0.5))].boxed(),
        Shape::Whole => prop_oneof![9 => Just(json!(0)), 9 => Just(json!(2.0)), 1 => Just(json!(0.5))].boxed(),
        Shape::Object => Just(json!({"k": 1})).boxed(),
        Shape::MapOf(inner) => fitting(inner).prop_map(|value| json!({"k": value})).boxed(),
        Shape::ListOf(inner) => prop::collection::vec(fitting(inner), 0..2).prop_map(Value::from).boxed(),
        Shape::SomeOf(inner) => prop::collection::vec(fitting(inner), 1..3).prop_map(Value::from).boxed(),
        Shape::Struct(inner) => near(inner),
    }
}

/// The mistakes that the schema can know of.
fn is_of_the_shape(code: DefinitionErrorCode) -> bool {
    use DefinitionErrorCode as Code;
    matches!(
        code,
        Code::WrongType
            | Code::InvalidName
            | Code::OutOfRange
            | Code::EmptyList
            | Code::MissingField
            | Code::UnknownField
            | Code::UnknownValue
            | Code::UnknownOp
    )
}

proptest! {
    #[test]
    fn reader_and_schema_agree_on_every_document(document in near(&format::SUITE)) {
        let decoded = suite(document.clone(), &AnyFixture);
        let mistakes: Vec<DefinitionError> = decoded.strict().result.err().unwrap_or_default();
        for error in &mistakes {
            prop_assert!(document.pointer(error.place.pointer.as_str()).is_some(), "{} is nowhere", line(error));
        }
        let found: Vec<String> =
            mistakes.iter().filter(|error| is_of_the_shape(error.code) && !needs_two_fields(error)).map(line).collect();
        prop_assert_eq!(found.is_empty(), jsonschema::is_valid(&suite_schema(), &document), "{:?} {}", found, document);
    }

    #[test]
    fn reader_and_schema_agree_on_expectations(document in near(&format::EXPECTATIONS)) {
        let mistakes: Vec<DefinitionError> = expectations(&document).strict().result.err().unwrap_or_default();
        let found: Vec<String> =
            mistakes.iter().filter(|error| is_of_the_shape(error.code) && !needs_two_fields(error)).map(line).collect();
        prop_assert_eq!(found.is_empty(), jsonschema::is_valid(&expectations_schema(), &document), "{:?} {}", found, document);
    }
}

/// Whether an operator asks for the field, and not the table.
fn needs_two_fields(error: &DefinitionError) -> bool {
    error.code == DefinitionErrorCode::MissingField && error.message.starts_with('`')
}

/// Fixtures for whatever the generated names are: none is missing, all are objects.
struct AnyFixture;

impl Fixtures for AnyFixture {
    fn load(&self, _name: &str) -> Result<Value, String> {
        Ok(json!({}))
    }
}
