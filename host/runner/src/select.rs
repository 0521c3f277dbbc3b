//! Choosing scenarios.

use sortie_harness::definition::{ScenarioOutline, TestDefinition};
use sortie_harness::filter::{Filter, Shard};
use sortie_json::{Diagnostic, Format, Report, Source};

use crate::error::TestError;
use crate::load::Suite;
use crate::options::Options;

/// What chooses scenarios.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    filter: Option<Filter>,
    shard: Option<Shard>,
}

impl Selection {
    /// What the options choose.
    pub(crate) fn of(options: &Options) -> Result<Self, TestError> {
        let filter = options.filter.as_deref().map(parse).transpose()?;
        Ok(Self { filter, shard: options.shard })
    }

    fn contains(&self, scenario: &ScenarioOutline) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(scenario))
            && self.shard.is_none_or(|shard| shard.contains(&scenario.scenario_name))
    }

    /// The chosen scenarios of all suites, in declared order.
    pub(crate) fn choose<'s>(&self, suites: &'s [Suite]) -> Result<Vec<Chosen<'s>>, TestError> {
        let all = suites.iter().enumerate().flat_map(|(index, suite)| {
            let outlines = suite.test_run.outlines().iter().enumerate();
            outlines.map(move |(number, scenario)| Chosen { index, suite, number, scenario })
        });
        let total = all.clone().count();
        let chosen: Vec<Chosen<'s>> = all.filter(|chosen| self.contains(chosen.scenario)).collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        let by = match (&self.filter, self.shard) {
            (Some(_), Some(_)) => "the filter and the shard leave",
            (Some(_), None) => "the filter leaves",
            (None, Some(_)) => "the shard leaves",
            (None, None) => "the suites have",
        };
        Err(TestError::NoScenarios(format!("{by} none of {total}")))
    }
}

/// A scenario that was chosen.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'s> {
    /// The place of its suite among the suites.
    pub(crate) index: usize,
    /// Its suite.
    pub suite: &'s Suite,
    /// The place of the scenario in its suite.
    pub(crate) number: usize,
    /// The scenario.
    pub scenario: &'s ScenarioOutline,
}

impl Chosen<'_> {
    /// Reads the scenario, and what is expected of it.
    pub(crate) fn test(&self) -> Option<TestDefinition> {
        self.suite.test_run.test(self.number)
    }
}

fn parse(text: &str) -> Result<Filter, TestError> {
    text.parse().map_err(|error: sortie_harness::filter::FilterError| {
        let source = Source::with_format("--filter", text.as_bytes(), Format::Yaml);
        let diagnostic = Diagnostic::error("invalid_filter", error.message)
            .at(error.span)
            .label(format!("expected {}", error.expected))
            .help("a filter is such as `greet* and not (tag:slow or \"a name with spaces\")`");
        TestError::Rejected(vec![Report { source, diagnostics: vec![diagnostic] }])
    })
}
