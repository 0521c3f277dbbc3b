//! The reader of what the host passes to a plugin: of JSON it reads what `serde_json` reads, and of other text it ends.

#![no_main]

use serde_json::{Map, Value};
use sortie_plugin_sdk::Node;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let node = Node::of(text);
    let _ = (node.elements().count(), node.members().count(), node.pointer("/a/0").map(Node::text));
    let _ = (node.as_str(), node.as_integer(), node.as_number(), node.as_bool(), node.kind());
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        assert_eq!(by_nodes(node), in_doubles(value));
    }
});

fn by_nodes(node: Node<'_>) -> Value {
    match node.kind() {
        "an array" => node.elements().map(by_nodes).collect(),
        "an object" => node.members().map(|(name, value)| (name.into_owned(), by_nodes(value))).collect(),
        "a string" => node.as_str().expect("a string").into_owned().into(),
        "a boolean" => node.as_bool().expect("a boolean").into(),
        "a number" => node.as_number().expect("a number").into(),
        _ => {
            assert!(node.is_null());
            Value::Null
        }
    }
}

/// The same with each number as a double, as the canonical form has them.
fn in_doubles(value: Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.into_iter().map(in_doubles).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, in_doubles(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
