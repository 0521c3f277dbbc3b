//! The report, for people.

use sortie_plugin_sdk::prelude::*;

use crate::report::count;

/// How many suites and how many failures are displayed one by one; the counts have all.
const MOST_SUITES: usize = 1_000;
const MOST_FAILURES: usize = 100;
/// How many characters of a value are displayed.
const MOST_CHARACTERS: usize = 200;

/// Displays the suites, what fails and what is skipped, and judges.
pub fn display(output: Output, suites: &[Value], passed: bool, counts: &Value) -> Output {
    let table = suites.iter().take(MOST_SUITES).fold(columns(), |table, suite| {
        let verdict = if suite.get("passed") == Some(&json!(true)) { "passed" } else { "FAILED" };
        let counts = suite.get("counts").unwrap_or(&Value::Null);
        let number = |key: &str| count(counts, key).to_string();
        let cells = [string(suite, "suite_name"), verdict.to_owned(), number("scenarios"), number("scenarios_failed")];
        table.row(cells.into_iter().chain([number("scenarios_skipped"), string(suite, "test_run_hash")]))
    });
    let mut output = output.table(table);
    if let Some(more) = suites.len().checked_sub(MOST_SUITES).filter(|more| *more > 0) {
        output = output.text(format!("and {more} more suites"));
    }
    output = failures(output, suites, count(counts, "expectations_failed"));
    let skipped: Vec<String> = suites.iter().flat_map(|suite| items(suite, "skipped")).map(skipped).collect();
    if !skipped.is_empty() {
        output = output.heading("Skipped").list(skipped.into_iter().take(MOST_FAILURES));
    }
    output.verdict(passed, summary(counts))
}

fn columns() -> Table {
    Table::new([
        Column::left("suite"),
        Column::left("verdict"),
        Column::right("scenarios"),
        Column::right("failed"),
        Column::right("skipped"),
        Column::left("test_run_hash"),
    ])
}

fn failures(mut output: Output, suites: &[Value], all: u64) -> Output {
    let mut left = MOST_FAILURES;
    for suite in suites {
        let failures: Vec<String> = items(suite, "failures").iter().take(left).map(failure).collect();
        if !failures.is_empty() {
            left -= failures.len();
            output = output.heading(format!("Failures of {}", string(suite, "suite_name"))).list(failures);
        }
        if left == 0 {
            break;
        }
    }
    let told = u64::try_from(MOST_FAILURES - left).unwrap_or_default();
    match all.saturating_sub(told) {
        0 => output,
        more => output.text(format!("and {more} more that fail")),
    }
}

/// A failed expectation: what of which mission, and on lines of their own why, what was expected and what was there.
fn failure(failure: &Value) -> String {
    let (scenario, mission) = (string(failure, "scenario_name"), string(failure, "mission_name"));
    let subject = match (failure.get("implicit"), failure.get("not")) {
        (Some(_), _) => String::new(),
        (None, Some(Value::Bool(true))) => format!(": {} not {}", string(failure, "path"), string(failure, "op")),
        (None, _) => format!(": {} {}", string(failure, "path"), string(failure, "op")),
    };
    let reason = failure.pointer("/details/reason").and_then(Value::as_str).unwrap_or_default();
    let message = failure.pointer("/details/message").and_then(Value::as_str);
    let mut text = format!("{scenario} › {mission}{subject}\n  {reason}");
    text.extend(message.map(|message| format!(": {message}")));
    for (key, label) in [("expected", "expected:"), ("actual", "actual:  ")] {
        if let Some(value) = failure.get(key) {
            text.push_str(&format!("\n  {label} {}", shortened(&value.to_string())));
        }
    }
    text
}

fn skipped(skipped: &Value) -> String {
    format!("{}: {}", string(skipped, "scenario_name"), string(skipped, "reason"))
}

/// `3 scenarios: 2 passed, 1 failed, 0 skipped`.
fn summary(counts: &Value) -> String {
    let (all, failed) = (count(counts, "scenarios"), count(counts, "scenarios_failed"));
    let skipped = count(counts, "scenarios_skipped");
    let noun = if all == 1 { "scenario" } else { "scenarios" };
    format!("{all} {noun}: {} passed, {failed} failed, {skipped} skipped", all.saturating_sub(failed))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn string(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}
