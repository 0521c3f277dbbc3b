use proptest::prelude::*;
use serde_json::{Value, json};

use super::work::MAX_WORK;
use super::*;

/// `actual | op | expected [| tolerance]  ->  reason facts`, negated when the operator begins with `not `.
fn check(cases: &str) {
    for case in cases.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, answer) = case.split_once("->").unwrap();
        let mut parts = question.split('|').map(str::trim);
        let actual = parts.next().unwrap();
        let actual: Option<Value> = (actual != "nothing").then(|| read(actual));
        let op = parts.next().unwrap();
        let expected = parts.next().filter(|text| !text.is_empty()).map(read);
        let tolerance = parts.next().map(|text| text.parse().unwrap());
        let (op, negated) = op.strip_prefix("not ").map_or((op, false), |op| (op, true));
        let assertion = Assertion::new(op.parse().unwrap(), expected, tolerance).unwrap();
        let assertion = if negated { assertion.negated() } else { assertion };
        let found = match assertion.check(actual.as_ref()) {
            AssertionOutcome::Passed => "passed".to_owned(),
            AssertionOutcome::Failed(mismatch) if mismatch.facts.is_empty() => mismatch.reason.to_string(),
            AssertionOutcome::Failed(mismatch) => format!("{} {}", mismatch.reason, Value::Object(mismatch.facts)),
        };
        assert_eq!(found, answer.trim(), "{case}");
    }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn equality_is_by_value_and_like_types_only() {
    check(
        r#"
        1 | eq | 1.0 -> passed
        1 | eq | 2 -> eq_mismatch
        "1" | eq | 1 -> type_error {"actual_type":"string","expected_types":["number"]}
        "1" | not eq | 1 -> type_error {"actual_type":"string","expected_types":["number"]}
        "1" | ne | 1 -> type_error {"actual_type":"string","expected_types":["number"]}
        1 | ne | 2 -> passed
        1 | ne | 1 -> ne_mismatch
        5 | ne | null -> passed
        null | eq | null -> passed
        5 | eq | null -> eq_mismatch
        1 | not eq | 2 -> passed
        1 | not eq | 1 -> not_eq_mismatch
        [1,2,3,4] | eq | [2,3,4] -> eq_mismatch {"diff":[{"actual":1,"path":"/0"}]}
        [1,3] | eq | [1,2,3] -> eq_mismatch {"diff":[{"expected":2,"path":"/1"}]}
        {"a":1,"b":[1,2]} | eq | {"b":[1.0,2],"a":1} -> passed
        {"a":1,"b":[1,2]} | eq | {"b":[1,3,4],"c":0} -> eq_mismatch {"diff":[{"actual":2,"expected":3,"path":"/b/1"},{"expected":4,"path":"/b/2"},{"expected":0,"path":"/c"},{"actual":1,"path":"/a"}]}
        nothing | eq | 1 -> path_missing
        nothing | not eq | 1 -> path_missing
        "#,
    );
}

#[test]
fn order_is_defined_for_numbers_and_for_strings() {
    check(
        r#"
        2 | gt | 1.5 -> passed
        2 | gt | 2 -> gt_mismatch
        2 | ge | 2 -> passed
        2 | lt | 2 -> lt_mismatch
        2 | le | 2 -> passed
        1 | le | 0 -> le_mismatch
        "2024-01-02" | gt | "2024-01-01" -> passed
        2 | gt | "1" -> type_error {"actual_type":"number","expected_types":["string"]}
        [2] | not gt | 1 -> type_error {"actual_type":"array","expected_types":["number"]}
        2 | not gt | 3 -> passed
        "#,
    );
}

#[test]
fn presence_asks_whether_the_path_leads_somewhere() {
    check(
        "
        null | exists |  -> passed
        nothing | exists |  -> path_missing
        nothing | missing |  -> passed
        1 | missing |  -> path_present
        1 | not exists |  -> path_present
        nothing | not exists |  -> passed
        1 | exists | false -> path_present
        1 | exists | true -> passed
        nothing | not missing |  -> path_missing
        ",
    );
}

