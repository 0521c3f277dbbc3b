//! From documents to definitions.

use std::sync::Arc;

use serde_json::Value;
use sortie_json::{PackedValue, pack_lists};

use super::defaults::Defaults;
use super::document::{Node, Trail};
use super::error::{DefinitionDocument, DefinitionResult, Problems};
use super::expectations as expectation;
use super::fixtures::{FixtureCache, Fixtures};
use super::format::{EXPECTATION, EXPECTATIONS, SUITE};
use super::link::{Linker, OutlineDraft, SuiteDraft, check_scenario_names, check_suite_name};
use super::model::{ExpectationDefinition, ScenarioSuiteDefinition, Source, SuiteExpectationsDefinition};
use super::scenario::{Draft, Names, Reader};
use super::shape::{Checker, References, Shape};
use super::source::SuiteDocument;
use super::test_run::{LastExpansion, LimitSets, Material, TestRunDefinition};

/// Reads a suite. Expectations at its end are read, but not matched with its scenarios: [`test_run`] does that.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::definition::{NoFixtures, suite};
///
/// let document = json!({"suite_name": "days", "scenarios": [{"scenario_name": "a", "missions": [{"name": "daily_loop"}]}]});
/// assert_eq!(suite(document, &NoFixtures).result.unwrap().scenarios.len(), 1);
///
/// let errors = suite(json!({"suite_name": "days", "scenario": []}), &NoFixtures).result.unwrap_err();
/// assert!(!errors.is_empty());
/// ```
///
/// # Errors
///
/// It is an error if something in it is wrong: each mistake is told, with its place.
pub fn suite(document: Value, fixtures: &dyn Fixtures) -> DefinitionResult<ScenarioSuiteDefinition> {
    let document = SuiteDocument::from(document);
    let mut scenarios = Vec::new();
    let read = read_suite(&document, fixtures, &mut |source, draft| scenarios.push((source, draft.scenario)));
    let mut problems = read.reader.problems;
    let expectations = read_list(DefinitionDocument::Suite, &document.expectations, &mut problems);
    let named =
        scenarios.iter().map(|(source, scenario)| (scenario.scenario_name.as_str(), scenario.cell.as_ref(), *source));
    check_scenario_names(named, &mut problems);
    let scenarios = scenarios.into_iter().map(|(_, scenario)| scenario).collect();
    problems.into_decoded(read.suite_name.map(|suite_name| ScenarioSuiteDefinition {
        suite_name,
        scenarios,
        expectations,
    }))
}

/// Reads a file of expectations alone.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::definition::expectations;
///
/// let document = json!({"expectations": [
///     {"id": "done", "scenario_name": "a", "mission_name": "daily_loop", "path": "success", "op": "eq", "expected": true},
/// ]});
/// assert_eq!(expectations(&document).result.unwrap().expectations.len(), 1);
/// ```
///
/// # Errors
///
/// It is an error if something in it is wrong: each mistake is told, with its place.
pub fn expectations(document: &Value) -> DefinitionResult<SuiteExpectationsDefinition> {
    let mut problems = Problems::default();
    let (suite_name, packed) = read_expectations(document, &mut problems);
    let expectations = read_list(DefinitionDocument::Expectations, &packed, &mut problems);
    problems.into_decoded(Some(SuiteExpectationsDefinition { suite_name, expectations }))
}

/// Reads a suite and all that is expected of it, and matches the two.
///
/// Suites can be long, so one scenario after another is read, and of each only the outline is kept until it is asked
/// for again.
///
/// ```
/// use serde_json::json;
/// use sortie_harness::definition::{NoFixtures, test_run};
///
/// let suite = json!({
///     "suite_name": "days",
///     "scenarios": [{"scenario_name": "a", "matrix": {"day": [1, 2]}, "missions": [{"name": "daily_loop"}]}],
/// });
/// let test_run = test_run(suite, None, &NoFixtures).result.unwrap();
/// let names: Vec<String> = test_run.tests().map(|test| test.scenario.scenario_name).collect();
/// assert_eq!(names, ["a[day=1]", "a[day=2]"]);
/// ```
///
/// # Errors
///
/// It is an error if something in them is wrong: each mistake is told, with its place.
pub fn test_run(
    suite: impl Into<SuiteDocument>,
    expectations: Option<&Value>,
    fixtures: &dyn Fixtures,
) -> DefinitionResult<TestRunDefinition> {
    let document = suite.into();
    let (mut draft, mut linker, mut limits) = (SuiteDraft::default(), Linker::default(), LimitSets::default());
    let scenarios = &mut draft.scenarios;
    let read = read_suite(&document, fixtures, &mut |source, draft| {
        linker.inside(scenarios.len(), &draft);
        draft.scenario.missions.iter().for_each(|mission| limits.take(&mission.limits));
        scenarios.push(OutlineDraft::of(source, &draft));
    });
    draft.suite_name = read.suite_name;
    draft.nameless = read.names == Names::Unknown || draft.scenarios.is_empty();
    let Reader { mut problems, fixtures, defaults, .. } = read.reader;
    // They are read for what is wrong with them, and again when they are matched.
    drop(read_list(DefinitionDocument::Suite, &document.expectations, &mut problems));
    let named = draft.scenarios.iter().map(|scenario| {
        let outline = &scenario.outline;
        (outline.scenario_name.as_str(), outline.cell.as_deref(), outline.source)
    });
    check_scenario_names(named, &mut problems);
    let (named, separate) = expectations.map(|document| read_expectations(document, &mut problems)).unwrap_or_default();
    drop(read_list(DefinitionDocument::Expectations, &separate, &mut problems));
    check_suite_name(draft.suite_name.as_deref(), named.as_deref(), &mut problems);
    let material = Material {
        scenarios: document.scenarios,
        expectations: document.expectations,
        separate,
        defaults,
        fixtures: fixtures.into_loaded(),
        expansion: LastExpansion::default(),
    };
    let outside = 0..material.expectations.len() + material.separate.len();
    if !outside.is_empty() {
        let definitions = outside.filter_map(|index| Some((index, material.outside(index)?)));
        linker.outside(&mut draft, definitions);
    }
    let links = linker.finish(&mut problems);
    let SuiteDraft { suite_name, scenarios, .. } = draft;
    let requires = read.requires;
    let outlines = scenarios.into_iter().map(|scenario| scenario.outline).collect();
    let limits = limits.into_sets();
    problems.into_decoded(suite_name.map(|suite_name| TestRunDefinition {
        suite_name,
        requires,
        outlines,
        material,
        links,
        limits,
    }))
}

