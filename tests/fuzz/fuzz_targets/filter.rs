//! Filters and shards.

#![no_main]

use sortie_harness::filter::{ScenarioFilter, Shard};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(filter) = text.parse::<ScenarioFilter>() {
        let _ = format!("{filter:?}");
    }
    let _ = text.parse::<Shard>();
});
