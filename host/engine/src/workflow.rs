//! Workflow definitions, and the checks that every one passes before a step of it runs.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sortie_interface::{MAX_HUMAN_STEPS, MAX_STEPS};
use sortie_json::{ContentHash, FaultKind, Json, MAX_DEPTH, ObjectWriter, is_deeper};

use crate::context::type_name;
use crate::human::{HumanStep, HumanStepError};

const SCHEMA_VERSION: &str = "workflow_definition@1";

/// Whether the runtime or a person does a step: the envelope, a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// An operation of a plugin.
    Runtime,
    /// A decision of a person.
    Human,
}

/// A step as it was defined; its kind is not checked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Unique in its workflow.
    pub id: String,
    /// `runtime` or `human`.
    pub kind: String,
    /// A JSON object; a runtime step's names its `operation`.
    pub payload: Value,
}

/// What a mission builder makes: an id, ordered steps, metadata. Not checked yet.
///
/// Its values are plain: they come from a reader, from a plugin's answer, which the sandbox reads, or from a program that
/// made them by hand. Only for the last is there something to check, by [`i_json`](Self::i_json), once: what follows, from
/// [`validated`](Self::validated) to the result, takes it for granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowDefinition {
    /// What the workflow is called; it becomes the result's id.
    pub id: String,
    /// In the order of their execution.
    pub steps: Vec<Step>,
    /// A JSON object.
    pub metadata: Value,
}

/// A workflow definition that a run cannot be made of. A closed set, as each has a code of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WorkflowError {
    /// More steps, or more human steps, than a mission may have.
    #[error("the workflow has {count} {what}, more than the {limit} that a mission may have")]
    AntiFailure {
        /// `steps` or `human steps`.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A step of another kind.
    #[error("step `{step}` is of kind `{kind}`: a step is `runtime` or `human`")]
    Envelope {
        /// The step's id.
        step: String,
        /// Its kind.
        kind: String,
    },
    /// Two steps with one id.
    #[error("two steps have the id `{0}`")]
    DuplicateStep(String),
    /// A definition that has not the shape of one.
    #[error("{expected} expected at `{pointer}`, but there is {found}")]
    Shape {
        /// Where, as a JSON Pointer into the definition.
        pointer: String,
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A member that a workflow definition does not have.
    #[error("{what} has no member `{member}`")]
    UnknownMember {
        /// The JSON Pointer of the object that has it.
        pointer: String,
        /// What the object is: `a workflow` or `a step`.
        what: &'static str,
        /// The member.
        member: String,
        /// The members that there are.
        known: &'static [&'static str],
    },
    /// A value that is not I-JSON (RFC 7493).
    #[error("the workflow is not I-JSON at `{pointer}`: {problem}")]
    NotIJson {
        /// Where, as a JSON Pointer into the definition.
        pointer: String,
        /// What is wrong there.
        problem: String,
    },
    /// A human step whose payload cannot be asked.
    #[error("human step `{step}`: {error}")]
    HumanStep {
        /// The step's id.
        step: String,
        /// What is wrong with it.
        error: HumanStepError,
    },
}

impl WorkflowError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::AntiFailure { .. } => "anti_failure_violation",
            Self::Envelope { .. } => "envelope_violation",
            Self::DuplicateStep(_) => "duplicate_step_id",
            Self::Shape { .. } | Self::UnknownMember { .. } | Self::NotIJson { .. } => "invalid_workflow",
            Self::HumanStep { .. } => "invalid_human_step",
        }
    }
}

impl WorkflowDefinition {
    /// Reads a definition: `{"id", "steps": [{"id", "kind", "payload"}], "metadata"}`. Metadata and payloads may
    /// be left out. Other members, and `schema_version`, are errors and ignored, respectively. A payload or metadata
    /// nested deeper than 128 levels is an error, and not copied.
    pub fn from_json(value: &Value) -> Result<Self, WorkflowError> {
        let members = object(value, "")?;
        known(members, "", "a workflow", &["id", "steps", "metadata", "schema_version"])?;
        let steps = members.get("steps").unwrap_or(&Value::Null);
        let steps = steps.as_array().ok_or_else(|| shape("/steps", "an array of steps", steps))?;
        let metadata = copied(members, "", "metadata")?;
        object(&metadata, "/metadata")?;
        Ok(Self {
            id: text(members, "", "id")?,
            steps: steps
                .iter()
                .enumerate()
                .map(|(index, step)| Step::from_json(step, &format!("/steps/{index}")))
                .collect::<Result<_, _>>()?,
            metadata,
        })
    }

    /// A definition that has nothing yet.
    #[must_use]
    pub fn empty() -> Self {
        Self { id: String::new(), steps: Vec::new(), metadata: json!({}) }
    }

