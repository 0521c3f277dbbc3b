//! What holds of any document.

use jsonptr::PointerBuf;
use proptest::prelude::*;
use serde_json::{Map, Value};
use sortie_json::{Document, Format, Json, ParseLimits, Part, Source, Style, canonical};

/// Any JSON value that keeps the rules.
fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |float| Json::of(Value::from(float)).map(Json::into_value).ok()),
        strings().prop_map(Value::String),
    ];
    scalar.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::vec((strings(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Strings of all characters, and of those that mean something in YAML.
fn strings() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        any::<char>().prop_filter("YAML allows no byte order mark within a document, and JSON no noncharacters", |c| {
            let code = u32::from(*c);
            *c != '\u{feff}' && code & 0xfffe != 0xfffe && !(0xfdd0..=0xfdef).contains(&code)
        }),
        prop::sample::select("{}[]:,#&*!|>'\"%@`-? \t\n~/<=.01eExyn\\\u{85}\u{2028}".chars().collect::<Vec<_>>()),
    ];
    prop::collection::vec(text, 0..12).prop_map(|characters| characters.into_iter().collect())
}

#[expect(clippy::panic, reason = "a test shows why a text was rejected")]
fn read(text: &[u8], format: Format) -> Document {
    Document::read(Source::with_format("text", text, format), ParseLimits::default())
        .unwrap_or_else(|report| panic!("{}", report.render(Style::Plain)))
}

/// The pointers of a value and of all that is in it.
fn pointers(value: &Value, at: &PointerBuf, found: &mut Vec<(PointerBuf, Value)>) {
    found.push((at.clone(), value.clone()));
    let mut inside = |token: jsonptr::Token<'_>, value: &Value| {
        let mut child = at.clone();
        child.push_back(token);
        pointers(value, &child, found);
    };
    match value {
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(index, element)| inside(index.into(), element));
        }
        Value::Object(members) => members.iter().for_each(|(key, member)| inside(key.as_str().into(), member)),
        _ => {}
    }
}

/// What a pointer leads to in the text reads as what it leads to in the value, and its key as the key.
fn check_places(document: &Document) {
    let mut all = Vec::new();
    pointers(document.value(), &PointerBuf::root(), &mut all);
    for (pointer, expected) in all {
        let format = document.source().format();
        let text =
            |part| document.locate(&pointer, part).map_or(Vec::new(), |span| document.source().bytes()[span].to_vec());
        assert_eq!(read(&text(Part::Value), format).value(), &expected, "{pointer}");
        if let Some((parent, last)) = pointer.split_back()
            && document.value().pointer(parent.as_str()).is_some_and(Value::is_object)
        {
            assert_eq!(read(&text(Part::Key), format).value(), last.decoded().as_ref(), "{pointer}");
        }
    }
}

proptest! {
    #[test]
    fn canonical_json_reads_as_itself_as_json_and_as_yaml(value in values()) {
        let text = canonical(&value);
        for format in [Format::Json, Format::Yaml] {
            let read = read(&text, format).into_value();
            prop_assert_eq!(read, value.clone());
        }
    }

    #[test]
    fn each_value_is_found_in_the_text(value in values()) {
        let text = canonical(&value);
        for format in [Format::Json, Format::Yaml] {
            check_places(&read(&text, format));
        }
    }

    #[test]
    fn no_text_makes_a_reader_or_a_report_fail(
        text in r#"([\[\]{}:,#&*!|>'"%@`?~=.\\ \t\r\n-]|a|b|1|<<|---|\.\.\.|\\ud800|: |- |  |\n  |🙂|\u{0}){0,40}"#
    ) {
        for format in [Format::Json, Format::Yaml, Format::Toml] {
            let source = Source::with_format("text", text.as_bytes(), format);
            match Document::read(source, ParseLimits::default()) {
                Ok(document) => {
                    let mut all = Vec::new();
                    pointers(document.value(), &PointerBuf::root(), &mut all);
                    for (pointer, _) in all {
                        let _ = document.locate(&pointer, Part::Value);
                    }
                }
                Err(report) => {
                    prop_assert!(report.has_errors());
                    let rendered = report.render(Style::Plain);
                    prop_assert!(rendered.starts_with("error["), "{rendered}");
                    let _ = report.render(Style::Ansi);
                    let _ = report.to_json();
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_a_reader_or_a_report_fail(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for format in [Format::Json, Format::Yaml, Format::Toml] {
            if let Err(report) = Document::read(Source::with_format("x", bytes.clone(), format), ParseLimits::default()) {
                let _ = report.render(Style::Plain);
            }
        }
    }
}
