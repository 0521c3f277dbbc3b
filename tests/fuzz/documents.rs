//! What holds of any text in any format.

use jsonptr::{Pointer, PointerBuf};
use serde_json::Value;
use sortie_json::{Document, Format, Json, ParseLimits, Part, Source, Style, canonical, parse_str};

/// Reads a text, shows what is wrong with it, and finds what is in it.
pub fn check(format: Format, bytes: &[u8]) {
    let source = Source::with_format("text", bytes, format);
    match Document::read(source, ParseLimits { bytes: 1 << 20, ..ParseLimits::default() }) {
        Err(report) => {
            assert!(report.has_errors());
            let _ = (report.render(Style::Plain), report.to_json());
        }
        Ok(document) => {
            let value = document.value();
            // What was read keeps the rules, and its canonical form reads as itself.
            assert_eq!(Json::of(value.clone()).expect("it was checked").value(), value);
            let text = String::from_utf8(canonical(value)).expect("it is UTF-8");
            assert_eq!(&parse_str(&text).expect("it is JSON"), value);
            assert!(document.locate(Pointer::root(), Part::Value).is_some());
            let mut rest = 50;
            places(&document, value, &PointerBuf::root(), &mut rest);
        }
    }
}

/// Some of the places are in the text.
fn places(document: &Document, value: &Value, at: &PointerBuf, rest: &mut usize) {
    if *rest == 0 {
        return;
    }
    *rest -= 1;
    let span = document.locate(at, Part::Value).expect("what is in the value is in the text");
    assert!(document.source().bytes().get(span).is_some());
    let key = document.locate(at, Part::Key).expect("as is its key");
    assert!(document.source().bytes().get(key).is_some());
    let child = |token: jsonptr::Token<'_>| {
        let mut child = at.clone();
        child.push_back(token);
        child
    };
    match value {
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                places(document, element, &child(index.into()), rest);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                places(document, member, &child(key.as_str().into()), rest);
            }
        }
        _ => {}
    }
}
