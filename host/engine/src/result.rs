//! What a finished run is, how it came to be, and what lets another machine check it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::FailureKind;
use crate::changes::Change;
use crate::human::Decision;
use crate::limits::{Fuel, Limits};
use crate::plan::PluginRef;
use crate::policy::PluginPolicy;
use sortie_json::{ContentHash, present};

/// What a finished run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrchestrationResult {
    /// `orchestration_result@1`.
    pub schema_version: String,
    /// The workflow's id.
    pub id: String,
    /// Whether every step was executed.
    pub success: bool,
    /// The ids of the steps that were executed, in order; the failed one is not among them.
    pub executed_steps: Vec<String>,
    /// The state after the last executed step.
    pub final_state: Value,
    /// What the operations returned besides changes, by step id.
    pub outputs: BTreeMap<String, Value>,
    /// What was decided, by step id.
    pub decisions: BTreeMap<String, Decision>,
    /// The step that failed.
    pub failed_step_id: Option<String>,
    /// Why: see [`FailureKind::code`].
    pub error_code: Option<FailureKind>,
    /// Why, in words.
    pub error_message: Option<String>,
    /// Whatever else there is to know of the failure.
    pub error_details: Value,
    /// How it came to be.
    pub lineage: Lineage,
    /// What another machine needs to check it.
    pub receipt: Receipt,
}

impl OrchestrationResult {
    /// The SHA-256 of the canonical form of the object with just these members of the result: `id`, `success`,
    /// `executed_steps`, `final_state`, `outputs`, `decisions`, `error_code`, `error_message`.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        #[derive(Serialize)]
        struct Hashed<'a> {
            id: &'a str,
            success: bool,
            executed_steps: &'a [String],
            final_state: &'a Value,
            outputs: &'a BTreeMap<String, Value>,
            decisions: &'a BTreeMap<String, Decision>,
            error_code: Option<FailureKind>,
            error_message: Option<&'a str>,
        }
        ContentHash::of_ours(&Hashed {
            id: &self.id,
            success: self.success,
            executed_steps: &self.executed_steps,
            final_state: &self.final_state,
            outputs: &self.outputs,
            decisions: &self.decisions,
            error_code: self.error_code,
            error_message: self.error_message.as_deref(),
        })
    }

    /// The result as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        to_value(self)
    }
}

/// Serialises one of our own types, all of which have string keys and no floats but those of `Value`s.
pub(crate) fn to_value<T: Serialize>(value: &T) -> Value {
    #[expect(clippy::expect_used, reason = "the type has a JSON form")]
    serde_json::to_value(value).expect("a value of ours has a JSON form")
}

/// How a result came to be, step by step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// The workflow's id.
    pub workflow_id: String,
    /// The ids of the steps that were executed, in order.
    pub executed_step_ids: Vec<String>,
    /// One for each step that was begun, the failed one included.
    pub steps: Vec<LineageStep>,
}

/// What happened in a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind", deny_unknown_fields)]
pub enum LineageStep {
    /// An operation was called.
    Runtime {
        /// The step's id.
        step_id: String,
        /// The plugin.
        plugin: PluginRef,
        /// The operation.
        operation: String,
        /// The hash of its input.
        input_hash: ContentHash,
        /// `ok`, or the code of the failure.
        outcome: String,
        /// What was applied to the state (RFC 6902); empty when the step failed.
        patch: Vec<Change>,
        /// What it returned besides.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Value>,
        /// The fuel that it used.
        fuel: Fuel,
        /// The hash of all this and of the chain before it.
        chain: ContentHash,
    },
    /// Something was decided.
    Human {
        /// The step's id.
        step_id: String,
        /// `ok`, or the code of the failure.
        outcome: String,
        /// The decision, unless the step failed.
        decision: Option<Decision>,
        /// The hash of all this and of the chain before it.
        chain: ContentHash,
    },
}

impl LineageStep {
    /// The step's id.
    #[must_use]
    pub fn step_id(&self) -> &str {
        match self {
            Self::Runtime { step_id, .. } | Self::Human { step_id, .. } => step_id,
        }
    }

    /// The chain hash after this step.
    #[must_use]
    pub fn chain(&self) -> ContentHash {
        match self {
            Self::Runtime { chain, .. } | Self::Human { chain, .. } => *chain,
        }
    }

    /// The same step with its chain hash: the SHA-256 of `{"previous": …, "step": …}`, where the step is this one
    /// without `chain`.
    pub(crate) fn chained(mut self, previous: ContentHash) -> Self {
        #[derive(Serialize)]
        struct Link {
            previous: ContentHash,
            step: Value,
        }
        let mut step = to_value(&self);
        if let Some(members) = step.as_object_mut() {
            members.remove("chain");
        }
        let hash = ContentHash::of_ours(&Link { previous, step });
        match &mut self {
            Self::Runtime { chain, .. } | Self::Human { chain, .. } => *chain = hash,
        }
        self
    }

