//! The file format: the one table that documents are checked against and schemas are printed from.

use super::shape::Presence::{Optional, Required};
use super::shape::{Field, Presence, Shape, Struct};

const fn field(name: &'static str, presence: Presence, shape: Shape, description: &'static str) -> Field {
    Field { name, presence, shape, description }
}

/// A suite file.
pub(super) static SUITE: Struct = Struct {
    name: "ScenarioSuiteDefinition",
    title: "the suite",
    description: "A suite of scenarios, with or without what is expected of their results.",
    fields: &[
        field("$schema", Optional, Shape::Text, "Where the schema of this file is, for editors."),
        field("suite_name", Required, Shape::Name, "The name of the suite."),
        field("description", Optional, Shape::Text, "What the suite is for."),
        field(
            "requires",
            Optional,
            Shape::ListOf(&Shape::Name),
            "The plugins that the suite is about, by name: where one is not registered, the scenarios are skipped.",
        ),
        field(
            "defaults",
            Optional,
            Shape::Struct(&DEFAULTS),
            "What scenarios and missions have that say nothing else.",
        ),
        field("scenarios", Required, Shape::SomeOf(&Shape::Struct(&SCENARIO)), "The scenarios, in order."),
        field(
            "expectations",
            Optional,
            Shape::SomeOf(&Shape::Struct(&EXPECTATION)),
            "What is expected of the results.",
        ),
    ],
    synonyms: &[("name", "suite_name"), ("suite", "suite_name"), ("expect", "expectations"), ("tests", "scenarios")],
    extensible: true,
};

/// A file of expectations alone.
pub(super) static EXPECTATIONS: Struct = Struct {
    name: "SuiteExpectationsDefinition",
    title: "the expectations file",
    description: "What is expected of the results of a suite.",
    fields: &[
        field("$schema", Optional, Shape::Text, "Where the schema of this file is, for editors."),
        field("suite_name", Optional, Shape::Name, "The suite that they are for."),
        field("description", Optional, Shape::Text, "What they are for."),
        field("expectations", Required, Shape::SomeOf(&Shape::Struct(&EXPECTATION)), "The expectations."),
    ],
    synonyms: &[("expect", "expectations"), ("name", "suite_name"), ("suite", "suite_name")],
    extensible: true,
};

/// `defaults:` of a suite.
static DEFAULTS: Struct = Struct {
    name: "Defaults",
    title: "defaults",
    description: "What scenarios and missions have that say nothing else. Objects are merged, key by key.",
    fields: &[
        field("initial_state", Optional, Shape::Object, "The state of scenarios that have none."),
        field("state_from", Optional, Shape::Name, "A fixture with the state of scenarios that have none."),
        field("state", Optional, Shape::Choice(STATE_FLOWS), "Where the missions of a scenario start from."),
        field("tags", Optional, Shape::ListOf(&Shape::Name), "Tags that all scenarios have, beside their own."),
        field("params", Optional, Shape::Object, "Params that all missions have, beside their own."),
        field("metadata", Optional, Shape::Object, "Metadata that all missions have, beside their own."),
        field("answers", Optional, Shape::MapOf(&Shape::Any), "Answers that all missions have, beside their own."),
        field("limits", Optional, Shape::MapOf(&Shape::Whole), "Limits that all missions have, beside their own."),
    ],
    synonyms: &[],
    extensible: false,
};

/// The words of `state:`.
pub(super) const STATE_FLOWS: &[&str] = &["fresh", "carry"];

/// A scenario.
pub(super) static SCENARIO: Struct = Struct {
    name: "ScenarioDefinition",
    title: "the scenario",
    description: "A sequence of mission calls.",
    fields: &[
        field("scenario_name", Required, Shape::Name, "The name, unique in the suite."),
        field("description", Optional, Shape::Text, "What the scenario shows."),
        field("initial_state", Optional, Shape::Object, "The state that missions start from; by default empty."),
        field("state_from", Optional, Shape::Name, "A fixture: a file, beside the suite, with the initial state."),
        field(
            "state",
            Optional,
            Shape::Choice(STATE_FLOWS),
            "`fresh`: each mission starts from the initial state. `carry`: from the final state of the one before.",
        ),
        field("missions", Required, Shape::SomeOf(&Shape::Struct(&MISSION)), "The missions to call, in order."),
        field(
            "expect",
            Optional,
            Shape::SomeOf(&Shape::Struct(&INNER)),
            "What is expected of the results, if it is more than that the missions succeed.",
        ),
        field("skip", Optional, Shape::Reason, "Why the scenario is not to be run."),
        field("tags", Optional, Shape::ListOf(&Shape::Name), "Words to select the scenario by."),
        field(
            "matrix",
            Optional,
            Shape::MapOf(&Shape::SomeOf(&Shape::Any)),
            "Axes and their values: the scenario becomes one for each combination. Strings refer to a value as \
             `${{axis}}`.",
        ),
    ],
    synonyms: &[
        ("name", "scenario_name"),
        ("expectations", "expect"),
        ("expected", "expect"),
        ("assert", "expect"),
        ("asserts", "expect"),
        ("assertions", "expect"),
        ("check", "expect"),
        ("checks", "expect"),
        ("should", "expect"),
        ("then", "expect"),
        ("given", "initial_state"),
        ("when", "missions"),
        ("run", "missions"),
        ("steps", "missions"),
        ("mission", "missions"),
    ],
    extensible: false,
};

