//! The state machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::{Call, FailedCall, FailureKind, Function, OperationInput, OperationOutput, Outcome, StepFailure};
use crate::changes::{self, ChangeFault, StateSize};
use crate::context::{ContextMeasure, ExecutionContext};
use crate::human::{Decision, Display, HumanStep};
use crate::limits::{Fuel, Limits};
use crate::plan::{Binding, Plan, PlanError};
use crate::result::{LineageStep, OrchestrationResult, RunEnd};
use crate::workflow::{ValidStep, WorkflowDefinition};
use sortie_interface::Verdict;
use sortie_json::{Canonical, ContentHash};

/// The bytes of work on the state that a unit of fuel pays for.
const WORK_PER_FUEL: usize = 4;
/// The bytes of work on the state that each step may do besides.
const FREE_WORK: usize = 64 << 10;

/// A run that has begun. It can be serialised at any time, and goes on from there in another process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    plan: Plan,
    limits: Limits,
    workflow_hash: ContentHash,
    context_hash: ContentHash,
    metadata: Canonical,
    #[serde(with = "crate::shared_state")]
    state: Arc<Value>,
    state_bytes: usize,
    state_room: usize,
    outputs: BTreeMap<String, Value>,
    decisions: BTreeMap<String, Decision>,
    steps: Vec<LineageStep>,
    fuel: Fuel,
    /// What an outer mission leaves of its fuel; no part of the limits that the receipt names.
    fuel_cap: Option<Fuel>,
    failure: Option<StepFailure>,
}

/// What a driver has to do next. Closed: a driver has to do each.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once, and a question is as large as a few words")]
pub enum Next {
    /// Make the call, and give it back with its outcome: [`Run::called`].
    Call(Box<Pending>),
    /// Get a decision, and tell it with [`Run::decided`].
    Ask(HumanStep),
    /// Nothing: the run is finished.
    Done(Box<OrchestrationResult>),
}

/// A call that a run waits for. Only a run makes one, with all of it prepared once, and its outcome consumes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    call: Call,
    /// The step that it is the call of.
    step: usize,
}

impl Pending {
    /// The call to make.
    #[must_use]
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// The id of the step that it is the call of.
    #[must_use]
    pub fn step_id(&self) -> &str {
        step_id(&self.call)
    }
}

/// What happened to a run, as a journal keeps it: a run is what its events, in order, make of it. A closed set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RunEvent {
    /// A call was made.
    Called {
        /// How it ended.
        outcome: Outcome,
        /// The fuel that it used.
        fuel: Fuel,
    },
    /// A decision was made.
    Decided(Decision),
    /// A human step was not answered in time, and had no default to take.
    Expired,
}

/// A run that cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The state is larger than its limit.
    #[error("the state has {size} bytes, more than the limit of {limit}")]
    StateTooLarge {
        /// The size of its canonical form, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The state's values take more room than its limit, however short its text is.
    #[error("the values of the state take more room than the limit of {limit} bytes")]
    TooManyValues {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The metadata is larger than params may be.
    #[error("the metadata has {size} bytes, more than the limit of {limit} that params have too")]
    MetadataTooLarge {
        /// The size of its canonical form, in bytes.
        size: usize,
        /// The limit, in bytes.
        limit: u64,
    },
}

impl StartError {
    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::StateTooLarge { .. } => "state_too_large",
            Self::TooManyValues { .. } => "too_many_values",
            Self::MetadataTooLarge { .. } => "metadata_too_large",
        }
    }
}

/// An event that is not the one that the run waits for: a mistake of the driver, or a journal of another run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the run waits for {expected}, but was told of {told}")]
pub struct ProtocolError {
    /// What the run waits for.
    pub expected: &'static str,
    /// What it was told of.
    pub told: &'static str,
}

