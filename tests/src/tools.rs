//! Tests that need other programs.

use std::io::Write;

/// Says that a test cannot run here, and why; fails it where everything has to be there (`SORTIE_REQUIRE_TOOLS=1`, as in
/// CI).
///
/// # Panics
///
/// Where everything has to be there.
pub fn skip(why: &str) {
    assert!(std::env::var_os("SORTIE_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "this test cannot run: {why}");
    // Not a print macro, whose output is hidden where a test passes. Who does not listen misses nothing else.
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}
