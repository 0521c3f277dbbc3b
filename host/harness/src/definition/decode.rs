//! From documents to definitions.

use serde_json::Value;

use super::defaults::Defaults;
use super::document::{Node, Trail};
use super::error::{Decoded, Document, Problems};
use super::expectations as expectation;
use super::fixtures::{Fixtures, Loaded};
use super::format::{EXPECTATIONS, SUITE};
use super::link::{self, SuiteDraft};
use super::model::{ExpectationDefinition, ScenarioSuiteDefinition, SuiteExpectationsDefinition, TestRunDefinition};
use super::scenario::{Draft, Reader};
use super::shape::{Checker, References, Shape};

/// Reads a suite. Expectations at its end are read, but not matched with its scenarios: [`test_run`] does that.
pub fn suite(document: &Value, fixtures: &dyn Fixtures) -> Decoded<ScenarioSuiteDefinition> {
    let mut problems = Problems::default();
    let draft = read_suite(document, fixtures, &mut problems);
    link::check_scenario_names(&draft, &mut problems);
    let suite = draft.into_suite();
    problems.into_decoded(suite)
}

/// Reads a file of expectations alone.
pub fn expectations(document: &Value) -> Decoded<SuiteExpectationsDefinition> {
    let mut problems = Problems::default();
    let expectations = read_expectations(document, &mut problems);
    problems.into_decoded(Some(expectations))
}

/// Reads a suite and all that is expected of it, and matches the two.
pub fn test_run(suite: &Value, expectations: Option<&Value>, fixtures: &dyn Fixtures) -> Decoded<TestRunDefinition> {
    let mut problems = Problems::default();
    let draft = read_suite(suite, fixtures, &mut problems);
    link::check_scenario_names(&draft, &mut problems);
    let separate = expectations.map(|document| read_expectations(document, &mut problems));
    let linked = link::link(&draft, separate.as_ref(), &mut problems);
    let test_run = draft.into_suite().map(|suite| TestRunDefinition { suite, expectations: linked });
    problems.into_decoded(test_run)
}

fn read_suite(document: &Value, fixtures: &dyn Fixtures, problems: &mut Problems) -> SuiteDraft {
    let root = Trail::Root(Document::Suite);
    let Some(node) = Node::new(document, root) else {
        Checker { problems, references: References::AreText }.check(document, &Shape::Struct(&SUITE), &root);
        return SuiteDraft::default();
    };
    // The elements of the list of scenarios are checked one by one, after their matrices are expanded.
    let mut checker = Checker { problems, references: References::AreText };
    let is_list = |key: &str| {
        key == "scenarios" && node.get(key).is_some_and(|list| list.as_array().is_some_and(|list| !list.is_empty()))
    };
    checker.check_fields(node.members, &SUITE, &root, |key| !is_list(key));

    let mut reader =
        Reader { problems: std::mem::take(problems), fixtures: Loaded::new(fixtures), defaults: Defaults::default() };
    let defaults_trail = root.key("defaults");
    if let Some(defaults) = node.get("defaults").and_then(|value| Node::new(value, defaults_trail)) {
        reader.defaults = Defaults::read(defaults, &mut reader);
    }
    let mut draft = SuiteDraft { suite_name: node.text("suite_name").map(str::to_owned), ..SuiteDraft::default() };
    let scenarios = root.key("scenarios");
    for (index, value) in node.list("scenarios").iter().enumerate() {
        let read = reader.scenario(value, scenarios.index(index));
        draft.nameless |= read.nameless;
        draft.scenarios.extend(read.drafts);
    }
    draft.nameless |= draft.scenarios.is_empty();
    *problems = reader.problems;
    draft.expectations = read_list(node, problems);
    draft
}

fn read_expectations(document: &Value, problems: &mut Problems) -> SuiteExpectationsDefinition {
    let root = Trail::Root(Document::Expectations);
    Checker { problems, references: References::AreText }.check(document, &Shape::Struct(&EXPECTATIONS), &root);
    let node = Node::new(document, root);
    SuiteExpectationsDefinition {
        suite_name: node.and_then(|node| node.text("suite_name")).map(str::to_owned),
        expectations: node.map(|node| read_list(node, problems)).unwrap_or_default(),
    }
}

fn read_list(node: Node<'_>, problems: &mut Problems) -> Vec<ExpectationDefinition> {
    let trail = node.trail.key("expectations");
    let mut expectations = Vec::new();
    for (index, value) in node.list("expectations").iter().enumerate() {
        let read = Node::new(value, trail.index(index)).and_then(|node| expectation::read(node, None, problems));
        expectations.extend(read);
    }
    expectations
}

impl SuiteDraft {
    fn into_suite(self) -> Option<ScenarioSuiteDefinition> {
        Some(ScenarioSuiteDefinition {
            suite_name: self.suite_name?,
            scenarios: self.scenarios.into_iter().map(|Draft { scenario, .. }| scenario).collect(),
            expectations: self.expectations,
        })
    }
}