impl Run {
    /// Begins a run. The workflow was checked when the plan was made; it is an error if state or metadata exceed a limit.
    pub fn start(plan: Plan, context: &ExecutionContext, limits: Limits) -> Result<Self, StartError> {
        let ContextMeasure { hash: context_hash, state_bytes, state_room, metadata } = context.measured();
        let (state_bytes, state_room, metadata_bytes) = (*state_bytes, *state_room, metadata.size());
        let exceeds = |size: usize, limit: u64| u64::try_from(size).unwrap_or(u64::MAX) > limit;
        if exceeds(state_bytes, limits.state_bytes) {
            return Err(StartError::StateTooLarge { size: state_bytes, limit: limits.state_bytes });
        }
        if exceeds(state_room, limits.state_room()) {
            return Err(StartError::TooManyValues { limit: limits.state_room() });
        }
        if exceeds(metadata_bytes, limits.params_bytes) {
            return Err(StartError::MetadataTooLarge { size: metadata_bytes, limit: limits.params_bytes });
        }
        let mut run = Self {
            workflow_hash: plan.workflow().definition().hash(),
            context_hash: *context_hash,
            metadata: metadata.clone(),
            state: context.shared_state(),
            state_bytes,
            state_room,
            // A step is large, and room for four more would be as large as a small run.
            steps: Vec::with_capacity(plan.workflow().steps().len()),
            plan,
            limits,
            outputs: BTreeMap::new(),
            decisions: BTreeMap::new(),
            fuel: 0,
            fuel_cap: None,
            failure: None,
        };
        run.refuse_what_reads_too_much();
        Ok(run)
    }

    /// The same run with fuel already spent: what building the mission cost.
    #[must_use]
    pub fn with_spent(mut self, fuel: Fuel) -> Self {
        self.fuel = self.fuel.saturating_add(fuel);
        self
    }

    /// The same run on no more fuel than this, what was spent included: what an outer mission has left.
    #[must_use]
    pub fn with_fuel_cap(mut self, fuel: Fuel) -> Self {
        self.fuel_cap = Some(fuel);
        self
    }

    /// Binds the steps to come to other plugins, by bindings of all runtime steps, in order; else it is an error.
    pub fn rebind(&mut self, bindings: Vec<Binding>) -> Result<(), PlanError> {
        let executed = self.runtime_steps_done();
        self.plan.rebind(executed, bindings)?;
        self.refuse_what_reads_too_much();
        Ok(())
    }

    /// How many runtime steps were executed.
    #[must_use]
    pub fn runtime_steps_done(&self) -> usize {
        let done = self.plan.workflow().steps().iter().take(self.steps.len());
        done.filter(|step| matches!(step, ValidStep::Runtime { .. })).count()
    }

    /// What the run is a run of.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The hash of the context that it began with.
    #[must_use]
    pub fn context_hash(&self) -> ContentHash {
        self.context_hash
    }

    /// The hash of the workflow that it runs.
    #[must_use]
    pub fn workflow_hash(&self) -> ContentHash {
        self.workflow_hash
    }

    /// The limits that it keeps to.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The limits that a plugin's calls keep to: the run's, but where the host decided otherwise for that plugin.
    #[must_use]
    pub fn limits_of(&self, plugin: &str) -> Limits {
        self.plan.limits_of(plugin, &self.limits)
    }

    /// The state now.
    #[must_use]
    pub fn state(&self) -> &Value {
        &self.state
    }

    /// What was done so far, step by step.
    #[must_use]
    pub fn lineage(&self) -> &[LineageStep] {
        &self.steps
    }

    /// The displays of earlier steps that a human step names, in its order. One that displayed nothing has no blocks.
    #[must_use]
    pub fn displays(&self, step: &HumanStep) -> Vec<Display> {
        let display = |id: &String| {
            let executed = self.steps.iter().find(|executed| executed.step_id() == id)?;
            Some(Display { step: id.clone(), blocks: executed.display().to_vec() })
        };
        step.show.iter().filter_map(display).collect()
    }

    /// What happened so far, step by step.
    #[must_use]
    pub fn steps(&self) -> &[LineageStep] {
        &self.steps
    }

    /// The fuel spent so far.
    #[must_use]
    pub fn fuel(&self) -> Fuel {
        self.fuel
    }

