//! The driver: takes scenarios' results in declared order, and tells the reporters.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sortie_harness::golden::Golden;
use sortie_harness::runner::{Counts, FoldedScenario, MissionFault, SuiteFold};

use sortie_json::UserError;

use crate::coverage::Reach;
use crate::error::{TestError, TestVerdict};
use crate::events::{Reporter, SuiteEnd, TestEvent, TestRunEnd, TestRunStart};
use crate::golden::{self, GoldenUse, NewGolden};
use crate::judgement::Results;
use crate::load::Strictness;
use crate::remarks::Remarks;
use crate::scenario::{self, Bench, ScenarioReport};
use crate::schedule::in_order;
use crate::select::ChosenScenario;

/// Runs what is to be run. The verdict does not depend on the number of threads.
pub(crate) fn drive<'d>(work: &Work<'d>, reporters: Vec<Box<dyn Reporter + 'd>>) -> Result<TestVerdict, TestError> {
    Driver { reporters, totals: Totals::new(), current: None }.run(work)
}

/// What is run.
pub(crate) struct Work<'w> {
    /// What scenarios run on.
    pub(crate) bench: Bench<'w>,
    /// The scenarios, those of a suite together.
    pub(crate) chosen: &'w [ChosenScenario<'w>],
    /// The golden results, by suite.
    pub(crate) goldens: &'w [Option<Golden>],
    /// What golden files are for.
    pub(crate) purpose: GoldenUse,
    /// Whether the first failure ends the run.
    pub(crate) fail_fast: bool,
    /// How many threads there are.
    pub(crate) jobs: NonZeroUsize,
    /// What ends the run when somebody sets it.
    pub(crate) stop: &'w AtomicBool,
}

impl<'w> Work<'w> {
    fn golden(&self, chosen: &ChosenScenario<'_>) -> Option<&'w Golden> {
        self.goldens.get(chosen.index)?.as_ref()
    }

    /// Runs a scenario, unless it is to be skipped.
    fn run(&self, chosen: &ChosenScenario<'_>) -> Option<Result<ScenarioReport, MissionFault>> {
        let golden = match self.purpose {
            GoldenUse::Compare => self.golden(chosen),
            GoldenUse::Bless => None,
        };
        chosen.scenario.skip.is_none().then(|| scenario::run(&self.bench, chosen, golden))
    }
}

/// Takes results in declared order, and tells the reporters.
struct Driver<'d> {
    reporters: Vec<Box<dyn Reporter + 'd>>,
    totals: Totals,
    current: Option<Current<'d>>,
}

/// The suite whose scenarios come in.
struct Current<'d> {
    chosen: ChosenScenario<'d>,
    fold: SuiteFold,
    verdict: TestVerdict,
    duration: Duration,
    new_golden: Option<NewGolden>,
    remarks: Remarks,
}

struct Totals {
    begun: Instant,
    counts: Counts,
    failed: usize,
    verdict: TestVerdict,
    fuel: u64,
    reached: Reach,
}

/// Why no more results are taken.
enum Stop {
    FirstFailure,
    Error(TestError),
}

impl<'d> Driver<'d> {
    fn run(mut self, work: &Work<'d>) -> Result<TestVerdict, TestError> {
        let mut suites: Vec<usize> = work.chosen.iter().map(|chosen| chosen.index).collect();
        suites.dedup();
        self.tell(&TestEvent::Started(&TestRunStart { suites: suites.len(), scenarios: work.chosen.len() }))?;
        let scenario = |index: usize| work.chosen.get(index).map(|chosen| (*chosen, work.run(chosen)));
        let take = |_, done: Option<(ChosenScenario<'d>, Option<Result<ScenarioReport, MissionFault>>)>| {
            let taken = done.map_or(Ok(ControlFlow::Continue(())), |(chosen, ran)| self.take(work, chosen, ran));
            taken.unwrap_or_else(|error| ControlFlow::Break(Stop::Error(error)))
        };
        let finished = match in_order(work.jobs, work.chosen.len(), scenario, take) {
            Some(Stop::Error(error)) => Err(error),
            Some(Stop::FirstFailure) | None => self.finish(work),
        };
        finished.map_err(|error| {
            // The error itself is what counts, whether it can be told to all or not.
            let _ = self.tell(&TestEvent::Aborted { code: error.code().as_str(), message: &error.to_string() });
            TestError::Ended(Box::new(error))
        })
    }

    fn tell(&mut self, event: &TestEvent<'_>) -> Result<(), TestError> {
        self.reporters.iter_mut().try_for_each(|reporter| reporter.event(event)).map_err(TestError::Print)
    }

