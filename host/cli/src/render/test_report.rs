//! The result of `run_tests`, as a verdict.

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use sortie_engine::LineageStep;
use sortie_host::OrchestrationResult;

use super::printable;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// The report, if the run is one of `run_tests` that came as far as a verdict.
pub(crate) fn of(result: &OrchestrationResult) -> Option<String> {
    let report = report(result)?;
    let mut text = String::new();
    for suite in items(report, "suites") {
        let name = string(suite, "suite_name");
        text.push_str(&format!("{} {name}\n     test_run_hash {}\n", verdict(suite), string(suite, "test_run_hash")));
        for failure in items(suite, "failures") {
            text.push_str(&told(failure));
        }
        let told = u64::try_from(items(suite, "failures").len()).unwrap_or_default();
        let more = count(suite, "expectations_failed").saturating_sub(told);
        if more > 0 {
            text.push_str(&format!("     and {more} more that fail\n"));
        }
        for skipped in items(suite, "skipped") {
            let (name, reason) = (string(skipped, "scenario_name"), string(skipped, "reason"));
            text.push_str(&format!("     skipped {name}: {reason}\n"));
        }
    }
    let failed = count(report, "scenarios_failed");
    text.push_str(&format!(
        "{} scenarios: {} passed, {failed} failed, {} skipped\n",
        verdict(report),
        count(report, "scenarios").saturating_sub(failed),
        count(report, "scenarios_skipped"),
    ));
    Some(text)
}

/// Whether the run is one of `run_tests` and some expectation does not hold. The mission itself succeeds: it reports.
pub(crate) fn has_failures(result: &OrchestrationResult) -> bool {
    report(result).is_some_and(|report| report.get("passed") == Some(&Value::Bool(false)))
}

fn report(result: &OrchestrationResult) -> Option<&Value> {
    let by_run_tests =
        |step: &LineageStep| matches!(step, LineageStep::Runtime { plugin, .. } if plugin.name == "run-tests");
    let report = result.final_state.get("test_report").filter(|report| report.get("counts").is_some());
    report.filter(|_| result.success && result.lineage.steps.iter().any(by_run_tests))
}

fn told(failure: &Value) -> String {
    let (scenario, mission) = (string(failure, "scenario_name"), string(failure, "mission_name"));
    let subject = match (failure.get("implicit"), failure.get("not")) {
        (Some(_), _) => String::new(),
        (None, Some(Value::Bool(true))) => format!(": {} not {}", string(failure, "path"), string(failure, "op")),
        (None, _) => format!(": {} {}", string(failure, "path"), string(failure, "op")),
    };
    let reason = failure.pointer("/details/reason").and_then(Value::as_str).unwrap_or_default();
    let message = failure.pointer("/details/message").and_then(Value::as_str);
    let mut text = format!("     {scenario} › {mission}{subject}\n       {}", printable(reason));
    text.extend(message.map(|message| format!(": {}", printable(message))));
    text.push('\n');
    for (key, label) in [("expected", "expected:"), ("actual", "actual:  ")] {
        if let Some(value) = failure.get(key) {
            text.push_str(&format!("       {label} {}\n", printable(&value.to_string())));
        }
    }
    text
}

fn verdict(of: &Value) -> String {
    match of.get("passed") {
        Some(Value::Bool(true)) => format!("{GOOD}PASS{GOOD:#}"),
        Some(_) | None => format!("{BAD}FAIL{BAD:#}"),
    }
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn string(value: &Value, key: &str) -> String {
    printable(value.get(key).and_then(Value::as_str).unwrap_or_default())
}

fn count(value: &Value, key: &str) -> u64 {
    value.pointer(&format!("/counts/{key}")).and_then(Value::as_u64).unwrap_or_default()
}
