//! The mission.

use sortie_plugin_sdk::prelude::*;

use crate::discovery::Selection;
use crate::operations::NoPayload;

/// Runs the suites in the params, or else in the state at `/suites`, whose names match the target, inside the
/// sandbox, and reports at `/test_report`.
///
/// The mission succeeds whether the tests pass or not, because it reports: its verdict tells, and `/test_report/passed`. The mission fails where there is no suite, or one cannot be run.
#[mission(examples = [json!({}), json!({"target": "unit-*"})])]
pub fn run_tests(params: Selection) -> Result<Workflow> {
    Ok(Workflow::new("run_tests")
        .step("discover_suites", "discover_suites", &params)
        .step("execute_suites", "execute_suites", &params)
        .step("report_tests", "report_tests", NoPayload {}))
}
