//! From options to a verdict.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use sortie_harness::golden::Golden;
use sortie_host::{Allocation, Backend, SandboxConfig};
use sortie_json::{Diagnostic, Report};

use crate::codes;
use crate::discover::golden_of;
use crate::driver::{Work, drive};
use crate::error::{TestError, TestVerdict};
use crate::events::Reporter;
use crate::golden::{self, GoldenUse};
use crate::hosts::{Hosts, MakeHost};
use crate::load::{Request, Strictness, Suite, SuiteSet, load};
use crate::options::{Options, Retention};
use crate::scenario::Bench;
use crate::select::{ChosenScenario, Selection};
use crate::shrink::{self, ShrunkScenario};

/// The greatest number of calls that may be under way at a time.
const MAX_CALLS: u32 = 64;

/// Reads suites, runs what is chosen of them, and tells reporters. Warnings are not told: see [`prepare`] for them.
///
/// # Errors
///
/// Nothing is run if any file or argument is wrong. After that, a host fault or a file that cannot be written ends the
/// run, and the reporters are told.
pub fn run<'r>(
    options: &Options,
    make_host: MakeHost<'_>,
    reporters: Vec<Box<dyn Reporter + 'r>>,
) -> Result<TestVerdict, TestError> {
    prepare(options, make_host)?.run(reporters)
}

/// Suites that were read and are in order, and what is chosen of them. Nothing has run.
#[derive(Debug)]
pub struct TestPlan<'o> {
    options: &'o Options,
    suites: Vec<Suite>,
    warnings: Vec<Report>,
    /// The chosen scenarios: the place of each suite, and of the scenario in it.
    chosen: Vec<(usize, usize)>,
    hosts: Hosts,
    /// The interpreter, where determinism is checked.
    again: Option<Hosts>,
}

/// Reads suites, makes the host that runs them, and chooses scenarios.
///
/// ```
/// use sortie_runner::{Options, TestVerdict, prepare, reporters};
///
/// # let folder = tempfile::tempdir()?;
/// # std::fs::write(
/// #     folder.path().join("suite.yaml"),
/// #     "suite_name: greetings\nscenarios:\n- scenario_name: hello\n  missions: [{name: echo, params: {word: hi}}]\n",
/// # )?;
/// # let suites = folder.path();
/// let options = Options::of([suites]);
/// let plan = prepare(&options, &|builder| builder.first_party().build())?;
/// let names: Vec<&str> = plan.chosen().iter().map(|chosen| chosen.scenario.scenario_name.as_str()).collect();
/// assert_eq!(names, ["hello"]);
///
/// let mut printed = Vec::new();
/// let verdict = plan.run(vec![Box::new(reporters::TapReporter::new(&mut printed))])?;
/// assert_eq!(verdict, TestVerdict::Passed);
/// assert!(printed.starts_with(b"TAP version 14"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// All that is wrong with any file is told together.
pub fn prepare<'o>(options: &'o Options, make_host: MakeHost<'_>) -> Result<TestPlan<'o>, TestError> {
    let selection = Selection::of(options);
    let request = Request {
        paths: &options.paths,
        text: options.text.as_ref(),
        expectations: options.expectations.as_deref(),
        strictness: options.strictness,
    };
    let SuiteSet { mut suites, warnings } = load(&request).map_err(TestError::Rejected)?;
    let sandbox = sandbox(options.jobs);
    let hosts = Hosts::make(make_host, &sandbox, &options.plugins, &suites)?;
    hosts.skip_without_plugins(&mut suites)?;
    let again = options.check_determinism.then(|| {
        let sandbox = SandboxConfig { backend: Backend::Pulley, allocation: Allocation::OnDemand, ..sandbox.clone() };
        Hosts::make(make_host, &sandbox, &options.plugins, &suites)
    });
    let again = again.transpose()?;
    let chosen = selection.choose(&suites)?.iter().map(|chosen| (chosen.index, chosen.number)).collect();
    Ok(TestPlan { options, suites, warnings, chosen, hosts, again })
}

