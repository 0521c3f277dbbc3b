//! A program of twenty lines that runs a suite.

use std::error::Error;
use std::fs;

use sortie_runner::{Options, TestVerdict, reporters, run};

/// The whole program, but for the suite that it writes.
fn program(suites: &std::path::Path) -> Result<(TestVerdict, String), Box<dyn Error>> {
    let mut options = Options::of([suites]);
    options.filter = Some("tag:quick".to_owned());
    let mut results = Vec::new();
    let verdict = run(
        &options,
        &|builder| builder.first_party().build(),
        vec![Box::new(reporters::TapReporter::new(&mut results))],
    )?;
    Ok((verdict, String::from_utf8(results)?))
}

#[test]
fn twenty_lines_run_a_suite() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = |name: &str, expected: u8| {
        format!(
            "- scenario_name: {name}\n  tags: [quick]\n  missions: [{{name: echo, params: {{n: 1}}}}]\n  \
             expect: [{{path: outputs.echo.n, op: eq, expected: {expected}}}]\n"
        )
    };
    let suite = |second: u8| format!("suite_name: s\nscenarios:\n{}{}", scenario("one", 1), scenario("two", second));
    fs::write(folder.path().join("suite.yaml"), suite(1)).unwrap();
    let (verdict, results) = program(folder.path()).unwrap();
    assert_eq!(verdict, TestVerdict::Passed);
    assert!(results.contains("ok 1 - s › one\nok 2 - s › two\n"), "{results}");
    fs::write(folder.path().join("suite.yaml"), suite(2)).unwrap();
    let (verdict, results) = program(folder.path()).unwrap();
    assert_eq!(verdict, TestVerdict::Failed);
    assert!(results.contains("not ok 2 - s › two\n"), "{results}");
}
