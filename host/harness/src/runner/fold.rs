//! One verdict and one hash of many scenarios, without keeping their results.

use std::collections::BTreeMap;

use serde_json::json;
use sortie_json::{ContentHash, ContentHasher, write_canonical_text};

use super::expectation_result::ExpectationResult;
use super::result::ScenarioResult;
use super::summary::{Counts, Summary};

/// Takes scenarios in any order, and keeps of each what is hashed.
///
/// ```
/// use serde_json::{Value, json};
/// use sortie_harness::definition::{NoFixtures, test_run};
/// use sortie_harness::runner::{FoldedScenario, MissionCall, MissionError, SuiteFold, evaluate, run_scenario};
///
/// // Stands for a host: each mission succeeds, and does nothing.
/// struct Idle;
/// # impl sortie_harness::runner::MissionRunner for Idle {
/// #     fn run(&self, _: &MissionCall<'_>) -> Result<Value, MissionError> {
/// #         let hash = sortie_json::ContentHash::of(&json!({}));
/// #         Ok(json!({"success": true, "receipt": {"result_hash": hash}}))
/// #     }
/// # }
///
/// let missions = json!([{"name": "daily_loop"}]);
/// let suite = json!({
///     "suite_name": "days",
///     "scenarios": [{"scenario_name": "a", "missions": missions}, {"scenario_name": "b", "missions": missions}],
/// });
/// let test_run = test_run(suite, None, &NoFixtures).result.unwrap();
/// let folded: Vec<FoldedScenario> = test_run
///     .tests()
///     .map(|test| {
///         let result = run_scenario(&test.scenario, &Idle).unwrap();
///         FoldedScenario::of(&result, &evaluate(&test.scenario, &test.expectations, &result))
///     })
///     .collect();
///
/// let fold = |scenarios: &mut dyn Iterator<Item = &FoldedScenario>| {
///     let mut fold = SuiteFold::new();
///     scenarios.for_each(|scenario| fold.push(scenario.clone()));
///     fold.finish()
/// };
/// assert_eq!(fold(&mut folded.iter()), fold(&mut folded.iter().rev()), "the order does not matter");
/// ```
#[derive(Debug, Clone, Default)]
pub struct SuiteFold {
    /// The members of the object whose hash is the suite's, by the scenarios' names.
    scenario_hashes: Members,
    /// The members of the object whose hash is that of the expectations, by their ids.
    expectations: Members,
    counts: Counts,
}

/// Members of an object by their keys, each as canonical bytes: `"key":value`.
type Members = BTreeMap<String, Box<[u8]>>;

/// What a fold keeps of a scenario: little, so that it can go from one thread to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedScenario {
    scenario_hash: (String, Box<[u8]>),
    expectations: Members,
    counts: Counts,
}

impl FoldedScenario {
    /// Of a scenario and what [`evaluate`](super::evaluate) made of it.
    #[must_use]
    pub fn of(result: &ScenarioResult, expectation_results: &[ExpectationResult]) -> Self {
        let failed = expectation_results.iter().filter(|expectation| !expectation.passed()).count();
        Self {
            scenario_hash: member(&result.scenario_name, |bytes| {
                write_canonical_text(&result.scenario_hash.to_string(), bytes);
            }),
            expectations: members(expectation_results),
            counts: Counts {
                scenarios: 1,
                scenarios_failed: usize::from(failed > 0),
                scenarios_skipped: 0,
                missions: result.mission_results.len(),
                expectations: expectation_results.len(),
                expectations_failed: failed,
                human_steps_marked: result.mission_results.iter().map(|result| result.marked_steps().count()).sum(),
            },
        }
    }
}

impl SuiteFold {
    /// A fold of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a scenario.
    pub fn push(&mut self, scenario: FoldedScenario) {
        let FoldedScenario { scenario_hash: (name, member), expectations, counts } = scenario;
        self.scenario_hashes.insert(name, member);
        self.expectations.extend(expectations);
        self.counts += counts;
    }

    /// Counts a scenario that was skipped. It enters no hash.
    pub fn skip(&mut self) {
        self.counts.scenarios_skipped += 1;
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The verdict and the hashes.
    #[must_use]
    pub fn finish(self) -> Summary {
        let passed = self.counts.expectations_failed == 0;
        let suite_hash = hash_of(&self.scenario_hashes);
        let expectations_hash = hash_of(&self.expectations);
        let test_run_hash = ContentHash::of(&json!({
            "suite_hash": suite_hash,
            "expectations_hash": expectations_hash,
            "passed": passed,
        }));
        Summary { passed, suite_hash, expectations_hash, test_run_hash, counts: self.counts }
    }
}

/// The hash of `{id: {passed, actual, expected, details}}`.
pub(super) fn expectations_hash(results: &[ExpectationResult]) -> ContentHash {
    hash_of(&members(results))
}

fn members(results: &[ExpectationResult]) -> Members {
    results.iter().map(|result| member(&result.id, |bytes| result.write_hashed(bytes))).collect()
}

fn member(key: &str, write_value: impl FnOnce(&mut Vec<u8>)) -> (String, Box<[u8]>) {
    let mut bytes = Vec::with_capacity(ROOM_OF_MEMBER);
    write_canonical_text(key, &mut bytes);
    bytes.push(b':');
    write_value(&mut bytes);
    (key.to_owned(), bytes.into_boxed_slice())
}

/// What most members have room in while they are written.
const ROOM_OF_MEMBER: usize = 256;

/// The hash of an object: RFC 8785 orders its members by the UTF-16 units of their keys.
fn hash_of(members: &Members) -> ContentHash {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    let mut hasher = ContentHasher::default();
    hasher.update(b"{");
    for (index, (_, member)) in members.into_iter().enumerate() {
        if index > 0 {
            hasher.update(b",");
        }
        hasher.update(member);
    }
    hasher.update(b"}");
    hasher.finish()
}
