//! What the attributes make of a function.

use std::rc::Rc;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sortie_interface::{MissionInfo, OperationInfo};

use crate::access::{DeclaredAccess, Hold, check_change};
use crate::call::Call;
use crate::failure::{Failure, Result};
use crate::node::from_text;
use crate::output::Output;
use crate::workflow::Workflow;

/// A mission: what `#[mission]` makes of a function, under the function's name.
pub trait MissionEntry: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its part of the manifest.
    fn info(&self) -> MissionInfo;
    /// Builds it from params, as the JSON text that the host gives.
    fn build_from(&self, params: &str) -> Result<Workflow>;

    /// Builds it from params.
    fn build(&self, params: Value) -> Result<Workflow> {
        self.build_from(&params.to_string())
    }
}

/// An operation: what `#[operation]` makes of a function, under the function's name.
pub trait OperationEntry: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its part of the manifest.
    fn info(&self) -> OperationInfo;
    /// What it declares to read and to change.
    #[doc(hidden)]
    fn access(&self) -> &'static DeclaredAccess;
    /// Executes it with a payload, as the JSON text that the host gives.
    fn execute_on(&self, payload: &str, call: &Call) -> Result<Output>;

    /// Executes it: for unit tests. As in the sandbox, it has to declare what it looks for and what it changes; what it
    /// does not declare is a panic there.
    #[track_caller]
    fn execute(&self, payload: Value, call: &Call) -> Result<Output> {
        let payload = Rc::new(payload.to_string());
        let _held = Hold::with_payload(self.access(), Some(Rc::clone(&payload)));
        let output = self.execute_on(&payload, call)?;
        // Of changes that were made without the functions of `Output`.
        output.changes.iter().for_each(check_change);
        Ok(output)
    }
}

/// The schema of a type, with what it refers to inlined where that is possible.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Reads params as a type.
pub fn params_of<T: DeserializeOwned>(text: &str) -> Result<T> {
    read(text, Failure::invalid_params)
}

/// Reads a payload as a type.
pub fn payload_of<T: DeserializeOwned>(text: &str) -> Result<T> {
    read(text, |message| Failure::new("invalid_payload", message))
}

/// Reads a type from its text. What is wrong is told of the value: nobody has seen the lines and columns of the text.
fn read<T: DeserializeOwned>(text: &str, failure: impl Fn(String) -> Failure) -> Result<T> {
    if let Ok(read) = from_text(text) {
        return Ok(read);
    }
    let value: Value = from_text(text)?;
    serde_json::from_value(value).map_err(|error| failure(error.to_string()))
}
