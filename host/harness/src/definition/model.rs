//! Definitions, as they are run.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::DefinitionPlace;
use crate::expectation::{Assertion, ValuePath};

/// A suite: scenarios in declared order, matrices expanded.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioSuiteDefinition {
    /// The name.
    pub suite_name: String,
    /// The scenarios. Their names are unique.
    pub scenarios: Vec<ScenarioDefinition>,
    /// The expectations at the end of the suite; those inside a scenario are with the scenario.
    pub expectations: Vec<ExpectationDefinition>,
}

/// A sequence of mission calls.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioDefinition {
    /// The name, unique in the suite.
    pub scenario_name: String,
    /// Which cell of a matrix it is, if it is of one.
    pub cell: Option<MatrixCell>,
    /// The state that missions start from, an object; shared between scenarios that have the same.
    pub initial_state: Arc<Value>,
    /// Where missions after the first start from.
    pub state: StateFlow,
    /// The calls. Their aliases are unique.
    pub missions: Vec<MissionDefinition>,
    /// The expectations that stand inside the scenario.
    pub expect: Vec<ExpectationDefinition>,
    /// Why it is not to be run, if it is not.
    pub skip: Option<String>,
    /// Words to select it by.
    pub tags: BTreeSet<String>,
    /// Where it stands.
    pub place: DefinitionPlace,
}

/// One combination of a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixCell {
    /// The scenario's name as it was declared.
    pub declared_name: String,
    /// `[axis=value,...]`.
    pub label: String,
}

/// Where the missions of a scenario start from. Closed: a suite can say nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StateFlow {
    /// Each starts from the scenario's initial state.
    #[default]
    Fresh,
    /// Each starts from the final state of the one before; after a rejected one, from where that one started.
    Carry,
}

/// A call of a mission.
#[derive(Debug, Clone, PartialEq)]
pub struct MissionDefinition {
    /// The mission.
    pub name: String,
    /// What the call is known as: `as`, or else the mission's name.
    pub alias: String,
    /// The params.
    pub params: Arc<Value>,
    /// The metadata of the execution context, an object.
    pub metadata: Value,
    /// Answers to human steps, by step id.
    pub answers: Map<String, Value>,
    /// The step ids of the answers that are the mission's own, and not the suite's defaults.
    pub own_answers: Vec<String>,
    /// Limits, by name: whole numbers of zero or more.
    pub limits: Map<String, Value>,
    /// The code of the error that the call is expected to end in.
    pub expect_error: Option<String>,
    /// Where it stands.
    pub place: DefinitionPlace,
}

/// Expectations that stand in a file of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteExpectationsDefinition {
    /// The suite that they are for, if they say.
    pub suite_name: Option<String>,
    /// The expectations.
    pub expectations: Vec<ExpectationDefinition>,
}

/// An expectation as it was declared.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectationDefinition {
    /// The id, if it has one.
    pub id: Option<String>,
    /// The scenario's name, which may be one that a matrix made several of.
    pub scenario_name: String,
    /// The mission's alias, if it says.
    pub mission_name: Option<String>,
    /// Where in the result.
    pub path: ValuePath,
    /// What is expected there.
    pub assertion: Assertion,
    /// Where it stands.
    pub place: DefinitionPlace,
}

/// An expectation on one mission of one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The id, unique in the test run.
    pub id: String,
    /// The scenario's name.
    pub scenario_name: String,
    /// The mission's alias.
    pub mission_name: String,
    /// Where in the result.
    pub path: ValuePath,
    /// What is expected there.
    pub assertion: Assertion,
    /// Where it stands.
    pub place: DefinitionPlace,
}

/// What of a scenario is known without reading it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioOutline {
    /// The name, unique in the suite.
    pub scenario_name: String,
    /// Which cell of a matrix it is, if it is of one.
    pub cell: Option<Box<MatrixCell>>,
    /// Why it is not to be run, if it is not.
    pub skip: Option<Box<str>>,
    /// Words to select it by, in order.
    pub tags: Box<[String]>,
    /// Which scenario of the document it is, and which cell of its matrix.
    pub(super) source: Source,
}

/// Which scenario of the document, and which cell of its matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) scenario: usize,
    pub(super) cell: usize,
}

impl ScenarioOutline {
    pub(super) fn of(source: Source, scenario: &ScenarioDefinition) -> Self {
        Self {
            scenario_name: scenario.scenario_name.clone(),
            cell: scenario.cell.clone().map(Box::new),
            skip: scenario.skip.clone().map(Into::into),
            tags: scenario.tags.iter().cloned().collect(),
            source,
        }
    }
}
