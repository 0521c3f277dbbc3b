//! How much a suite may have, and how much is told of it.

use super::*;

#[test]
fn an_object_with_too_many_unknown_fields_is_an_error_and_they_are_not_all_looked_at() {
    for (count, expected) in [(1_000, vec![]), (1_001, vec!["the suite has more than 1000 unknown fields"])] {
        let mut document =
            read(r#"{"suite_name": "s", "scenarios": [{"scenario_name": "a", "missions": [{"name": "m"}]}]}"#);
        let members = document.as_object_mut().unwrap();
        members.extend((0..count).map(|index| (format!("{index:08}"), json!(1))));
        let decoded = suite(document, &AnyFixture);
        assert_eq!(decoded.warnings.len(), 1_000);
        let errors = decoded.result.err().unwrap_or_default();
        assert_eq!(errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn as_many_mistakes_are_told_as_may_be_and_what_is_said_of_each_is_short() {
    // In `errors` of the scenarios something is a mistake, and in all of them something is suspicious.
    let many = |errors: usize| {
        let scenarios: Vec<Value> = (0..1_001)
            .map(|n| json!({"scenario_name": n.to_string(), "missions": [{"name": if n < errors { "" } else { "m" }}], "unheard_of": 1}))
            .collect();
        let read = test_run(json!({"suite_name": "s", "scenarios": scenarios}), None, &NoFixtures);
        (read.result.map_or_else(|errors| errors.len(), |_| 0), read.warnings.len())
    };
    assert_eq!(
        (many(0), many(999), many(1_000), many(1_001)),
        ((0, 1_000), (999, 1_000), (1_000, 1_000), (1_000, 1_000))
    );

    // A key of any length is neither in a pointer nor in a message.
    let long = "k".repeat(100_000);
    let references: Vec<String> = (0..20).map(|n| format!("${{{{b{n}}}}}")).collect();
    for suite in [
        one(&format!(r#", "{long}": 1"#)),
        one(&format!(r#", "matrix": {{"{long}": [1, 1, 2, 2]}}"#)),
        one(&format!(r#", "matrix": {{"a": [1]}}, "initial_state": {{"{long}": {}}}"#, json!(references))),
        one(&format!(r#", "state": "{long}", "tags": ["{long}"], "expect": [{{"path": "a", "op": "{long}"}}]"#)),
        one(&format!(
            r#", "expect": [{{"path": "{long}..", "op": "exists"}}, {{"path": "", "op": "type", "expected": "{long}"}}]"#
        )),
    ] {
        let read = test_run(read(&suite), None, &NoFixtures);
        let told = read.result.err().into_iter().flatten().chain(read.warnings).collect::<Vec<_>>();
        assert!(!told.is_empty());
        for error in told {
            assert!(line(&error).len() < 5_000, "{}", error.code);
            assert!(error.place.pointer.as_str().len() <= 1_000, "{}", error.code);
        }
    }
}

#[test]
fn a_name_and_a_matrix_have_as_much_as_they_may_have_and_not_more() {
    let codes = |suite: String| {
        let result = test_run(read(&suite), None, &NoFixtures).result;
        result.err().into_iter().flatten().map(|error| error.code.code().as_str()).collect::<Vec<_>>()
    };
    let name = |bytes: usize| codes(one("").replace(r#""a""#, &format!(r#""{}""#, "n".repeat(bytes))));
    assert_eq!((name(1_000), name(1_001)), (vec![], vec!["invalid_name"]));
    let named = |bytes: usize| codes(one(&format!(r#", "matrix": {{"{}": [1]}}"#, "n".repeat(bytes))));
    assert_eq!((named(100), named(101)), (vec![], vec!["invalid_axis"]));
    let of_axes = |count: usize| {
        let axes: serde_json::Map<String, Value> = (0..count).map(|n| (format!("a{n}"), json!([1]))).collect();
        codes(one(&format!(r#", "matrix": {}"#, Value::Object(axes))))
    };
    assert_eq!((of_axes(32), of_axes(33)), (vec![], vec!["matrix_too_large"]));
    let missions = |count: usize| {
        let missions: Vec<Value> = (0..count).map(|n| json!({"name": "m", "as": n.to_string()})).collect();
        codes(json!({"suite_name": "s", "scenarios": [{"scenario_name": "a", "missions": missions}]}).to_string())
    };
    assert_eq!((missions(10_000), missions(10_001)), (vec![], vec!["suite_too_large"]));
}

#[test]
fn an_expectation_that_is_repeated_gets_the_next_number() {
    let same: Vec<Value> = (0..20_000).map(|_| json!({"path": "success", "op": "exists"})).collect();
    let suite = read(&one(&format!(r#", "expect": {}"#, json!(same))));
    let test = test_run(suite, None, &NoFixtures).result.unwrap().test(0).unwrap();
    let ids: Vec<&str> = test.expectations.iter().map(|expectation| expectation.id.as_str()).collect();
    assert_eq!((ids[0], ids[1]), ("a/m: success exists", "a/m: success exists (2)"));
    assert_eq!(ids[19_999], "a/m: success exists (20000)");
}
