//! The canonical form, held to another implementation and to what is published with RFC 8785.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use sortie_json::{ContentHash, canonical, canonical_of, canonical_size, parse_str};

/// Any value that a reader gives.
fn values() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        (-1000_i64..1000).prop_map(Value::from),
        doubles().prop_map(Value::from),
        texts().prop_map(Value::String),
    ];
    scalar.prop_recursive(5, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::vec((texts(), inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// All finite doubles, those at the edges of their notations more often than others.
fn doubles() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (any::<i32>(), -30_i32..30).prop_map(|(digits, exponent)| f64::from(digits) * 10_f64.powi(exponent)),
        prop::sample::select(vec![0.0, -0.0, 1e21, 1e-6, 1e-7, 1e20, f64::MAX, f64::MIN_POSITIVE, 5e-324]),
    ]
    .prop_filter("finite", |double| double.is_finite())
}

fn texts() -> impl Strategy<Value = String> {
    let special =
        "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f}\"\\/\u{7f}\u{80}é\u{d7ff}\u{e000}\u{fffd}\u{10000}\u{1f600}az!# ";
    let text = prop_oneof![any::<char>(), prop::sample::select(special.chars().collect::<Vec<_>>())];
    prop::collection::vec(text, 0..12).prop_map(|characters| characters.into_iter().collect())
}

/// A type of our own: members out of order, nothing, a map, and each kind of variant.
#[derive(Debug, Clone, Serialize)]
struct Record {
    zebra: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    nothing: Option<u8>,
    apple: BTreeMap<String, Value>,
    #[serde(rename = "a\"b")]
    quoted: Vec<Choice>,
    #[serde(flatten)]
    flat: Flat,
}

#[derive(Debug, Clone, Serialize)]
struct Flat {
    mango: (bool, char),
    fig: Option<i64>,
}

#[derive(Debug, Clone, Serialize)]
enum Choice {
    Unit,
    One(Value),
    Two(Value, f64),
    Named { zulu: Value, alpha: u64 },
}

fn records() -> impl Strategy<Value = Record> {
    let choices = prop_oneof![
        Just(Choice::Unit),
        values().prop_map(Choice::One),
        (values(), doubles()).prop_map(|(value, double)| Choice::Two(value, double)),
        (values(), 0..1_u64 << 53).prop_map(|(zulu, alpha)| Choice::Named { zulu, alpha }),
    ];
    let map = prop::collection::btree_map(texts(), values(), 0..5);
    (values(), map, prop::collection::vec(choices, 0..4), any::<(bool, char)>(), any::<Option<i32>>()).prop_map(
        |(zebra, apple, quoted, mango, fig)| Record {
            zebra,
            nothing: None,
            apple,
            quoted,
            flat: Flat { mango, fig: fig.map(i64::from) },
        },
    )
}

proptest! {
    #[test]
    fn values_are_written_as_another_implementation_writes_them(value in values()) {
        let expected = serde_json_canonicalizer::to_vec(&value).unwrap();
        let written = canonical(&value);
        prop_assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&expected));
        prop_assert_eq!(canonical_size(&value), expected.len());
        prop_assert_eq!(ContentHash::of(&value), ContentHash::of_bytes(&expected));
        prop_assert_eq!(canonical_of(&value).unwrap(), expected);
    }

    #[test]
    fn types_are_written_as_another_implementation_writes_them(record in records()) {
        let expected = serde_json_canonicalizer::to_vec(&record).unwrap();
        let written = canonical_of(&record).unwrap();
        prop_assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&expected));
    }

    #[test]
    fn doubles_are_written_as_another_implementation_writes_them(double in doubles()) {
        let value = Value::from(double);
        prop_assert_eq!(canonical(&value), serde_json_canonicalizer::to_vec(&value).unwrap());
    }

    #[test]
    fn what_was_written_reads_as_what_it_was(value in values()) {
        // Numbers beyond the exact ones are values, but none that a reader gives.
        if let Ok(read) = parse_str(std::str::from_utf8(&canonical(&value)).unwrap()) {
            prop_assert_eq!(canonical(&read), canonical(&value));
        }
    }
}

/// RFC 8785, appendix B: the bits of a double, and how it is written.
#[test]
fn the_numbers_of_rfc_8785_are_written_as_there() {
    for (bits, expected) in [
        (0x0000_0000_0000_0000_u64, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        let value = Value::from(f64::from_bits(bits));
        assert_eq!(String::from_utf8(canonical(&value)).unwrap(), expected, "{bits:#x}");
    }
}

/// RFC 8785, sections 3.2.2 and 3.2.3, with the bytes that it prints.
#[test]
fn the_texts_and_keys_of_rfc_8785_are_written_as_there() {
    for (text, expected) in [
        (
            r#"{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
                "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#,
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#,
        ),
        (
            r#"{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh",
                "1": "One", "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
                "\u00f6": "Latin Small Letter O With Diaeresis"}"#,
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
             \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}",
        ),
    ] {
        assert_eq!(String::from_utf8(canonical(&parse_str(text).unwrap())).unwrap(), expected);
    }
}

#[test]
fn a_type_without_a_json_form_has_none() {
    assert!(canonical_of(&BTreeMap::from([((1, 2), 3)])).is_err());
    assert!(canonical_of(&f64::NAN).is_err());
    assert_eq!(canonical_of(&BTreeMap::from([(10, 3), (9, 4)])).unwrap(), br#"{"10":3,"9":4}"#);
}