    fn receipt(&self) -> ReceiptStep {
        match self {
            Self::Runtime { step_id, plugin, operation, outcome, fuel, chain, .. } => ReceiptStep {
                step_id: step_id.clone(),
                plugin: Some(plugin.clone()),
                operation: Some(operation.clone()),
                outcome: outcome.clone(),
                fuel: *fuel,
                chain: *chain,
            },
            Self::Human { step_id, outcome, chain, .. } => ReceiptStep {
                step_id: step_id.clone(),
                plugin: None,
                operation: None,
                outcome: outcome.clone(),
                fuel: 0,
                chain: *chain,
            },
        }
    }
}

/// What another machine needs to check a result: hashes of all that went in and came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// `receipt@1`.
    pub schema_version: String,
    /// The hash of the receipt's other members but `audit`.
    pub id: ContentHash,
    /// The hash of the workflow definition.
    pub workflow_hash: ContentHash,
    /// The hash of the context.
    pub context_hash: ContentHash,
    /// The limits that were in force.
    pub limits: Limits,
    /// What the host decided for single plugins, by their names; absent if nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, PluginPolicy>,
    /// One for each step that was begun.
    pub steps: Vec<ReceiptStep>,
    /// The fuel of all calls, the builder's included.
    pub fuel: Fuel,
    /// See [`OrchestrationResult::hash`].
    pub result_hash: ContentHash,
    /// Who decided what and when: for people, covered by no hash.
    pub audit: Vec<Value>,
}

/// A step in a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptStep {
    /// The step's id.
    pub step_id: String,
    /// The plugin of a runtime step.
    pub plugin: Option<PluginRef>,
    /// The operation of a runtime step.
    pub operation: Option<String>,
    /// `ok`, or the code of the failure.
    pub outcome: String,
    /// The fuel that it used.
    pub fuel: Fuel,
    /// The lineage's chain hash after this step.
    pub chain: ContentHash,
}

/// What a result is made of; the hashes follow from it.
pub(crate) struct Parts {
    pub(crate) id: String,
    pub(crate) executed_steps: Vec<String>,
    pub(crate) final_state: Value,
    pub(crate) outputs: BTreeMap<String, Value>,
    pub(crate) decisions: BTreeMap<String, Decision>,
    pub(crate) failure: Option<(String, crate::call::StepFailure)>,
    pub(crate) steps: Vec<LineageStep>,
    pub(crate) workflow_hash: ContentHash,
    pub(crate) context_hash: ContentHash,
    pub(crate) limits: Limits,
    pub(crate) policies: BTreeMap<String, PluginPolicy>,
    pub(crate) fuel: Fuel,
}

impl Parts {
    pub(crate) fn into_result(self) -> OrchestrationResult {
        let (failed_step_id, failure) = self.failure.unzip();
        let receipt = Receipt {
            schema_version: "receipt@1".to_owned(),
            id: ContentHash::of(&Value::Null),
            workflow_hash: self.workflow_hash,
            context_hash: self.context_hash,
            limits: self.limits,
            policies: self.policies,
            steps: self.steps.iter().map(LineageStep::receipt).collect(),
            fuel: self.fuel,
            result_hash: ContentHash::of(&Value::Null),
            audit: Vec::new(),
        };
        let mut result = OrchestrationResult {
            schema_version: "orchestration_result@1".to_owned(),
            id: self.id.clone(),
            success: failure.is_none(),
            failed_step_id,
            error_code: failure.as_ref().map(|failure| failure.kind),
            error_message: failure.as_ref().map(|failure| failure.message.clone()),
            error_details: failure.map_or(Value::Null, |failure| failure.details),
            lineage: Lineage {
                workflow_id: self.id,
                executed_step_ids: self.executed_steps.clone(),
                steps: self.steps,
            },
            executed_steps: self.executed_steps,
            final_state: self.final_state,
            outputs: self.outputs,
            decisions: self.decisions,
            receipt,
        };
        result.receipt.result_hash = result.hash();
        result.receipt.id = result.receipt.hash();
        result
    }
}

impl Receipt {
    /// The SHA-256 of the canonical form of the receipt without `id` and `audit`.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        #[derive(Serialize)]
        struct Hashed<'a> {
            schema_version: &'a str,
            workflow_hash: &'a ContentHash,
            context_hash: &'a ContentHash,
            limits: &'a Limits,
            #[serde(skip_serializing_if = "BTreeMap::is_empty")]
            policies: &'a BTreeMap<String, PluginPolicy>,
            steps: &'a [ReceiptStep],
            fuel: Fuel,
            result_hash: &'a ContentHash,
        }
        let Self {
            schema_version,
            id: _,
            workflow_hash,
            context_hash,
            limits,
            policies,
            steps,
            fuel,
            result_hash,
            audit: _,
        } = self;
        let fuel = *fuel;
        ContentHash::of_ours(&Hashed {
            schema_version,
            workflow_hash,
            context_hash,
            limits,
            policies,
            steps,
            fuel,
            result_hash,
        })
    }
}
