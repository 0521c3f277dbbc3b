//! What a finished run is, and how it came to be.

use std::collections::{BTreeMap, BTreeSet};

use json_patch::PatchOperation;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::{FailureKind, PluginRef, StepFailure};
use crate::human::Decision;
use crate::limits::{Fuel, Limits};
use crate::plan::Mission;
use crate::policy::PluginPolicy;
use crate::receipt::{Receipt, ReceiptMission, ReceiptStep};
use crate::workflow::Step;
use sortie_interface::{Block, Verdict};
use sortie_json::{ContentHash, ObjectWriter, present};

/// What a finished run is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrchestrationResult {
    /// `orchestration_result@2`.
    pub schema_version: String,
    /// The workflow's id.
    pub id: String,
    /// The mission that the workflow was built from; null where a workflow was given.
    pub mission: Option<Mission>,
    /// Whether every step was executed, and none failed.
    pub success: bool,
    /// The steps that were executed, in order and as the workflow has them. The last one is the step that failed, if
    /// one did.
    pub executed_steps: Vec<Step>,
    /// The state after the last step that did not fail.
    pub final_state: Value,
    /// What the operations returned besides changes, by step id.
    pub outputs: BTreeMap<String, Value>,
    /// What was decided, by step id.
    pub decisions: BTreeMap<String, Decision>,
    /// What the operations judged, by step id.
    pub verdicts: BTreeMap<String, Verdict>,
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
    /// `executed_steps`, `final_state`, `outputs`, `decisions`, `verdicts`, `error_code`, `error_message`: what was
    /// done, and what was asked.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        Content {
            decisions: &self.decisions,
            error_code: self.error_code,
            error_message: self.error_message.as_deref(),
            executed_steps: &self.executed_steps,
            final_state: &self.final_state,
            id: &self.id,
            outputs: &self.outputs,
            success: self.success,
            verdicts: &self.verdicts,
        }
        .hash()
    }

    /// Whether nothing was judged "no". A mission can succeed and judge "no".
    #[must_use]
    pub fn passed(&self) -> bool {
        self.verdicts.values().all(|verdict| verdict.passed)
    }

    /// The result as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        to_value(self)
    }

    /// The result as JSON, of what it holds: [`to_json`](Self::to_json) copies the state.
    #[must_use]
    pub fn into_json(mut self) -> Value {
        let final_state = std::mem::take(&mut self.final_state);
        let mut json = to_value(&self);
        if let Some(members) = json.as_object_mut() {
            members.insert("final_state".to_owned(), final_state);
        }
        json
    }
}

/// What the hash of a result is of.
struct Content<'a> {
    decisions: &'a BTreeMap<String, Decision>,
    error_code: Option<FailureKind>,
    error_message: Option<&'a str>,
    executed_steps: &'a [Step],
    final_state: &'a Value,
    id: &'a str,
    outputs: &'a BTreeMap<String, Value>,
    success: bool,
    verdicts: &'a BTreeMap<String, Verdict>,
}

impl Content<'_> {
    fn hash(&self) -> ContentHash {
        let mut bytes = Vec::with_capacity(8192);
        let mut object = ObjectWriter::begin(&mut bytes);
        object.ours("decisions", self.decisions);
        object.optional_text("error_code", self.error_code.map(FailureKind::code));
        object.optional_text("error_message", self.error_message);
        object.objects("executed_steps", self.executed_steps, Step::write);
        object.value("final_state", self.final_state);
        object.text("id", self.id);
        object.values("outputs", self.outputs.iter().map(|(step, output)| (step.as_str(), output)));
        object.flag("success", self.success);
        object.ours("verdicts", self.verdicts);
        object.end();
        ContentHash::of_bytes(&bytes)
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
    /// The ids of the steps that were executed, in order, the failed one included.
    pub executed_step_ids: Vec<String>,
    /// One for each step that was executed, the failed one included.
    pub steps: Vec<LineageStep>,
}

