//! `core/patch` as it reads its payload, and pointers.

#![no_main]

use jsonptr::PointerBuf;
use sortie_json::{Part, locate, parse_str};
use sortie_plugin_core::patch::patch;
use sortie_plugin_sdk::{Call, OperationEntry};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Some((pointer, json)) = text.split_once('\n') else { return };
    let Ok(value) = parse_str(json) else { return };
    if let Ok(pointer) = PointerBuf::parse(pointer) {
        // What a pointer leads to in the value it leads to in the text.
        let found = pointer.resolve(&value).ok();
        let place = locate(json, &pointer, Part::Value);
        assert_eq!(found, place.and_then(|span| parse_str(&json[span]).ok()).as_ref());
    }
    let call = Call::with_state(serde_json::json!({})).build();
    let _ = patch::ENTRY.execute(serde_json::json!({"changes": value}), &call);
});
