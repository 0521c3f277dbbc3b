//! Suites: scenarios, matrices, expectations.

#![no_main]

use sortie_harness::definition::{NoFixtures, test_run};
use sortie_json::{Document, Format, ParseLimits, Source};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let source = Source::with_format("suite", bytes, Format::Yaml);
    if let Ok(document) = Document::read(source, ParseLimits { bytes: 1 << 16, ..ParseLimits::default() }) {
        let decoded = test_run(document.value().clone(), None, &NoFixtures);
        if let Ok(suite) = decoded.result {
            let again = test_run(document.into_value(), None, &NoFixtures);
            assert_eq!(format!("{suite:?}"), format!("{:?}", again.result.expect("it was a suite")));
        }
    }
});
