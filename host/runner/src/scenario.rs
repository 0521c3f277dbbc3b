//! Running one scenario and judging it: what a thread does.

use std::time::{Duration, Instant};

use serde_json::Value;
use sortie_harness::definition::TestDefinition;
use sortie_harness::expectation::differences;
use sortie_harness::golden::{Golden, GoldenDifferences};
use sortie_harness::runner::{FoldedScenario, MissionFault, ScenarioResult, evaluate, judged_members, run_scenario};

use crate::coverage::Reach;
use crate::error::TestVerdict;
use crate::failed_calls::CallRecorder;
use crate::finding::{Finding, findings};
use crate::hosts::Hosts;
use crate::judgement::{BackendDifference, Judgement, Problem, Results};
use crate::load::Strictness;
use crate::options::Retention;
use crate::remarks::{self, RemarkAt};
use crate::select::ChosenScenario;

/// The greatest number of differences to a golden file that are kept of a scenario.
const MAX_DIFFERENCES: usize = 20;

/// What scenarios run on, and what is checked besides expectations.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench<'b> {
    /// What runs them.
    pub(crate) hosts: &'b Hosts,
    /// What runs them again, to compare.
    pub(crate) again: Option<&'b Hosts>,
    /// Whether a human step without an answer is an error.
    pub(crate) strictness: Strictness,
    /// What becomes of results.
    pub(crate) keep: Retention,
}

/// What is left of a scenario that has run, and goes to the thread that tells of it.
#[derive(Debug)]
pub struct ScenarioReport {
    /// What enters the hashes and counts.
    pub folded: FoldedScenario,
    /// Its results, if they are kept.
    pub results: Option<Results>,
    /// Whether anything is wrong.
    pub verdict: TestVerdict,
    /// What is wrong, in words; nothing, if nothing is.
    pub findings: Vec<Finding>,
    /// What there is to say of its missions that does not keep them from running.
    pub(crate) remarks: Vec<RemarkAt>,
    /// The fuel of all its missions.
    pub fuel: u64,
    /// How long it took.
    pub duration: Duration,
    /// What it reached.
    pub reached: Reach,
}

/// Runs a scenario and judges it.
pub(crate) fn run(
    bench: &Bench<'_>,
    chosen: &ChosenScenario<'_>,
    golden: Option<&Golden>,
) -> Result<ScenarioReport, MissionFault> {
    let TestDefinition { scenario, expectations: declared } = chosen.test().ok_or_else(|| MissionFault {
        scenario_name: chosen.scenario.scenario_name.clone(),
        mission_name: String::new(),
        message: "this is a bug in Sortie: the scenario cannot be read again".to_owned(),
    })?;
    // Where nobody looks at the whole of a result, most of it need not be made.
    let looks_at_all =
        bench.keep == Retention::Results || golden.is_some() || bench.again.is_some() || bench.hosts.tells_coverage();
    let members = if looks_at_all { None } else { judged_members(&scenario, &declared) };
    let begun = Instant::now();
    let recorder = CallRecorder::new(bench.hosts, members);
    let mut result = run_scenario(&scenario, &recorder)?;
    let duration = begun.elapsed();
    let mut expectations = evaluate(&scenario, &declared, &result);
    let marked = result.marked_steps();
    let mut record = recorder.into_record();
    let mut remarks = remarks::placed(&scenario, std::mem::take(&mut record.remarks));
    let mut problems = Vec::new();
    problems.extend(golden.and_then(|golden| compare(golden, &result)));
    if let Some(again) = bench.again {
        let second = run_scenario(&scenario, again)?;
        problems.extend(first_difference(&result, &second).map(Problem::NotDeterministic));
    }
    match bench.strictness {
        Strictness::Lenient => {}
        Strictness::Strict => {
            problems.extend(remarks.drain(..).map(Problem::Remarked));
            problems.extend(marked.into_iter().map(Problem::Unanswered));
        }
    }
    let has_failed = !problems.is_empty() || expectations.iter().any(|expectation| !expectation.passed());
    if has_failed && record.complete(&mut result) {
        expectations = evaluate(&scenario, &declared, &result);
    }
    let fuel = |result: &Value| result.get("receipt")?.get("fuel")?.as_u64();
    let fuel = result.mission_results.iter().filter_map(|mission| fuel(&mission.value)).sum();
    let reached = bench.hosts.reached(&result);
    let folded = FoldedScenario::of(&result, &expectations);
    let judged = Judgement { results: Results { result, expectations }, problems, calls: record.calls };
    let verdict = judged.verdict();
    let findings = match verdict {
        TestVerdict::Passed => Vec::new(),
        TestVerdict::Failed => findings(chosen.suite, &scenario, &judged),
    };
    let results = match bench.keep {
        Retention::Results => Some(judged.results),
        Retention::Nothing => None,
    };
    Ok(ScenarioReport { folded, results, verdict, findings, remarks, fuel, duration, reached })
}

fn compare(golden: &Golden, result: &ScenarioResult) -> Option<Problem> {
    let GoldenDifferences { listed: mut differences, omitted } = golden.compare_scenario(result);
    let omitted = omitted + differences.len().saturating_sub(MAX_DIFFERENCES);
    differences.truncate(MAX_DIFFERENCES);
    (!differences.is_empty()).then_some(Problem::Golden { differences, omitted })
}

/// The first place where two runs of a scenario differ, in fuel and lineage too.
pub(crate) fn first_difference(compiled: &ScenarioResult, interpreted: &ScenarioResult) -> Option<BackendDifference> {
    compiled.mission_results.iter().zip(&interpreted.mission_results).find_map(|(one, other)| {
        let first = differences(&one.value, &other.value).listed.into_iter().next()?;
        Some(BackendDifference {
            mission_name: one.alias.clone(),
            path: first.path,
            compiled: first.expected,
            interpreted: first.actual,
        })
    })
}

#[cfg(test)]
mod tests {
    use jsonptr::PointerBuf;
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
            marks: std::collections::BTreeSet::new(),
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
        let expected = BackendDifference {
            mission_name: "two".to_owned(),
            path: PointerBuf::from_tokens(["receipt", "fuel"]),
            compiled: Some(json!(7)),
            interpreted: Some(json!(8)),
        };
        assert_eq!(found, Some(expected));
    }
}
