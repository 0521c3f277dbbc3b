//! Running one scenario and judging it: what a thread does.

use std::time::{Duration, Instant};

use jsonptr::PointerBuf;
use serde_json::Value;
use sortie_harness::definition::TestDefinition;
use sortie_harness::expectation::differences;
use sortie_harness::golden::{Difference, Golden};
use sortie_harness::runner::{
    ExpectationResult, FoldedScenario, HostFault, MarkedStep, ScenarioResult, evaluate, run_scenario,
};

use super::coverage::Reached;
use super::error::TestExit;
use super::failures::{FailedCall, Noting};
use super::finding::{Finding, findings};
use super::hosts::Hosts;
use super::load::Strictness;
use super::select::Chosen;

/// The greatest number of differences to a golden file that are kept of a scenario.
const MAX_DIFFERENCES: usize = 20;

/// What scenarios run on, and what is checked besides expectations.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bench<'b> {
    /// What runs them.
    pub(super) hosts: &'b Hosts,
    /// What runs them again, to compare.
    pub(super) again: Option<&'b Hosts>,
    /// Whether a human step without an answer is an error.
    pub(super) strictness: Strictness,
    /// What becomes of results.
    pub(super) keep: Keep,
}

/// What is left of a scenario that has run, and goes to the thread that tells of it.
#[derive(Debug)]
pub(super) struct ScenarioReport {
    /// What enters the hashes and counts.
    pub(super) folded: FoldedScenario,
    /// Its results, if they are kept.
    pub(super) results: Option<Results>,
    /// Whether anything is wrong.
    pub(super) exit: TestExit,
    /// What is wrong, in words; nothing, if nothing is.
    pub(super) findings: Vec<Finding>,
    /// The fuel of all its missions.
    pub(super) fuel: u64,
    /// How long it took.
    pub(super) duration: Duration,
    /// What it reached.
    pub(super) reached: Reached,
}

/// The results of a scenario, whole.
#[derive(Debug)]
pub(super) struct Results {
    /// Its result.
    pub(super) result: ScenarioResult,
    /// What was expected of it.
    pub(super) expectations: Vec<ExpectationResult>,
}

/// What becomes of results once they are judged. They are large, and freed most cheaply where they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// They are kept for whoever tells of them.
    Results,
    /// Nobody wants them.
    Nothing,
}

/// A scenario that was judged.
#[derive(Debug)]
pub(super) struct Judged {
    /// What it came to.
    pub(super) results: Results,
    /// What is wrong besides expectations.
    pub(super) problems: Vec<Problem>,
    /// The calls of given plugins that failed, as was expected or not.
    pub(super) calls: Vec<FailedCall>,
}

/// What is wrong with a scenario that no expectation says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Problem {
    /// It differs from its golden results.
    Golden {
        /// Where, the first few.
        differences: Vec<Difference>,
        /// How many more there are.
        omitted: usize,
    },
    /// The machine code and the interpreter differ.
    NotDeterministic(Differs),
    /// A human step has no answer, which is an error in strict runs.
    Unanswered(MarkedStep),
}

/// The first difference between two runs of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Differs {
    /// The mission, by its alias.
    pub(super) mission_name: String,
    /// Where in its result.
    pub(super) path: PointerBuf,
    /// What the machine code made.
    pub(super) compiled: Option<Value>,
    /// What the interpreter made.
    pub(super) interpreted: Option<Value>,
}

impl Judged {
    fn exit(&self) -> TestExit {
        let failed = !self.problems.is_empty() || self.results.expectations.iter().any(|result| !result.passed());
        if failed { TestExit::Failed } else { TestExit::Passed }
    }
}

