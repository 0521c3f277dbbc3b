//! What people write who have another language or another tool in mind, and what they are told to do.

use sortie_json::{Document, ParseLimits, Style};

/// The help of the first fault; the place where it is shown has tests of its own.
fn check(name: &str, text: &str, expected: &str) {
    let parsed = Document::parse(name, text.as_bytes(), ParseLimits::default());
    let rendered = parsed.map_or_else(|report| report.render(Style::Plain), |_| "accepted".to_owned());
    let helps: Vec<&str> = rendered.lines().filter_map(|line| line.strip_prefix("  = help: ")).collect();
    assert_eq!(helps, [expected], "{text:?}\n{rendered}");
}

const NO_NAN: &str = "JSON has no NaN and no infinities: write `null`, or a text in double quotes";
const QUOTES: &str = "put texts in double quotes";
const TEMPLATE: &str = "this is a template: give what it makes, or put the text in quotes";
const CONFLICT: &str = "git marked a conflict here: settle it, and remove the marks";
const COMES_TO: &str = "JSON has values alone: write what this comes to";
const NO_COMMENTS: &str = "JSON has no comments: remove it, or write the document as YAML";

#[test]
fn what_is_no_json() {
    for (text, expected) in [
        // Other languages.
        ("{'a': 1}", "put keys and texts in double quotes"),
        ("{\"a\": 'x'}", QUOTES),
        ("{a: 1}", "put the key in double quotes"),
        ("{1: 2}", "put the key in double quotes"),
        ("{\"a\": 1, b: 2}", "put the key in double quotes"),
        ("{\"a\": True, \"b\": None}", "write `true`, `false` and `null` in lower-case letters"),
        ("{\"a\": None}", "write `true`, `false` and `null` in lower-case letters"),
        ("{\"a\": undefined}", "JSON has no `undefined`: leave the member out, or write `null`"),
        ("{\"a\": nil}", "write `null`"),
        ("{\"a\": yes}", "write `true` or `false`, or put the text in double quotes"),
        ("{\"a\": -Infinity}", NO_NAN),
        ("{\"a\": Infinity}", NO_NAN),
        ("{\"a\": NaN}", NO_NAN),
        ("{\"a\": nan}", NO_NAN),
        ("{\"a\": infinity}", NO_NAN),
        ("{\"a\": `x`}", QUOTES),
        ("{\"a\": word}", QUOTES),
        ("{\"a\": (1)}", COMES_TO),
        ("{\"a\": Date(1)}", COMES_TO),
        ("{\"a\": ObjectId(\"x\")}", COMES_TO),
        ("{\"a\": \"x\" + \"y\"}", COMES_TO),
        ("{\"a\": 1 / 2}", COMES_TO),
        ("{\"a\": ...}", "write out what the dots stand for"),
        ("{\"a\": 1;}", "write `,`, or nothing behind the last one"),
        ("{\"a\" = 1}", "write `:` in place of `=`"),
        ("{\"a\" 1}", "write `:` between the key and its value"),
        ("{\"a\", \"b\"}", "a member is a key and its value: `\"key\": value`"),
        ("{\"a\"}", "a member is a key and its value: `\"key\": value`"),
        ("[\"a\": 1]", "members stand in an object: `{\"key\": value}`"),
        ("// hi\n{}", NO_COMMENTS),
        ("{\"a\": 1 /* x */}", NO_COMMENTS),
        ("# hi\n{}", NO_COMMENTS),
        // Numbers.
        ("{\"a\": +1}", "write the number without `+`"),
        ("{\"a\": .5}", "put a `0` before the point"),
        ("{\"a\": -.5}", "put a `0` before the point"),
        ("{\"a\": 5.}", "write a digit behind the point, or leave out the point"),
        ("{\"a\": 1e}", "write digits behind the `e`, or leave it out; put a text in double quotes"),
        ("{\"a\": -}", "write the number's digits, or put the text in double quotes"),
        ("{\"a\": 01}", "remove the zeros it begins with, or put it in quotes"),
        ("{\"a\": 0x1F}", "write the number in decimal digits"),
        ("{\"a\": 0b11}", "write the number in decimal digits"),
        ("{\"a\": 1_000}", "write the number without `_`"),
        ("{\"a\": 10n}", "write the number without `n`, or in double quotes if it is a large one"),
        ("{\"a\": 2026-01-01}", "put dates and times in double quotes"),
        ("{\"a\": 10:30}", "put dates and times in double quotes"),
        ("{\"a\": 12abc}", QUOTES),
        ("{\"a\": 1.2.3}", QUOTES),
        // Commas and brackets.
        ("{\"a\": 1,}", "remove the comma"),
        ("[1,]", "remove the comma"),
        ("{,}", "remove the comma"),
        ("[,1]", "remove the comma"),
        ("[1,,2]", "remove the comma"),
        ("{\"a\": 1 \"b\": 2}", "write a comma before this"),
        ("{\"a\": 1\n\"b\": 2}", "write a comma before this"),
        ("[1 2]", "write a comma before this"),
        ("[{} {}]", "write a comma before this"),
        ("{\"a\": }", "write the value, or `null` where there is none"),
        ("{\"a\":,\"b\":1}", "write the value, or `null` where there is none"),
        ("[1}", "an array is closed by `]`: write it before this"),
        ("{\"a\": 1]", "an object is closed by `}`: write it before this"),
        ("{\"a\": 1}}", "remove the bracket: there is one too many"),
        ("{\"a\": 1", "the text is not complete: close what is open, or get the whole of it"),
        ("[\"a\",", "the text is not complete: close what is open, or get the whole of it"),
        ("{\"a\": \"x", "the text is not complete: close what is open, or get the whole of it"),
        // Texts.
        ("{\"a\": \"unclosed}\n", "close the text with `\"`, or write the line break as `\\n`"),
        ("{\"a\": \"tab\there\"}", "write it as an escape: a tab is `\\t`, others are `\\u` and four digits"),
        ("{\"a\": \"C:\\Users\"}", "a backslash is written `\\\\`"),
        ("{\"a\": \"\\u12\"}", "a backslash is written `\\\\`, and a character as `\\u` and four digits"),
        ("{\"a\": \"say \"hi\" now\"}", "write a comma before this; a quote in a text is `\\\"`"),
        ("{\"a\": nul}", QUOTES),
        ("{\"a\": \u{201c}x\u{201d}}", "put keys and texts in the straight quotes `\"`: these are of a text processor"),
        ("{\"a\":\u{200b}1}", "this character cannot be seen: remove it"),
        // More than one value, and what is no value.
        ("{\"a\":1} {\"b\":2} x", "a text has one value: put several into an array, `[…, …]`"),
        ("{\"a\": 1} trailing", "remove what stands behind the value"),
        ("a: 1\nb: 2\n", "if this is YAML, let the file's name end in `.yaml`"),
        ("--- \n{\"a\":1}\n", "if this is YAML, let the file's name end in `.yaml`"),
        ("- a\n- b\n", "if this is YAML, let the file's name end in `.yaml`"),
        ("a = 1\n[b]\n", "if this is TOML, let the file's name end in `.toml`"),
        ("<html>", "this is HTML or XML: see whether what was asked for was found"),
        (")]}'\n{}", "a JSON text begins with `{` or `[`: remove what stands before"),
        ("callback({})", "a JSON text begins with `{` or `[`: remove what stands before"),
        ("\u{1b}[0m{}", "the text has colours for a terminal: let the command that wrote it print without them"),
        ("{\0\"\0a\0", "if the text is UTF-16, save it as UTF-8; else remove the character, which is NUL"),
        ("{\"a\": {\"b\": 1}", "the text is not complete: close what is open, or get the whole of it"),
        ("PK\u{3}\u{4}x", "this is no text: if it is compressed, unpack it first"),
        // Other tools.
        ("{\"a\": {{ x }} }", TEMPLATE),
        ("{\"a\": {{.Values.x}} }", TEMPLATE),
        ("{\"a\": ${X}}", TEMPLATE),
        ("{\"a\": <%= x %>}", TEMPLATE),
        ("{% if x %}\n{}", TEMPLATE),
        ("{\n<<<<<<< HEAD\n\"a\": 1\n=======\n\"a\": 2\n>>>>>>> x\n}", CONFLICT),
    ] {
        check("a.json", text, expected);
    }
}

