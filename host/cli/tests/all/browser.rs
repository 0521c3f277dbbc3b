//! The pages of `sortie serve` in Chromium: `tests/browser` has what is tried.

use std::path::Path;
use std::process::Command;

use sortie_tests::skip;

const CHROMIUM: [&str; 3] = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

#[test]
fn people_decide_in_a_browser_by_keyboard_and_screen_reader_and_nothing_is_decided_twice() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let chromium = CHROMIUM.into_iter().find(|program| Path::new(program).exists());
    let Some(chromium) = chromium.filter(|_| folder.join("node_modules/playwright-core").exists()) else {
        skip("it needs Chromium and Node.js, and `npm install --prefix tests/browser`");
        return;
    };
    let output = Command::new("node")
        .args(["--test", "--test-reporter=tap"])
        .current_dir(&folder)
        .env("SORTIE", env!("CARGO_BIN_EXE_sortie"))
        .env("CHROMIUM", chromium)
        .output();
    let output = output.unwrap_or_else(|error| panic!("node: {error}"));
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