/// A mission call.
static MISSION: Struct = Struct {
    name: "MissionDefinition",
    title: "the mission",
    description: "A call of a mission.",
    fields: &[
        field("name", Required, Shape::Name, "The mission: `plugin/name`, or the name alone while it is unique."),
        field(
            "as",
            Optional,
            Shape::Name,
            "What this call is known as in the scenario; by default the mission's name.",
        ),
        field("params", Optional, Shape::Any, "The params; by default empty."),
        field("params_from", Optional, Shape::Name, "A fixture: a file, beside the suite, with the params."),
        field("metadata", Optional, Shape::Object, "The metadata of the execution context."),
        field("answers", Optional, Shape::MapOf(&Shape::Any), ANSWERS),
        field("limits", Optional, Shape::MapOf(&Shape::Whole), "Limits of this call, by name."),
        field("expect_error", Optional, Shape::Name, "The code of the error that the call is expected to end in."),
    ],
    synonyms: &[
        ("mission", "name"),
        ("mission_name", "name"),
        ("alias", "as"),
        ("id", "as"),
        ("with", "params"),
        ("input", "params"),
        ("error", "expect_error"),
    ],
    extensible: false,
};

/// An expectation in a list of its own.
pub(super) static EXPECTATION: Struct = Struct {
    name: "ExpectationDefinition",
    title: "the expectation",
    description: "A declarative assertion on the result of a mission.",
    fields: &[
        field("id", Optional, Shape::Name, "The id, unique in the test run."),
        field("description", Optional, Shape::Text, "What it is about."),
        field("scenario_name", Required, Shape::Name, "The scenario."),
        field("mission_name", Optional, Shape::Name, "The mission (its `as`); may be left out if there is but one."),
        field("path", Required, Shape::Text, PATH),
        field("op", Required, Shape::Op, "The operator."),
        field("expected", Optional, Shape::Any, "What the operator compares with."),
        field("not", Optional, Shape::Boolean, "Whether the comparison is to come out false."),
        field("tolerance", Optional, Shape::NonNegative, "By how much `close_to` may differ."),
    ],
    synonyms: EXPECTATION_SYNONYMS,
    extensible: false,
};

/// An expectation inside a scenario.
pub(super) static INNER: Struct = Struct {
    name: "InnerExpectationDefinition",
    title: "the expectation",
    description: "A declarative assertion on the result of a mission of this scenario.",
    fields: &[
        field("id", Optional, Shape::Name, "The id, unique in the test run."),
        field("description", Optional, Shape::Text, "What it is about."),
        field("mission_name", Optional, Shape::Name, "The mission (its `as`); may be left out if there is but one."),
        field("path", Required, Shape::Text, PATH),
        field("op", Required, Shape::Op, "The operator."),
        field("expected", Optional, Shape::Any, "What the operator compares with."),
        field("not", Optional, Shape::Boolean, "Whether the comparison is to come out false."),
        field("tolerance", Optional, Shape::NonNegative, "By how much `close_to` may differ."),
    ],
    synonyms: EXPECTATION_SYNONYMS,
    extensible: false,
};

const ANSWERS: &str = "The answers to human steps, by step id; `{$expire: true}`, `{$cancel: REASON}` and `{$mark: true}` \
                       say what else happens to a step.";

const PATH: &str =
    "Where in the result: dotted (`final_state.tasks.0.id`) or a JSON Pointer (`/final_state/tasks/0/id`).";

const EXPECTATION_SYNONYMS: &[(&str, &str)] = &[
    ("name", "id"),
    ("scenario", "scenario_name"),
    ("mission", "mission_name"),
    ("as", "mission_name"),
    ("operator", "op"),
    ("value", "expected"),
    ("expect", "expected"),
    ("negate", "not"),
    ("pointer", "path"),
    ("epsilon", "tolerance"),
];