    /// The hash of the definition: of [`to_json`](Self::to_json), without making it.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        let Self { id, steps, metadata } = self;
        let mut bytes = Vec::with_capacity(4096);
        let mut object = ObjectWriter::begin(&mut bytes);
        object.text("id", id);
        object.value("metadata", metadata);
        object.text("schema_version", SCHEMA_VERSION);
        object.objects("steps", steps, Step::write);
        object.end();
        ContentHash::of_bytes(&bytes)
    }

    /// The definition as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let steps: Vec<_> = self.steps.iter().map(Step::to_json).collect();
        json!({"schema_version": SCHEMA_VERSION, "id": self.id, "steps": steps, "metadata": self.metadata})
    }

    /// The same definition with what a host writes into the metadata of every workflow that was built: `mission_type`,
    /// the mission's name, and `params`, as they were given. Both names are the host's: what a builder wrote there is
    /// replaced, and everything else that it wrote is kept.
    #[must_use]
    pub fn built_from(mut self, mission: &str, params: &Value) -> Self {
        if let Some(members) = self.metadata.as_object_mut() {
            members.insert("mission_type".to_owned(), json!(mission));
            members.insert("params".to_owned(), params.clone());
        }
        self
    }

    /// The same definition with its values checked and its numbers normalised: for one that neither a reader nor a plugin
    /// gave, but a program.
    ///
    /// ```
    /// use serde_json::json;
    /// use sortie_engine::WorkflowDefinition;
    ///
    /// let step = |size| json!({"id": "a", "kind": "runtime", "payload": {"operation": "noop", "size": size}});
    /// let of = |step| WorkflowDefinition::from_json(&json!({"id": "w", "steps": [step]})).unwrap().i_json();
    /// assert_eq!(of(step(json!(1.0))).unwrap().steps[0].payload["size"], json!(1));
    /// let error = of(step(json!(u64::MAX))).unwrap_err().to_string();
    /// assert!(error.starts_with("the workflow is not I-JSON at `/steps/0/payload/size`"), "{error}");
    /// ```
    pub fn i_json(mut self) -> Result<Self, WorkflowError> {
        // All are looked at, the first fault is told: what is nested too deeply can only be dropped by what checks it.
        let mut fault = Ok(());
        let mut keep = |value: &mut Value, at: &str| {
            let kept = i_json(std::mem::take(value), at).map(|kept| *value = kept);
            fault = std::mem::replace(&mut fault, Ok(())).and(kept);
        };
        for (index, step) in self.steps.iter_mut().enumerate() {
            keep(&mut step.payload, &format!("/steps/{index}/payload"));
        }
        keep(&mut self.metadata, "/metadata");
        fault.map(|()| self)
    }

    /// Checks the limits, the kinds, the ids and the shapes: invariants 1 and 2.
    ///
    /// # Errors
    ///
    /// It is an error if one of them is broken.
    pub fn validated(self) -> Result<ValidWorkflow, WorkflowError> {
        at_most("steps", self.steps.len(), MAX_STEPS)?;
        let mut ids = BTreeSet::new();
        let mut steps = Vec::with_capacity(self.steps.len());
        for (index, step) in self.steps.iter().enumerate() {
            if step.id.is_empty() {
                return Err(shape(&format!("/steps/{index}/id"), "an id", &json!(step.id)));
            }
            if !ids.insert(step.id.as_str()) {
                return Err(WorkflowError::DuplicateStep(step.id.clone()));
            }
            let step = step.validated(index)?;
            if let ValidStep::Human(step) = &step {
                check_shown(step, &steps)?;
            }
            steps.push(step);
        }
        let humans = steps.iter().filter(|step| matches!(step, ValidStep::Human(_))).count();
        at_most("human steps", humans, MAX_HUMAN_STEPS)?;
        object(&self.metadata, "/metadata")?;
        Ok(ValidWorkflow { definition: self, steps })
    }
}

/// A member that may be left out, copied.
fn copied(members: &Map<String, Value>, at: &str, name: &str) -> Result<Value, WorkflowError> {
    let Some(value) = members.get(name) else { return Ok(json!({})) };
    if is_deeper(value, MAX_DEPTH) {
        let problem = FaultKind::TooDeep(MAX_DEPTH).to_string();
        return Err(WorkflowError::NotIJson { pointer: format!("{at}/{name}"), problem });
    }
    Ok(value.clone())
}

fn i_json(value: Value, at: &str) -> Result<Value, WorkflowError> {
    Json::of(value).map(Json::into_value).map_err(|faults| {
        let first = faults.first();
        WorkflowError::NotIJson {
            pointer: format!("{at}{}", first.map_or("", |fault| fault.pointer.as_str())),
            problem: first.map(|fault| fault.kind.to_string()).unwrap_or_default(),
        }
    })
}

/// Checks that what a human step shows are runtime steps before it.
fn check_shown(step: &HumanStep, earlier: &[ValidStep]) -> Result<(), WorkflowError> {
    let is_shown =
        |shown: &String| earlier.iter().any(|earlier| matches!(earlier, ValidStep::Runtime { id, .. } if id == shown));
    match step.show.iter().find(|shown| !is_shown(shown)) {
        None => Ok(()),
        Some(shown) => Err(WorkflowError::HumanStep {
            step: step.id.clone(),
            error: HumanStepError::ShowsNoEarlierStep(shown.clone()),
        }),
    }
}

