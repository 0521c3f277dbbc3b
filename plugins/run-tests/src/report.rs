//! What is kept of test runs: `/test_report`.

use serde_json::Map;
use sortie_harness::runner::{ExpectationResult, TestRunResult};
use sortie_plugin_sdk::prelude::*;

/// How many failures of a suite are told one by one; the counts have all.
pub const MOST_FAILURES: usize = 100;

/// What a suite came to, as JSON: `{suite_name, passed, suite_hash, expectations_hash, test_run_hash, counts,
/// failures, skipped, warnings}`. A failure is as `sortie test` prints it.
pub fn suite_report(warnings: &[Value], result: &TestRunResult) -> Value {
    let (suite, summary) = (&result.suite_result, &result.summary);
    let failed = result.expectations_result.expectation_results.iter().filter(|result| !result.passed());
    let skipped = suite.skipped.iter().map(|skipped| {
        json!({
            "scenario_name": skipped.scenario_name, "reason": skipped.reason,
        })
    });
    json!({
        "suite_name": suite.suite_name,
        "passed": summary.passed,
        "suite_hash": summary.suite_hash.to_string(),
        "expectations_hash": summary.expectations_hash.to_string(),
        "test_run_hash": summary.test_run_hash.to_string(),
        "counts": summary.counts.to_value(),
        "failures": failed.take(MOST_FAILURES).map(ExpectationResult::to_value).collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
        "warnings": warnings,
    })
}

/// Whether all suites passed, and their counts added up, with `suites` and `suites_failed`.
pub fn totals(suites: &[Value]) -> (bool, Value) {
    let failed = suites.iter().filter(|suite| suite.get("passed") != Some(&json!(true))).count();
    let mut counts = Map::new();
    for (key, count) in suites.iter().filter_map(|suite| suite.get("counts")?.as_object()).flatten() {
        let before = counts.get(key).and_then(Value::as_u64).unwrap_or_default();
        counts.insert(key.clone(), json!(before.saturating_add(count.as_u64().unwrap_or_default())));
    }
    counts.insert("suites".to_owned(), json!(suites.len()));
    counts.insert("suites_failed".to_owned(), json!(failed));
    (failed == 0, Value::Object(counts))
}

/// A number of the counts.
pub fn count(counts: &Value, key: &str) -> u64 {
    counts.get(key).and_then(Value::as_u64).unwrap_or_default()
}

/// The report in short: what of each suite tells whether it passed and is the same elsewhere.
pub fn short(suites: &[Value]) -> Vec<Value> {
    let keys = ["suite_name", "passed", "suite_hash", "expectations_hash", "test_run_hash"];
    let of = |suite: &Value| -> Value {
        keys.iter().filter_map(|key| Some(((*key).to_owned(), suite.get(*key)?.clone()))).collect::<Map<_, _>>().into()
    };
    suites.iter().map(of).collect()
}
