//! Each fault of JSON with its code and place, and the limits.

use sortie_json::{FaultKind, MAX_DEPTH, ParseLimits, Part, canonical, locate, parse, parse_str};

#[expect(clippy::expect_used, reason = "a test shows that a text was read which should not have been")]
fn faults(text: &[u8]) -> Vec<(&'static str, String, Option<usize>)> {
    parse(text, ParseLimits { bytes: 1000, depth: MAX_DEPTH })
        .expect_err("the text is rejected")
        .into_iter()
        .map(|fault| (fault.kind.code(), fault.pointer.to_string(), fault.span.map(|span| span.start)))
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[(&'static str, &str, usize)]) {
    let expected: Vec<_> =
        expected.iter().map(|(code, pointer, start)| (*code, (*pointer).to_owned(), Some(*start))).collect();
    assert_eq!(faults(text.as_bytes()), expected, "{text}");
}

#[test]
fn each_fault_has_its_kind_and_place() {
    check("", &[("empty_document", "", 0)]);
    check(" \n", &[("empty_document", "", 0)]);
    check("\u{feff}{}", &[("byte_order_mark", "", 0)]);
    check(r#"{"a":1,"a":2}"#, &[("duplicate_key", "/a", 7)]);
    check(r#"{"x":{"b":1,"b":2},"a":1,"a":2}"#, &[("duplicate_key", "/x/b", 12), ("duplicate_key", "/a", 25)]);
    check(r#"{"a":{"b":1,"b":2},"a":2}"#, &[("duplicate_key", "/a/b", 12), ("duplicate_key", "/a", 19)]);
    check("[9007199254740992]", &[("integer_out_of_range", "/0", 1)]);
    check("[-9007199254740992]", &[("integer_out_of_range", "/0", 1)]);
    check("[1, 18446744073709551616, 2e16]", &[("integer_out_of_range", "/1", 4), ("integer_out_of_range", "/2", 26)]);
    check("[1000000000000000000000000]", &[("integer_out_of_range", "/0", 1)]);
    check(
        "{\"\\\"[\": [1e21, 100e30], \"b\": [1000000000000000000000000, {}, 1e16], \"b\" : 1}",
        &[("integer_out_of_range", "/b/0", 30), ("integer_out_of_range", "/b/2", 61), ("duplicate_key", "/b", 68)],
    );
    check(r#"{"a":1,"a":2,}"#, &[("duplicate_key", "/a", 7), ("syntax_error", "", 12)]);
    check("[1e400]", &[("number_out_of_range", "/0", 1)]);
    check(r#"["\ud800"]"#, &[("lone_surrogate", "/0", 2)]);
    check(r#"["\udc00", 1e400]"#, &[("lone_surrogate", "/0", 2), ("number_out_of_range", "/1", 11)]);
    check(r#"["\ud800\u0041"]"#, &[("lone_surrogate", "/0", 2)]);
    check("[\"\u{fffe}\", {\"\\uffff\": 1}]", &[("noncharacter", "/0", 1), ("noncharacter", "/1", 9)]);
    assert_eq!(faults(b"\"\xff\""), [("not_utf8", String::new(), Some(1))]);
    assert_eq!(faults(&[b' '; 1001]), [("document_too_large", String::new(), None)]);
}

#[test]
fn what_is_no_json_is_a_syntax_error_where_it_stands() {
    for (text, place) in [
        ("[NaN]", 1),
        ("[1,]", 2),
        ("[,1]", 1),
        ("[1 2]", 3),
        ("[1] x", 4),
        ("[", 1),
        ("[1", 2),
        ("{", 1),
        ("{\"a\"", 4),
        ("{\"a\":", 5),
        ("{\"a\":1", 6),
        ("{\"a\" 1}", 5),
        ("{a: 1}", 1),
        ("{'a': 1}", 1),
        ("{1: 1}", 1),
        ("[01]", 1),
        ("[-01]", 1),
        ("[-]", 2),
        ("[+1]", 1),
        ("[.5]", 1),
        ("[1.]", 3),
        ("[1.e1]", 3),
        ("[1e]", 3),
        ("[1e+]", 4),
        ("[0x1]", 2),
        ("[tru]", 1),
        ("[truely]", 1),
        ("[True]", 1),
        ("[\"a]", 4),
        ("[\"\\x\"]", 2),
        ("[\"\\u12\"]", 2),
        ("[\"\\u00g0\"]", 2),
        ("[\"a\nb\"]", 3),
        ("[\"\t\"]", 2),
        ("// no\n1", 0),
        ("]", 0),
        ("[1}", 2),
        ("{\"a\":1]", 6),
        ("\u{a0}1", 0),
        ("\"\\", 1),
    ] {
        let found = faults(text.as_bytes());
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].0, found[0].2), ("syntax_error", Some(place)), "{text}");
    }
}

#[test]
fn nesting_of_128_levels_is_read_and_129_is_not() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse_str(&nested(128)).is_ok());
    let faults = parse_str(&nested(129)).expect_err("too deep");
    assert_eq!(faults.len(), 1);
    assert_eq!((&faults[0].kind, faults[0].span.clone()), (&FaultKind::TooDeep(128), Some(128..129)));
}

#[test]
fn of_many_faults_the_first_thousand_are_told() {
    let text = format!("[{}1]", "9007199254740992,".repeat(200_000));
    let faults = parse_str(&text).expect_err("out of range");
    assert_eq!(faults.len(), 1000);
    let last = &faults[999];
    assert_eq!((last.pointer.as_str(), last.span.as_ref().map(|span| span.start)), ("/999", Some(1 + 999 * 17)));
    let text = format!("{{\"{}\":[{}1]}}", "k".repeat(300_000), "9007199254740992,".repeat(1000));
    assert_eq!(parse_str(&text).expect_err("out of range").len(), 4);
}

#[test]
fn many_great_numbers_are_read_in_one_pass() {
    let text = format!("[{}1]", "1e30,".repeat(200_000));
    assert!(parse_str(&text).is_ok());
}

#[test]
fn numbers_with_the_same_canonical_bytes_are_equal_in_memory() {
    for (text, expected) in [
        ("1.0", "1"),
        ("-0.0", "0"),
        ("-0", "0"),
        ("1e2", "100"),
        ("9007199254740991", "9007199254740991"),
        ("1e-400", "0"),
    ] {
        let value = parse_str(text).unwrap();
        assert!(value.is_i64(), "{text}");
        assert_eq!(String::from_utf8(canonical(&value)).unwrap(), expected);
    }
    assert_eq!(String::from_utf8(canonical(&parse_str("1e30").unwrap())).unwrap(), "1e+30");
}

#[test]
fn a_pointer_leads_to_its_text() {
    let text = r#" {"a": [1, {"b~/\"c": "x"}], "a2": {"d" : 2}} "#;
    for (text, pointer, part, expected) in [
        (text, "", Part::Value, Some(text.trim())),
        (text, "/a/0", Part::Value, Some("1")),
        (text, "/a/1/b~0~1\"c", Part::Value, Some("\"x\"")),
        (text, "/a/1/b~0~1\"c", Part::Key, Some(r#""b~/\"c""#)),
        (text, "/a2/d", Part::Key, Some("\"d\"")),
        (text, "/a/0", Part::Key, Some("1")),
        (text, "/a/7", Part::Value, None),
        (text, "/nowhere", Part::Value, None),
        (r#"{"a":1,"a":2}"#, "/a", Part::Value, Some("2")),
    ] {
        let range = locate(text, jsonptr::Pointer::from_static(pointer), part);
        assert_eq!(range.map(|range| &text[range]), expected, "{pointer} of {text}");
    }
}