    fn take(
        &mut self,
        work: &Work<'d>,
        chosen: ChosenScenario<'d>,
        ran: Option<Result<ScenarioReport, MissionFault>>,
    ) -> Result<ControlFlow<Stop>, TestError> {
        if work.stop.load(Ordering::Relaxed) {
            return Err(TestError::Interrupted);
        }
        if self.current.as_ref().is_none_or(|current| current.chosen.index != chosen.index) {
            self.finish_suite(work)?;
            self.tell(&TestEvent::SuiteStarted(chosen.suite))?;
            self.current = Some(Current::new(work, chosen));
        }
        let Some(ran) = ran else {
            self.current.iter_mut().for_each(|current| current.fold.skip());
            self.tell(&TestEvent::Skipped(chosen, chosen.scenario.skip.as_deref().unwrap_or_default()))?;
            return Ok(ControlFlow::Continue(()));
        };
        let report = ran?;
        self.tell(&TestEvent::Ran { chosen, report: &report })?;
        if report.verdict == TestVerdict::Failed {
            self.totals.failed += 1;
            self.totals.verdict = TestVerdict::Failed;
        }
        self.totals.fuel += report.fuel;
        let stops = report.verdict == TestVerdict::Failed && work.fail_fast;
        let ScenarioReport { folded, results, verdict, remarks, duration, reached, .. } = report;
        self.totals.reached.extend(reached);
        if let Some(current) = &mut self.current {
            current.remarks.extend(remarks);
            current.take(folded, results.as_ref(), verdict, duration);
        }
        Ok(if stops { ControlFlow::Break(Stop::FirstFailure) } else { ControlFlow::Continue(()) })
    }

    fn finish_suite(&mut self, work: &Work<'d>) -> Result<(), TestError> {
        let Some(Current { chosen, fold, mut verdict, duration, new_golden, remarks }) = self.current.take() else {
            return Ok(());
        };
        let (summary, remarks) = (fold.finish(), remarks.told(chosen.suite));
        let golden = work.golden(&chosen);
        let stale = match work.purpose {
            GoldenUse::Compare => golden.map(|golden| golden::stale(golden, chosen.suite)).unwrap_or_default(),
            GoldenUse::Bless => Vec::new(),
        };
        if !stale.is_empty() && work.bench.strictness == Strictness::Strict {
            verdict = TestVerdict::Failed;
            self.totals.verdict = TestVerdict::Failed;
        }
        let blessed = new_golden.map(NewGolden::write).transpose()?;
        self.totals.counts += summary.counts;
        let suite = chosen.suite;
        self.tell(&TestEvent::SuiteFinished(&SuiteEnd { suite, summary, verdict, stale, blessed, remarks, duration }))
    }

    fn finish(&mut self, work: &Work<'d>) -> Result<TestVerdict, TestError> {
        self.finish_suite(work)?;
        let Totals { begun, counts, failed, fuel, verdict, .. } = self.totals;
        let finished = TestRunEnd {
            verdict,
            strictness: work.bench.strictness,
            counts,
            failed,
            not_run: work.chosen.len().saturating_sub(counts.scenarios + counts.scenarios_skipped),
            fuel,
            duration: begun.elapsed(),
            coverage: work.bench.hosts.coverage(&self.totals.reached),
        };
        self.tell(&TestEvent::Finished(&finished))?;
        Ok(verdict)
    }
}

impl<'d> Current<'d> {
    fn new(work: &Work<'d>, chosen: ChosenScenario<'d>) -> Self {
        let new_golden = match work.purpose {
            GoldenUse::Compare => None,
            GoldenUse::Bless => Some(NewGolden::new(chosen.suite, work.golden(&chosen))),
        };
        Self {
            chosen,
            fold: SuiteFold::new(),
            verdict: TestVerdict::Passed,
            duration: Duration::ZERO,
            new_golden,
            remarks: Remarks::default(),
        }
    }

    fn take(&mut self, folded: FoldedScenario, results: Option<&Results>, verdict: TestVerdict, duration: Duration) {
        self.fold.push(folded);
        self.duration += duration;
        if let (Some(golden), Some(results)) = (&mut self.new_golden, results) {
            golden.take(&results.result);
        }
        if verdict == TestVerdict::Failed {
            self.verdict = TestVerdict::Failed;
        }
    }
}

impl Totals {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            counts: Counts::default(),
            failed: 0,
            verdict: TestVerdict::Passed,
            fuel: 0,
            reached: Reach::default(),
        }
    }
}
