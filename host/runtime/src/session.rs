//! From a mission to its result: the driver of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use sortie_engine::{
    Access, Binding, Decision, Event, ExecutionContext, Fuel, Limits, LineageStep, Mission, Next, OrchestrationResult,
    Plan, PluginPolicy, Run, Step, ValidWorkflow, WorkflowDefinition,
};
use sortie_json::{canonical_size, validated};
use sortie_sandbox::{Built, CallEnv, Deadline, LogLine};

use crate::attempt::{Attempt, Called, PluginCall};
use crate::error::HostError;
use crate::humans::{HumanPolicy, Question, check_decision};
use crate::nested::Nested;
use crate::registry::{Registered, Registry};
use crate::schema::Schema;

/// A workflow that no step was run of yet, with what it will run on.
#[derive(Debug, Clone)]
pub struct Draft {
    registry: Arc<Registry>,
    limits: Limits,
    workflow: WorkflowDefinition,
    /// What the workflow was built from; nothing, where it was given.
    mission: Option<Mission>,
    /// What the builder used.
    fuel: Fuel,
    memory_bytes: u64,
    log: Vec<StepLog>,
    within: Within,
}

/// What a mission within a mission inherits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Within {
    /// How many missions this one runs within.
    pub(crate) depth: u32,
    /// What is left of the outer mission's fuel.
    pub(crate) fuel: Option<Fuel>,
    /// When the outermost call has to be over.
    pub(crate) deadline: Option<Deadline>,
}

/// What a plugin logged in a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepLog {
    /// The step's id; empty for the mission's builder.
    pub step_id: String,
    /// What was logged.
    pub lines: Vec<LogLine>,
}

impl Draft {
    pub(crate) fn build(
        registry: Arc<Registry>,
        limits: Limits,
        name: &str,
        params: &Value,
        within: Option<Within>,
    ) -> Result<Self, HostError> {
        let within = within.unwrap_or_default();
        let params = validated(params).map_err(|faults| {
            HostError::ParamsNotIJson(
                faults.first().map_or_else(String::new, |fault| format!("at `{}`, {fault}", fault.pointer)),
            )
        })?;
        let size = canonical_size(&params);
        if u64::try_from(size).unwrap_or(u64::MAX) > limits.params_bytes {
            return Err(HostError::ParamsTooLarge { size, limit: limits.params_bytes });
        }
        let (plugin, info) = registry.mission(name)?;
        let mismatches = mismatches(plugin.params_schema(&info.name), &params);
        if !mismatches.is_empty() {
            return Err(HostError::InvalidParams { mission: name.to_owned(), mismatches });
        }
        let of_calls = registry.policy(plugin.name()).map_or(limits, |policy| policy.limits(&limits));
        let fuel = of_calls.fuel_per_call.min(limits.fuel_per_mission).min(within.fuel.unwrap_or(Fuel::MAX));
        let env = environment(&registry, limits, of_calls, within);
        let built = plugin.plugin().build(&info.name, &params, fuel, &env)?;
        match built.workflow {
            Ok(workflow) => Ok(Self {
                limits,
                workflow: workflow.built_from(&info.name, &params),
                mission: Some(Mission {
                    plugin: plugin.name().to_owned(),
                    digest: plugin.plugin().digest(),
                    name: info.name.clone(),
                    params,
                }),
                fuel: built.fuel,
                memory_bytes: built.memory_bytes,
                log: vec![StepLog { step_id: String::new(), lines: built.log }],
                within,
                registry,
            }),
            Err(failure) => {
                let of = Called::Mission { mission: info.name.clone(), params };
                let call = PluginCall { plugin: plugin.plugin().reference(), of, fuel, limits: of_calls };
                let built = Built { workflow: Err(failure.clone()), ..built };
                let attempt = Box::new(Attempt::built(call, built));
                Err(HostError::BuildFailed { mission: name.to_owned(), failure, attempt })
            }
        }
    }

    pub(crate) fn of_workflow(registry: Arc<Registry>, limits: Limits, workflow: WorkflowDefinition) -> Self {
        let (log, within) = (Vec::new(), Within::default());
        Self { registry, limits, workflow, mission: None, fuel: 0, memory_bytes: 0, log, within }
    }

    /// The workflow definition, not checked yet.
    #[must_use]
    pub fn workflow(&self) -> &WorkflowDefinition {
        &self.workflow
    }

    /// What the workflow was built from; nothing, where it was given.
    #[must_use]
    pub fn mission(&self) -> Option<&Mission> {
        self.mission.as_ref()
    }

    /// The fuel that the builder used.
    #[must_use]
    pub fn fuel(&self) -> Fuel {
        self.fuel
    }

