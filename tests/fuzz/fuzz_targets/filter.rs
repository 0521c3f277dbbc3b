//! Filters and shards.

#![no_main]

use sortie_harness::filter::{Filter, Shard};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(filter) = text.parse::<Filter>() {
        let _ = format!("{filter:?}");
    }
    let _ = text.parse::<Shard>();
});
