#![allow(clippy::unwrap_used, reason = "a test fails by it")]

use super::*;
use serde_json::json;

/// A schema in which each definition leads to the next one twice.
fn laughs(levels: usize, combine: &str) -> Value {
    let mut definitions = Map::new();
    for level in 0..levels {
        let next = json!({"$ref": format!("#/$defs/l{}", level + 1)});
        definitions.insert(format!("l{level}"), json!({combine: [next.clone(), next]}));
    }
    definitions.insert(format!("l{levels}"), json!({"type": "integer"}));
    json!({"$ref": "#/$defs/l0", "$defs": definitions})
}

#[test]
fn validating_is_counted_to_its_bound_and_no_further() {
    for combine in ["allOf", "anyOf", "oneOf"] {
        assert_eq!(work(&laughs(10, combine), &json!(1)), Work::Explained);
        assert_eq!(work(&laughs(18, combine), &json!(1)), Work::Judged);
        assert_eq!(work(&laughs(64, combine), &json!(1)), Work::TooMuch);
    }
    let ring = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}});
    assert_eq!(work(&ring, &json!(1)), Work::TooMuch);
    let tree = json!({"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}});
    let mut deep = json!({});
    for _ in 0..40 {
        deep = json!({"a": deep});
    }
    assert_eq!(work(&tree, &deep), Work::TooMuch);
    assert_eq!(work(&tree, &json!({"a": {"a": {}}})), Work::Explained);
}

#[test]
fn validating_is_as_much_work_as_may_be_and_not_a_unit_more() {
    // A unit for the schema, one for its keyword and one for the pattern; of the text one for each byte and each eighth.
    let text = |bytes: usize| work(&json!({"pattern": "a"}), &json!("a".repeat(bytes)));
    assert_eq!((text(3_555_553), text(3_555_554)), (Work::Judged, Work::TooMuch));
    assert_eq!((text(177_775), text(177_776)), (Work::Explained, Work::Judged));
}

#[test]
fn what_is_in_a_keyword_is_counted_as_often_as_it_is_looked_at() {
    // What is looked at 512 times.
    let often = |schema: Value| {
        let mut often = laughs(9, "allOf");
        often["$defs"]["l9"] = schema;
        often
    };
    let names = |count: usize| -> Vec<String> { (0..count).map(|name| format!("a-name-{name}")).collect() };
    let object: Value = names(9_000).into_iter().map(|name| (name, json!(0))).collect::<Map<_, _>>().into();
    let long = "n".repeat(100_000);
    for (schema, value) in [
        (json!({"required": names(9_000)}), object.clone()),
        (json!({"dependentRequired": {"a-name-1": names(9_000)}}), object.clone()),
        (json!({"dependencies": {"a-name-1": names(9_000)}}), object.clone()),
        (json!({"properties": {&long: true}}), json!({&long: 0})),
        (json!({"additionalProperties": true}), json!({&long: 0})),
        (json!({"pattern": "(?:[01]?){2000}2"}), json!("01".repeat(20))),
        (json!({"patternProperties": {"(?:[01]?){2000}2": true}}), json!({"01".repeat(20): 0})),
        // Nobody knows what this pattern costs.
        (json!({"pattern": r"\cA"}), json!("a".repeat(10))),
    ] {
        assert_eq!(work(&schema, &value), Work::Explained, "{schema:.80}");
        assert_eq!(work(&often(schema.clone()), &value), Work::TooMuch, "{schema:.80}");
    }
    let mut reference = often(json!({"$ref": format!("#/$defs/{long}")}));
    reference["$defs"][&long] = json!(true);
    assert_eq!(work(&reference, &json!(0)), Work::TooMuch);
}

#[test]
fn telling_whether_a_text_is_a_pattern_counts_the_names_in_it() {
    let groups = |count: usize| {
        let names: Vec<String> = (0..count).map(|name| format!("(?<n{name:06}>)")).collect();
        work(&json!({"format": "regex"}), &json!(names.concat()))
    };
    // Twelve bytes each, counted whole and by the eighth, and a sixteenth of the square of their number.
    assert_eq!(groups(1_000), Work::Explained);
    assert_eq!(groups(7_700), Work::Judged);
    assert_eq!(groups(8_200), Work::TooMuch);
}

#[test]
fn what_asks_for_the_unevaluated_looks_twice_at_what_is_beside_it() {
    for (keyword, value) in [("unevaluatedProperties", json!({"a": 1})), ("unevaluatedItems", json!([1]))] {
        let nested = |levels: usize| {
            (0..levels).fold(json!(true), |within, _| json!({"anyOf": [within], keyword: {"type": "integer"}}))
        };
        assert_eq!(work(&nested(4), &value), Work::Explained);
        assert_eq!(work(&nested(24), &value), Work::TooMuch);
    }
}

#[test]
fn a_large_list_of_ordinary_things_is_ordinary_work() {
    let task = json!({"type": "object", "properties": {"id": {"type": "integer"}, "title": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}}}, "additionalProperties": false});
    let value: Vec<Value> = (0..20_000).map(|id| json!({"id": id, "title": "a task", "tags": ["a", "b"]})).collect();
    assert_ne!(work(&json!({"items": task}), &json!(value)), Work::TooMuch);
}

