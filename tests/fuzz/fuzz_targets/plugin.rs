//! Loading what says that it is a plugin, and calling it where it is one.

#![no_main]

#[path = "../sandboxes.rs"]
mod sandboxes;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sandboxes::check(bytes));