impl TestPlan<'_> {
    /// What is suspicious about the suites.
    #[must_use]
    pub fn warnings(&self) -> &[Report] {
        &self.warnings
    }

    /// What runs the scenarios.
    pub(crate) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    /// The chosen scenarios, in declared order.
    #[must_use]
    pub fn chosen(&self) -> Vec<ChosenScenario<'_>> {
        let chosen = self.chosen.iter().filter_map(|&(index, number)| {
            let suite = self.suites.get(index)?;
            let scenario = suite.test_run.outlines().get(number)?;
            Some(ChosenScenario { index, suite, number, scenario })
        });
        chosen.collect()
    }

    /// The files that a run depends on, there or not: suites, their fixtures and golden files, expectations, plugins.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let of_suite = |suite: &Suite| {
            let mut files = vec![suite.path.clone(), golden_of(&suite.path)];
            files.extend(suite.fixtures.iter().cloned());
            files
        };
        let named = self.options.expectations.iter().chain(&self.options.plugins).cloned();
        self.suites.iter().flat_map(of_suite).chain(named)
    }

    /// Whether a file is one that was read: what is written must not take its place.
    #[must_use]
    pub fn has_read(&self, file: &Path) -> bool {
        let Ok(file) = file.canonicalize() else { return false };
        self.files().any(|other| other.canonicalize().is_ok_and(|other| other == file))
    }

    /// Makes each of the chosen scenarios that fails as small as it can be while it fails in the same way: its state, its
    /// params, its answers.
    ///
    /// # Errors
    ///
    /// A host fault came in between.
    pub fn shrink(&self) -> Result<Vec<ShrunkScenario>, TestError> {
        let mut shrunk = Vec::new();
        for chosen in self.chosen().iter().filter(|chosen| chosen.scenario.skip.is_none()) {
            if let Some(test) = chosen.test() {
                shrunk.extend(shrink::shrink(&test, &self.hosts, &self.options.stop)?);
            }
            if self.options.stop.load(Ordering::Relaxed) {
                return Err(TestError::Interrupted);
            }
        }
        Ok(shrunk)
    }

    /// Runs them, and tells reporters. The verdict does not depend on the number of threads.
    ///
    /// # Errors
    ///
    /// Golden files that are wrong, plugins that are missing; and what ends a run that has begun.
    pub fn run<'r>(&self, reporters: Vec<Box<dyn Reporter + 'r>>) -> Result<TestVerdict, TestError> {
        let options = self.options;
        let chosen = self.chosen();
        let goldens = goldens(&self.suites, &chosen, options.golden).map_err(TestError::Rejected)?;
        if options.strictness == Strictness::Strict && options.golden == GoldenUse::Compare {
            all_there(&chosen, &goldens).map_err(TestError::Rejected)?;
        }
        without_plugins(&chosen)?;
        something_to_check(&chosen)?;
        let keep = match options.golden {
            GoldenUse::Bless => Retention::Results,
            GoldenUse::Compare => options.keep,
        };
        let bench = Bench { hosts: &self.hosts, again: self.again.as_ref(), strictness: options.strictness, keep };
        let work = Work {
            bench,
            chosen: &chosen,
            goldens: &goldens,
            purpose: options.golden,
            fail_fast: options.fail_fast,
            jobs: options.jobs,
            stop: &options.stop,
        };
        drive(&work, reporters)
    }
}

/// That everything is skipped is no pass: nothing was checked.
fn something_to_check(chosen: &[ChosenScenario<'_>]) -> Result<(), TestError> {
    let all_skipped = !chosen.is_empty() && chosen.iter().all(|chosen| chosen.scenario.skip.is_some());
    if all_skipped { Err(TestError::AllSkipped(chosen.len())) } else { Ok(()) }
}

/// That nothing is run for want of plugins is no pass.
fn without_plugins(chosen: &[ChosenScenario<'_>]) -> Result<(), TestError> {
    if chosen.is_empty() {
        return Ok(());
    }
    let missing = |chosen: &ChosenScenario<'_>| chosen.suite.missing_plugin.clone();
    match chosen.iter().map(missing).collect::<Option<Vec<_>>>() {
        Some(missing) => Err(TestError::NoPlugin(missing.into_iter().next().unwrap_or_default())),
        None => Ok(()),
    }
}

fn sandbox(jobs: NonZeroUsize) -> SandboxConfig {
    let sandbox = SandboxConfig::default();
    // Every thread makes one call at a time. A pool has its price, so its size is bounded; another call waits.
    let calls = u32::try_from(jobs.get()).unwrap_or(u32::MAX).min(MAX_CALLS);
    SandboxConfig { concurrent_calls: sandbox.concurrent_calls.max(calls), ..sandbox }
}

fn goldens(
    suites: &[Suite],
    chosen: &[ChosenScenario<'_>],
    purpose: GoldenUse,
) -> Result<Vec<Option<Golden>>, Vec<Report>> {
    let mut rejected = Vec::new();
    let goldens = suites.iter().enumerate().map(|(index, suite)| {
        if !chosen.iter().any(|chosen| chosen.index == index) {
            return None;
        }
        golden::read(suite, purpose).unwrap_or_else(|report| {
            rejected.push(report);
            None
        })
    });
    let goldens = goldens.collect();
    if rejected.is_empty() { Ok(goldens) } else { Err(rejected) }
}

/// That each suite that runs has a golden file.
fn all_there(chosen: &[ChosenScenario<'_>], goldens: &[Option<Golden>]) -> Result<(), Vec<Report>> {
    let mut suites: Vec<&ChosenScenario<'_>> = chosen.iter().collect();
    suites.dedup_by_key(|chosen| chosen.index);
    let missing = suites
        .into_iter()
        .filter(|chosen| chosen.suite.path.is_file())
        .filter(|chosen| goldens.get(chosen.index).is_none_or(Option::is_none));
    let missing = missing.map(|chosen| {
        let file = golden_of(&chosen.suite.path).display().to_string();
        let diagnostic =
            Diagnostic::error(codes::GOLDEN_MISSING.as_str(), "the suite has no golden file, and `--strict` wants one")
                .help("write it with `--bless`");
        Report::without_text(&file, vec![diagnostic])
    });
    let missing: Vec<Report> = missing.collect();
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}