    /// The question that the run waits for an answer to.
    #[must_use]
    pub fn question(&self) -> Option<&HumanStep> {
        match self.current()? {
            Current::Human(step) => Some(step),
            Current::Runtime { .. } => None,
        }
    }

    /// The call that the run waits for the outcome of.
    #[must_use]
    pub fn pending(&self) -> Option<Pending> {
        match self.current()? {
            Current::Runtime { id, payload, binding } => Some(self.pending_call(id, payload, binding)),
            Current::Human(_) => None,
        }
    }

    /// What the driver has to do next. It changes nothing: asked twice, it says the same.
    #[must_use]
    pub fn next(&self) -> Next {
        match self.current() {
            None => Next::Done(Box::new(self.clone().ended().into_result())),
            Some(Current::Human(step)) => Next::Ask(step.clone()),
            Some(Current::Runtime { id, payload, binding }) => {
                Next::Call(Box::new(self.pending_call(id, payload, binding)))
            }
        }
    }

    /// Tells how the call that [`next`](Self::next) asked for ended. A patch that cannot be applied fails the step. Where
    /// the step failed, the call is given back with its outcome: whoever keeps it can make it again.
    pub fn called(
        &mut self,
        pending: Pending,
        outcome: Outcome,
        fuel: Fuel,
    ) -> Result<Option<Box<FailedCall>>, ProtocolError> {
        match self.current() {
            Some(Current::Runtime { .. }) if pending.step == self.steps.len() => {}
            Some(Current::Runtime { .. }) => {
                return Err(ProtocolError { expected: "a call", told: "a call of another step" });
            }
            other => return Err(ProtocolError { expected: expected(other.as_ref()), told: "a call" }),
        }
        let call = pending.call;
        let returned = match outcome {
            Outcome::Executed(returned) => Ok(returned),
            Outcome::Failed(failure) => Err(failure),
            Outcome::Built(_) => {
                return Err(ProtocolError { expected: "a call of an operation", told: "a mission that was built" });
            }
        };
        let (settled, fuel) = match returned {
            Ok(returned) => self.settle(returned, fuel, call.fuel),
            Err(failure) => (Err((failure.clone(), Outcome::Failed(failure))), fuel),
        };
        self.fuel = self.fuel.saturating_add(fuel);
        let failed = match settled {
            Ok(returned) => {
                if let Some(output) = &returned.output {
                    self.outputs.insert(step_id(&call).to_owned(), output.clone());
                }
                self.record(executed(&call, "ok", returned, fuel));
                None
            }
            Err((failure, outcome)) => {
                self.record(executed(&call, failure.kind.code(), OperationOutput::default(), fuel));
                self.failure = Some(failure);
                Some(Box::new(FailedCall { call, outcome }))
            }
        };
        self.refuse_what_reads_too_much();
        Ok(failed)
    }

    /// Tells the decision that [`next`](Self::next) asked for. It is an error if the run is not waiting for a decision.
    pub fn decided(&mut self, decision: Decision) -> Result<(), ProtocolError> {
        let step_id = self.human("a decision")?;
        self.decisions.insert(step_id.clone(), decision.clone());
        let chain = self.chain();
        self.record(LineageStep::Human { step_id, outcome: "ok".to_owned(), decision: Some(decision), chain });
        self.refuse_what_reads_too_much();
        Ok(())
    }

    /// Tells that the human step was not answered in time and has no default to take: it fails.
    pub fn expired(&mut self) -> Result<(), ProtocolError> {
        let step_id = self.human("an expiry")?;
        let failure = StepFailure {
            kind: FailureKind::Expired,
            message: format!("nobody answered the human step `{step_id}` in time"),
            details: Value::Null,
        };
        let (outcome, chain) = (failure.kind.code().to_owned(), self.chain());
        self.failure = Some(failure);
        self.record(LineageStep::Human { step_id, outcome, decision: None, chain });
        Ok(())
    }

