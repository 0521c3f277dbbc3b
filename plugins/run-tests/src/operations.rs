//! The operations.

use sortie_plugin_sdk::prelude::*;

use crate::discovery::{Selection, Suite, discover};
use crate::display::display;
use crate::execution::execute;
use crate::nested::HostRunner;
use crate::report::{short, totals};

/// The payload of `report_tests`: nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoPayload {}

/// Finds the suites and reads them, before any of them is run.
///
/// The output is `[{"suite_name", "scenarios", "expectations", "warnings"}]`.
#[operation(reads = ["/suites"], examples = [(json!({"target": "*"}), example_state())])]
pub fn discover_suites(payload: Selection, call: &Call) -> Result<Output> {
    let suites = discover(&payload, call.get("/suites"))?;
    Ok(Output::new().output(suites.iter().map(found).collect::<Vec<_>>()))
}

/// Runs the suites, and keeps what each came to at `/test_report/suites`.
#[operation(
    reads = ["/suites"],
    writes = ["/test_report"],
    examples = [(json!({"target": "*"}), example_state())],
)]
pub fn execute_suites(payload: Selection, call: &Call) -> Result<Output> {
    let suites = discover(&payload, call.get("/suites"))?;
    let reports = execute(&suites, &HostRunner)?;
    let output = json!({"executed": short(&reports)});
    Ok(Output::new().set("/test_report", json!({"target": payload.target, "suites": reports})).output(output))
}

/// Adds up what the suites came to, `/test_report/passed` and `/test_report/counts`, displays it and judges.
///
/// The output is the report in short: `{"passed", "counts", "suites"}`.
#[operation(
    reads = ["/test_report"],
    writes = ["/test_report"],
    examples = [(json!({}), json!({"test_report": {"suites": []}}))],
)]
pub fn report_tests(_payload: NoPayload, call: &Call) -> Result<Output> {
    let Some(Value::Array(suites)) = call.get("/test_report/suites") else {
        return Err(Failure::new("no_report", "there is no report of suites at `/test_report/suites`"));
    };
    let (passed, counts) = totals(suites);
    let output = Output::new()
        .set("/test_report/passed", passed)
        .set("/test_report/counts", &counts)
        .output(json!({"passed": passed, "counts": &counts, "suites": short(suites)}));
    Ok(display(output, suites, passed, &counts))
}

fn found(suite: &Suite) -> Value {
    json!({
        "suite_name": suite.name(),
        "scenarios": suite.definition.outlines().len(),
        "expectations": suite.definition.expectation_count(),
        "warnings": suite.warnings,
    })
}

/// A suite of one scenario.
fn example_state() -> Value {
    json!({"suites": [{
        "suite_name": "echoes",
        "scenarios": [{"scenario_name": "a word", "missions": [{"name": "echo", "params": {"word": "hello"}}]}],
    }]})
}
