//! What the tests of rejections share.

use sortie_json::{Document, ParseLimits, Style};

/// Checks all that a person sees of a text that is rejected.
#[track_caller]
pub(crate) fn check(name: &str, text: impl AsRef<[u8]>, expected: &str) {
    let rendered = match Document::parse(name, text.as_ref(), ParseLimits::default()) {
        Ok(document) => format!("accepted as {}", document.value()),
        Err(report) => report.render(Style::Plain),
    };
    let rendered: String = rendered.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert_eq!(rendered, expected.trim_start_matches('\n'), "\n{rendered}");
}