    /// Applies an event of a journal. It is an error if the event is not what the run is waiting for.
    pub fn apply(&mut self, event: RunEvent) -> Result<(), ProtocolError> {
        match event {
            RunEvent::Called { outcome, fuel } => match self.current() {
                Some(Current::Runtime { id, payload, binding }) => {
                    let pending = self.pending_call(id, payload, binding);
                    self.called(pending, outcome, fuel).map(drop)
                }
                other => Err(ProtocolError { expected: expected(other.as_ref()), told: "a call" }),
            },
            RunEvent::Decided(decision) => self.decided(decision),
            RunEvent::Expired => self.expired(),
        }
    }

    fn current(&self) -> Option<Current<'_>> {
        if self.failure.is_some() {
            return None;
        }
        match self.plan.workflow().steps().get(self.steps.len())? {
            ValidStep::Human(step) => Some(Current::Human(step)),
            ValidStep::Runtime { id, payload, .. } => {
                let binding = self.plan.bindings().get(self.runtime_steps_done())?;
                Some(Current::Runtime { id, payload, binding })
            }
        }
    }

    fn human(&self, told: &'static str) -> Result<String, ProtocolError> {
        match self.current() {
            Some(Current::Human(step)) => Ok(step.id.clone()),
            other => Err(ProtocolError { expected: expected(other.as_ref()), told }),
        }
    }

    fn pending_call(&self, step_id: &str, payload: &Value, binding: &Binding) -> Pending {
        let input = self.input(step_id, payload, binding, binding.access.project(&self.state));
        let mission = self.limits.fuel_per_mission.min(self.fuel_cap.unwrap_or(Fuel::MAX));
        let left = mission.saturating_sub(self.fuel);
        let limits = self.limits_of(&binding.plugin.name);
        let fuel = limits.fuel_per_call.min(left);
        let call = Call::new(binding.plugin.clone(), Function::Execute(input), fuel, limits);
        Pending { call, step: self.steps.len() }
    }

    fn input(&self, step_id: &str, payload: &Value, binding: &Binding, state: Canonical) -> OperationInput {
        OperationInput {
            operation: binding.operation.clone(),
            step_id: step_id.to_owned(),
            payload: Canonical::of(payload),
            state,
            decisions: if self.decisions.is_empty() {
                Canonical::empty_object()
            } else {
                Canonical::of_ours(&self.decisions)
            },
            metadata: self.metadata.clone(),
        }
    }

    /// Applies what an operation returned, or gives it back. Work beyond the fuel and a small allowance is paid for.
    fn settle(
        &mut self,
        returned: OperationOutput,
        used: Fuel,
        available: Fuel,
    ) -> (Result<OperationOutput, (StepFailure, Outcome)>, Fuel) {
        let bytes = |fuel: Fuel| usize::try_from(fuel).unwrap_or(usize::MAX).saturating_mul(WORK_PER_FUEL);
        let covered = bytes(used).saturating_add(FREE_WORK);
        let budget = covered.saturating_add(bytes(available.saturating_sub(used)));
        let mut left = budget;
        let applied = match self.plan.bindings().get(self.runtime_steps_done()) {
            Some(Binding { access, .. }) if !returned.changes.is_empty() => {
                let state = Arc::make_mut(&mut self.state);
                let size = StateSize { bytes: self.state_bytes, room: self.state_room };
                changes::apply(state, &returned.changes, access, &self.limits, size, &mut left)
            }
            Some(_) | None => Ok(StateSize { bytes: self.state_bytes, room: self.state_room }),
        };
        let beyond = (budget - left).saturating_sub(covered).div_ceil(WORK_PER_FUEL);
        let fuel = used.saturating_add(Fuel::try_from(beyond).unwrap_or(Fuel::MAX));
        let failure = match applied {
            Ok(size) => {
                (self.state_bytes, self.state_room) = (size.bytes, size.room);
                return (Ok(returned), fuel);
            }
            Err(error) if error.fault == ChangeFault::TooMuchWork => StepFailure {
                kind: FailureKind::OutOfFuel,
                message: "applying the changes used up the fuel".to_owned(),
                details: Value::Null,
            },
            Err(error) => StepFailure {
                kind: FailureKind::OutputRejected,
                message: error.to_string(),
                details: serde_json::json!({"code": error.code(), "change": error.index, "path": error.path}),
            },
        };
        (Err((failure, Outcome::Executed(returned))), fuel)
    }

    /// Fails the next step if it would be given more than a state may be: parts are copied for it, and can overlap.
    fn refuse_what_reads_too_much(&mut self) {
        let Some(Current::Runtime { id, payload, binding }) = self.current() else { return };
        let limit = self.limits.state_bytes;
        if binding.access.reads_at_most(&self.state, limit) {
            return;
        }
        let plugin = binding.plugin.clone();
        let input = Function::Execute(self.input(id, payload, binding, Canonical::of(&Value::Null)));
        let call = Call::new(plugin, input, 0, self.limits);
        let failure = StepFailure {
            kind: FailureKind::MemoryLimit,
            message: format!("what the operation reads of the state has more bytes than the limit of {limit}"),
            details: serde_json::json!({"code": "input_too_large"}),
        };
        self.record(executed(&call, failure.kind.code(), OperationOutput::default(), 0));
        self.failure = Some(failure);
    }

    /// The chain hash of the last step that was executed; of the workflow, before the first.
    #[must_use]
    pub fn chain(&self) -> ContentHash {
        self.steps.last().map_or(self.workflow_hash, LineageStep::chain)
    }

    fn record(&mut self, step: LineageStep) {
        let previous = self.chain();
        self.steps.push(step.chained(previous));
    }

    /// The result of a finished run, of what it holds itself: [`next`](Self::next) copies that. Else nothing.
    #[must_use]
    pub fn into_result(self) -> Option<OrchestrationResult> {
        self.into_end().map(RunEnd::into_result)
    }

    /// How a finished run ended, before its result is put together. Else nothing.
    #[must_use]
    pub fn into_end(self) -> Option<RunEnd> {
        self.current().is_none().then(|| self.ended())
    }

    fn ended(self) -> RunEnd {
        let Self { plan, limits, workflow_hash, context_hash, state, outputs, decisions, steps, fuel, .. } = self;
        let (WorkflowDefinition { id, steps: mut executed_steps, .. }, mission, policies) = plan.into_parts();
        executed_steps.truncate(steps.len());
        let last = steps.last().map(|step| step.step_id().to_owned());
        RunEnd {
            id,
            mission,
            executed_steps,
            final_state: Arc::unwrap_or_clone(state),
            outputs,
            decisions,
            verdicts: steps.iter().filter_map(verdict_of).collect(),
            failure: self.failure.and_then(|failure| Some((last?, failure))),
            steps,
            workflow_hash,
            context_hash,
            limits,
            policies,
            fuel,
        }
    }
}