#[test]
fn what_is_no_yaml() {
    let check = |text, expected| check("a.yaml", text, expected);
    check("a: \"unclosed\nb: 1\n", "close it, or put the whole text in quotes of the other kind");
    check("a: 'b\n", "close it, or put the whole text in quotes of the other kind");
    check("a: [1, 2\nb: 3\n", "close the bracket, or put text that contains `: ` in quotes");
    check("a: {b: 1\nc: 2\n", "close the bracket, or put text that contains `: ` in quotes");
    check("a: [1,,2]\n", "remove the comma");
    check("a: ]\n", "remove the bracket, or put the text in quotes");
    check("a: \"\u{1}\"\n", "remove it, or write it in double quotes as `\\x` and two digits");
    check("a: x\u{7}y\n", "remove it, or write it in double quotes as `\\x` and two digits");
    check("a: {{ x }}\n", TEMPLATE);
    check("a: {[1]: 2}\n", "put the key in quotes");
    check("{% if x %}\na: 1\n", TEMPLATE);
    check("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", CONFLICT);
    check("b: 1\n<<<<<<< HEAD\na: 1\n", CONFLICT);
    check("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n", "keep one of the two");
    check(
        "a: !include x.yaml\n",
        "write the value that it stands for; the tags are !!str, !!int, !!float, !!bool, !!null, !!seq and !!map",
    );
}

