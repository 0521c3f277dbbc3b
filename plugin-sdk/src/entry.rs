//! What the attributes make of a function.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sortie_interface::{MissionInfo, OperationInfo};

use crate::call::Call;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::workflow::Workflow;

/// A mission: what `#[mission]` makes of a function, under the function's name.
pub trait MissionEntry: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its part of the manifest.
    fn info(&self) -> MissionInfo;
    /// Builds it from params.
    fn build(&self, params: Value) -> Result<Workflow>;
}

/// An operation: what `#[operation]` makes of a function, under the function's name.
pub trait OperationEntry: Sync {
    /// Its name.
    fn name(&self) -> &'static str;
    /// Its part of the manifest.
    fn info(&self) -> OperationInfo;
    /// Executes it.
    fn execute(&self, payload: Value, call: &Call) -> Result<Output>;
}

/// The schema of a type, with what it refers to inlined where that is possible.
pub fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Reads params as a type.
pub fn params_of<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Failure::invalid_params(error.to_string()))
}

/// Reads a payload as a type.
pub fn payload_of<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|error| Failure::new("invalid_payload", error.to_string()))
}
