//! Each rejection of JSON, as a person sees it.

use serde_json::json;
use sortie_json::{Document, ParseLimits};

use crate::support::check;

#[test]
fn an_empty_text_is_rejected() {
    check(
        "a.json",
        "",
        r"
error[empty_document]: the document is empty
 --> a.json:1:1
  |
1 |
  | ^ expected a value
  |
  = help: an empty object is written `{}`
",
    );
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark() {
    let file = Document::parse("a.json", "\u{feff} {\"a\": [1]}".as_bytes(), ParseLimits::default()).unwrap();
    assert_eq!(file.value(), &json!({"a": [1]}));
    check(
        "a.json",
        "\u{feff}{\"a\": 01}",
        r#"
error[syntax_error]: this is not valid JSON: a number begins with `0`
 --> a.json:1:8
  |
1 | ﻿{"a": 01}
  |       ^^
  |
  = help: remove the zeros it begins with, or put it in quotes
"#,
    );
}

#[test]
fn utf_16_is_told_as_such() {
    check(
        "a.json",
        b"\xff\xfe{\0}\0",
        r"
error[not_utf8]: the document is UTF-16, and not UTF-8
 --> a.json:1:1
  |
1 | ��{␀}␀
  | ^^ the byte order mark of UTF-16
  |
  = help: save the file as UTF-8; of PowerShell's `COMMAND > FILE`, that is `COMMAND | Out-File -Encoding utf8 FILE`
",
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_shown_in_their_line() {
    check(
        "a.json",
        b"{\n  \"a\": \"\xff\xfe\"\n}",
        r#"
error[not_utf8]: the document is not UTF-8
 --> a.json:2:9
  |
2 |   "a": "��"
  |         ^ this is not UTF-8
  |
  = help: save the file as UTF-8
"#,
    );
}

#[test]
fn all_repeated_keys_are_shown_with_their_first_place() {
    check(
        "a.json",
        "{\n  \"a\": 1,\n  \"b\": {\"c\": 1, \"c\": 2},\n  \"a\": 2,\n  \"a\": 3\n}\n",
        r#"
error[duplicate_key]: the key `c` appears twice in one object
 --> a.json:3:17
  |
3 |   "b": {"c": 1, "c": 2},
  |         ---     ^^^ it appears here again
  |         |
  |         it appears here first
  |
  = help: keep one of the two

error[duplicate_key]: the key `a` appears twice in one object
 --> a.json:4:3
  |
2 |   "a": 1,
  |   --- it appears here first
3 |   "b": {"c": 1, "c": 2},
4 |   "a": 2,
  |   ^^^ it appears here again
  |
  = help: keep one of the two

error[duplicate_key]: the key `a` appears twice in one object
 --> a.json:5:3
  |
2 |   "a": 1,
  |   --- it appears here first
...
5 |   "a": 3
  |   ^^^ it appears here again
  |
  = help: keep one of the two
"#,
    );
}

#[test]
fn numbers_out_of_range_are_shown_together() {
    check(
        "a.json",
        "[\n  9007199254740992,\n  -9007199254740992,\n  1000000000000000000000000\n]\n",
        r"
error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
 --> a.json:2:3
  |
2 |   9007199254740992,
  |   ^^^^^^^^^^^^^^^^ expected at most 9007199254740991, and at least the negative of it
  |
  = help: put it in quotes, as a string, if no arithmetic is done with it

error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
 --> a.json:3:3
  |
3 |   -9007199254740992,
  |   ^^^^^^^^^^^^^^^^^ expected at most 9007199254740991, and at least the negative of it
  |
  = help: put it in quotes, as a string, if no arithmetic is done with it

error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
 --> a.json:4:3
  |
4 |   1000000000000000000000000
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^ expected at most 9007199254740991, and at least the negative of it
  |
  = help: put it in quotes, as a string, if no arithmetic is done with it
",
    );
}

#[test]
fn a_number_that_overflows_is_rejected() {
    check(
        "a.json",
        "{\"a\": 1e400}",
        r#"
error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.json:1:7
  |
1 | {"a": 1e400}
  |       ^^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities
"#,
    );
}

#[test]
fn a_lone_surrogate_is_rejected() {
    check(
        "a.json",
        "[\"\\ud800\", 1]",
        r#"
error[lone_surrogate]: the escape is half of a surrogate pair, which stands for no character
 --> a.json:1:3
  |
1 | ["\ud800", 1]
  |   ^^^^^^ expected a pair
  |
  = help: write the character itself
"#,
    );
}

#[test]
fn half_a_pair_before_another_escape_is_rejected() {
    check(
        "a.json",
        "[\"\\ud800\\u0041\"]",
        r#"
error[lone_surrogate]: the escape is half of a surrogate pair, which stands for no character
 --> a.json:1:3
  |
1 | ["\ud800\u0041"]
  |   ^^^^^^ expected a pair
  |
  = help: write the character itself
"#,
    );
}

#[test]
fn a_trailing_comma_is_rejected() {
    check(
        "a.json",
        "[1,]",
        r"
error[syntax_error]: this is not valid JSON: there is a comma behind the last one
 --> a.json:1:3
  |
1 | [1,]
  |   ^
  |
  = help: remove the comma
",
    );
}

#[test]
fn a_text_that_ends_within_an_array_is_rejected() {
    check(
        "a.json",
        "[1, 2\n",
        r"
error[syntax_error]: this is not valid JSON: the text ends within an array, expected `,` or `]`
 --> a.json:1:6
  |
1 | [1, 2
  |      ^ expected `,` or `]`
  |
  = help: the text is not complete: close what is open, or get the whole of it
",
    );
}

#[test]
fn a_word_that_is_no_literal_is_rejected() {
    check(
        "a.json",
        "{\"a\": True}",
        r#"
error[syntax_error]: this is not valid JSON: expected a value
 --> a.json:1:7
  |
1 | {"a": True}
  |       ^^^^ expected a value
  |
  = help: write `true`, `false` and `null` in lower-case letters
"#,
    );
}

#[test]
fn a_misspelt_literal_is_rejected() {
    check(
        "a.json",
        "{\r\n\t\"k\": nul\r\n}\r\n",
        r#"
error[syntax_error]: this is not valid JSON: expected `true`, `false` or `null`
 --> a.json:2:7
  |
2 |     "k": nul
  |          ^^^ expected `true`, `false` or `null`
  |
  = help: put texts in double quotes
"#,
    );
}

#[test]
fn a_missing_colon_is_rejected() {
    check(
        "a.json",
        "{\"a\" 1}",
        r#"
error[syntax_error]: this is not valid JSON: expected `:`
 --> a.json:1:6
  |
1 | {"a" 1}
  |      ^ expected `:`
  |
  = help: write `:` between the key and its value
"#,
    );
}

#[test]
fn text_behind_the_value_is_rejected() {
    check(
        "a.json",
        "{\"a\": 1} x",
        r#"
error[syntax_error]: this is not valid JSON: text goes on behind the value
 --> a.json:1:10
  |
1 | {"a": 1} x
  |          ^
  |
  = help: remove what stands behind the value
"#,
    );
}

#[test]
fn what_was_found_before_a_syntax_error_is_reported_with_it() {
    check(
        "a.json",
        "{\"a\":9007199254740993,\"a\":tru}",
        r#"
error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
 --> a.json:1:6
  |
1 | {"a":9007199254740993,"a":tru}
  |      ^^^^^^^^^^^^^^^^ expected at most 9007199254740991, and at least the negative of it
  |
  = help: put it in quotes, as a string, if no arithmetic is done with it

error[syntax_error]: this is not valid JSON: expected `true`, `false` or `null`
 --> a.json:1:27
  |
1 | {"a":9007199254740993,"a":tru}
  |                           ^^^ expected `true`, `false` or `null`
  |
  = help: put texts in double quotes
"#,
    );
}

#[test]
fn a_noncharacter_is_rejected() {
    check(
        "a.json",
        "{\"a\": \"x\u{ffff}\", \"b\": \"\\ufdd0\"}",
        "
error[noncharacter]: the text has the code point U+FFFF, which stands for no character and is not allowed in JSON that is exchanged
 --> a.json:1:7
  |
1 | {\"a\": \"x\u{ffff}\", \"b\": \"\\ufdd0\"}
  |       ^^^^ expected characters alone
  |
  = help: remove it, or write U+FFFD in its place

error[noncharacter]: the text has the code point U+FDD0, which stands for no character and is not allowed in JSON that is exchanged
 --> a.json:1:18
  |
1 | {\"a\": \"x\u{ffff}\", \"b\": \"\\ufdd0\"}
  |                  ^^^^^^^^ expected characters alone
  |
  = help: remove it, or write U+FFFD in its place
",
    );
}

#[test]
fn nesting_of_129_levels_is_rejected() {
    check(
        "a.json",
        "[".repeat(129) + &"]".repeat(129),
        r"
error[nesting_too_deep]: arrays and objects are nested deeper than 128 levels
 --> a.json:1:129
  |
1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]...
  |                                                     ^ one level too many begins here
",
    );
}

#[test]
fn wide_characters_count_as_one_column() {
    check(
        "a.json",
        "{\"😀漢\": \"漢字\", \"x\": 1e999}",
        r#"
error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.json:1:19
  |
1 | {"😀漢": "漢字", "x": 1e999}
  |                       ^^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities
"#,
    );
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    check(
        "a.json",
        format!(r#"{{"a": "{}", "a": 2, "b": "{}"}}"#, "x".repeat(1000), "y".repeat(1000)),
        r#"
error[duplicate_key]: the key `a` appears twice in one object
 --> a.json:1:1011
  |
1 | ...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a": 2, "b": "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy...
  |                                                        ^^^ it appears here again
  |
 ::: a.json:1:2
  |
1 | {"a": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...
  |  --- it appears here first
  |
  = help: keep one of the two
"#,
    );
}

#[test]
fn places_far_apart_are_shown_apart() {
    check(
        "a.json",
        format!("{{\"a\": 1,\n  \"b\": [1, 2, 3],\n  \"c\": \"{}\",\n  \"a\": 2}}", "z".repeat(500)),
        r#"
error[duplicate_key]: the key `a` appears twice in one object
 --> a.json:4:3
  |
4 |   "a": 2}
  |   ^^^ it appears here again
  |
 ::: a.json:1:2
  |
1 | {"a": 1,
  |  --- it appears here first
  |
  = help: keep one of the two
"#,
    );
}

#[test]
fn control_characters_are_not_sent_to_the_terminal() {
    check(
        "a.json",
        "{\"a\\u001b[31m\": 1, \"a\\u001b[31m\": 2}",
        r#"
error[duplicate_key]: the key `a\u{1b}[31m` appears twice in one object
 --> a.json:1:20
  |
1 | {"a\u001b[31m": 1, "a\u001b[31m": 2}
  |  -------------     ^^^^^^^^^^^^^ it appears here again
  |  |
  |  it appears here first
  |
  = help: keep one of the two
"#,
    );
}

#[test]
fn what_others_write_and_json_has_not_is_told_with_what_to_do() {
    check(
        "a.json",
        "{\"a\": 1 // the first\n}",
        r#"
error[syntax_error]: this is not valid JSON: expected `,` or `}`
 --> a.json:1:9
  |
1 | {"a": 1 // the first
  |         ^ expected `,` or `}`
  |
  = help: JSON has no comments: remove it, or write the document as YAML
"#,
    );
    check(
        "a.json",
        "{ /* none */ \"a\": 1}",
        r#"
error[syntax_error]: this is not valid JSON: expected a key in double quotes
 --> a.json:1:3
  |
1 | { /* none */ "a": 1}
  |   ^ expected a key in double quotes
  |
  = help: JSON has no comments: remove it, or write the document as YAML
"#,
    );
    check(
        "a.json",
        "{\"a\":\u{a0}1}",
        "
error[syntax_error]: this is not valid JSON: expected a value
 --> a.json:1:6
  |
1 | {\"a\":\u{a0}1}
  |      ^ expected a value
  |
  = help: this character looks like a space, and is none: write a space in its place
",
    );
    check(
        "a.json",
        "{“a”: 1}",
        "
error[syntax_error]: this is not valid JSON: expected a key in double quotes
 --> a.json:1:2
  |
1 | {“a”: 1}
  |  ^ expected a key in double quotes
  |
  = help: put keys and texts in the straight quotes `\"`: these are of a text processor
",
    );
}
