//! Each rejection of TOML, as a person sees it.

use crate::support::check;

#[test]
fn bytes_that_are_not_utf_8_are_rejected() {
    check(
        "a.toml",
        b"a = \"\xff\"\n",
        r#"
error[not_utf8]: the document is not UTF-8
 --> a.toml:1:6
  |
1 | a = "�"
  |      ^ this is not UTF-8
  |
  = help: save the file as UTF-8
"#,
    );
}

#[test]
fn repeated_keys_are_shown_with_their_first_place() {
    check(
        "a.toml",
        "a = 1\r\n\"a\" = 2\r\n[x]\r\ny = {b = 1, b = 2}\r\n",
        r#"
error[duplicate_key]: the key `a` appears twice in one object
 --> a.toml:2:1
  |
1 | a = 1
  | - it appears here first
2 | "a" = 2
  | ^^^ it appears here again
  |
  = help: keep one of the two

error[duplicate_key]: the key `b` appears twice in one object
 --> a.toml:4:13
  |
4 | y = {b = 1, b = 2}
  |      -      ^ it appears here again
  |      |
  |      it appears here first
  |
  = help: keep one of the two
"#,
    );
}

#[test]
fn repeated_tables_are_shown_with_their_first_place() {
    check(
        "a.toml",
        "[t.u]\na = 1\n[v]\nb = 1\n[t.u]\nc = 1\n",
        r"
error[duplicate_key]: the key `u` appears twice in one object
 --> a.toml:5:4
  |
1 | [t.u]
  |    - it appears here first
...
5 | [t.u]
  |    ^ it appears here again
  |
  = help: keep one of the two
",
    );
}

#[test]
fn a_table_cannot_extend_a_value() {
    check(
        "a.toml",
        "[a]\nb = 1\n[a.b]\nc = 1\n",
        r"
error[duplicate_key]: the key `b` appears twice in one object
 --> a.toml:3:4
  |
2 | b = 1
  | - it appears here first
3 | [a.b]
  |    ^ it appears here again
  |
  = help: keep one of the two
",
    );
}

#[test]
fn a_repeated_key_in_an_array_of_tables_is_rejected() {
    check(
        "a.toml",
        "[[t]]\na = 1\n[[t]]\na = 1\na = 2\n",
        r"
error[duplicate_key]: the key `a` appears twice in one object
 --> a.toml:5:1
  |
4 | a = 1
  | - it appears here first
5 | a = 2
  | ^ it appears here again
  |
  = help: keep one of the two
",
    );
}

#[test]
fn a_dotted_key_cannot_extend_a_value() {
    check(
        "a.toml",
        "a = 1\na.b = 2\n",
        r"
error[duplicate_key]: the key `a` appears twice in one object
 --> a.toml:2:1
  |
1 | a = 1
  | - it appears here first
2 | a.b = 2
  | ^ it appears here again
  |
  = help: keep one of the two
",
    );
}

#[test]
fn numbers_that_json_does_not_have_are_rejected() {
    check(
        "a.toml",
        "a = 9007199254740992\nb = 99999999999999999999\nc = [nan, -inf]\nd = 1e400\n",
        r"
error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
 --> a.toml:1:5
  |
1 | a = 9007199254740992
  |     ^^^^^^^^^^^^^^^^ expected at most 9007199254740991, and at least the negative of it
  |
  = help: put it in quotes, as a string, if no arithmetic is done with it

error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
 --> a.toml:2:5
  |
2 | b = 99999999999999999999
  |     ^^^^^^^^^^^^^^^^^^^^ expected at most 9007199254740991, and at least the negative of it
  |
  = help: put it in quotes, as a string, if no arithmetic is done with it

error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.toml:3:6
  |
3 | c = [nan, -inf]
  |      ^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities

error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.toml:3:11
  |
3 | c = [nan, -inf]
  |           ^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities

error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.toml:4:5
  |
4 | d = 1e400
  |     ^^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities
",
    );
}