#[test]
fn text_operators_take_text() {
    check(
        r#"
        "abc" | starts_with | "ab" -> passed
        "abc" | starts_with | "b" -> starts_with_mismatch
        "abc" | ends_with | "bc" -> passed
        "abc" | ends_with | "b" -> ends_with_mismatch
        "abc" | matches | "^a.c$" -> passed
        "abc" | matches | "^b" -> matches_mismatch
        "abc" | not matches | "b" -> not_matches_mismatch
        1 | matches | "1" -> type_error {"actual_type":"number","expected_types":["string"]}
        null | starts_with | "n" -> type_error {"actual_type":"null","expected_types":["string"]}
        "#,
    );
}

#[test]
fn collections_contain_have_lengths_and_include() {
    check(
        r#"
        "abc" | contains | "b" -> passed
        "abc" | contains | 1 -> type_error {"actual_type":"string","expected_types":["array"]}
        [1,{"a":2}] | contains | {"a":2} -> passed
        [1] | contains | 2 -> contains_mismatch
        [1] | not contains | 2 -> passed
        {"a":1} | contains | "a" -> passed
        7 | contains | "a" -> type_error {"actual_type":"number","expected_types":["string","array","object"]}
        "né" | length | 2 -> passed
        [1,2] | length | 3 -> length_mismatch {"length":2}
        {"a":1} | length | 1.0 -> passed
        3 | length | 3 -> type_error {"actual_type":"number","expected_types":["string","array","object"]}
        {"a":{"b":1,"c":2},"d":[{"x":1,"y":2},3]} | includes | {"a":{"b":1},"d":[{"y":2}]} -> passed
        {"a":{"b":1},"d":[1]} | includes | {"a":{"b":2,"e":3},"d":[1,2]} -> includes_mismatch {"diff":[{"actual":1,"expected":2,"path":"/a/b"},{"expected":3,"path":"/a/e"},{"expected":2,"path":"/d/1"}]}
        [1] | includes | {"a":1} -> type_error {"actual_type":"array","expected_types":["object"]}
        [1,2,2] | unordered_eq | [2,1,2.0] -> passed
        [1,2,2] | unordered_eq | [1,1,2] -> unordered_eq_mismatch {"absent":[1],"surplus":[2]}
        {} | unordered_eq | [] -> type_error {"actual_type":"object","expected_types":["array"]}
        "#,
    );
}

#[test]
fn types_choices_and_tolerances() {
    check(
        r#"
        1 | type | "integer" -> passed
        1.5 | type | "integer" -> type_mismatch {"actual_type":"number"}
        1.5 | type | "number" -> passed
        null | type | "null" -> passed
        [] | not type | "array" -> not_type_mismatch
        "a" | one_of | ["b","a"] -> passed
        "a" | one_of | ["b",1] -> one_of_mismatch
        "a" | one_of | [2,1,true] -> type_error {"actual_type":"string","expected_types":["boolean","number"]}
        null | one_of | ["b"] -> one_of_mismatch
        1.5 | close_to | 1 | 0.5 -> passed
        2 | close_to | 1 | 0.5 -> close_to_mismatch {"distance":1.0,"tolerance":0.5}
        "2" | not close_to | 1 | 0.5 -> type_error {"actual_type":"string","expected_types":["number"]}
        "#,
    );
}

#[test]
fn an_assertion_that_makes_no_sense_is_not_made() {
    let error =
        |op: Op, expected: Option<Value>, tolerance| Assertion::new(op, expected, tolerance).unwrap_err().to_string();
    assert_eq!(error(Op::Eq, None, None), "`eq` compares with `expected`, which is missing");
    assert_eq!(error(Op::Gt, Some(json!([])), None), "`expected` of `gt` is an empty array, not a number or a string");
    assert_eq!(
        error(Op::OneOf, Some(json!([])), None),
        "`expected` of `one_of` is an empty array, not an array with at least one element"
    );
    assert_eq!(
        error(Op::Length, Some(json!(-1)), None),
        "`expected` of `length` is the number -1, not a whole number of zero or more"
    );
    assert_eq!(error(Op::Type, Some(json!("text")), None), "there is no type `text`");
    assert_eq!(error(Op::Matches, Some(json!("a(")), None), "the regular expression does not parse: unclosed group");
    assert_eq!(error(Op::CloseTo, Some(json!(1)), None), "`close_to` needs a `tolerance`");
    assert_eq!(error(Op::CloseTo, Some(json!(1)), Some(-0.1)), "the tolerance is not a number of zero or more");
    assert_eq!(error(Op::Eq, Some(json!(1)), Some(0.1)), "`eq` has no tolerance: only `close_to` does");
    let huge = error(Op::Matches, Some(json!(r"\w{1000}{1000}")), None);
    assert!(huge.starts_with("the regular expression does not parse: it takes more than"), "{huge}");
}

