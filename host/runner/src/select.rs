//! Choosing scenarios.

use std::collections::{BTreeMap, BTreeSet};

use sortie_harness::definition::{ScenarioOutline, TestDefinition};
use sortie_harness::filter::{Candidate, ScenarioFilter, Shard};
use sortie_json::{Diagnostic, Format, Report, Source};

use crate::codes;
use crate::error::TestError;
use crate::load::Suite;
use crate::options::Options;
use crate::record::FailureRecord;

/// What chooses scenarios.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// The expression, or why it is none, and its text.
    filter: Option<(Result<ScenarioFilter, Vec<Report>>, String)>,
    shard: Option<Shard>,
    last_failed: Option<FailureRecord>,
}

impl Selection {
    /// What the options choose.
    pub(crate) fn of(options: &Options) -> Self {
        let filter = options.filter.as_deref().map(|text| (parse(text), text.to_owned()));
        Self { filter, shard: options.shard, last_failed: options.last_failed.clone() }
    }

    /// The chosen scenarios of all suites, in declared order. Of those that the filter leaves, a shard has every Nth, so
    /// that it may have none: then nothing is wrong.
    pub(crate) fn choose<'s>(&self, suites: &'s [Suite]) -> Result<Vec<ChosenScenario<'s>>, TestError> {
        let all = suites.iter().enumerate().flat_map(|(index, suite)| {
            let outlines = suite.test_run.outlines().iter().enumerate();
            outlines.map(move |(number, scenario)| ChosenScenario { index, suite, number, scenario })
        });
        let total = all.clone().count();
        let chosen: Vec<ChosenScenario<'s>> = match &self.filter {
            None => all.collect(),
            Some((filter, text)) => {
                // A name as it was printed stands for its scenario, whatever a filter would make of it.
                let named: Vec<ChosenScenario<'s>> = all.clone().filter(|chosen| chosen.title() == *text).collect();
                if named.is_empty() {
                    let filter = filter.as_ref().map_err(|reports| TestError::Rejected(reports.clone()))?;
                    all.filter(|chosen| filter.matches(&chosen.candidate())).collect()
                } else {
                    named
                }
            }
        };
        if chosen.is_empty() {
            let by = if self.filter.is_some() { "the filter leaves" } else { "the suites have" };
            return Err(TestError::NoScenarios(format!("{by} none of {total}")));
        }
        let share = self
            .failed_last(chosen)
            .into_iter()
            .enumerate()
            .filter(|(position, _)| self.shard.is_none_or(|shard| shard.contains(*position)));
        Ok(share.map(|(_, chosen)| chosen).collect())
    }

    /// Of the scenarios, those that failed when they last ran; all, where none is known to have failed.
    fn failed_last<'s>(&self, chosen: Vec<ChosenScenario<'s>>) -> Vec<ChosenScenario<'s>> {
        let Some(record) = &self.last_failed else { return chosen };
        let mut of_suites: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut failed = |chosen: &&ChosenScenario<'s>| {
            let of_suite = of_suites.entry(chosen.index).or_insert_with(|| record.failed(&chosen.suite.path));
            of_suite.contains(&chosen.scenario.scenario_name)
        };
        let failed: Vec<ChosenScenario<'s>> = chosen.iter().filter(|chosen| failed(chosen)).copied().collect();
        if failed.is_empty() { chosen } else { failed }
    }
}

/// A scenario that was chosen.
#[derive(Debug, Clone, Copy)]
pub struct ChosenScenario<'s> {
    /// The place of its suite among the suites.
    pub(crate) index: usize,
    /// Its suite.
    pub suite: &'s Suite,
    /// The place of the scenario in its suite.
    pub(crate) number: usize,
    /// The scenario.
    pub scenario: &'s ScenarioOutline,
}

impl ChosenScenario<'_> {
    /// How reports name it: `SUITE › SCENARIO`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} › {}", self.suite.name(), self.scenario.scenario_name)
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate::of(self.suite.name(), self.scenario)
    }

    /// Reads the scenario, and what is expected of it.
    pub(crate) fn test(&self) -> Option<TestDefinition> {
        self.suite.test_run.test(self.number)
    }
}

fn parse(text: &str) -> Result<ScenarioFilter, Vec<Report>> {
    text.parse().map_err(|error: sortie_harness::filter::FilterError| {
        let source = Source::with_format("--filter", text.as_bytes(), Format::Yaml);
        let diagnostic = Diagnostic::error(codes::INVALID_FILTER.as_str(), error.message)
            .at(error.span)
            .label(format!("expected {}", error.expected))
            .help("write a filter such as `greet* and not (tag:slow or \"a name with spaces\")`");
        vec![Report { source, diagnostics: vec![diagnostic] }]
    })
}
