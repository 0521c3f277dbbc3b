//! The bodies of a journal's events, as they are read back.

#![no_main]

use serde::Serialize;
use serde::de::DeserializeOwned;
use sortie_journal::{Cancellation, DecisionRecord, Expiry, Finish, Start, Wait};
use sortie_json::parse;

fn body<T: DeserializeOwned + Serialize>(value: &serde_json::Value) {
    if let Ok(body) = serde_json::from_value::<T>(value.clone()) {
        // What was read can be written, and reads as the same.
        let written = serde_json::to_value(&body).expect("a body is JSON");
        let again: T = serde_json::from_value(written.clone()).expect("what was written can be read");
        assert_eq!(serde_json::to_value(&again).expect("a body is JSON"), written);
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = parse(bytes, sortie_json::ParseLimits::default()) else { return };
    body::<Start>(&value);
    body::<Wait>(&value);
    body::<DecisionRecord>(&value);
    body::<Expiry>(&value);
    body::<Cancellation>(&value);
    body::<Finish>(&value);
});