#[test]
fn a_missing_path_says_how_far_it_goes_and_what_is_there() {
    let root = json!({"final_state": {"tasks": [{"id": 1, "title": "x"}]}});
    let facts = |path: &str| {
        let assertion = Assertion::new(Op::Exists, None, None).unwrap();
        match assertion.check_at(&root, &ValuePath::parse(path).unwrap()) {
            (_, AssertionOutcome::Failed(mismatch)) => mismatch.to_value(),
            (found, AssertionOutcome::Passed) => json!({"passed": found}),
        }
    };
    assert_eq!(facts("final_state.tasks.0.id"), json!({"passed": 1}));
    assert_eq!(facts("/final_state/tasks/0/id"), json!({"passed": 1}));
    assert_eq!(
        facts("final_state.tasks.0.titel"),
        json!({"reason": "path_missing", "prefix": "/final_state/tasks/0", "token": "titel", "found": "object",
               "keys": ["id", "title"], "nearest": "title"})
    );
    assert_eq!(
        facts("/final_state/tasks/01/id"),
        json!({"reason": "path_missing", "prefix": "/final_state/tasks", "token": "01", "found": "array", "length": 1})
    );
    assert_eq!(
        facts("final_state.tasks.0.id.x"),
        json!({"reason": "path_missing", "prefix": "/final_state/tasks/0/id", "token": "x", "found": "number"})
    );
}

#[test]
fn paths_are_dotted_or_pointers() {
    let root = json!({"a": [{"b": 1}], "a/b": {"c~d": 2}, "a.b": {"/": 3}, "tasks": [
        {"id": 7, "urgency": 5}, {"id": "x", "urgency": 6}, {"urgency": 7}]});
    let leads_to = |text: &str| {
        let places = ValuePath::parse(text).map_err(|error| error.to_string())?.resolve(&root);
        let told = |place: &PathTarget<'_>| match place {
            PathTarget::Found(value) => value.to_string(),
            PathTarget::Missing { prefix, token, .. } => format!("no {token} at {prefix}"),
        };
        Ok::<_, String>(places.iter().map(told).collect::<Vec<_>>().join("; "))
    };
    let found = |text: &str| Ok::<_, String>(text.to_owned());
    assert_eq!(leads_to(""), found(&root.to_string()));
    assert_eq!(leads_to("a.0.b"), found("1"));
    assert_eq!(leads_to("a/b.c~d"), found("2"));
    assert_eq!(leads_to("/a.b/~1"), found("3"));
    assert_eq!(leads_to("a[0].b"), found("1"));
    assert_eq!(leads_to("tasks[id=7].urgency"), found("5"));
    assert_eq!(leads_to("tasks[id=x].urgency"), found("6"));
    assert_eq!(leads_to("tasks[id=8].urgency"), found("no [id=8] at /tasks"));
    assert_eq!(leads_to("tasks[*].urgency"), found("5; 6; 7"));
    assert_eq!(leads_to("tasks[*].id"), found("7; \"x\"; no id at /tasks/2"));
    assert_eq!(leads_to("a[0][*]"), found("no [*] at /a/0"));
    assert_eq!(leads_to("tasks[id=\"x\"].urgency"), found("6"));
    assert_eq!(leads_to("tasks[id=\"7\"].urgency"), found("no [id=\"7\"] at /tasks"));
    assert_eq!(leads_to("tasks[id=\"a]b\"].urgency"), found("no [id=\"a]b\"] at /tasks"));
    let wrong = |text: &str| leads_to(text).unwrap_err();
    assert_eq!(wrong("a..b"), "`a..b` has an empty segment: dots stand between keys");
    let bracket = "has a bracket that is neither an index, `*` nor `key=value`";
    assert_eq!(wrong("a['a.b/c']"), format!("`a['a.b/c']` {bracket}: in a JSON Pointer the key is written `/a.b~1c`"));
    assert_eq!(wrong("a[-1]"), format!("`a[-1]` {bracket}: indices count from the beginning, from 0"));
    assert_eq!(wrong("/a~2"), "`/a~2` is not a JSON Pointer: `~` is written `~0`, and `/` in a key `~1`");
    assert_eq!(wrong("$.a"), "`$.a` begins with `$`: leave out `$.`, a path begins in the result");
    for text in ["a[", "a[x]", "a[01]", "a[0]b", "a[=1]"] {
        assert!(wrong(text).contains("has a bracket that is neither"), "{text}");
    }
}