/// What was read of a suite besides its scenarios.
struct ReadSuite<'f> {
    suite_name: Option<String>,
    requires: Vec<String>,
    names: Names,
    reader: Reader<'f>,
}

/// Reads a suite and gives its scenarios away one by one.
fn read_suite<'f>(
    document: &SuiteDocument,
    fixtures: &'f dyn Fixtures,
    take: &mut dyn FnMut(Source, Draft),
) -> ReadSuite<'f> {
    let mut problems = Problems::default();
    let SuiteDocument { head, scenarios, expectations } = document;
    let root = Trail::Root(DefinitionDocument::Suite);
    let mut checker = Checker { problems: &mut problems, references: References::AreText };
    let node = Node::new(head, root);
    match node {
        None => checker.check(head, &Shape::Struct(&SUITE), &root),
        Some(node) => {
            // Scenarios are checked one by one, after their matrices are expanded, and what was taken out of the list of
            // expectations likewise.
            checker.check_fields(node.members, &SUITE, &root, |key| match key {
                "scenarios" => scenarios.is_empty(),
                "expectations" => expectations.is_empty(),
                _ => true,
            });
            let list = root.key("expectations");
            for (index, packed) in expectations.iter().enumerate() {
                checker.check(&packed.value(), &Shape::Struct(&EXPECTATION), &list.index(index));
            }
        }
    }
    let mut reader = Reader::new(problems, FixtureCache::new(fixtures), Arc::default());
    let Some(node) = node else {
        return ReadSuite { suite_name: None, requires: Vec::new(), names: Names::Unknown, reader };
    };
    if let Some(defaults) = node.get("defaults").and_then(|value| Node::new(value, root.key("defaults"))) {
        reader.defaults = Arc::new(Defaults::read(defaults, &mut reader));
    }
    let trail = root.key("scenarios");
    let mut names = Names::Known;
    for (scenario, packed) in scenarios.iter().enumerate() {
        let value = packed.value();
        let read = reader.scenario(&value, trail.index(scenario), &mut |cell, draft| {
            take(Source { scenario, cell }, draft);
        });
        if read == Names::Unknown {
            names = Names::Unknown;
        }
    }
    let requires = node.list("requires").iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    ReadSuite { suite_name: node.text("suite_name").map(str::to_owned), requires, names, reader }
}

/// The suite that the expectations are for, and what they are.
fn read_expectations(document: &Value, problems: &mut Problems) -> (Option<String>, Vec<PackedValue>) {
    let root = Trail::Root(DefinitionDocument::Expectations);
    Checker { problems, references: References::AreText }.check(document, &Shape::Struct(&EXPECTATIONS), &root);
    let packed = pack_lists(&mut document.clone(), &["expectations"]);
    let suite_name = Node::new(document, root).and_then(|node| node.text("suite_name")).map(str::to_owned);
    (suite_name, packed.into_iter().flatten().collect())
}

fn read_list(
    document: DefinitionDocument,
    packed: &[PackedValue],
    problems: &mut Problems,
) -> Vec<ExpectationDefinition> {
    let root = Trail::Root(document);
    let list = root.key("expectations");
    let read = |(index, packed): (usize, &PackedValue)| {
        let value = packed.value();
        expectation::read(Node::new(&value, list.index(index))?, None, problems)
    };
    packed.iter().enumerate().filter_map(read).collect()
}
