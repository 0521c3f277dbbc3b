//! A person's `.taskrc`, and the filters of the daily loop.

#![no_main]

use std::collections::BTreeSet;

use sortie_plugin_daily_loop::filter::Filter;
use sortie_plugin_daily_loop::taskrc;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let read = taskrc::read(text);
    assert_eq!(read, taskrc::read(text));
    // What a filter asks for is nearly one of Taskwarrior's names, or is defined: both ways.
    let _ = Filter::check(text, &BTreeSet::new());
    let _ = Filter::check(text, &text.split_whitespace().map(str::to_owned).collect());
});
