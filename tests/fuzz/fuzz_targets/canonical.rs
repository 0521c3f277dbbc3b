//! The canonical form and the reader, against other implementations.

#![no_main]

use serde_json::Value;
use sortie_json::{ContentHash, canonical, canonical_of, canonical_size, parse_str};

libfuzzer_sys::fuzz_target!(|text: &str| {
    // Any value, whether it keeps the rules or not.
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        let expected = serde_json_canonicalizer::to_vec(&value).expect("a value has a canonical form");
        assert_eq!(canonical(&value), expected);
        assert_eq!(canonical_size(&value), expected.len());
        assert_eq!(canonical_of(&value).expect("a value is JSON"), expected);
        assert_eq!(ContentHash::of(&value), ContentHash::of_bytes(&expected));
    }
    // What our reader takes, the other takes too, and it means the same.
    if let Ok(ours) = parse_str(text) {
        let theirs: Value = serde_json::from_str(text).expect("what is I-JSON is JSON");
        assert_eq!(canonical(&ours), canonical(&theirs));
    }
});