#[test]
fn an_assertion_on_each_element_holds_for_all_of_them() {
    let root = json!({"some": [{"n": 1}, {"n": 2}], "none": []});
    let holds = |path: &str, op: Op, expected: Option<Value>| {
        Assertion::new(op, expected, None).unwrap().check_at(&root, &ValuePath::parse(path).unwrap()).1.passed()
    };
    assert!(holds("some[*].n", Op::Lt, Some(json!(3))));
    assert!(!holds("some[*].n", Op::Lt, Some(json!(2))));
    assert!(holds("some[*].n", Op::Exists, None) && !holds("some[*].m", Op::Exists, None));
    assert!(!holds("none[*].n", Op::Eq, Some(json!(1))), "nothing was checked");
    // The first that it does not hold of is named.
    let path = ValuePath::parse("some[*].n").unwrap();
    let outcome = Assertion::new(Op::Eq, Some(json!(1)), None).unwrap().check_at(&root, &path).1;
    let AssertionOutcome::Failed(mismatch) = outcome else { panic!("one of them is 2") };
    assert_eq!(mismatch.facts["element"], "/some/1/n");
}

#[test]
fn diagnostics_are_bounded_at_their_limits() {
    let numbers = |count: usize| json!((0..count).collect::<Vec<_>>());
    let eq = Assertion::new(Op::Eq, Some(json!([])), None).unwrap();
    let facts = |actual: &Value| match eq.check(Some(actual)) {
        AssertionOutcome::Failed(mismatch) => mismatch.facts,
        AssertionOutcome::Passed => panic!("passed"),
    };
    let at = facts(&numbers(MAX_DIFFERENCES));
    assert_eq!((at["diff"].as_array().unwrap().len(), at.get("diff_omitted")), (MAX_DIFFERENCES, None));
    let past = facts(&numbers(MAX_DIFFERENCES + 1));
    assert_eq!((past["diff"].as_array().unwrap().len(), &past["diff_omitted"]), (MAX_DIFFERENCES, &json!(1)));

    let text = |bytes: usize| json!("x".repeat(bytes - 2));
    assert_eq!(bounded(&text(MAX_SHOWN_BYTES)), text(MAX_SHOWN_BYTES));
    let cut = bounded(&text(MAX_SHOWN_BYTES + 1));
    assert_eq!((&cut["omitted"]["type"], &cut["omitted"]["bytes"]), (&json!("string"), &json!(MAX_SHOWN_BYTES + 1)));
}

#[test]
fn a_long_key_is_copied_for_no_place_that_is_not_listed() {
    let key = "k".repeat(1 << 20);
    let (zeros, ones) = (json!({&key: vec![0; 100_000]}), json!({&key: vec![1; 100_000]}));
    let found = differences(&zeros, &ones);
    assert_eq!((found.listed.len(), found.omitted), (1, 99_999));
    // Keys that are as long as the paths together may be: as many as fit are listed.
    let short = "k".repeat(6500);
    let found = differences(&json!({&short: vec![0; 100]}), &json!({&short: vec![1; 100]}));
    assert_eq!((found.listed.len(), found.omitted), (10, 90));
    // Of what is looked for and not there it is the same, and so of a path that leads to many places.
    let includes = Assertion::new(Op::Includes, Some(ones.clone()), None).unwrap();
    assert!(!includes.check(Some(&json!({&key: [0]}))).passed());
    let each = ValuePath::parse(&format!("{key}[*].n")).unwrap();
    assert!(!Assertion::new(Op::Exists, None, None).unwrap().check_at(&zeros, &each).1.passed());
}

