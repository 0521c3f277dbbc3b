//! What a document offers to those who check its value further.

use jsonptr::Pointer;
use serde_json::{Value, json};
use sortie_json::{
    Diagnostic, Document, Format, PackedValue, ParseLimits, Part, Place, Report, Source, Style, nearest,
};

#[expect(clippy::panic, reason = "a test shows why a text was rejected")]
fn read(name: &str, text: &str) -> Document {
    Document::parse(name, text.as_bytes(), ParseLimits::default())
        .unwrap_or_else(|report| panic!("{}", report.render(Style::Plain)))
}

#[track_caller]
fn check_places(name: &str, text: &str, expected: &[(&'static str, Part, Option<&str>)]) {
    let document = read(name, text);
    for (pointer, part, place) in expected {
        let found = document.locate(Pointer::from_static(pointer), *part);
        assert_eq!(found.map(|range| &text[range]), *place, "{pointer} {part:?}");
    }
}

#[test]
fn places_are_found_in_json() {
    check_places(
        "a.json",
        r#"{"a": [1, {"b/c": "漢"}], "d": {}}"#,
        &[
            ("", Part::Value, Some(r#"{"a": [1, {"b/c": "漢"}], "d": {}}"#)),
            ("/a/1/b~1c", Part::Value, Some("\"漢\"")),
            ("/a/1/b~1c", Part::Key, Some("\"b/c\"")),
            ("/d", Part::Value, Some("{}")),
            ("/x", Part::Value, None),
        ],
    );
}

#[test]
fn places_are_found_in_yaml() {
    check_places(
        "a.yaml",
        "# 漢字\nlist:\n- 1\n- b: 'two'\n  c: &c {d: 3}\nnext:\n  e: *c\n  f: |\n    text\n  g:\n",
        &[
            ("/list/0", Part::Value, Some("1")),
            ("/list/0", Part::Key, Some("1")),
            ("/list/1", Part::Value, Some("b: 'two'\n  c: &c {d: 3}")),
            ("/list/1/b", Part::Value, Some("'two'")),
            ("/list/1/b", Part::Key, Some("b")),
            ("/list/1/c", Part::Value, Some("&c {d: 3}")),
            ("/next/e", Part::Value, Some("*c")),
            ("/next/e", Part::Key, Some("e")),
            ("/next/e/d", Part::Value, Some("3")),
            ("/next/e/d", Part::Key, Some("d")),
            ("/next/e/x", Part::Value, None),
            ("/list/2", Part::Value, None),
            ("/list/x", Part::Value, None),
        ],
    );
}

#[test]
fn places_are_found_in_toml() {
    check_places(
        "a.toml",
        "a = 1\n[t.u]\n'b c' = [1, {d = 2.50}]\n[[v]]\nx = 1\n[[v]]\nx = 2\n",
        &[
            ("/a", Part::Value, Some("1")),
            ("/a", Part::Key, Some("a")),
            ("/t/u", Part::Value, Some("[t.u]")),
            ("/t/u/b c", Part::Key, Some("'b c'")),
            ("/t/u/b c/1/d", Part::Value, Some("2.50")),
            ("/v/1/x", Part::Value, Some("2")),
            ("/v/1", Part::Value, Some("[[v]]")),
            ("/v/2", Part::Value, None),
        ],
    );
}

#[test]
fn the_three_formats_give_the_same_value() {
    let expected = json!({"a": {"b": [1, 1.5, true, "x"]}, "n": 100});
    for (name, text) in [
        ("a.json", r#"{"a": {"b": [1.0, 1.5, true, "x"]}, "n": 1e2}"#),
        ("a.yaml", "a: {b: [+1, 1.5, True, x]}\nn: 0x64\n"),
        ("a.toml", "n = 1_00\n[a]\nb = [1.0, 1.5, true, 'x']\n"),
    ] {
        assert_eq!(read(name, text).into_value(), expected, "{name}");
    }
    assert_eq!(
        read("a.toml", "a = 1979-05-27 07:32:00Z\nb = 1979-05-27\nc = 07:32:00\n").into_value(),
        json!({"a": "1979-05-27T07:32:00Z", "b": "1979-05-27", "c": "07:32:00"})
    );
}

#[test]
fn lists_are_packed_whatever_the_format_and_however_they_are_written() {
    let texts = [
        ("a.json", r#"{"name": "n", "list": [1, {"a": [2]}, "x"], "other": {"list": [3]}, "none": 4}"#),
        ("a.yaml", "name: n\nlist:\n- 1\n- {a: [2]}\n- x\nother: {list: [3]}\nnone: 4\n"),
        ("b.yaml", "other: {list: [&three 3]}\nlist: [1, a: [2], x]\nname: n\nnone: 4\n"),
        ("c.yaml", "name: n\nother: {list: [3]}\nnone: 4\nlist: &list [1, {a: [2]}, x]\nmore: *list\n"),
        ("a.toml", "name = 'n'\nlist = [1, {a = [2]}, 'x']\nnone = 4\nother = {list = [3]}\n"),
    ];
    for (name, text) in texts {
        let (document, packed) = Document::parse_packed(name, text.as_bytes(), &["list", "none"]).unwrap();
        let mut head = document.value().clone();
        if let Some(more) = head.as_object_mut().and_then(|members| members.remove("more")) {
            assert_eq!(more, json!([1, {"a": [2]}, "x"]), "{name}");
        }
        assert_eq!(head, json!({"name": "n", "list": [], "other": {"list": [3]}, "none": 4}), "{name}");
        let values: Vec<Vec<Value>> = packed.iter().map(|list| list.iter().map(PackedValue::value).collect()).collect();
        assert_eq!(values, [vec![json!(1), json!({"a": [2]}), json!("x")], vec![]], "{name}");
    }
}

#[test]
fn what_is_wrong_within_a_packed_list_is_told_with_its_place() {
    let text = "list:\n- {a: 1, a: 2}\n- x: .nan\n";
    let told = |result: Result<_, Report>| result.err().map(|report| report.render(Style::Plain));
    let packed = told(Document::parse_packed("a.yaml", text.as_bytes(), &["list"]).map(drop));
    assert!(packed.is_some());
    assert_eq!(packed, told(Document::parse("a.yaml", text.as_bytes(), ParseLimits::default()).map(drop)));
}

#[test]
fn nesting_of_128_levels_is_read() {
    let depth = |mut value: &Value| {
        let mut levels = 0;
        while let Some(inner) = value.get(0).or_else(|| value.get("a")) {
            levels += 1;
            value = inner;
        }
        levels
    };
    let brackets = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let blocks: Vec<String> = (0..128).map(|level| format!("{}a:", " ".repeat(level))).collect();
    for (name, text, levels) in [
        ("a.json", brackets(128), 127),
        ("a.yaml", brackets(128), 127),
        ("a.yaml", blocks.join("\n"), 128),
        ("a.toml", format!("a = {}", brackets(127)), 127),
        ("a.toml", format!("{}a = 1", "a.".repeat(127)), 128),
        ("a.toml", format!("[{}a]", "a.".repeat(126)), 127),
    ] {
        assert_eq!(depth(read(name, &text).value()), levels, "{name} {text}");
    }
}

#[test]
fn a_text_at_its_limit_is_read_and_one_past_it_is_not() {
    let parse = |bytes| Document::parse("a.yaml", *b"a: 1", ParseLimits { bytes, depth: 128 });
    assert!(parse(4).is_ok());
    assert_eq!(
        parse(3).unwrap_err().render(Style::Plain),
        "error[document_too_large]: the document has 4 bytes, more than the limit of 3\n--> a.yaml\n"
    );
    let toml = |bytes: usize| {
        let text = format!("#{}", " ".repeat(bytes - 1));
        Document::parse("a.toml", text.into_bytes(), ParseLimits { bytes: 64 << 20, depth: 128 }).is_ok()
    };
    assert!(toml(4 << 20) && !toml((4 << 20) + 1));
}

#[test]
fn values_may_take_as_much_room_as_their_text_may_have_bytes() {
    let limit = 2 << 20;
    let code = |name: &str, text: String| {
        let read = Document::parse(name, text.into_bytes(), ParseLimits { bytes: limit, depth: 128 });
        read.err().map(|report| report.diagnostics[0].code.to_string())
    };
    let too_many = Some("too_many_values".to_owned());
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    // The list and each number take 8 bytes; an object of one member 72, and its member 16.
    let (numbers, objects) = (limit / 8 - 1, (limit - 8) / 88);
    for name in ["a.json", "a.yaml"] {
        assert_eq!(code(name, list("0", numbers)), None, "{name}");
        assert_eq!(code(name, list("0", numbers + 1)), too_many, "{name}");
        assert_eq!(code(name, list(r#"{"":0}"#, objects)), None, "{name}");
        assert_eq!(code(name, list(r#"{"":0}"#, objects + 1)), too_many, "{name}");
    }
    // What an alias stands for takes its room once more.
    let aliases = |count: usize| format!("a: &a {}\nb: {}\n", list("0", 1000), list("*a", count));
    assert_eq!(code("a.yaml", aliases(240)), None);
    assert_eq!(code("a.yaml", aliases(270)), too_many);
    // Each part of a dotted key makes a table.
    let dotted = |count: usize| format!("[[a]]\n{}a = 1\n", "a.".repeat(100)).repeat(count);
    assert_eq!(code("a.toml", dotted(70)), None);
    assert_eq!(code("a.toml", dotted(100)), too_many);
    // What is packed takes no room as values.
    let packed = |count: usize| {
        let text = format!(r#"{{"tests": {}, "rest": {}}}"#, list(r#"{"":0}"#, 1_500_000), list("0", count));
        Document::parse_packed("a.json", text.into_bytes(), &["tests"]).is_ok()
    };
    assert!(packed(1_000_000));
}

#[test]
fn what_is_in_brackets_in_yaml_has_a_bound() {
    let text = format!("[{}]", vec!["a"; (1 << 20) + 20].join(","));
    let read = Document::parse("a.yaml", text.into_bytes(), ParseLimits::default());
    assert_eq!(read.unwrap_err().diagnostics[0].code, "flow_too_long");
}

#[test]
fn a_text_in_yaml_has_as_many_anchors_as_it_may_have() {
    let code = |anchors: usize| {
        let text = "- &a 1\n".repeat(anchors);
        let read = Document::parse("a.yaml", text.into_bytes(), ParseLimits::default());
        read.err().map(|report| report.diagnostics[0].code.to_string())
    };
    assert_eq!((code(1 << 20), code((1 << 20) + 1).as_deref()), (None, Some("too_many_anchors")));
}

#[test]
fn nothing_is_read_behind_a_second_document_or_as_many_mistakes_as_are_told() {
    let codes = |name: &str, text: String| {
        let report = Document::parse(name, text.into_bytes(), ParseLimits::default()).unwrap_err();
        let codes: Vec<_> = report.diagnostics.iter().map(|diagnostic| diagnostic.code.to_string()).collect();
        (codes.len(), codes.last().cloned())
    };
    // What is behind would be another mistake.
    let documents = codes("a.yaml", "--- 1\n".repeat(300_000) + "\t[");
    assert_eq!(documents, (1, Some("more_than_one_document".to_owned())));
    for (name, text) in
        [("a.yaml", "a: 1\n".repeat(1_002) + "\t["), ("a.json", format!("{{{}\"a\":", "\"a\":1,".repeat(1_002)))]
    {
        assert_eq!(codes(name, text), (1_000, Some("duplicate_key".to_owned())), "{name}");
    }
}

#[test]
fn what_stands_in_the_place_of_a_key_in_yaml_has_levels_that_are_bounded() {
    // The object is a level too.
    let codes = |levels: usize, rest: &str| {
        let text = format!("? {}1\n{rest}", "- ".repeat(levels - 1));
        let report = Document::parse("a.yaml", text.into_bytes(), ParseLimits::default()).unwrap_err();
        report.diagnostics.into_iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>()
    };
    // A text with aliases, or with tabs behind colons, is gone through for them before.
    for rest in ["", "b: &a 1\nc: *a\n", "b:\t1\n"] {
        assert_eq!(codes(1_024, rest), ["key_not_string"], "{rest}");
        assert_eq!(codes(1_025, rest), ["key_not_string", "nesting_too_deep"], "{rest}");
    }
    assert_eq!(codes(1 << 20, "b: &a 1\nc: *a\nd:\t1\n"), ["key_not_string", "nesting_too_deep"]);
}

#[test]
fn aliases_may_stand_for_a_million_values() {
    // The anchor holds 1000 values, as does each of its aliases, and the anchor's own copy counts.
    let text =
        |aliases: usize| format!("a: &a [{}]\nb: [{}]\n", vec!["1"; 999].join(","), vec!["*a"; aliases].join(","));
    let parse = |aliases| Document::parse("a.yaml", text(aliases).as_bytes(), ParseLimits::default());
    assert!(parse(999).is_ok());
    assert_eq!(parse(1000).unwrap_err().diagnostics[0].code, "alias_expansion_too_large");
}

#[test]
fn a_diagnostic_made_from_a_pointer_shows_the_place() {
    let document = read("suite.yaml", "scenarios:\n  - calls:\n      - misson: echo\n");
    let name = nearest("misson", ["mission", "params"]).unwrap();
    let wrong = document
        .diagnostic(
            Pointer::from_static("/scenarios/0/calls/0/misson"),
            Part::Key,
            "unknown_field",
            "there is no field `misson`",
        )
        .label("expected `mission` or `params`")
        .help(format!("did you mean `{name}`?"));
    let missing = document
        .diagnostic(
            Pointer::from_static("/scenarios/0/name"),
            Part::Value,
            "missing_field",
            "the field `name` is missing",
        )
        .and_at(document.place(Pointer::from_static("/scenarios"), Part::Key), "in this list")
        .as_warning();
    let report = document.report(vec![wrong, missing]);
    assert!(report.has_errors());
    assert_eq!(
        report.render(Style::Plain),
        "\
error[unknown_field]: there is no field `misson`
 --> suite.yaml:3:9
  |
3 |       - misson: echo
  |         ^^^^^^ expected `mission` or `params`
  |
  = help: did you mean `mission`?

warning[missing_field]: the field `name` is missing
 --> suite.yaml:2:5
  |
1 | scenarios:
  | --------- in this list
2 |   - calls:
  |     ^^^^^^
"
    );
    assert_eq!(
        report.to_json(),
        json!([
            {
                "severity": "error",
                "code": "unknown_field",
                "message": "there is no field `misson`",
                "label": "expected `mission` or `params`",
                "help": "did you mean `mission`?",
                "location": {
                    "file": "suite.yaml", "line": 3, "column": 9, "pointer": "/scenarios/0/calls/0/misson"
                },
                "related": [],
            },
            {
                "severity": "warning",
                "code": "missing_field",
                "message": "the field `name` is missing",
                "label": null,
                "help": null,
                "location": {"file": "suite.yaml", "line": 2, "column": 5, "pointer": "/scenarios/0/name"},
                "related": [{
                    "message": "in this list",
                    "location": {"file": "suite.yaml", "line": 1, "column": 1, "pointer": "/scenarios"},
                }],
            },
        ])
    );
}

#[test]
fn a_value_without_a_text_has_a_report_without_a_line() {
    let report = Document::made("--param a", json!({"a": [1, u64::MAX]})).unwrap_err();
    assert_eq!(
        report.render(Style::Plain),
        "\
error[integer_out_of_range]: the integer is outside ±(2^53−1), where JSON readers disagree about its value
--> --param a
 = note: at /a/1
 = note: expected at most 9007199254740991, and at least the negative of it
 = help: put it in quotes, as a string, if no arithmetic is done with it
"
    );
    assert_eq!(
        report.to_json()[0]["location"],
        json!({"file": "--param a", "line": null, "column": null, "pointer": "/a/1"})
    );
    assert_eq!(Document::made("x", json!([1.0])).unwrap().into_value(), json!([1]));
    let report = Report::without_text("--shard", vec![Diagnostic::error("usage", "`0/0` is not a shard")]);
    assert_eq!(report.render(Style::Plain), "error[usage]: `0/0` is not a shard\n--> --shard\n");
}

#[test]
fn colours_are_added_to_the_same_text() {
    let report = Document::parse("a.json", *b"[1,]", ParseLimits::default()).unwrap_err();
    let styled = report.render(Style::Ansi);
    assert!(styled.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = styled.as_str();
    while let Some((before, escape)) = rest.split_once("\u{1b}[") {
        plain += before;
        rest = escape.split_once('m').unwrap().1;
    }
    assert_eq!(plain + rest, report.render(Style::Plain));
}

#[test]
fn of_many_diagnostics_the_first_hundred_are_shown() {
    let text = format!("[{}]", vec!["1e17"; 1000].join(", "));
    let report = Document::parse("a.json", text.as_bytes(), ParseLimits::default()).unwrap_err();
    let rendered = report.render(Style::Plain);
    assert_eq!(rendered.matches("error[integer_out_of_range]").count(), 100);
    assert!(rendered.contains("--> a.json:1:596\n"), "{rendered}");
    assert!(rendered.ends_with("\nnote: 900 more are not shown\n"), "{rendered}");
    assert_eq!(report.to_json().as_array().unwrap().len(), 1000);
    assert_eq!(report.to_json()[999]["location"]["column"], json!(5996));
}

#[test]
fn a_place_outside_of_the_text_is_shown_at_its_end() {
    let source = Source::with_format("x", *b"a\n\xffb", Format::Yaml);
    let at = |span: std::ops::Range<usize>| Diagnostic::error("code", "message").at(Place::from(span));
    let report = Report { source, diagnostics: vec![at(3..9), at(100..200)] };
    assert_eq!(
        report.render(Style::Plain),
        "\
error[code]: message
 --> x:2:2
  |
2 | \u{fffd}b
  |  ^

error[code]: message
 --> x:2:3
  |
2 | \u{fffd}b
  |   ^
"
    );
}

#[test]
fn files_that_people_have_are_read() {
    for (name, text, expected) in [
        ("tab1.yaml", "d:\te", json!({"d": "e"})),
        ("tabs.yaml", "a:\t\tb c\nd:\n  e:\t-1\n", json!({"a": "b c", "d": {"e": -1}})),
        ("text.yaml", "a: |\n  b:\tc\nd:\te\nf: \"g:\th\"\n", json!({"a": "b:\tc\n", "d": "e", "f": "g:\th"})),
        ("mark.yaml", "\u{feff}a: é", json!({"a": "é"})),
        ("mark.toml", "\u{feff}a = 'é'", json!({"a": "é"})),
        ("empty.toml", "", json!({})),
        ("comment.toml", "# nothing\n", json!({})),
        (
            "merge.yaml",
            "b: &b {x: 1, y: 2}\nc: {<<: *b, y: 3}\n",
            json!({"b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}}),
        ),
        (
            "merges.yaml",
            "a: &a {x: 1}\nb: &b {x: 2, y: {z: 2}}\nc:\n  y: 0\n  <<: [*a, *b]\nd:\n  <<: {k: v}\n  \"<<\": 1\n",
            json!({"a": {"x": 1}, "b": {"x": 2, "y": {"z": 2}}, "c": {"x": 1, "y": 0}, "d": {"k": "v", "<<": 1}}),
        ),
        ("keys.yaml", "&k name: 1\nother: {*k : 2}\n", json!({"name": 1, "other": {"name": 2}})),
    ] {
        assert_eq!(read(name, text).into_value(), expected, "{name}");
    }
}

#[test]
fn what_is_merged_is_where_it_was_written() {
    let text = "a: &a\n  x: 1\nb: &b {y: {z: 2}}\nc:\n  <<: [*a, *b]\n  w: 3\nd: {<<: *a}\n\u{feff}";
    check_places(
        "a.yaml",
        text.trim_end_matches('\u{feff}'),
        &[
            ("/c/x", Part::Value, Some("1")),
            ("/c/x", Part::Key, Some("x")),
            ("/c/y/z", Part::Value, Some("2")),
            ("/c/w", Part::Value, Some("3")),
            ("/d/x", Part::Value, Some("1")),
            ("/d/y", Part::Value, None),
        ],
    );
    check_places("mark.yaml", "\u{feff}é: {x: 1}", &[("/é/x", Part::Value, Some("1")), ("/é", Part::Key, Some("é"))]);
    check_places(
        "mark.toml",
        "\u{feff}a = {x = 1}",
        &[("/a/x", Part::Value, Some("1")), ("/a/x", Part::Key, Some("x"))],
    );
}

#[test]
fn scalars_that_yaml_1_1_read_otherwise_are_warned_of() {
    let document = read("suite.yaml", "a: yes\nb: [010, 1:30, \"no\", 'on', 2026-01-08]\nc: {off: !!str no}\n");
    let warnings = document.report(document.warnings().to_vec());
    assert!(!warnings.has_errors());
    assert_eq!(
        warnings.render(Style::Plain),
        "\
warning[yaml_1_1_scalar]: `yes` is a text in YAML 1.2, not true as in YAML 1.1
 --> suite.yaml:1:4
  |
1 | a: yes
  |    ^^^
  |
  = help: write `true`, or `\"yes\"` to mean the text

warning[yaml_1_1_scalar]: `010` is a decimal number in YAML 1.2, not 8 as in YAML 1.1
 --> suite.yaml:2:5
  |
2 | b: [010, 1:30, \"no\", 'on', 2026-01-08]
  |     ^^^
  |
  = help: write the number without the `0` that it begins with (`10`), or `\"010\"` to mean a text

warning[yaml_1_1_scalar]: `1:30` is a text in YAML 1.2, not the number 90 as in YAML 1.1
 --> suite.yaml:2:10
  |
2 | b: [010, 1:30, \"no\", 'on', 2026-01-08]
  |          ^^^^
  |
  = help: write `\"1:30\"` to mean the text, or `90` to mean the number

warning[yaml_1_1_scalar]: `off` is a text in YAML 1.2, not false as in YAML 1.1
 --> suite.yaml:3:5
  |
3 | c: {off: !!str no}
  |     ^^^
  |
  = help: write `false`, or `\"off\"` to mean the text
"
    );
    assert_eq!(document.value()["b"], json!([10, "1:30", "no", "on", "2026-01-08"]));
}

#[test]
fn as_many_scalars_of_yaml_1_1_are_told_as_their_places_have_bytes() {
    // Each place repeats the keys on its way, of which there may be a mebibyte.
    let warned = |key: usize, count: usize| {
        let text = format!("{{\"{}\": [{}]}}", "k".repeat(key), vec!["yes"; count].join(", "));
        read("suite.yaml", &text).warnings().len()
    };
    assert_eq!((warned(1, 100), warned(1, 101)), (100, 100));
    assert_eq!((warned((1 << 20) - 3, 2), warned((1 << 20) - 4, 2), warned(1 << 20, 50)), (1, 2, 1));
}

#[test]
fn a_file_name_and_a_message_are_on_their_line_and_steer_nothing() {
    let name = "a\n\u{1b}[35mb\u{202e}.yaml";
    let shown = r"a\n\u{1b}[35mb\u{202e}.yaml";
    let Err(wrong) = Document::parse(name, "[".as_bytes(), ParseLimits::default()) else { panic!("it is not valid") };
    let diagnostic = || Diagnostic::error("code", format!("there is no `{name}`"));
    for report in [wrong, Report::without_text(name, vec![diagnostic()])] {
        for style in [Style::Plain, Style::Ansi] {
            let rendered = report.render(style);
            assert!(rendered.contains(shown), "{rendered}");
            assert!(!rendered.contains("\u{1b}[35m") && !rendered.contains('\u{202e}'), "{rendered:?}");
        }
    }
}
