//! Expressions of `core/calc`.

#![no_main]

use serde_json::json;
use sortie_plugin_core::calc::calc;
use sortie_plugin_sdk::{Call, OperationEntry};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let call = Call::with_state(json!({"a": 1, "b": {"c": [1, 2.5, "x"]}})).build();
    let payload = || json!({"expression": text, "into": "/result", "with": {"a": "/a", "b": "/b/c"}});
    let one = format!("{:?}", calc::ENTRY.execute(payload(), &call).map(|output| output.changes));
    let other = format!("{:?}", calc::ENTRY.execute(payload(), &call).map(|output| output.changes));
    assert_eq!(one, other);
});
