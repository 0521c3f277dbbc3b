//! Suites and expectations as they stand in files: what may stand there, and reading it.
//!
//! A document comes in as a JSON value, whatever format its file has. [`test_run`] reads a suite, with or without an
//! expectations file, and returns all that is wrong at once, each [`DefinitionError`] with the JSON Pointers of its
//! places; the caller maps them to lines. Unknown fields are warnings; whoever wants them to be errors calls
//! [`DefinitionResult::strict`].
//!
//! One table (`format`) says which fields there are: the reader checks documents against it and [`suite_schema`]
//! prints it as JSON Schema. An optional field that is null counts as absent, except `expected`.
//!
//! # Matrices
//!
//! `matrix: {axis: [values]}` turns a scenario into one for each combination. In its strings, `${{axis}}` stands for
//! the value: a string that is one reference and nothing else becomes the value itself, whatever its type;
//! otherwise a string value is inserted as it is and another value as canonical JSON. `$${{` stands for `${{`. Keys
//! are left alone, and so is a scenario without a matrix. The values of an axis may refer to other axes, not in a
//! cycle. Axes are in the order of their names (objects of JSON have no order), and the last one changes fastest.
//! The name of an expanded scenario is `name[axis=value,...]`, unless the name has references of its own. An
//! expectation that names the scenario as it was declared applies to each one it became, `[axis=value,...]` being
//! added to its id.

mod budget;
mod decode;
mod defaults;
mod document;
mod error;
mod expectations;
mod fixtures;
mod format;
mod link;
mod matrix;
mod model;
mod scenario;
mod schema;
mod shape;
mod source;
mod test_run;
#[cfg(test)]
mod tests;

pub use decode::{expectations, suite, test_run};
pub use error::{DefinitionDocument, DefinitionError, DefinitionErrorCode, DefinitionPlace, DefinitionResult};
pub use fixtures::{Fixtures, NoFixtures};
pub use matrix::MAX_EXPANSIONS;
pub use model::{
    Expectation, ExpectationDefinition, MatrixCell, MissionDefinition, ScenarioDefinition, ScenarioOutline,
    ScenarioSuiteDefinition, StateFlow, SuiteExpectationsDefinition,
};
pub use schema::{expectations_schema, suite_schema};
pub use source::SuiteDocument;
pub use test_run::{TestDefinition, TestRunDefinition};