#[test]
fn a_lone_surrogate_is_rejected() {
    check(
        "a.toml",
        "a = \"\\ud800\"\n",
        r#"
error[lone_surrogate]: the escape is half of a surrogate pair, which stands for no character
 --> a.toml:1:6
  |
1 | a = "\ud800"
  |      ^^^^^^ expected a pair
  |
  = help: write the character itself
"#,
    );
}

#[test]
fn all_lines_with_a_syntax_error_are_reported() {
    check(
        "a.toml",
        "a = b\nc = 1 d = 2\ne = 3\n= 4\n",
        r"
error[syntax_error]: this is not valid TOML: this is no value
 --> a.toml:1:5
  |
1 | a = b
  |     ^
  |
  = help: put texts in double quotes

error[syntax_error]: this is not valid TOML: this is no value
 --> a.toml:2:5
  |
2 | c = 1 d = 2
  |     ^^^
  |
  = help: write one key and its value on a line, and texts in quotes

error[syntax_error]: this is not valid TOML: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`
 --> a.toml:4:1
  |
4 | = 4
  | ^ expected letters, numbers, `-`, `_`
  |
  = help: write a key before the `=`
",
    );
}

#[test]
fn a_missing_value_is_rejected() {
    check(
        "a.toml",
        "a = \n",
        r"
error[syntax_error]: this is not valid TOML: a value is missing, expected a value
 --> a.toml:1:5
  |
1 | a =
  |     ^ expected a value
  |
  = help: write the value, or leave the key out
",
    );
}

#[test]
fn brackets_that_are_never_closed_are_rejected() {
    check(
        "a.toml",
        "a = [1, 2\n",
        r"
error[syntax_error]: this is not valid TOML: unclosed array, expected `]`
 --> a.toml:1:10
  |
1 | a = [1, 2
  |          ^ expected `]`
  |
  = help: write a comma, or close what is open
",
    );
}

#[test]
fn a_date_that_does_not_exist_is_rejected() {
    check(
        "a.toml",
        "a = 1979-13-27\n",
        r"
error[syntax_error]: this is not valid TOML: invalid date, expected month between 01 and 12
 --> a.toml:1:5
  |
1 | a = 1979-13-27
  |     ^^^^^^^^^^
  |
  = help: a date is written as `1979-05-27`, and a time as `07:32:00`
",
    );
}

#[test]
fn arrays_of_129_levels_are_rejected() {
    check(
        "a.toml",
        format!("a = {}{}", "[".repeat(128), "]".repeat(128)),
        r"
error[nesting_too_deep]: arrays and objects are nested deeper than 128 levels
 --> a.toml:1:132
  |
1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]...
  |                                                     ^ one level too many begins here
",
    );
}

#[test]
fn keys_of_129_levels_are_rejected() {
    check(
        "a.toml",
        format!("{}a = 1", "a.".repeat(128)),
        r"
error[nesting_too_deep]: arrays and objects are nested deeper than 128 levels
 --> a.toml:1:255
  |
1 | ....a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a = 1
  |                                                     ^ one level too many begins here
",
    );
}

#[test]
fn nesting_without_bounds_is_rejected_before_it_is_read() {
    check(
        "a.toml",
        format!("a = {}", "[".repeat(5000)),
        r"
error[nesting_too_deep]: arrays and objects are nested deeper than 128 levels
 --> a.toml:1:132
  |
1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
  |                                                     ^ one level too many begins here
",
    );
}

#[test]
fn tabs_and_columns_agree() {
    check(
        "a.toml",
        "\ta\t=\t1e400\n",
        r"
error[number_out_of_range]: the number is beyond the range of a 64-bit float
 --> a.toml:1:6
  |
1 |     a    =    1e400
  |               ^^^^^ expected a finite number
  |
  = help: JSON has no NaN and no infinities
",
    );
}
