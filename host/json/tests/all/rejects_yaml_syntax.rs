//! Each rejection of text that is not YAML, as a person sees it.

use crate::support::check;

#[test]
fn a_tab_cannot_indent_a_list() {
    check(
        "a.yaml",
        "a:\n\t- b\n",
        r"
error[syntax_error]: this is not valid YAML: a tab cannot indent a line
 --> a.yaml:2:1
  |
2 |     - b
  | ^^^^
  |
  = help: indent with spaces
",
    );
}

#[test]
fn a_tab_cannot_indent_an_object() {
    check(
        "a.yaml",
        "a:\n  b: 1\n\tc: 2\n",
        r"
error[syntax_error]: this is not valid YAML: a tab cannot indent a line
 --> a.yaml:3:1
  |
3 |     c: 2
  | ^^^^
  |
  = help: indent with spaces
",
    );
}

#[test]
fn a_tab_behind_spaces_cannot_indent_either() {
    check(
        "a.yaml",
        "a:\n \tb: 1\n",
        r"
error[syntax_error]: this is not valid YAML: a tab cannot indent a line
 --> a.yaml:2:2
  |
2 |      b: 1
  |  ^^^^
  |
  = help: indent with spaces
",
    );
}

#[test]
fn a_line_that_is_indented_less_than_its_block_is_rejected() {
    check(
        "a.yaml",
        "a:\n   b: 1\n  c: 2\n",
        r"
error[syntax_error]: this is not valid YAML: the line is not indented as the lines of an object around it, expected a key
 --> a.yaml:3:3
  |
3 |   c: 2
  |   ^ expected a key
  |
  = help: the lines of one block begin in the same column
",
    );
}

#[test]
fn a_line_that_is_indented_more_than_its_block_is_rejected() {
    check(
        "a.yaml",
        "a: 1\n b: 2\n",
        r"
error[syntax_error]: this is not valid YAML: `:` cannot follow here
 --> a.yaml:2:3
  |
2 |  b: 2
  |   ^
  |
  = help: put text that contains `: ` in quotes, or check the indentation of this line
",
    );
}

#[test]
fn a_key_without_a_colon_is_rejected() {
    check(
        "a.yaml",
        "a: 1\nkey\nb: 2\n",
        r"
error[syntax_error]: this is not valid YAML: a key must be followed by `:`
 --> a.yaml:2:1
  |
2 | key
  | ^^^
  |
  = help: put text that contains `: ` in quotes, or check the indentation of this line
",
    );
}

#[test]
fn a_colon_in_a_text_is_rejected() {
    check(
        "a.yaml",
        "a: b: c\n",
        r"
error[syntax_error]: this is not valid YAML: `:` cannot follow here
 --> a.yaml:1:5
  |
1 | a: b: c
  |     ^
  |
  = help: put text that contains `: ` in quotes, or check the indentation of this line
",
    );
}

#[test]
fn brackets_that_are_never_closed_are_rejected() {
    check(
        "a.yaml",
        "a: {x: 1\n",
        r"
error[syntax_error]: this is not valid YAML: expected `,` or `}`
 --> a.yaml:2:1
  |
2 |
  | ^ expected `,` or `}`
  |
  = help: the text is not complete: close the bracket or the quote that is open
",
    );
}

#[test]
fn a_quote_that_is_never_closed_is_rejected() {
    check(
        "a.yaml",
        "a: \"abc\n",
        r#"
error[syntax_error]: this is not valid YAML: the quote is never closed
 --> a.yaml:1:4
  |
1 | a: "abc
  |    ^
  |
  = help: close it, or put the whole text in quotes of the other kind
"#,
    );
}

#[test]
fn text_behind_a_quote_is_rejected() {
    check(
        "a.yaml",
        "a: 'it's'\n",
        r#"
error[syntax_error]: this is not valid YAML: text goes on behind the closing quote
 --> a.yaml:1:8
  |
1 | a: 'it's'
  |        ^
  |
  = help: in single quotes a quote is written `''`, in double quotes `\"`
"#,
    );
}

#[test]
fn a_reserved_character_cannot_begin_a_text() {
    check(
        "a.yaml",
        "a: @x\n",
        r"
error[syntax_error]: this is not valid YAML: a plain text cannot begin with `@`
 --> a.yaml:1:4
  |
1 | a: @x
  |    ^
  |
  = help: put the text in quotes
",
    );
}

#[test]
fn a_nul_character_is_rejected() {
    check(
        "a.yaml",
        "a: x\0y\n",
        r"
error[syntax_error]: this is not valid YAML: the control character U+0000 cannot be part of it
 --> a.yaml:1:5
  |
1 | a: x␀y
  |     ^
  |
  = help: remove it, or write it in double quotes as `\x` and two digits
",
    );
}

#[test]
fn a_dash_without_a_blank_begins_no_element() {
    check(
        "a.yaml",
        "a:\n-x\n-y\n",
        r"
error[syntax_error]: this is not valid YAML: `-` without a blank behind it begins no element of a list
 --> a.yaml:2:1
  |
2 | -x
  | ^^
  |
  = help: write a space behind the `-`, or indent what belongs to the key above
",
    );
}
