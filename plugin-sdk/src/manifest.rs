//! What a plugin says of itself.

use serde::Serialize;
use serde_json::Value;

use crate::entry::{MissionEntry, OperationEntry};

/// What a plugin is and has. Its JSON form is what stands in the section `sortie:manifest` of a plugin's file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// This crate's name and version.
    pub sdk: String,
    /// A sentence for people.
    pub description: String,
    /// The missions, in the order of their declaration.
    pub missions: Vec<MissionInfo>,
    /// The operations, in the order of their declaration.
    pub operations: Vec<OperationInfo>,
}

/// A mission that a plugin can build.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MissionInfo {
    /// Its name.
    pub name: String,
    /// A sentence for people.
    pub description: String,
    /// JSON Schema (draft 2020-12) of its params.
    pub params_schema: Value,
    /// Params that work.
    pub examples: Vec<Value>,
}

/// An operation that a plugin can execute.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationInfo {
    /// Its name.
    pub name: String,
    /// A sentence for people.
    pub description: String,
    /// JSON Schema (draft 2020-12) of its payload.
    pub payload_schema: Value,
    /// The parts of the state that it is given.
    pub reads: Vec<Region>,
    /// The parts of the state that it may change.
    pub writes: Vec<Region>,
    /// Inputs that work.
    pub examples: Vec<OperationExample>,
}

/// An input that an operation can be tried with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationExample {
    /// A JSON object.
    pub payload: Value,
    /// The whole state, a JSON object.
    pub state: Value,
}

/// A part of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// The value at this JSON Pointer, and all below it.
    State(&'static str),
    /// The values at the pointers that the payload carries at this pointer into it; `*` stands for every element.
    Payload(&'static str),
}

/// What [`plugin!`](crate::plugin!) knows.
pub struct Identity {
    /// The plugin's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// A sentence for people.
    pub description: &'static str,
    /// Its missions.
    pub missions: &'static [&'static dyn MissionEntry],
    /// Its operations.
    pub operations: &'static [&'static dyn OperationEntry],
}

impl Identity {
    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        Manifest {
            name: self.name.to_owned(),
            version: self.version.to_owned(),
            sdk: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            description: self.description.to_owned(),
            missions: self.missions.iter().map(|mission| mission.info()).collect(),
            operations: self.operations.iter().map(|operation| operation.info()).collect(),
        }
    }
}