    /// The most memory that the builder had, in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Checks the workflow and everything it names, and begins to run it.
    pub fn start(self, context: &ExecutionContext) -> Result<Session, HostError> {
        let workflow = match self.mission {
            // The sandbox has checked what a builder returned.
            Some(_) => self.workflow,
            None => i_json(self.workflow)?,
        };
        let workflow = workflow.validated()?;
        let builder = self.mission.as_ref().map(|mission| mission.plugin.as_str());
        let bindings = bind(&self.registry, builder, &workflow)?;
        for step in workflow.human_steps() {
            if let Some(default) = &step.default {
                check_decision(step, default)?;
            } else if let Some(schema) = &step.schema {
                Schema::compile(schema)
                    .map_err(|message| crate::DecisionError::InvalidSchema { step: step.id.clone(), message })?;
            }
        }
        let policies = policies(&self.registry, builder, &bindings);
        let plan = Plan::new(workflow, bindings).map_err(|error| HostError::Bug(error.to_string()))?;
        let plan = plan.with_policies(policies);
        let plan = match self.mission {
            Some(mission) => plan.with_mission(mission),
            None => plan,
        };
        let run = Run::start(plan, context, self.limits)?.with_spent(self.fuel);
        let run = match self.within.fuel {
            Some(fuel) => run.with_fuel_cap(fuel),
            None => run,
        };
        Ok(Session { run, registry: self.registry, within: self.within, log: self.log, last: None })
    }
}

/// What the host decided for the plugins that can take part: those of the steps and the builder's, and all of them if
/// one of those runs missions.
fn policies(registry: &Registry, builder: Option<&str>, bindings: &[Binding]) -> BTreeMap<String, PluginPolicy> {
    let mut names: BTreeSet<&str> =
        bindings.iter().map(|binding| binding.plugin.name.as_str()).chain(builder).collect();
    if registry.plugins().any(|plugin| names.contains(plugin.name()) && plugin.plugin().orchestrates()) {
        names.extend(registry.plugins().map(Registered::name));
    }
    let policy = |name: &str| Some((name.to_owned(), registry.policy(name)?.clone()));
    names.into_iter().filter_map(policy).collect()
}

/// The workflow that a caller gave, with its numbers normalised: it comes from anywhere.
fn i_json(workflow: WorkflowDefinition) -> Result<WorkflowDefinition, HostError> {
    let checked = |value: &Value| validated(value).map_err(sortie_engine::ContextError::NotIJson);
    let steps = workflow.steps.into_iter().map(|step| Ok(Step { payload: checked(&step.payload)?, ..step }));
    Ok(WorkflowDefinition {
        steps: steps.collect::<Result<_, HostError>>()?,
        metadata: checked(&workflow.metadata)?,
        id: workflow.id,
    })
}

fn bind(registry: &Registry, builder: Option<&str>, workflow: &ValidWorkflow) -> Result<Vec<Binding>, HostError> {
    workflow.operations().map(|operation| bound(registry, builder, operation)).collect()
}

/// Binds a step, given as its id, the operation that it names, and its payload.
fn bound(
    registry: &Registry,
    builder: Option<&str>,
    (step, name, payload): (&str, &str, &Value),
) -> Result<Binding, HostError> {
    let (plugin, info) = registry.operation(name, builder)?;
    let invalid =
        |mismatches| HostError::InvalidPayload { step: step.to_owned(), operation: name.to_owned(), mismatches };
    let mismatches = mismatches(plugin.payload_schema(&info.name), payload);
    if !mismatches.is_empty() {
        return Err(invalid(mismatches));
    }
    let access = Access::resolve(&info.reads, &info.writes, payload).map_err(|error| {
        invalid(vec![(error.at.to_string(), format!("{} is not a JSON Pointer into the state", error.found))])
    })?;
    // What is narrowed for a plugin holds for the whole workflow that it builds: else it could have another plugin read
    // or write in its place.
    let deciding = std::iter::once(plugin.name()).chain(builder);
    let access = deciding.filter_map(|name| registry.policy(name)).fold(access, |access, policy| policy.access(access));
    Ok(Binding { plugin: plugin.plugin().reference(), operation: info.name.clone(), access })
}

/// Binds the steps of a run that are still to come, by the full names of their operations, to the plugins that are
/// registered now. Gives the bindings of all its runtime steps.
#[cfg(feature = "journal")]
pub(crate) fn bind_again(registry: &Registry, run: &Run) -> Result<Vec<Binding>, HostError> {
    let done = run.runtime_steps_done();
    let builder = run.plan().mission().map(|mission| mission.plugin.as_str());
    let steps = run.plan().workflow().operations().zip(run.plan().bindings()).enumerate();
    let binding = |(index, ((step, _, payload), earlier)): (usize, ((&str, &str, &Value), &Binding))| {
        if index < done {
            return Ok(earlier.clone());
        }
        let name = format!("{}/{}", earlier.plugin.name, earlier.operation);
        bound(registry, builder, (step, &name, payload))
    };
    steps.map(binding).collect()
}

fn mismatches(schema: Option<&Schema>, value: &Value) -> Vec<(String, String)> {
    let mismatches = schema.map(|schema| schema.mismatches(value)).unwrap_or_default();
    mismatches.into_iter().map(|mismatch| (mismatch.pointer, mismatch.message)).collect()
}