#[test]
fn a_comparison_is_as_much_work_as_it_may_be_and_not_a_unit_more() {
    let outcome = |op: Op, expected: Value, actual: Value| {
        let assertion = Assertion::new(op, Some(expected), None).unwrap();
        match (assertion.check(Some(&actual)), assertion.negated().check(Some(&actual))) {
            (AssertionOutcome::Passed, _) => "holds".to_owned(),
            (AssertionOutcome::Failed(plain), AssertionOutcome::Passed) => plain.reason.to_string(),
            (AssertionOutcome::Failed(plain), AssertionOutcome::Failed(_)) => format!("never: {}", plain.reason),
        }
    };
    let max = usize::try_from(MAX_WORK).unwrap();
    let text = |pattern: &str, bytes: usize| outcome(Op::Matches, json!(pattern), json!("a".repeat(bytes)));
    assert_eq!((text("a$", max).as_str(), text("a$", max + 1).as_str()), ("holds", "never: comparison_too_large"));
    // A pattern of 1,024 positions: each byte is 64 units.
    let large = "[ab]{1023}";
    let (at, past) = (text(large, max / 64), text(large, max / 64 + 1));
    assert_eq!((at.as_str(), past.as_str()), ("holds", "never: comparison_too_large"));
    // One of n elements is found with n pairs, the first of all with one.
    let numbers = |count: usize| json!((0..count).collect::<Vec<_>>());
    let backwards = |count: usize| json!((0..count).rev().collect::<Vec<_>>());
    assert_eq!(outcome(Op::Includes, backwards(5_000), numbers(5_000)), "holds");
    assert_eq!(outcome(Op::Includes, backwards(6_000), numbers(6_000)), "never: comparison_too_large");
    assert_eq!(outcome(Op::Includes, json!([1, -1]), numbers(100_000)), "includes_mismatch");
}

#[test]
fn all_places_of_a_path_share_what_work_a_comparison_may_be() {
    let each = ValuePath::parse("[*]").unwrap();
    let matches = Assertion::new(Op::Matches, Some(json!("[ab]{1023}|b?")), None).unwrap();
    let outcome = |places: usize| match matches.check_at(&json!(vec!["a".repeat(1 << 10); places]), &each).1 {
        AssertionOutcome::Passed => "holds".to_owned(),
        AssertionOutcome::Failed(mismatch) => mismatch.reason.to_string(),
    };
    assert_eq!((outcome(200).as_str(), outcome(300).as_str()), ("holds", "comparison_too_large"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3i64).prop_map(Value::from),
        Just(json!(0.5)),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[ab]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #[test]
    fn exactly_one_of_an_assertion_and_its_negation_holds_unless_types_are_unlike(
        actual in any_json(), expected in any_json(), index in 0..Op::ALL.len()
    ) {
        let op = Op::ALL[index];
        let tolerance = (op == Op::CloseTo).then_some(0.5);
        if let Ok(assertion) = Assertion::new(op, Some(expected), tolerance) {
            match (assertion.check(Some(&actual)), assertion.clone().negated().check(Some(&actual))) {
                (AssertionOutcome::Failed(plain), AssertionOutcome::Failed(negated)) => {
                    prop_assert_eq!(plain.reason, Reason::TypeError);
                    prop_assert_eq!(plain, negated);
                }
                (plain, negated) => prop_assert_ne!(plain.passed(), negated.passed()),
            }
        }
    }

    #[test]
    fn values_are_equal_when_they_have_no_differences(left in any_json(), right in any_json()) {
        prop_assert_eq!(differences(&left, &left).listed, vec![]);
        prop_assert_eq!(differences(&left, &right).is_empty(), diff::equal(&left, &right));
        prop_assert_eq!(
            sortie_json::canonical(&left) == sortie_json::canonical(&right),
            diff::equal(&left, &right)
        );
    }

    #[test]
    fn a_value_includes_itself(value in any_json()) {
        prop_assert!(Assertion::new(Op::Includes, Some(value.clone()), None).unwrap().check(Some(&value)).passed());
    }
}
