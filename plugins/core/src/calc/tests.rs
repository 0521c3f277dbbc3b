use std::collections::BTreeMap;

use super::*;
use crate::calc::parser::MAX_DEPTH;

fn state() -> Value {
    json!({
        "n": 7, "f": 2.5, "zero": 0, "text": "héllo", "yes": true, "nothing": null, "huge": 1e300,
        "max": 9_007_199_254_740_991_i64, "list": [3, 1.5, 2], "words": ["b", "a"], "empty": [], "mixed": [1, "a"],
        "object": {"a": 1, "b": 2},
    })
}

/// Calculates with every member of the state as a name.
fn run(expression: &str) -> Result<Output> {
    let names = state().as_object().map(|members| members.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut with: BTreeMap<String, String> = names.iter().map(|name| (name.clone(), format!("/{name}"))).collect();
    with.insert("nowhere".to_owned(), "/no/where".to_owned());
    let payload = Calc { expression: expression.to_owned(), with, into: None };
    calc(payload, &Call::with_state(state()).build())
}

#[track_caller]
fn check(cases: &[(&str, Value)]) {
    for (expression, expected) in cases {
        let output = run(expression).map(|output| output.output);
        // The text tells 1 from 1.0.
        let found = output.map(|output| output.map(|value| value.to_string()));
        assert_eq!(found, Ok(Some(expected.to_string())), "{expression}");
    }
}

/// The code, the column, and how the message begins.
#[track_caller]
fn fails(cases: &[(&str, &str, u64, &str)]) {
    for (expression, code, column, message) in cases {
        let failure = run(expression).expect_err(expression);
        assert_eq!((failure.code.as_str(), failure.details), (*code, Some(json!({"column": column}))), "{expression}");
        assert!(failure.message.starts_with(message), "{expression}: {}", failure.message);
    }
}

#[test]
fn arithmetic_has_the_usual_ranks() {
    check(&[
        ("1 + 2 * 3", json!(7)),
        ("(1 + 2) * 3", json!(9)),
        ("10 - 4 - 3", json!(3)),
        ("24 / 4 / 2", json!(3)),
        ("2 * 7 % 4", json!(2)),
        ("-n + 1", json!(-6)),
        ("- -n", json!(7)),
        ("2 - -2", json!(4)),
        ("-2 * -3", json!(6)),
        ("n-1", json!(6)),
        ("1.5e1", json!(15)),
        ("1E-2", json!(0.01)),
    ]);
}

#[test]
fn whole_results_are_integers_and_others_doubles() {
    check(&[
        ("f * 2", json!(5)),
        ("1 / 2", json!(0.5)),
        ("4 / 2", json!(2)),
        ("1.0", json!(1)),
        ("0.1 + 0.2", json!(0.300_000_000_000_000_04)),
        ("-0.0", json!(0)),
        ("0 * -1", json!(0)),
        ("-7 % 3", json!(-1)),
        ("7 % -3", json!(1)),
        ("5.5 % 2", json!(1.5)),
        ("f % huge", json!(2.5)),
    ]);
}

#[test]
fn comparisons_and_logic_give_booleans() {
    check(&[
        ("n == 7", json!(true)),
        ("n == 7.0", json!(true)),
        ("n != 7", json!(false)),
        ("1 + 1 < 3", json!(true)),
        ("3 <= 3 and 3 >= 3", json!(true)),
        ("3 < 3 or 3 > 3", json!(false)),
        ("text == 'héllo'", json!(true)),
        ("'a' < \"b\"", json!(true)),
        ("'Z' < 'a'", json!(true)),
        ("'\u{ffff}' < '\u{10000}'", json!(true)),
        (r#"'it\'s' == "it's""#, json!(true)),
        (r#"len("\"\\")"#, json!(2)),
        ("yes == true", json!(true)),
        ("yes != false", json!(true)),
        ("not yes or true", json!(true)),
        ("not not yes", json!(true)),
        ("not n == 8", json!(true)),
        ("true or false and false", json!(true)),
        ("(true or false) and false", json!(false)),
        ("text", json!("héllo")),
    ]);
}

#[test]
fn the_right_side_is_looked_at_only_when_it_matters() {
    check(&[
        ("zero == 0 or n / zero > 1", json!(true)),
        ("zero != 0 and n / zero > 1", json!(false)),
        ("true or nowhere", json!(true)),
    ]);
    fails(&[("zero != 0 or n / zero > 1", "division_by_zero", 16, "`/` by zero")]);
}

#[test]
fn functions() {
    check(&[
        ("min(3, 1, 2)", json!(1)),
        ("max(list)", json!(3)),
        ("min(list, 1)", json!(1)),
        ("max(words)", json!("b")),
        ("min('b', words)", json!("a")),
        ("sum(list)", json!(6.5)),
        ("sum(list, 1, 2.5)", json!(10)),
        ("sum(empty)", json!(0)),
        ("len(text)", json!(5)),
        ("len(list) + len(object) + len(empty)", json!(5)),
        ("abs(-f)", json!(2.5)),
        ("floor(-f)", json!(-3)),
        ("ceil(-f)", json!(-2)),
        ("ceil(0 - 0.5)", json!(0)),
        ("floor(f) + ceil(f)", json!(5)),
    ]);
}

#[test]
fn rounding_is_of_the_decimal_number_with_halves_away_from_zero() {
    check(&[
        ("round(2.5)", json!(3)),
        ("round(-2.5)", json!(-3)),
        ("round(2.4)", json!(2)),
        ("round(-0.4)", json!(0)),
        ("round(0.5)", json!(1)),
        ("round(0.49999999999999994)", json!(0)),
        ("round(n)", json!(7)),
        ("round(1.005, 2)", json!(1.01)),
        ("round(2.675, 2)", json!(2.68)),
        ("round(-1.255, 2)", json!(-1.26)),
        ("round(9.999, 2)", json!(10)),
        ("round(1.25, 5)", json!(1.25)),
        ("round(0.1 + 0.2, 15)", json!(0.3)),
        ("round(1e-20, 15)", json!(0)),
        ("round(4503599627370495.5)", json!(4_503_599_627_370_496_i64)),
    ]);
    fails(&[
        ("round(1, 16)", "invalid_arguments", 10, "`round` takes a whole number of digits from 0 to 15"),
        ("round(1, -1)", "invalid_arguments", 10, "`round` takes a whole number of digits"),
        ("round(1, 0.5)", "invalid_arguments", 10, "`round` takes a whole number of digits"),
        ("round(huge)", "overflow", 1, "the result is beyond"),
    ]);
}

#[test]
fn results_are_exact_up_to_the_bound_and_fail_past_it() {
    check(&[
        ("9007199254740991", json!(9_007_199_254_740_991_i64)),
        ("max - 1 + 1", json!(9_007_199_254_740_991_i64)),
        ("-max", json!(-9_007_199_254_740_991_i64)),
        ("3002399751580330.3333 * 1", json!(3_002_399_751_580_330.5)),
        ("3 * 3002399751580330 + 1", json!(9_007_199_254_740_991_i64)),
        ("1 / 1e15", json!(1e-15)),
    ]);
    fails(&[
        ("9007199254740992", "overflow", 1, "the result is beyond ±9007199254740991"),
        ("max + 1", "overflow", 5, "the result is beyond"),
        ("-max - 1", "overflow", 6, "the result is beyond"),
        ("max * max", "overflow", 5, "the result is beyond"),
        ("1 + sum(max, n)", "overflow", 14, "the result is beyond"),
        ("huge * huge", "overflow", 6, "the result is beyond"),
        ("huge", "overflow", 1, "the result is beyond"),
        ("1e999", "overflow", 1, "the result is beyond"),
        ("abs(huge)", "overflow", 1, "the result is beyond"),
    ]);
}

#[test]
fn division_by_zero_fails() {
    fails(&[
        ("n / zero", "division_by_zero", 3, "`/` by zero"),
        ("n % (1 - 1)", "division_by_zero", 3, "`%` by zero"),
        ("0.0 / -0.0", "division_by_zero", 5, "`/` by zero"),
    ]);
}

#[test]
fn unlike_types_fail() {
    fails(&[
        ("n + text", "type_error", 5, "`+` takes numbers; this is a string"),
        ("text * 2", "type_error", 1, "`*` takes numbers; this is a string"),
        ("1 + 2 * yes", "type_error", 9, "`*` takes numbers; this is a boolean"),
        ("-nothing", "type_error", 2, "`-` takes numbers; this is null"),
        ("not n", "type_error", 5, "`not` takes booleans; this is a number"),
        ("true and n", "type_error", 10, "`and` takes booleans; this is a number"),
        ("n or true", "type_error", 1, "`or` takes booleans; this is a number"),
        ("n == text", "type_error", 3, "this compares two numbers, strings or booleans, not a number with a string"),
        ("yes < true", "type_error", 5, "this compares two numbers or two strings, not a boolean with a boolean"),
        ("list == list", "type_error", 6, "this compares two numbers, strings or booleans, not an array with an array"),
        ("nothing != 1", "type_error", 9, "this compares two numbers, strings or booleans, not null with a number"),
        ("min(mixed)", "type_error", 5, "`min` takes numbers alone or strings alone; this is a string"),
        ("max(1, yes)", "type_error", 8, "`max` takes numbers alone or strings alone; this is a boolean"),
        ("sum(words)", "type_error", 5, "`sum` takes numbers; this is a string"),
        ("len(n)", "type_error", 5, "`len` takes a string, an array or an object; this is a number"),
        ("floor(text)", "type_error", 7, "`floor` takes numbers; this is a string"),
        ("list", "type_error", 1, "the result is to be a number, a string or a boolean; this is an array"),
        ("nothing", "type_error", 1, "the result is to be a number, a string or a boolean; this is null"),
    ]);
}

#[test]
fn unknown_names_and_functions_are_found_before_anything_is_calculated() {
    fails(&[
        ("1 + txet", "unknown_name", 5, "`with` does not say what `txet` is; did you mean `text`?"),
        ("true or unheard_of", "unknown_name", 9, "`with` does not say what `unheard_of` is"),
        ("flor(1)", "unknown_function", 1, "there is no function `flor`; did you mean `floor`?"),
        ("min", "unknown_name", 1, "`with` does not say what `min` is"),
        ("nowhere + 1", "path_missing", 1, "`nowhere` is what is at `/no/where` in the state, where there is nothing"),
        ("min()", "invalid_arguments", 1, "`min` takes one argument or more, not 0"),
        ("len(text, text)", "invalid_arguments", 1, "`len` takes one argument, not 2"),
        ("round(1, 2, 3)", "invalid_arguments", 1, "`round` takes one argument or two, not 3"),
        ("max(empty)", "invalid_arguments", 1, "`max` of nothing is nothing"),
    ]);
}

#[test]
fn what_is_no_expression_is_shown_with_a_caret() {
    fails(&[
        ("", "parse_error", 1, "expected a value, found the end"),
        ("  ", "parse_error", 3, "expected a value, found the end"),
        ("1 +", "parse_error", 4, "expected a value, found the end"),
        ("1 + * 2", "parse_error", 5, "expected a value, found `*`"),
        ("1 2", "parse_error", 3, "expected an operator or the end, found a number"),
        ("'é' n", "parse_error", 5, "expected an operator or the end, found `n`"),
        ("(1", "parse_error", 3, "expected `)` for the `(` in column 1, found the end"),
        ("min(1, 2", "parse_error", 9, "expected `)` for the `(` in column 4, found the end"),
        ("min(1,)", "parse_error", 7, "expected a value, found `)`"),
        ("1)", "parse_error", 2, "expected an operator or the end, found `)`"),
        ("1 < 2 < 3", "parse_error", 7, "comparisons do not chain"),
        ("1 + not true", "parse_error", 5, "expected a value, found `not`"),
        ("n = 7", "parse_error", 3, "`=` means nothing here; equality is `==`"),
        ("!yes", "parse_error", 1, "`!` means nothing here; negation is `not`"),
        ("yes && yes", "parse_error", 5, "`&` means nothing here; both is `and`"),
        ("yes || yes", "parse_error", 5, "`|` means nothing here; either is `or`"),
        ("2 ^ 3", "parse_error", 3, "`^` means nothing here"),
        ("'abc", "parse_error", 1, "this string has no end"),
        ("'a\\n'", "parse_error", 3, "`\\` stands before"),
        ("'a\\", "parse_error", 3, "`\\` stands before"),
        ("1.", "parse_error", 1, "this is no number"),
        (".5", "parse_error", 1, "this is no number"),
        ("1e", "parse_error", 1, "this is no number"),
        ("1.e5", "parse_error", 1, "this is no number"),
        ("1.2.3", "parse_error", 1, "this is no number"),
        ("2n", "parse_error", 1, "this is no number"),
    ]);
    let failure = run("1 + * 2").unwrap_err();
    assert_eq!(failure.message, "expected a value, found `*` (column 5)\n  1 + * 2\n      ^");
}

#[test]
fn of_a_long_expression_only_what_is_around_the_place_is_shown() {
    let failure = run(&format!("{}*{}", "12345678+".repeat(10), "-1".repeat(50))).unwrap_err();
    let shown = format!("  {}*{}", &"12345678+".repeat(10)[60..], &"-1".repeat(50)[..29]);
    assert_eq!(failure.message.lines().nth(1), Some(shown.as_str()));
    assert_eq!(failure.message.lines().nth(2), Some(format!("  {}^", " ".repeat(30)).as_str()));
}

#[test]
fn nesting_is_bounded_and_length_is_not() {
    let parens = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    let minus = |depth: usize| format!("{}1", "-".repeat(depth));
    let not = |depth: usize| format!("{}true", "not ".repeat(depth));
    let calls = |depth: usize| format!("{}1{}", "abs(".repeat(depth), ")".repeat(depth));
    check(&[
        (&parens(MAX_DEPTH), json!(1)),
        (&minus(MAX_DEPTH), json!(1)),
        (&not(MAX_DEPTH), json!(true)),
        (&calls(MAX_DEPTH), json!(1)),
        (&format!("{}1", "1 + ".repeat(10_000)), json!(10_001)),
        (&format!("{}true", "true and ".repeat(10_000)), json!(true)),
    ]);
    for expression in [parens(MAX_DEPTH + 1), minus(MAX_DEPTH + 1), not(MAX_DEPTH + 1), calls(MAX_DEPTH + 1)] {
        let failure = run(&expression).unwrap_err();
        assert_eq!(failure.code, "too_deep", "{}", failure.message);
        assert!(failure.message.starts_with("this is nested deeper than 32 levels"), "{}", failure.message);
    }
}

#[test]
fn the_result_is_the_output_and_goes_where_it_is_wanted() {
    let payload = |into| json!({"expression": "a + 1", "with": {"a": "/a"}, "into": into});
    let call = Call::with_state(json!({"a": 1})).build();
    let output = calc(serde_json::from_value(payload("/b")).unwrap(), &call).unwrap();
    assert_eq!(output, Output::new().set("/b", 2).output(2));
    let payload = Calc { expression: "1".to_owned(), with: BTreeMap::new(), into: None };
    assert_eq!(calc(payload, &call).unwrap(), Output::new().output(1));
}

#[test]
fn a_name_that_cannot_stand_in_an_expression_is_a_mistake() {
    for name in ["", "a-b", "1a", "é", "and", "true"] {
        let with = BTreeMap::from([(name.to_owned(), "/a".to_owned())]);
        let payload = Calc { expression: "1".to_owned(), with, into: None };
        let failure = calc(payload, &Call::with_state(json!({})).build()).unwrap_err();
        assert_eq!(failure.code, "invalid_name");
    }
}
