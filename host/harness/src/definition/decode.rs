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
pub fn suite(document: Value, fixtures: &dyn Fixtures) -> Decoded<ScenarioSuiteDefinition> {
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
///
/// Suites can be large, so the document is taken, and its scenarios are freed one by one as they are read; and of
/// expectations only the matched ones are kept.
pub fn test_run(suite: Value, expectations: Option<&Value>, fixtures: &dyn Fixtures) -> Decoded<TestRunDefinition> {
    let mut problems = Problems::default();
    let draft = read_suite(suite, fixtures, &mut problems);
    link::check_scenario_names(&draft, &mut problems);
    let separate = expectations.map(|document| read_expectations(document, &mut problems));
    let linked = link::link(&draft, separate.as_ref(), &mut problems);
    let test_run = draft.into_suite().map(|suite| TestRunDefinition::new(suite, linked));
    problems.into_decoded(test_run)
}

fn read_suite(mut document: Value, fixtures: &dyn Fixtures, problems: &mut Problems) -> SuiteDraft {
    let root = Trail::Root(Document::Suite);
    let scenarios = take_scenarios(&mut document);
    let mut checker = Checker { problems, references: References::AreText };
    let Some(node) = Node::new(&document, root) else {
        checker.check(&document, &Shape::Struct(&SUITE), &root);
        return SuiteDraft::default();
    };
    // Scenarios are checked one by one, after their matrices are expanded.
    checker.check_fields(node.members, &SUITE, &root, |key| key != "scenarios" || scenarios.is_empty());

    let mut reader =
        Reader { problems: std::mem::take(problems), fixtures: Loaded::new(fixtures), defaults: Defaults::default() };
    let defaults_trail = root.key("defaults");
    if let Some(defaults) = node.get("defaults").and_then(|value| Node::new(value, defaults_trail)) {
        reader.defaults = Defaults::read(defaults, &mut reader);
    }
    let mut draft = SuiteDraft { suite_name: node.text("suite_name").map(str::to_owned), ..SuiteDraft::default() };
    let trail = root.key("scenarios");
    for (index, value) in scenarios.into_iter().enumerate() {
        let read = reader.scenario(&value, trail.index(index));
        draft.nameless |= read.nameless;
        draft.scenarios.extend(read.drafts);
    }
    draft.nameless |= draft.scenarios.is_empty();
    *problems = reader.problems;
    draft.expectations = read_list(node, problems);
    draft
}

/// Takes the elements of the list of scenarios, if it is one, out of the document.
fn take_scenarios(document: &mut Value) -> Vec<Value> {
    match document.get_mut("scenarios") {
        Some(Value::Array(scenarios)) => std::mem::take(scenarios),
        Some(_) | None => Vec::new(),
    }
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
