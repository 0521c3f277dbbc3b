//! A person's `.taskrc`, and the filters of the daily loop.

#![no_main]

use sortie_plugin_daily_loop::filter::Filter;
use sortie_plugin_daily_loop::taskrc;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let read = taskrc::read(text);
    assert_eq!(read, taskrc::read(text));
    let _ = Filter::check(text);
});