/// What a call is made with: its own limits, and those of the run for the missions that it may run.
fn environment(registry: &Arc<Registry>, of_run: Limits, of_calls: Limits, within: Within) -> CallEnv {
    let nested = Nested { registry: Arc::clone(registry), limits: of_run };
    CallEnv { limits: of_calls, missions: Some(Arc::new(nested)), depth: within.depth, deadline: within.deadline }
}

/// A run that has begun, with the registry that it started with.
#[derive(Debug, Clone)]
pub struct Session {
    run: Run,
    registry: Arc<Registry>,
    within: Within,
    log: Vec<StepLog>,
    /// The last call that was made.
    last: Option<Box<Attempt>>,
}

/// Where a session stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A human step is to be answered, with [`Session::decide`].
    Waiting(Box<Question>),
    /// The run is finished.
    Done(Box<Completed>),
}

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The result.
    pub result: OrchestrationResult,
    /// What the plugins logged.
    pub log: Vec<StepLog>,
    /// The last call that was made; where the run failed at a runtime step, the call of that step.
    pub last: Option<Box<Attempt>>,
}

impl Completed {
    /// Whether it was a plugin's call that failed, and not a human step.
    #[must_use]
    pub fn failed_in_a_call(&self) -> bool {
        !self.result.success && matches!(self.result.lineage.steps.last(), Some(LineageStep::Runtime { .. }))
    }
}

impl Session {
    /// A run that was rebuilt, on these plugins.
    #[cfg(feature = "journal")]
    pub(crate) fn of_run(run: Run, registry: Arc<Registry>) -> Self {
        Self { run, registry, within: Within::default(), log: Vec::new(), last: None }
    }

    /// What the plugins logged so far.
    #[cfg(feature = "journal")]
    pub(crate) fn log(&self) -> &[StepLog] {
        &self.log
    }

    /// The plugins that it runs on.
    #[cfg(feature = "journal")]
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Makes calls until a person is needed or nothing is left. After a host fault, it can be called again.
    pub fn advance(&mut self) -> Result<Progress, HostError> {
        self.advance_with(&mut |_| Ok(()))
    }

    /// The same, and tells each event after it happened: what a journal keeps.
    pub fn advance_with(
        &mut self,
        on_event: &mut dyn FnMut(&Event) -> Result<(), HostError>,
    ) -> Result<Progress, HostError> {
        loop {
            match self.run.next() {
                Next::Done(result) => {
                    let (log, last) = (self.log.clone(), self.last.clone());
                    return Ok(Progress::Done(Box::new(Completed { result: *result, log, last })));
                }
                Next::Ask(step) => {
                    return Ok(Progress::Waiting(Box::new(Question::of(step, &self.run))));
                }
                Next::Call(call) => {
                    let plugin = self.registry.plugin(&call.plugin.name)?.plugin();
                    let of_calls = self.run.limits_of(&call.plugin.name);
                    let env = environment(&self.registry, *self.run.limits(), of_calls, self.within);
                    let executed = plugin.execute(&call, &env)?;
                    let called = executed.called.clone();
                    if !executed.log.is_empty() {
                        let lines = executed.log.clone();
                        self.log.push(StepLog { step_id: call.input.step_id.clone(), lines });
                    }
                    let of = Called::Operation(call.input);
                    let call = PluginCall { plugin: call.plugin, of, fuel: call.fuel, limits: of_calls };
                    self.last = Some(Box::new(Attempt::executed(call, executed)));
                    self.apply(Event::Called(called), on_event)?;
                }
            }
        }
    }

    /// Answers the human step that the session waits at; the answer has to fit it.
    pub fn decide(&mut self, decision: Decision) -> Result<(), HostError> {
        if let Next::Ask(step) = self.run.next()
            && decision.status != sortie_engine::DecisionStatus::Marked
        {
            check_decision(&step, &decision.value)?;
        }
        self.apply(Event::Decided(decision), &mut |_| Ok(()))
    }

    /// Tells that the human step that the session waits at was not answered in time and has no default to take.
    pub fn expire(&mut self) -> Result<(), HostError> {
        self.apply(Event::Expired, &mut |_| Ok(()))
    }

    /// Runs to the end, asking the policy at each human step.
    pub fn finish(mut self, humans: &HumanPolicy) -> Result<Completed, HostError> {
        loop {
            match self.advance()? {
                Progress::Done(completed) => return Ok(*completed),
                Progress::Waiting(question) => self.decide(humans.decide(&question)?)?,
            }
        }
    }

    /// The run itself.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    fn apply(
        &mut self,
        event: Event,
        on_event: &mut dyn FnMut(&Event) -> Result<(), HostError>,
    ) -> Result<(), HostError> {
        on_event(&event)?;
        self.run.apply(event).map_err(|error| HostError::Bug(error.to_string()))
    }
}