/// What happened in a step. Closed, as the kinds of steps are.
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
        patch: Vec<PatchOperation>,
        /// What it returned besides.
        #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
        output: Option<Value>,
        /// What it put before people.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        display: Vec<Block>,
        /// What it judged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verdict: Option<Verdict>,
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

    /// What the step put before people: nothing, where it is a person's or failed.
    #[must_use]
    pub fn display(&self) -> &[Block] {
        match self {
            Self::Runtime { display, .. } => display,
            Self::Human { .. } => &[],
        }
    }

    /// What the step judged.
    #[must_use]
    pub fn verdict(&self) -> Option<&Verdict> {
        match self {
            Self::Runtime { verdict, .. } => verdict.as_ref(),
            Self::Human { .. } => None,
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
        let mut bytes = Vec::with_capacity(2048);
        let mut link = ObjectWriter::begin(&mut bytes);
        link.hash("previous", &previous);
        link.object("step", |step| self.write(step));
        link.end();
        let hash = ContentHash::of_bytes(&bytes);
        match &mut self {
            Self::Runtime { chain, .. } | Self::Human { chain, .. } => *chain = hash,
        }
        self
    }

    /// Its members without `chain`, in canonical form: what the chain is made of.
    fn write(&self, object: &mut ObjectWriter<'_>) {
        match self {
            Self::Runtime {
                step_id,
                plugin,
                operation,
                input_hash,
                outcome,
                patch,
                output,
                display,
                verdict,
                fuel,
                chain: _,
            } => {
                if !display.is_empty() {
                    object.ours("display", display);
                }
                object.count("fuel", *fuel);
                object.hash("input_hash", input_hash);
                object.text("kind", "runtime");
                object.text("operation", operation);
                object.text("outcome", outcome);
                if let Some(output) = output {
                    object.value("output", output);
                }
                object.objects("patch", patch, write_change);
                object.object("plugin", |object| PluginRef::write(object, plugin));
                object.text("step_id", step_id);
                if let Some(verdict) = verdict {
                    object.ours("verdict", verdict);
                }
            }
            Self::Human { step_id, outcome, decision, chain: _ } => {
                match decision {
                    Some(decision) => object.ours("decision", decision),
                    None => object.null("decision"),
                }
                object.text("kind", "human");
                object.text("outcome", outcome);
                object.text("step_id", step_id);
            }
        }
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

/// The members of a change (RFC 6902) in canonical form.
fn write_change(object: &mut ObjectWriter<'_>, change: &PatchOperation) {
    let (from, op, value) = match change {
        PatchOperation::Add(add) => (None, "add", Some(&add.value)),
        PatchOperation::Remove(_) => (None, "remove", None),
        PatchOperation::Replace(replace) => (None, "replace", Some(&replace.value)),
        PatchOperation::Move(both) => (Some(&both.from), "move", None),
        PatchOperation::Copy(both) => (Some(&both.from), "copy", None),
        PatchOperation::Test(test) => (None, "test", Some(&test.value)),
    };
    if let Some(from) = from {
        object.text("from", from.as_str());
    }
    object.text("op", op);
    object.text("path", change.path().as_str());
    if let Some(value) = value {
        object.value("value", value);
    }
}

/// How a run ended: what its result is made of, before that is put together. The hashes follow from it.
///
/// A driver that only looks at some members of results, and keeps none, saves itself the others and the receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEnd {
    pub(crate) id: String,
    pub(crate) mission: Option<Mission>,
    pub(crate) executed_steps: Vec<Step>,
    pub(crate) final_state: Value,
    pub(crate) outputs: BTreeMap<String, Value>,
    pub(crate) decisions: BTreeMap<String, Decision>,
    pub(crate) verdicts: BTreeMap<String, Verdict>,
    pub(crate) failure: Option<(String, StepFailure)>,
    pub(crate) steps: Vec<LineageStep>,
    pub(crate) workflow_hash: ContentHash,
    pub(crate) context_hash: ContentHash,
    pub(crate) limits: Limits,
    pub(crate) policies: BTreeMap<String, PluginPolicy>,
    pub(crate) fuel: Fuel,
}

/// The members of results that are there before the others are put together.
const READY: [&str; 9] = [
    "decisions",
    "error_code",
    "error_details",
    "error_message",
    "failed_step_id",
    "final_state",
    "outputs",
    "success",
    "verdicts",
];

impl RunEnd {
    /// Whether every step was executed, and none failed.
    #[must_use]
    pub fn success(&self) -> bool {
        self.failure.is_none()
    }

    /// The mission that the workflow was built from; nothing, where a workflow was given.
    #[must_use]
    pub fn mission(&self) -> Option<&Mission> {
        self.mission.as_ref()
    }

    /// Whatever else there is to know of the failure: null, where there is nothing.
    #[must_use]
    pub fn error_details(&self) -> &Value {
        self.failure.as_ref().map_or(&Value::Null, |(_, failure)| &failure.details)
    }

    /// The fuel of all calls, the builder's included.
    #[must_use]
    pub fn fuel(&self) -> Fuel {
        self.fuel
    }

    /// The hash that the result will have: see [`OrchestrationResult::hash`].
    #[must_use]
    pub fn result_hash(&self) -> ContentHash {
        let failure = self.failure.as_ref().map(|(_, failure)| failure);
        Content {
            decisions: &self.decisions,
            error_code: failure.map(|failure| failure.kind),
            error_message: failure.map(|failure| failure.message.as_str()),
            executed_steps: &self.executed_steps,
            final_state: &self.final_state,
            id: &self.id,
            outputs: &self.outputs,
            success: self.success(),
            verdicts: &self.verdicts,
        }
        .hash()
    }

    /// The members that the result will have under these names, as JSON; nothing, where they are not there yet, as its
    /// receipt and its lineage are not.
    ///
    /// ```
    /// use serde_json::json;
    /// use sortie_engine::{ExecutionContext, Limits, Plan, Run, WorkflowDefinition};
    ///
    /// let workflow = WorkflowDefinition::from_json(&json!({"id": "empty", "steps": []}))?.validated()?;
    /// let context = ExecutionContext::new(json!({"a": 1}))?;
    /// let run = Run::start(Plan::new(workflow, Vec::new())?, &context, Limits::default())?;
    /// let end = run.into_end().ok_or("the run is not finished")?;
    /// let members = end.members(&["final_state", "success"]).ok_or("they are there")?;
    /// assert_eq!(json!(members), json!({"final_state": {"a": 1}, "success": true}));
    /// assert_eq!(end.members(&["lineage"]), None);
    /// assert_eq!(end.result_hash(), end.into_result().receipt.result_hash);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn members(&self, names: &[&str]) -> Option<Map<String, Value>> {
        if !names.iter().all(|name| READY.contains(name)) {
            return None;
        }
        let step = self.failure.as_ref().map(|(step, _)| step);
        let failure = self.failure.as_ref().map(|(_, failure)| failure);
        let member = |name: &str| match name {
            "decisions" => to_value(&self.decisions),
            "error_code" => to_value(&failure.map(|failure| failure.kind)),
            "error_details" => self.error_details().clone(),
            "error_message" => to_value(&failure.map(|failure| &failure.message)),
            "failed_step_id" => to_value(&step),
            "final_state" => self.final_state.clone(),
            "outputs" => to_value(&self.outputs),
            "success" => Value::Bool(self.success()),
            _ => to_value(&self.verdicts),
        };
        // Each is copied once, however often it is named.
        let names: BTreeSet<&str> = names.iter().copied().collect();
        Some(names.into_iter().map(|name| (name.to_owned(), member(name))).collect())
    }

    /// The result.
    #[must_use]
    pub fn into_result(self) -> OrchestrationResult {
        let receipt = self.receipt();
        let (failed_step_id, failure) = self.failure.unzip();
        let mut result = OrchestrationResult {
            schema_version: "orchestration_result@2".to_owned(),
            id: self.id.clone(),
            mission: self.mission,
            success: failure.is_none(),
            failed_step_id,
            error_code: failure.as_ref().map(|failure| failure.kind),
            error_message: failure.as_ref().map(|failure| failure.message.clone()),
            error_details: failure.map_or(Value::Null, |failure| failure.details),
            lineage: Lineage {
                workflow_id: self.id,
                executed_step_ids: self.executed_steps.iter().map(|step| step.id.clone()).collect(),
                steps: self.steps,
            },
            executed_steps: self.executed_steps,
            final_state: self.final_state,
            outputs: self.outputs,
            decisions: self.decisions,
            verdicts: self.verdicts,
            receipt,
        };
        result.receipt.result_hash = result.hash();
        result.receipt.id = result.receipt.hash();
        result
    }

    /// The receipt, but for the two hashes that the result and the receipt itself have to be whole for.
    fn receipt(&self) -> Receipt {
        let mission = self.mission.as_ref().map(|mission| ReceiptMission {
            plugin: mission.plugin.clone(),
            digest: mission.digest,
            name: mission.name.clone(),
            params_hash: ContentHash::of(&mission.params),
        });
        let chain = self.steps.last().map_or(self.workflow_hash, LineageStep::chain);
        Receipt {
            schema_version: "receipt@2".to_owned(),
            id: chain,
            mission,
            workflow_hash: self.workflow_hash,
            context_hash: self.context_hash,
            limits: self.limits,
            policies: self.policies.clone(),
            plugins: self.plugins(),
            steps: self.steps.iter().map(LineageStep::receipt).collect(),
            fuel: self.fuel,
            chain,
            result_hash: chain,
            audit: Vec::new(),
        }
    }

    fn plugins(&self) -> Vec<PluginRef> {
        let of_steps = self.steps.iter().filter_map(|step| match step {
            LineageStep::Runtime { plugin, .. } => Some(plugin.clone()),
            LineageStep::Human { .. } => None,
        });
        let mut plugins: Vec<_> = self.mission.iter().map(Mission::builder).chain(of_steps).collect();
        plugins.sort_by(|one, other| (&one.name, one.digest.as_bytes()).cmp(&(&other.name, other.digest.as_bytes())));
        plugins.dedup();
        plugins
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn linked(step: &LineageStep, previous: ContentHash) -> ContentHash {
        let mut form = to_value(step);
        form.as_object_mut().unwrap().remove("chain");
        ContentHash::of(&json!({"previous": previous, "step": form}))
    }

    #[test]
    fn the_end_of_a_run_has_the_members_and_the_hash_of_its_result() {
        let hash = ContentHash::of_bytes(b"before");
        let plugin = PluginRef { name: "p".to_owned(), digest: hash };
        let step = LineageStep::Runtime {
            step_id: "s".to_owned(),
            plugin: plugin.clone(),
            operation: "o".to_owned(),
            input_hash: hash,
            outcome: "operation_failed".to_owned(),
            patch: Vec::new(),
            output: None,
            display: Vec::new(),
            verdict: None,
            fuel: 7,
            chain: hash,
        };
        let failure =
            StepFailure { kind: FailureKind::OperationFailed, message: "no".to_owned(), details: json!({"code": "c"}) };
        let end = RunEnd {
            id: "w".to_owned(),
            mission: Some(Mission { plugin: plugin.name, digest: hash, name: "m".to_owned(), params: json!({"a": 1}) }),
            executed_steps: vec![Step { id: "s".to_owned(), kind: "runtime".to_owned(), payload: json!({}) }],
            final_state: json!({"b": [2]}),
            outputs: BTreeMap::from([("s".to_owned(), json!(3))]),
            decisions: BTreeMap::from([("h".to_owned(), Decision::marked())]),
            verdicts: BTreeMap::from([("s".to_owned(), Verdict { passed: true, summary: String::new() })]),
            failure: Some(("s".to_owned(), failure)),
            steps: vec![step],
            workflow_hash: hash,
            context_hash: hash,
            limits: Limits::default(),
            policies: BTreeMap::new(),
            fuel: 7,
        };
        let succeeded = RunEnd { failure: None, ..end.clone() };
        for end in [end, succeeded] {
            let result = end.clone().into_result();
            assert_eq!((end.success(), end.fuel()), (result.success, result.receipt.fuel));
            assert_eq!(end.result_hash(), result.hash());
            let whole = result.into_json();
            for (name, member) in whole.as_object().unwrap() {
                let members = end.members(&[name.as_str()]);
                assert_eq!(members.is_some(), READY.contains(&name.as_str()), "{name}");
                assert!(members.is_none_or(|members| members[name] == *member), "{name}");
            }
        }
    }

    #[test]
    fn the_chain_is_of_a_steps_json_form_without_it() {
        let hash = ContentHash::of_bytes(b"before");
        let bare = json!({
            "kind": "runtime", "step_id": "s", "plugin": {"name": "p", "digest": hash}, "operation": "o",
            "input_hash": hash, "outcome": "ok", "fuel": 7, "chain": hash,
            "patch": [{"op": "move", "from": "/a", "path": "/b"}, {"op": "add", "path": "/c", "value": {"z": 1, "a": []}}],
        });
        let mut full = bare.clone();
        full["output"] = json!(null);
        full["display"] = json!([{"text": "t"}]);
        full["verdict"] = json!({"passed": false, "summary": "no"});
        let decided = json!({"status": "answered", "value": {"b": 1, "a": 2}});
        let human =
            |decision| json!({"kind": "human", "step_id": "h", "outcome": "ok", "decision": decision, "chain": hash});
        for form in [bare, full, human(decided), human(json!(null))] {
            let step: LineageStep = serde_json::from_value(form).unwrap();
            let expected = linked(&step, hash);
            assert_eq!(step.chained(hash).chain(), expected);
        }
    }
}
