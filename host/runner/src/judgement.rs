//! A scenario that was run and judged.

use jsonptr::PointerBuf;
use serde_json::Value;
use sortie_harness::golden::GoldenDifference;
use sortie_harness::runner::{ExpectationResult, MarkedStep, ScenarioResult};

use crate::error::TestVerdict;
use crate::failed_calls::FailedCall;
use crate::remarks::RemarkAt;

/// The results of a scenario, whole.
#[derive(Debug)]
pub struct Results {
    /// Its result.
    pub result: ScenarioResult,
    /// What was expected of it.
    pub expectations: Vec<ExpectationResult>,
}

/// A scenario that was judged.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// What it came to.
    pub(crate) results: Results,
    /// What is wrong besides expectations.
    pub(crate) problems: Vec<Problem>,
    /// The calls of given plugins that failed, as was expected or not.
    pub(crate) calls: Vec<FailedCall>,
}

/// What is wrong with a scenario that no expectation says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Problem {
    /// It differs from its golden results.
    Golden {
        /// Where, the first few.
        differences: Vec<GoldenDifference>,
        /// How many more there are.
        omitted: usize,
    },
    /// The machine code and the interpreter differ.
    NotDeterministic(BackendDifference),
    /// There is something to say of a mission, which is an error in strict runs.
    Remarked(RemarkAt),
    /// A human step has no answer, which is an error in strict runs.
    Unanswered(MarkedStep),
}

/// The first difference between two runs of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BackendDifference {
    /// The mission, by its alias.
    pub(crate) mission_name: String,
    /// Where in its result.
    pub(crate) path: PointerBuf,
    /// What the machine code made.
    pub(crate) compiled: Option<Value>,
    /// What the interpreter made.
    pub(crate) interpreted: Option<Value>,
}

impl Judgement {
    /// Whether anything is wrong.
    pub(crate) fn verdict(&self) -> TestVerdict {
        let failed = !self.problems.is_empty() || self.results.expectations.iter().any(|result| !result.passed());
        if failed { TestVerdict::Failed } else { TestVerdict::Passed }
    }
}
