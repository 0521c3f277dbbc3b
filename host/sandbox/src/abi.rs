//! The plugin interface's types as they cross the boundary, each once.
//!
//! All versions of the interface have the same types but for what an operation returns: `OperationOutput` is that of the
//! current one, and what an older version returns is made into it here.

use wasmtime::component::{ComponentType, Lift, Lower};

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) sdk: String,
    pub(crate) description: String,
    pub(crate) missions: Vec<MissionInfo>,
    pub(crate) operations: Vec<OperationInfo>,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct MissionInfo {
    pub(crate) name: String,
    pub(crate) description: String,
    #[component(name = "params-schema")]
    pub(crate) params_schema: String,
    pub(crate) examples: Vec<String>,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct OperationInfo {
    pub(crate) name: String,
    pub(crate) description: String,
    #[component(name = "payload-schema")]
    pub(crate) payload_schema: String,
    pub(crate) reads: Vec<Region>,
    pub(crate) writes: Vec<Region>,
    pub(crate) examples: Vec<OperationExample>,
}

#[derive(Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Region {
    #[component(name = "state")]
    State(String),
    #[component(name = "payload")]
    Payload(String),
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct OperationExample {
    pub(crate) payload: String,
    pub(crate) state: String,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Workflow {
    pub(crate) id: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) metadata: String,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Step {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) payload: String,
}

/// What an operation is called with, as it lies here: it is copied once, into the plugin's memory.
#[derive(Debug, Clone, Copy, ComponentType, Lower)]
#[component(record)]
pub(crate) struct OperationInput<'a> {
    pub(crate) operation: &'a str,
    #[component(name = "step-id")]
    pub(crate) step_id: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) state: &'a str,
    pub(crate) decisions: &'a str,
    pub(crate) metadata: &'a str,
    pub(crate) seed: u64,
}

/// What an operation returns in 0.1.0.
#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct OperationOutput0_1 {
    changes: Vec<Change>,
    output: Option<String>,
}

impl From<OperationOutput0_1> for OperationOutput {
    fn from(OperationOutput0_1 { changes, output }: OperationOutput0_1) -> Self {
        Self { changes, output, display: Vec::new(), verdict: None }
    }
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct OperationOutput {
    pub(crate) changes: Vec<Change>,
    pub(crate) output: Option<String>,
    pub(crate) display: Vec<Block>,
    pub(crate) verdict: Option<Verdict>,
}

#[derive(Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Change {
    #[component(name = "add")]
    Add(LocatedValue),
    #[component(name = "remove")]
    Remove(String),
    #[component(name = "replace")]
    Replace(LocatedValue),
    #[component(name = "move")]
    Move(Relocation),
    #[component(name = "copy")]
    Copy(Relocation),
    #[component(name = "test")]
    Test(LocatedValue),
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct LocatedValue {
    pub(crate) path: String,
    pub(crate) value: String,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Relocation {
    pub(crate) from: String,
    pub(crate) path: String,
}

#[derive(Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum Block {
    #[component(name = "heading")]
    Heading(String),
    #[component(name = "text")]
    Text(String),
    #[component(name = "list")]
    List(Vec<String>),
    #[component(name = "fields")]
    Fields(Vec<Field>),
    #[component(name = "table")]
    Table(Table),
    #[component(name = "code")]
    Code(Code),
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) align: Align,
}

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "what a guest passes makes them")]
pub(crate) enum Align {
    #[component(name = "left")]
    Left,
    #[component(name = "right")]
    Right,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Code {
    pub(crate) language: Option<String>,
    pub(crate) text: String,
}

#[derive(Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct Verdict {
    pub(crate) passed: bool,
    pub(crate) summary: String,
}

#[derive(Debug, Clone, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) details: Option<String>,
}

#[derive(Debug, Clone, Copy, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "what a guest passes makes them")]
pub(crate) enum Level {
    #[component(name = "debug")]
    Debug,
    #[component(name = "info")]
    Info,
    #[component(name = "warn")]
    Warn,
    #[component(name = "error")]
    Error,
}
