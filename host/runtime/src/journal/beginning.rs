//! How a run begins, as its journal keeps it: all that another machine needs besides the plugins.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_engine::{
    Binding, ExecutionContext, Fuel, Limits, Mission, Plan, PluginPolicy, PluginRef, Run, WorkflowDefinition,
};
use sortie_journal::{Actor, Start};

use super::plugins;
use crate::error::HostError;
use crate::session::Session;

/// The form of this record.
const SCHEMA_VERSION: &str = "journalled_run@2";

/// The body of a run's first event.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Beginning {
    schema_version: String,
    /// What the workflow was built from; null where it was given.
    mission: Option<Mission>,
    workflow: Value,
    context: ExecutionContext,
    pub(super) limits: Limits,
    /// What the host decided for single plugins, by their names.
    #[serde(default)]
    pub(super) policies: BTreeMap<String, PluginPolicy>,
    /// What building the mission cost.
    builder_fuel: Fuel,
    /// What each runtime step is bound to.
    bindings: Vec<Binding>,
    /// The plugins that the result can depend on.
    pub(super) plugins: Vec<PluginRef>,
    /// The answers that were at hand from the beginning, by step id.
    pub(super) answers: BTreeMap<String, Value>,
}

impl Beginning {
    /// How a session begins that has not been driven yet.
    pub(super) fn of(session: &Session, context: &ExecutionContext, answers: &BTreeMap<String, Value>) -> Self {
        let run = session.run();
        let bindings = run.plan().bindings().to_vec();
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            mission: run.plan().mission().cloned(),
            workflow: run.plan().workflow().definition().to_json(),
            context: context.clone(),
            limits: *run.limits(),
            policies: run.plan().policies().clone(),
            builder_fuel: run.fuel(),
            plugins: plugins::needed(session.registry(), &bindings),
            bindings,
            answers: answers.clone(),
        }
    }

    /// The first event of the session's run.
    pub(super) fn start(&self, session: &Session, by: Option<&Actor>) -> Result<Start, HostError> {
        let plan = session.run().plan();
        let mission = plan.mission().map_or(&plan.workflow().definition().id, |mission| &mission.name).clone();
        let body = serde_json::to_value(self).map_err(|error| HostError::Bug(error.to_string()))?;
        Ok(Start { mission, by: by.cloned(), body })
    }

    /// The record of an event; an error says what this release does not know of it.
    pub(super) fn read(start: &Start) -> Result<Self, String> {
        let version = start.body.get("schema_version").and_then(Value::as_str);
        if version != Some(SCHEMA_VERSION) {
            let found = version.map_or_else(|| "no form that is known".to_owned(), |version| format!("`{version}`"));
            return Err(format!("it was written in {found}, and this release knows `{SCHEMA_VERSION}`"));
        }
        Self::deserialize(&start.body).map_err(|error| error.to_string())
    }

    /// What building the mission cost.
    pub(super) fn builder_fuel(&self) -> Fuel {
        self.builder_fuel
    }

    /// The run as it was when it began; an error says why this release would not begin it so.
    pub(super) fn run(&self) -> Result<Run, String> {
        for limits in self.all_limits() {
            limits.within(&Limits::GREATEST).map_err(|error| error.to_string())?;
        }
        let workflow = WorkflowDefinition::from_json(&self.workflow).and_then(WorkflowDefinition::validated);
        let workflow = workflow.map_err(|error| error.to_string())?;
        let plan = Plan::new(workflow, self.bindings.clone()).map_err(|error| error.to_string())?;
        let plan = plan.with_policies(self.policies.clone());
        let plan = match &self.mission {
            Some(mission) => plan.with_mission(mission.clone()),
            None => plan,
        };
        let run = Run::start(plan, &self.context, self.limits).map_err(|error| error.to_string())?;
        Ok(run.with_spent(self.builder_fuel))
    }

    /// What the run began with.
    pub(super) fn context(&self) -> &ExecutionContext {
        &self.context
    }

    /// The same, for who needs nothing else.
    pub(super) fn into_context(self) -> ExecutionContext {
        self.context
    }

    /// The limits of the run, and those of each plugin that has its own.
    pub(super) fn all_limits(&self) -> impl Iterator<Item = Limits> + '_ {
        let of_plugins = self.policies.values().map(|policy| policy.limits(&self.limits));
        std::iter::once(self.limits).chain(of_plugins)
    }

    /// The greatest memory that one of its plugins may have, in bytes.
    pub(super) fn memory_bytes(&self) -> u64 {
        self.policies.values().filter_map(|policy| policy.memory_bytes).fold(self.limits.memory_bytes, u64::max)
    }
}