/// Runs a scenario and judges it.
pub(super) fn run(
    bench: &Bench<'_>,
    chosen: &Chosen<'_>,
    golden: Option<&Golden>,
) -> Result<ScenarioReport, HostFault> {
    let TestDefinition { scenario, expectations } = chosen.test().ok_or_else(|| HostFault {
        scenario_name: chosen.scenario.scenario_name.clone(),
        mission_name: String::new(),
        message: "this is a mistake in Sortie: the scenario cannot be read again".to_owned(),
    })?;
    let begun = Instant::now();
    let noting = Noting::new(bench.hosts);
    let result = run_scenario(&scenario, &noting)?;
    let duration = begun.elapsed();
    let expectations = evaluate(&scenario, &expectations, &result);
    let marked = result.marked_steps();
    let mut problems = Vec::new();
    problems.extend(golden.and_then(|golden| compare(golden, &result)));
    if let Some(again) = bench.again {
        let second = run_scenario(&scenario, again)?;
        problems.extend(first_difference(&result, &second).map(Problem::NotDeterministic));
    }
    match bench.strictness {
        Strictness::Lenient => {}
        Strictness::Strict => problems.extend(marked.into_iter().map(Problem::Unanswered)),
    }
    let fuel = |result: &Value| result.pointer("/receipt/fuel").and_then(Value::as_u64);
    let fuel = result.mission_results.iter().filter_map(|mission| fuel(&mission.value)).sum();
    let reached = bench.hosts.reached(&result);
    let folded = FoldedScenario::of(&result, &expectations);
    let judged = Judged { results: Results { result, expectations }, problems, calls: noting.into_calls() };
    let exit = judged.exit();
    let findings = match exit {
        TestExit::Passed => Vec::new(),
        TestExit::Failed => findings(chosen.suite, &scenario, &judged),
    };
    let results = match bench.keep {
        Keep::Results => Some(judged.results),
        Keep::Nothing => None,
    };
    Ok(ScenarioReport { folded, results, exit, findings, fuel, duration, reached })
}

fn compare(golden: &Golden, result: &ScenarioResult) -> Option<Problem> {
    let mut differences = golden.compare_scenario(result);
    let omitted = differences.len().saturating_sub(MAX_DIFFERENCES);
    differences.truncate(MAX_DIFFERENCES);
    (!differences.is_empty()).then_some(Problem::Golden { differences, omitted })
}

/// The first place where two runs of a scenario differ, in fuel and lineage too.
pub(super) fn first_difference(compiled: &ScenarioResult, interpreted: &ScenarioResult) -> Option<Differs> {
    compiled.mission_results.iter().zip(&interpreted.mission_results).find_map(|(one, other)| {
        let first = differences(&one.value, &other.value).into_iter().next()?;
        Some(Differs {
            mission_name: one.alias.clone(),
            path: first.path,
            compiled: first.expected,
            interpreted: first.actual,
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sortie_harness::runner::{MissionOutcome, MissionResult};
    use sortie_json::ContentHash;

    use super::*;

    fn result(values: [Value; 2]) -> ScenarioResult {
        let mission = |(alias, value): (&str, Value)| MissionResult {
            alias: alias.to_owned(),
            mission: "m".to_owned(),
            outcome: MissionOutcome::Finished,
            hash: ContentHash::of(&value),
            value,
        };
        ScenarioResult {
            scenario_name: "s".to_owned(),
            mission_results: ["one", "two"].into_iter().zip(values).map(mission).collect(),
            scenario_hash: ContentHash::of_bytes(b""),
        }
    }

    #[test]
    fn the_first_difference_between_backends_is_named_in_fuel_too() {
        let same = json!({"receipt": {"fuel": 7}});
        let other = json!({"receipt": {"fuel": 8}});
        assert_eq!(
            first_difference(&result([same.clone(), same.clone()]), &result([same.clone(), same.clone()])),
            None
        );
        let found = first_difference(&result([same.clone(), same.clone()]), &result([same, other]));
        let expected = Differs {
            mission_name: "two".to_owned(),
            path: PointerBuf::from_tokens(["receipt", "fuel"]),
            compiled: Some(json!(7)),
            interpreted: Some(json!(8)),
        };
        assert_eq!(found, Some(expected));
    }
}
