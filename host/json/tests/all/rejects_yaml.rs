//! Each rejection of YAML, as a person sees it.

use crate::support::check;

#[test]
fn a_text_of_comments_is_empty() {
    check(
        "a.yaml",
        "# nothing\n",
        r"
error[empty_document]: the document is empty
 --> a.yaml:1:1
  |
1 | # nothing
  | ^ expected a value
  |
  = help: an empty object is written `{}`
",
    );
}

#[test]
fn a_document_without_a_value_is_empty() {
    check(
        "a.yaml",
        "---\n",
        r"
error[empty_document]: the document is empty
 --> a.yaml:2:1
  |
2 |
  | ^ expected a value
  |
  = help: an empty object is written `{}`
",
    );
}

#[test]
fn a_byte_order_mark_within_the_document_is_rejected() {
    check(
        "a.yaml",
        "---\n\u{feff}# comment\na: 1\n",
        "
error[byte_order_mark_within]: there is a byte order mark within the document
 --> a.yaml:2:1
  |
2 | \u{feff}# comment
  | ^ a byte order mark (U+FEFF), which editors do not show
  |
  = help: remove the character: only a file's beginning may have it
",
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_rejected() {
    check(
        "a.yaml",
        b"a: \xff\n",
        r"
error[not_utf8]: the document is not UTF-8
 --> a.yaml:1:4
  |
1 | a: �
  |    ^ this is not UTF-8
  |
  = help: save the file as UTF-8
",
    );
}

#[test]
fn what_looks_like_a_space_is_named() {
    check(
        "a.yaml",
        "list:\n  -\u{a0}name: a\n    size: 1\n",
        "
error[syntax_error]: this is not valid YAML: the character U+00A0 looks like a space, and is none
 --> a.yaml:2:4
  |
2 |   -\u{a0}name: a
  |    ^
  |
  = help: write a space in its place
",
    );
}

#[test]
fn repeated_keys_are_shown_with_their_first_place() {
    check(
        "a.yaml",
        "a: 1\r\nb: {c: 1, \"c\": 2}\r\na: 3\r\n",
        r#"
error[duplicate_key]: the key `c` appears twice in one object
 --> a.yaml:2:11
  |
2 | b: {c: 1, "c": 2}
  |     -     ^^^ it appears here again
  |     |
  |     it appears here first
  |
  = help: keep one of the two

error[duplicate_key]: the key `a` appears twice in one object
 --> a.yaml:3:1
  |
1 | a: 1
  | - it appears here first
2 | b: {c: 1, "c": 2}
3 | a: 3
  | ^ it appears here again
  |
  = help: keep one of the two
"#,
    );
}

#[test]
fn numbers_that_json_does_not_have_are_rejected() {
    check(
        "a.yaml",
        "a: 9007199254740992\nb: .nan\nc: [-.inf, 1e400]\n",
        r"
error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
 --> a.yaml:1:4
  |
1 | a: 9007199254740992
  |    ^^^^^^^^^^^^^^^^ expected at most 9007199254740991, and at least the negative of it
  |
  = help: put it in quotes, as a string, if no arithmetic is done with it

error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.yaml:2:4
  |
2 | b: .nan
  |    ^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities

error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.yaml:3:5
  |
3 | c: [-.inf, 1e400]
  |     ^^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities

error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.yaml:3:12
  |
3 | c: [-.inf, 1e400]
  |            ^^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities
",
    );
}

#[test]
fn a_lone_surrogate_is_rejected() {
    check(
        "a.yaml",
        "a: \"\\ud800\"\n",
        r#"
error[lone_surrogate]: the escape is half of a surrogate pair, which stands for no character
 --> a.yaml:1:5
  |
1 | a: "\ud800"
  |     ^^^^^^ expected a pair
  |
  = help: write the character itself
"#,
    );
}

#[test]
fn a_surrogate_pair_is_rejected() {
    check(
        "a.yaml",
        "a: \"\\ud83d\\ude00\"\n",
        r#"
error[syntax_error]: this is not valid YAML: YAML has no surrogate pairs
 --> a.yaml:1:5
  |
1 | a: "\ud83d\ude00"
  |     ^^^^^^^^^^^^
  |
  = help: write the character itself, or `\U` and its eight digits
"#,
    );
}

#[test]
fn a_surrogate_pair_late_in_a_text_is_shown_in_its_place() {
    check(
        "a.yaml",
        "a: \"hello world text \\ud83d\\ude00\"\n",
        r#"
error[syntax_error]: this is not valid YAML: YAML has no surrogate pairs
 --> a.yaml:1:22
  |
1 | a: "hello world text \ud83d\ude00"
  |                      ^^^^^^^^^^^^
  |
  = help: write the character itself, or `\U` and its eight digits
"#,
    );
}

#[test]
fn keys_that_are_no_strings_are_rejected() {
    check(
        "a.yaml",
        "1: x\ntrue: y\n? [a]\n: b\n",
        r"
error[key_not_string]: the key is not a string
 --> a.yaml:1:1
  |
1 | 1: x
  | ^ expected a string
  |
  = help: put the key in quotes

error[key_not_string]: the key is not a string
 --> a.yaml:2:1
  |
2 | true: y
  | ^^^^ expected a string
  |
  = help: put the key in quotes

error[key_not_string]: the key is not a string
 --> a.yaml:3:3
  |
3 | ? [a]
  |   ^ expected a string
  |
  = help: put the key in quotes
",
    );
}

#[test]
fn an_alias_of_something_else_than_a_string_is_no_key() {
    check(
        "a.yaml",
        "a: &a 1\n*a : 3\n",
        r"
error[key_not_string]: the key is not a string
 --> a.yaml:2:1
  |
2 | *a : 3
  | ^^ expected a string
  |
  = help: put the key in quotes
",
    );
}

#[test]
fn keys_that_are_rejected_are_not_repeated_too() {
    check(
        "a.yaml",
        ".inf: 1\n.nan: 2\n1: 3\n\"\": 4\n",
        r"
error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.yaml:1:1
  |
1 | .inf: 1
  | ^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities

error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.yaml:2:1
  |
2 | .nan: 2
  | ^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities

error[key_not_string]: the key is not a string
 --> a.yaml:3:1
  |
3 | 1: 3
  | ^ expected a string
  |
  = help: put the key in quotes
",
    );
}

#[test]
fn a_merge_key_takes_objects_alone() {
    check(
        "a.yaml",
        "base: &b [1]\nc:\n  <<: *b\n",
        r"
error[merge_of_other]: the merge key `<<` takes an object or a list of objects
 --> a.yaml:3:7
  |
3 |   <<: *b
  |       ^^ expected an object or a list of objects
  |
  = help: to mean a key of that name, put it in quotes
",
    );
}

#[test]
fn tags_outside_the_core_schema_are_rejected() {
    check(
        "a.yaml",
        "a: !!binary x\nb: !foo y\nc: !!int z\nd: !!set {a}\n",
        r"
error[unknown_tag]: the tag `!!binary` is not of the core schema
 --> a.yaml:1:4
  |
1 | a: !!binary x
  |    ^^^^^^^^^^ this value
  |
  = help: write the value that it stands for; the tags are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map

error[unknown_tag]: the tag `!foo` is not of the core schema
 --> a.yaml:2:4
  |
2 | b: !foo y
  |    ^^^^^^ this value
  |
  = help: write the value that it stands for; the tags are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map

error[tag_mismatch]: the value is not of its tag `!!int`
 --> a.yaml:3:4
  |
3 | c: !!int z
  |    ^^^^^^^ this value
  |
  = help: remove the tag, or change the value

error[unknown_tag]: the tag `!!set` is not of the core schema
 --> a.yaml:4:4
  |
4 | d: !!set {a}
  |    ^^^^^^^ this value
  |
  = help: write the value that it stands for; the tags are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map
",
    );
}

#[test]
fn a_second_document_is_rejected() {
    check(
        "a.yaml",
        "a: 1\n---\nb: 2\n",
        r"
error[more_than_one_document]: the text holds more than one document
 --> a.yaml:2:1
  |
2 | ---
  | ^^^ a second document begins here
  |
  = help: put each document into a file of its own
",
    );
}

#[test]
fn an_alias_within_its_anchor_is_rejected() {
    check(
        "a.yaml",
        "a: &x [*x]\n",
        r"
error[alias_of_itself]: the alias stands for a value that contains it
 --> a.yaml:1:8
  |
1 | a: &x [*x]
  |        ^^ this alias
  |
  = help: a value without end cannot be written as JSON
",
    );
}

#[test]
fn an_alias_without_an_anchor_is_rejected() {
    check(
        "a.yaml",
        "a: *x\n",
        r"
error[syntax_error]: this is not valid YAML: the alias has no anchor before it
 --> a.yaml:1:4
  |
1 | a: *x
  |    ^
  |
  = help: put text that begins with `*` in quotes, or the anchor (`&NAME`) before its aliases
",
    );
}

#[test]
fn aliases_that_stand_for_too_much_are_rejected() {
    check(
        "a.yaml",
        bomb(),
        r"
error[alias_expansion_too_large]: the aliases stand for too much
 --> a.yaml:6:40
  |
6 | a5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4, *a4]
  |                                        ^^^ the limit is reached here
  |
  = help: aliases may stand for 1000000 values in all, and no more bytes than a document may have
",
    );
}

#[test]
fn nesting_of_129_levels_is_rejected() {
    check(
        "a.yaml",
        "[".repeat(129) + &"]".repeat(129),
        r"
error[nesting_too_deep]: arrays and objects are nested deeper than 128 levels
 --> a.yaml:1:129
  |
1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]...
  |                                                     ^ one level too many begins here
",
    );
}

#[test]
fn nesting_of_300_levels_is_rejected() {
    check(
        "a.yaml",
        "[".repeat(300),
        r"
error[nesting_too_deep]: arrays and objects are nested deeper than 128 levels
 --> a.yaml:1:256
  |
1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
  |                                                     ^ one level too many begins here
",
    );
}

#[test]
fn nesting_through_an_alias_is_counted() {
    check(
        "a.yaml",
        format!("a: &a {0}{1}\nb: {0}*a{1}", "[".repeat(70), "]".repeat(70)),
        r"
error[nesting_too_deep]: arrays and objects are nested deeper than 128 levels
 --> a.yaml:2:74
  |
2 | b: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]...
  |                                                                          ^^ one level too many begins here
",
    );
}

/// Seven levels of ten aliases each: a hundred million values.
fn bomb() -> String {
    let levels = (1..8).map(|level| {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        format!("\na{level}: &a{level} [{aliases}]")
    });
    std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_owned()).chain(levels).collect()
}
