//! Running suites, one after another.

use sortie_harness::runner::{MissionRunner, run_test_run};
use sortie_plugin_sdk::prelude::*;

use crate::discovery::Suite;
use crate::report::suite_report;

/// Runs the suites and reports each. What the runner cannot make a result of ends it all.
pub fn execute(suites: &[Suite], runner: &impl MissionRunner) -> Result<Vec<Value>> {
    let report = |suite: &Suite| {
        let result = run_test_run(&suite.definition, runner);
        let result = result.map_err(|fault| Failure::new("no_result", fault.to_string()))?;
        Ok(suite_report(&suite.warnings, &result))
    };
    suites.iter().map(report).collect()
}
