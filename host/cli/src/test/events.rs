//! What happens in a run, told in order.

use std::io;
use std::time::Duration;

use sortie_harness::runner::{Counts, Summary};

use super::coverage::Coverage;
use super::error::TestExit;
use super::load::{Strictness, Suite};
use super::scenario::ScenarioReport;
use super::select::Chosen;

/// Something that happened. Scenarios come in declared order, those of a suite between its two events.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event<'e> {
    /// It begins.
    Started(&'e Started),
    /// A suite begins.
    SuiteStarted(&'e Suite),
    /// A scenario has run.
    Ran {
        /// The scenario.
        chosen: Chosen<'e>,
        /// What it came to.
        report: &'e ScenarioReport,
    },
    /// A scenario was skipped, for a reason.
    Skipped(Chosen<'e>, &'e str),
    /// A suite is finished.
    SuiteFinished(&'e SuiteFinished<'e>),
    /// All is finished.
    Finished(&'e Finished),
    /// It cannot go on.
    Aborted {
        /// The stable code.
        code: &'static str,
        /// Why not.
        message: &'e str,
    },
}

/// What is to be run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Started {
    /// The suites of which a scenario was chosen.
    pub(super) suites: usize,
    /// The scenarios that were chosen, skipped ones included.
    pub(super) scenarios: usize,
}

/// What a suite came to.
#[derive(Debug)]
pub(super) struct SuiteFinished<'e> {
    /// The suite.
    pub(super) suite: &'e Suite,
    /// Hashes and counts.
    pub(super) summary: Summary,
    /// Whether all is well with it, golden results and all.
    pub(super) exit: TestExit,
    /// Scenarios that its golden file has and it does not.
    pub(super) stale: Vec<String>,
    /// The golden file that was written.
    pub(super) blessed: Option<String>,
    /// How long its scenarios took, one after another.
    pub(super) duration: Duration,
}

/// What all came to.
#[derive(Debug)]
pub(super) struct Finished {
    /// The verdict.
    pub(super) exit: TestExit,
    /// Whether warnings are errors.
    pub(super) strictness: Strictness,
    /// The counts of all suites.
    pub(super) counts: Counts,
    /// Scenarios with anything wrong, whether an expectation said so or not.
    pub(super) failed: usize,
    /// Scenarios that did not run, because an earlier one failed.
    pub(super) not_run: usize,
    /// The fuel of all.
    pub(super) fuel: u64,
    /// How long it took.
    pub(super) duration: Duration,
    /// What of the given plugins was reached.
    pub(super) coverage: Vec<Coverage>,
}

/// Puts events into words, for somebody.
pub(super) trait Reporter: Send {
    /// Takes the next event.
    fn event(&mut self, event: &Event<'_>) -> io::Result<()>;
}
