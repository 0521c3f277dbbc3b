//! What happens in a run, told in order.

use std::io;
use std::time::Duration;

use sortie_harness::runner::{Counts, Summary};

use crate::coverage::Coverage;
use crate::error::TestVerdict;
use crate::golden::GoldenUpdate;
use crate::load::{Strictness, Suite};
use crate::remarks::MissionRemark;
use crate::scenario::ScenarioReport;
use crate::select::ChosenScenario;

/// Something that happened. Scenarios come in declared order, those of a suite between its two events.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum TestEvent<'e> {
    /// It begins.
    Started(&'e TestRunStart),
    /// A suite begins.
    SuiteStarted(&'e Suite),
    /// A scenario has run.
    Ran {
        /// The scenario.
        chosen: ChosenScenario<'e>,
        /// What it came to.
        report: &'e ScenarioReport,
    },
    /// A scenario was skipped, for a reason.
    Skipped(ChosenScenario<'e>, &'e str),
    /// A suite is finished.
    SuiteFinished(&'e SuiteEnd<'e>),
    /// All is finished.
    Finished(&'e TestRunEnd),
    /// The run ends early.
    Aborted {
        /// The stable code.
        code: &'static str,
        /// Why not.
        message: &'e str,
    },
}

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub struct TestRunStart {
    /// The suites of which a scenario was chosen.
    pub suites: usize,
    /// The scenarios that were chosen, skipped ones included.
    pub scenarios: usize,
}

/// What a suite came to.
#[derive(Debug)]
pub struct SuiteEnd<'e> {
    /// The suite.
    pub suite: &'e Suite,
    /// Hashes and counts.
    pub summary: Summary,
    /// Whether all is well with it, golden results and all.
    pub verdict: TestVerdict,
    /// Scenarios that its golden file has and it does not.
    pub stale: Vec<String>,
    /// The golden file that was written.
    pub blessed: Option<GoldenUpdate>,
    /// What there is to say of its missions that does not keep them from running.
    pub remarks: Vec<MissionRemark>,
    /// How long its scenarios took, one after another.
    pub duration: Duration,
}

/// What all came to.
#[derive(Debug)]
pub struct TestRunEnd {
    /// The verdict.
    pub verdict: TestVerdict,
    /// Whether warnings are errors.
    pub strictness: Strictness,
    /// The counts of all suites.
    pub counts: Counts,
    /// Scenarios with anything wrong, whether an expectation said so or not.
    pub failed: usize,
    /// Scenarios that did not run, because an earlier one failed.
    pub not_run: usize,
    /// The fuel of all.
    pub fuel: u64,
    /// How long it took.
    pub duration: Duration,
    /// What of the given plugins was reached.
    pub coverage: Vec<Coverage>,
}

/// Puts events into words, for somebody.
pub trait Reporter: Send {
    /// Takes the next event.
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()>;
}