#[test]
fn a_schema_is_held_to_its_size_depth_patterns_and_references() {
    let take = |schema: Value| SchemaBudget::default().take(&schema);
    assert!(take(json!({"enum": vec![0; MAX_NODES - 2]})).is_ok());
    assert!(take(json!({"enum": vec![0; MAX_NODES - 1]})).is_err());
    let deep = |levels: usize| (0..levels).fold(json!(true), |schema, _| json!({"not": schema}));
    assert!(take(deep(MAX_DEPTH)).is_ok() && take(deep(MAX_DEPTH + 1)).is_err());
    let mut budget = SchemaBudget::default();
    let many = json!({"enum": vec![0; MAX_NODES - 2]});
    assert!((0..NODES_OF_PLUGIN / MAX_NODES).all(|_| budget.take(&many).is_ok()) && budget.take(&json!(true)).is_err());
    let patterns = |count: usize| json!({"allOf": vec![json!({"pattern": "a"}); count]});
    assert!(take(patterns(128)).is_ok() && take(patterns(129)).is_err());
    let long = |bytes: usize| json!({"patternProperties": {"a".repeat(bytes): true}});
    assert!(take(long(MAX_PATTERN_BYTES)).is_ok() && take(long(MAX_PATTERN_BYTES + 1)).is_err());
    let controls = |count: usize| json!({"pattern": "\\cA".repeat(count)});
    assert!(take(controls(MAX_CONTROLS)).is_ok() && take(controls(MAX_CONTROLS + 1)).is_err());
    assert!(take(json!({"$ref": "#/$defs/a%20b", "$defs": {"a b": true}})).is_ok());
    assert!(take(json!({"properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}}})).is_ok());
    for broken in [
        json!({"$ref": "#/$defs/a"}),
        json!({"$ref": "https://example.org/schema"}),
        json!({"$dynamicRef": "#a"}),
        json!({"$defs": {"a": {"$id": "https://example.org/a"}}}),
    ] {
        assert!(take(broken.clone()).is_err(), "{broken}");
    }
}

#[test]
fn what_telling_of_mismatches_copies_is_bounded_and_then_it_is_only_judged() {
    let of = |bytes: usize| json!("a".repeat(bytes - size_of::<Value>()));
    let told = |schema: &Value, value: &Value| work(schema, value) == Work::Explained;

    // Four alternatives of a keyword each copy a list, and each has its place: `/anyOf`.
    let alternatives = |keyword: &str| json!({keyword: vec![json!({"type": "integer"}); 4]});
    let list = |elements: usize| json!(vec![0; elements]);
    let most = (MAX_COPIED / 4 - 6) / size_of::<Value>() - 1;
    for keyword in ["anyOf", "oneOf"] {
        assert!(told(&alternatives(keyword), &list(most)), "{keyword}");
        assert!(!told(&alternatives(keyword), &list(most + 1)), "{keyword}");
    }
    assert!(told(&alternatives("allOf"), &list(most + 1)), "nothing copies the value there");
    let names = |names: usize| json!({"anyOf": [{"required": vec!["a"; names]}]});
    let object = json!({"b": of(MAX_COPIED / 64)});
    assert!(told(&names(60), &object) && !told(&names(64), &object));

    // Each of a hundred elements is told of with a copy of what it must not be, or with what it has to be.
    let each = MAX_COPIED / 100;
    let elements = list(100);
    for keyword in ["const", "not"] {
        let schema = |bytes: usize| match keyword {
            "not" => json!({"items": {"not": {"title": of(bytes)}}}),
            _ => json!({"items": {keyword: of(bytes)}}),
        };
        assert!(told(&schema(each - 200), &elements), "{keyword}");
        assert!(!told(&schema(each + 1), &elements), "{keyword}");
    }

    // Each has its place, in the value and in the schema.
    let long = "n".repeat(100_000);
    let schema = json!({"properties": {&long: {"items": {"type": "string"}}}});
    let most = MAX_COPIED / 200_000 - 2;
    assert!(told(&schema, &json!({&long: vec![0; most]})) && !told(&schema, &json!({&long: vec![0; most + 3]})));

    // All members that are not evaluated are named.
    let unevaluated = |times: usize| json!({"allOf": vec![json!({"unevaluatedProperties": false}); times]});
    let long = json!({"n".repeat(MAX_COPIED / 100): 0});
    assert!(told(&unevaluated(20), &long) && !told(&unevaluated(60), &long));
}
