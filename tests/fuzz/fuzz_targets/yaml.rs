//! Reading YAML.

#![no_main]

#[path = "../documents.rs"]
mod documents;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| documents::check(sortie_json::Format::Yaml, bytes));
