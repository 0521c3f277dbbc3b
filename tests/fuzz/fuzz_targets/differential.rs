//! Programs with floats, vectors, memory and traps: the same end and the same fuel on every backend.

#![no_main]

#[path = "../sandboxes.rs"]
mod sandboxes;

use serde_json::{Value, json};
use sortie_tests::{TextPlugin, program};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let module = program(bytes);
    let component = TextPlugin { module: &module, ..TextPlugin::default() }.bytes();
    sandboxes::check(&sortie_packager::with_manifest(&component, &manifest()).expect("a component"));
});

fn manifest() -> Value {
    json!({
        "name": "generated", "version": "0.1.0", "sdk": "none", "description": "", "missions": [],
        "operations": [
            {"name": "work", "description": "", "payload_schema": true, "reads": [], "writes": [], "examples": []}
        ],
    })
}
