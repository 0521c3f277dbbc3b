//! What a test run came to, in short.

use std::ops::AddAssign;

use serde_json::{Value, json};
use sortie_json::ContentHash;

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