fn verdict_of(step: &LineageStep) -> Option<(String, Verdict)> {
    Some((step.step_id().to_owned(), step.verdict()?.clone()))
}

fn step_id(call: &Call) -> &str {
    match &call.function {
        Function::Execute(input) => &input.step_id,
        // No step builds a mission.
        Function::Build { .. } => "",
    }
}

/// What happened in a runtime step, but for its place in the chain.
fn executed(call: &Call, outcome: &str, returned: OperationOutput, fuel: Fuel) -> LineageStep {
    let input_hash = call.input_hash();
    let operation = match &call.function {
        Function::Execute(OperationInput { operation, .. }) => operation,
        Function::Build { mission, .. } => mission,
    };
    let OperationOutput { changes: patch, output, display, verdict } = returned;
    LineageStep::Runtime {
        step_id: step_id(call).to_owned(),
        plugin: call.plugin.clone(),
        operation: operation.clone(),
        input_hash,
        outcome: outcome.to_owned(),
        patch,
        output,
        display,
        verdict,
        fuel,
        chain: input_hash,
    }
}

enum Current<'a> {
    Runtime { id: &'a str, payload: &'a Value, binding: &'a Binding },
    Human(&'a HumanStep),
}

fn expected(current: Option<&Current<'_>>) -> &'static str {
    match current {
        None => "nothing: it is finished",
        Some(Current::Runtime { .. }) => "a call",
        Some(Current::Human(_)) => "a decision",
    }
}