#[test]
fn what_is_no_toml() {
    for (text, expected) in [
        ("a: 1\n", "write `=` in place of `:`; if this is YAML, let the file's name end in `.yaml`"),
        ("---\na = 1\n", "if this is YAML, let the file's name end in `.yaml`"),
        ("{\"a\": 1}\n", "if this is JSON, let the file's name end in `.json`"),
        ("// x\na = 1\n", "a comment begins with `#`"),
        ("; x\na = 1\n", "a comment begins with `#`"),
        ("a = x\n", QUOTES),
        ("a = True\n", "write `true` and `false` in lower-case letters"),
        ("a = yes\n", "write `true` or `false`"),
        ("a = null\n", "TOML has no null: leave the key out"),
        ("a = None\n", "TOML has no null: leave the key out"),
        ("a =\n", "write the value, or leave the key out"),
        ("a = .5\n", "put a `0` before the point"),
        ("a = 5.\n", "write a digit behind the point, or leave out the point"),
        ("a = 01\n", "remove the zeros the number begins with"),
        ("a = 1 b = 2\n", "write one key and its value on a line, and texts in quotes"),
        ("a = \"x\" \"y\"\n", "write one key and its value on a line"),
        ("a = 'x\n", "close the quote; a text of several lines stands in `\"\"\"`"),
        ("a = \"x\n", "close the quote; a text of several lines stands in `\"\"\"`"),
        ("a = \"\\q\"\n", "a backslash is written `\\\\`, and within single quotes it stands for itself"),
        ("a = \"C:\\Users\"\n", "a backslash is written `\\\\`, and within single quotes it stands for itself"),
        ("= 1\n", "write a key before the `=`"),
        ("a b = 1\n", "write `=` behind the key, and a key with blanks in quotes"),
        ("export A=1\n", "write `=` behind the key, and a key with blanks in quotes"),
        ("é = 1\n", "put the key in quotes"),
        ("[a\n", "close the bracket"),
        ("a = [1, \"x\",, 2]\n", "remove the comma"),
        ("a = {{ x }}\n", TEMPLATE),
        ("<<<<<<< HEAD\na = 1\n", CONFLICT),
    ] {
        check("a.toml", text, expected);
    }
}
