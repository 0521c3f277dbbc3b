//! A suite and all that is expected of it, ready to be run.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use sortie_json::PackedValue;

use super::defaults::Defaults;
use super::document::{Node, Trail};
use super::error::{DefinitionDocument, Problems};
use super::expectations as expectation;
use super::fixtures::{FixtureCache, LoadedFixtures, NoFixtures};
use super::link::{Links, Target};
use super::model::{Expectation, ExpectationDefinition, ScenarioDefinition, ScenarioOutline, ScenarioSuiteDefinition};
use super::scenario::{Draft, Expansion, Reader};

/// A suite and all that is expected of it, known to fit together.
///
/// Of each scenario the outline is kept, and the rest packed as it stands in the document: it is read again when
/// somebody asks. So a suite takes little more memory than its text, however many scenarios it has.
#[derive(Debug, Clone, PartialEq)]
pub struct TestRunDefinition {
    pub(super) suite_name: String,
    /// The plugins that it is about.
    pub(super) requires: Vec<String>,
    pub(super) outlines: Vec<ScenarioOutline>,
    pub(super) material: Material,
    pub(super) links: Links,
    /// The limits that missions have, each set of them once.
    pub(super) limits: Vec<Map<String, Value>>,
}

/// What scenarios and expectations are read of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Material {
    pub(super) scenarios: Vec<PackedValue>,
    /// Those at the end of the suite.
    pub(super) expectations: Vec<PackedValue>,
    /// Those that stand in a file of their own.
    pub(super) separate: Vec<PackedValue>,
    pub(super) defaults: Arc<Defaults>,
    pub(super) fixtures: LoadedFixtures,
    pub(super) expansion: LastExpansion,
}

/// A scenario and what is expected of it: first what stands inside it, then at the end of the suite, then in a file of
/// its own; each in declared order.
#[derive(Debug, Clone, PartialEq)]
pub struct TestDefinition {
    /// The scenario.
    pub scenario: ScenarioDefinition,
    /// What is expected of it.
    pub expectations: Vec<Expectation>,
}

impl TestRunDefinition {
    /// The name of the suite.
    #[must_use]
    pub fn suite_name(&self) -> &str {
        &self.suite_name
    }

    /// The plugins that the suite is about, by name.
    #[must_use]
    pub fn requires(&self) -> &[String] {
        &self.requires
    }

    /// Skips all scenarios that are not skipped yet, for this reason.
    pub fn skip_all(&mut self, reason: &str) {
        for outline in &mut self.outlines {
            outline.skip.get_or_insert_with(|| reason.into());
        }
    }

    /// The outlines of the scenarios, in declared order, matrices expanded.
    #[must_use]
    pub fn outlines(&self) -> &[ScenarioOutline] {
        &self.outlines
    }

    /// Reads a scenario, by its place among the [outlines](Self::outlines).
    #[must_use]
    pub fn test(&self, number: usize) -> Option<TestDefinition> {
        let outline = self.outlines.get(number)?;
        let mut draft = self.material.scenario(outline)?;
        let inside = std::mem::take(&mut draft.scenario.expect);
        let target = Target::of(number, &draft);
        let outside = self.links.outside_of(number).filter_map(|(index, label)| {
            let definition = self.material.outside(index)?;
            Some((definition, label))
        });
        let expectations = self.links.expectations(&target, inside, outside);
        Some(TestDefinition { scenario: draft.scenario, expectations })
    }

    /// All scenarios with what is expected of them, in declared order, each read when it is its turn.
    pub fn tests(&self) -> impl Iterator<Item = TestDefinition> {
        (0..self.outlines.len()).filter_map(|number| self.test(number))
    }

    /// How many expectations there are.
    #[must_use]
    pub fn expectation_count(&self) -> usize {
        self.links.count()
    }

    /// The limits that missions have, each set of them once.
    #[must_use]
    pub fn limits(&self) -> &[Map<String, Value>] {
        &self.limits
    }

    /// The suite, whole. Its expectations are not with it: see [`test`](Self::test).
    #[must_use]
    pub fn to_suite(&self) -> ScenarioSuiteDefinition {
        ScenarioSuiteDefinition {
            suite_name: self.suite_name.clone(),
            scenarios: self.tests().map(|test| test.scenario).collect(),
            expectations: Vec::new(),
        }
    }
}

impl Material {
    /// Reads a scenario that was read before, so that nothing is wrong with it.
    fn scenario(&self, outline: &ScenarioOutline) -> Option<Draft> {
        let fixtures = FixtureCache::before(&NoFixtures, &self.fixtures);
        let defaults = Arc::clone(&self.defaults);
        let mut reader = Reader::new(Problems::default(), fixtures, defaults);
        let (root, source) = (Trail::Root(DefinitionDocument::Suite), outline.source);
        let list = root.key("scenarios");
        let trail = list.index(source.scenario);
        if outline.cell.is_some() {
            let expansion = self.expansion.of(source.scenario, || {
                let value = self.scenarios.get(source.scenario)?.value();
                reader.expansion(Node::new(&value, trail)?)
            })?;
            return reader.cell(&expansion, trail, source.cell);
        }
        let value = self.scenarios.get(source.scenario)?.value();
        reader.plain(Node::new(&value, trail)?)
    }

    /// Reads an expectation that stands in no scenario: of the suite, or else of the file of its own.
    pub(super) fn outside(&self, index: usize) -> Option<ExpectationDefinition> {
        let (document, index, list) = match index.checked_sub(self.expectations.len()) {
            None => (DefinitionDocument::Suite, index, &self.expectations),
            Some(index) => (DefinitionDocument::Expectations, index, &self.separate),
        };
        let root = Trail::Root(document);
        let trail = root.key("expectations");
        let value = list.get(index)?.value();
        expectation::read(Node::new(&value, trail.index(index))?, None, &mut Problems::default())
    }
}

/// The matrix that was expanded last: those who run scenarios ask for the cells of one after another.
#[derive(Default)]
pub(super) struct LastExpansion(Mutex<Option<(usize, Arc<Expansion>)>>);

impl LastExpansion {
    fn of(&self, scenario: usize, read: impl FnOnce() -> Option<Expansion>) -> Option<Arc<Expansion>> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, expansion)) if *of == scenario => Some(Arc::clone(expansion)),
            Some(_) | None => {
                let expansion = Arc::new(read()?);
                *last = Some((scenario, Arc::clone(&expansion)));
                Some(expansion)
            }
        }
    }
}

impl Clone for LastExpansion {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// It is but a memory of what the rest says.
impl PartialEq for LastExpansion {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl fmt::Debug for LastExpansion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LastExpansion")
    }
}

/// Limits, each set of them once.
#[derive(Default)]
pub(super) struct LimitSets(BTreeMap<String, Map<String, Value>>);

impl LimitSets {
    pub(super) fn take(&mut self, limits: &Map<String, Value>) {
        if !limits.is_empty() {
            self.0.entry(Value::Object(limits.clone()).to_string()).or_insert_with(|| limits.clone());
        }
    }

    pub(super) fn into_sets(self) -> Vec<Map<String, Value>> {
        self.0.into_values().collect()
    }
}