fn at_most(what: &'static str, count: usize, limit: usize) -> Result<(), WorkflowError> {
    if count > limit { Err(WorkflowError::AntiFailure { what, count, limit }) } else { Ok(()) }
}

impl Step {
    fn from_json(value: &Value, pointer: &str) -> Result<Self, WorkflowError> {
        let members = object(value, pointer)?;
        known(members, pointer, "a step", &["id", "kind", "payload"])?;
        Ok(Self {
            id: text(members, pointer, "id")?,
            kind: text(members, pointer, "kind")?,
            payload: copied(members, pointer, "payload")?,
        })
    }

    /// Its members in canonical form.
    pub(crate) fn write(object: &mut ObjectWriter<'_>, Self { id, kind, payload }: &Self) {
        object.text("id", id);
        object.text("kind", kind);
        object.value("payload", payload);
    }

    fn to_json(&self) -> Value {
        json!({"id": self.id, "kind": self.kind, "payload": self.payload})
    }

    fn validated(&self, index: usize) -> Result<ValidStep, WorkflowError> {
        let no_object = || shape(&format!("/steps/{index}/payload"), "an object", &self.payload);
        let members = self.payload.as_object();
        match self.kind.as_str() {
            "runtime" => {
                let members = members.ok_or_else(no_object)?;
                let operation = match members.get("operation").unwrap_or(&Value::Null) {
                    Value::String(operation) if !operation.is_empty() => operation.clone(),
                    other => {
                        let pointer = format!("/steps/{index}/payload/operation");
                        return Err(shape(&pointer, "a non-empty string", other));
                    }
                };
                let others = members.iter().filter(|(name, _)| *name != "operation");
                let payload = others.map(|(name, value)| (name.clone(), value.clone())).collect();
                Ok(ValidStep::Runtime { id: self.id.clone(), operation, payload: Value::Object(payload) })
            }
            "human" => {
                members.ok_or_else(no_object)?;
                HumanStep::from_payload(&self.id, &self.payload)
                    .map(ValidStep::Human)
                    .map_err(|error| WorkflowError::HumanStep { step: self.id.clone(), error })
            }
            other => Err(WorkflowError::Envelope { step: self.id.clone(), kind: other.to_owned() }),
        }
    }
}

/// A step that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ValidStep {
    /// A call of an operation.
    Runtime {
        id: String,
        operation: String,
        /// Without the member `operation`.
        payload: Value,
    },
    /// A question to a person.
    Human(HumanStep),
}

/// A workflow definition that passed all checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidWorkflow {
    definition: WorkflowDefinition,
    steps: Vec<ValidStep>,
}

impl ValidWorkflow {
    /// The definition as it was given.
    #[must_use]
    pub fn definition(&self) -> &WorkflowDefinition {
        &self.definition
    }

    /// The definition alone.
    pub(crate) fn into_definition(self) -> WorkflowDefinition {
        self.definition
    }

    /// The operations that the runtime steps name, with their payloads, in order: what a plan binds to plugins.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.steps.iter().filter_map(|step| match step {
            ValidStep::Runtime { id, operation, payload } => Some((id.as_str(), operation.as_str(), payload)),
            ValidStep::Human(_) => None,
        })
    }

    /// The human steps, in order.
    pub fn human_steps(&self) -> impl Iterator<Item = &HumanStep> {
        self.steps.iter().filter_map(|step| match step {
            ValidStep::Human(step) => Some(step),
            ValidStep::Runtime { .. } => None,
        })
    }

    pub(crate) fn steps(&self) -> &[ValidStep] {
        &self.steps
    }
}

fn shape(pointer: &str, expected: &'static str, found: &Value) -> WorkflowError {
    let found = match found {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        other => type_name(other).to_owned(),
    };
    WorkflowError::Shape { pointer: pointer.to_owned(), expected, found }
}

fn object<'v>(value: &'v Value, pointer: &str) -> Result<&'v Map<String, Value>, WorkflowError> {
    value.as_object().ok_or_else(|| shape(pointer, "an object", value))
}

fn text(members: &Map<String, Value>, pointer: &str, name: &'static str) -> Result<String, WorkflowError> {
    let value = members.get(name).unwrap_or(&Value::Null);
    match value.as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        Some(_) | None => Err(shape(&format!("{pointer}/{name}"), "a non-empty string", value)),
    }
}

fn known(
    members: &Map<String, Value>,
    pointer: &str,
    what: &'static str,
    known: &'static [&'static str],
) -> Result<(), WorkflowError> {
    match members.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(member) => {
            Err(WorkflowError::UnknownMember { pointer: pointer.to_owned(), what, member: member.clone(), known })
        }
    }
}
