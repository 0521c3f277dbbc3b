//! One verdict and one hash of many scenarios, without keeping their results.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde_json::{Value, json};
use sortie_json::{ContentHash, ContentHasher, canonical};

use super::expectation_result::ExpectationResult;
use super::result::ScenarioResult;

/// Takes scenarios in any order, and keeps of each what is hashed.
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
            scenario_hash: member(&result.scenario_name, &json!(result.scenario_hash)),
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

/// How many there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Scenarios that were run.
    pub scenarios: usize,
    /// Those of them with an expectation that does not hold.
    pub scenarios_failed: usize,
    /// Scenarios that were skipped.
    pub scenarios_skipped: usize,
    /// Mission calls, rejected ones included.
    pub missions: usize,
    /// Expectations, declared and implicit.
    pub expectations: usize,
    /// Those of them that do not hold.
    pub expectations_failed: usize,
    /// Human steps that nobody answered.
    pub human_steps_marked: usize,
}

impl Counts {
    /// As JSON, under the names of the fields.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "scenarios": self.scenarios,
            "scenarios_failed": self.scenarios_failed,
            "scenarios_skipped": self.scenarios_skipped,
            "missions": self.missions,
            "expectations": self.expectations,
            "expectations_failed": self.expectations_failed,
            "human_steps_marked": self.human_steps_marked,
        })
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        let Self {
            scenarios,
            scenarios_failed,
            scenarios_skipped,
            missions,
            expectations,
            expectations_failed,
            human_steps_marked,
        } = more;
        self.scenarios += scenarios;
        self.scenarios_failed += scenarios_failed;
        self.scenarios_skipped += scenarios_skipped;
        self.missions += missions;
        self.expectations += expectations;
        self.expectations_failed += expectations_failed;
        self.human_steps_marked += human_steps_marked;
    }
}

/// What a test run came to, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Whether all expectations hold. Without any scenario that was run, they do: whether that may be is for the
    /// caller to say.
    pub passed: bool,
    /// The hash of `{scenario_name: scenario_hash}`.
    pub suite_hash: ContentHash,
    /// The hash of `{id: {passed, actual, expected, details}}`.
    pub expectations_hash: ContentHash,
    /// The hash of `{suite_hash, expectations_hash, passed}`.
    pub test_run_hash: ContentHash,
    /// How many there were.
    pub counts: Counts,
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
    results.iter().map(|result| member(&result.id, &result.hashed_value())).collect()
}

fn member(key: &str, value: &Value) -> (String, Box<[u8]>) {
    let bytes = [canonical(&json!(key)), canonical(value)].join(&b':');
    (key.to_owned(), bytes.into_boxed_slice())
}

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
