//! What a plugin says of itself.

use jsonptr::PointerBuf;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The custom section of a plugin's file that holds the manifest, as JSON.
pub const MANIFEST_SECTION: &str = "sortie:manifest";

/// The greatest size of a manifest's text: 1 MiB.
pub const MAX_MANIFEST_BYTES: usize = 1 << 20;

/// The greatest number of missions in a manifest.
pub const MAX_MISSIONS: usize = 256;

/// The greatest number of operations in a manifest.
pub const MAX_OPERATIONS: usize = 1024;

/// What a plugin is and has. Its JSON form is what stands in the section [`MANIFEST_SECTION`] of a plugin's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// The plugin's version (Semantic Versioning 2.0.0).
    pub version: String,
    /// The SDK that made it, and the SDK's version.
    pub sdk: String,
    /// A sentence for people.
    pub description: String,
    /// The missions that it can build, in the order of their declaration.
    pub missions: Vec<MissionInfo>,
    /// The operations that it can execute, in the order of their declaration.
    pub operations: Vec<OperationInfo>,
}

impl Manifest {
    /// The mission of this name.
    #[must_use]
    pub fn mission(&self, name: &str) -> Option<&MissionInfo> {
        self.missions.iter().find(|mission| mission.name == name)
    }

    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&OperationInfo> {
        self.operations.iter().find(|operation| operation.name == name)
    }
}

/// A mission that a plugin can build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationExample {
    /// A JSON object.
    pub payload: Value,
    /// The whole state, a JSON object.
    pub state: Value,
}

/// A part of the state, as a manifest declares it. A closed set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// The value at this pointer, and all below it.
    State(PointerBuf),
    /// The value at each pointer that the payload carries at this pointer into it, where the token `*` stands for
    /// every element or member.
    Payload(PointerBuf),
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case", deny_unknown_fields)]
        enum Text {
            State(String),
            Payload(String),
        }
        let parse = |text: String| {
            PointerBuf::parse(text.as_str())
                .map_err(|_| serde::de::Error::custom(format!("`{text}` is not a JSON Pointer (RFC 6901)")))
        };
        match Text::deserialize(deserializer)? {
            Text::State(text) => parse(text).map(Self::State),
            Text::Payload(text) => parse(text).map(Self::Payload),
        }
    }
}
