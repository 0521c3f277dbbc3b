//! A workflow that no step was run of yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sortie_engine::{
    Binding, Call, ExecutionContext, Fuel, Function, Limits, Mission, Outcome, Plan, PluginPolicy, Run,
    WorkflowDefinition,
};
use sortie_json::{Canonical, Json, canonical_size};
use sortie_sandbox::{Nesting, timed};

use crate::binding::{bind, mismatches};
use crate::decision::check_question;
use crate::error::HostError;
use crate::registry::{RegisteredPlugin, Registry};
use crate::remark::{Remark, remarks};
use crate::saved_call::SavedCall;
use crate::session::{Session, StepLog, StepProfile};

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
    profiles: Vec<StepProfile>,
    remarks: Vec<Remark>,
    nesting: Nesting,
    /// What is left of an outer mission's fuel.
    fuel_cap: Option<Fuel>,
}

impl Draft {
    pub(crate) fn build(
        registry: Arc<Registry>,
        limits: Limits,
        (name, params): (&str, Json),
        nesting: Nesting,
        fuel_cap: Option<Fuel>,
    ) -> Result<Self, HostError> {
        let checking = timed!("check");
        // What is too large is not written, not even once.
        let size = canonical_size(params.value());
        if u64::try_from(size).unwrap_or(u64::MAX) > limits.params_bytes {
            return Err(HostError::ParamsTooLarge { size, limit: limits.params_bytes });
        }
        let text = Canonical::of(params.value());
        let params = params.into_value();
        let (plugin, info) = registry.mission(name)?;
        let mismatches = mismatches(plugin.params_schema(&info.name), &params);
        if !mismatches.is_empty() {
            return Err(HostError::InvalidParams { mission: name.to_owned(), mismatches });
        }
        let of_calls = registry.policy(plugin.name()).map_or(limits, |policy| policy.limits(&limits));
        let fuel = of_calls.fuel_per_call.min(limits.fuel_per_mission).min(fuel_cap.unwrap_or(Fuel::MAX));
        let plugin = plugin.plugin();
        let function = Function::Build { mission: info.name.clone(), params: text };
        let call = Call::new(plugin.reference(), function, fuel, of_calls);
        drop(checking);
        let mut report = plugin.call(&call, &nesting)?;
        let _timed = timed!("check");
        let workflow = match &mut report.outcome {
            Outcome::Built(workflow) => std::mem::replace(workflow, WorkflowDefinition::empty()),
            Outcome::Executed(_) => return Err(HostError::Bug("a builder executed an operation".to_owned())),
            Outcome::Failed(failure) => {
                let failure = failure.clone();
                let call = Box::new(SavedCall { call, report });
                return Err(HostError::BuildFailed { mission: name.to_owned(), failure, call });
            }
        };
        let profile = |profile| StepProfile {
            step_id: String::new(),
            plugin: call.plugin.name.clone(),
            fuel: report.fuel,
            profile,
        };
        let profiles = report.profile.take().map(profile).into_iter().collect();
        let mission = info.name.clone();
        Ok(Self {
            remarks: remarks(&mission, &info.params_schema, &params, &workflow),
            limits,
            workflow: workflow.built_from(&mission, &params),
            mission: Some(Mission { plugin: call.plugin.name, digest: call.plugin.digest, name: mission, params }),
            fuel: report.fuel,
            memory_bytes: report.memory_bytes,
            log: vec![StepLog { step_id: String::new(), lines: report.log }],
            profiles,
            nesting,
            fuel_cap,
            registry,
        })
    }

    pub(crate) fn of_workflow(
        registry: Arc<Registry>,
        limits: Limits,
        workflow: WorkflowDefinition,
        nesting: Nesting,
    ) -> Self {
        let (log, fuel_cap) = (Vec::new(), None);
        Self {
            registry,
            limits,
            workflow,
            mission: None,
            fuel: 0,
            memory_bytes: 0,
            log,
            profiles: Vec::new(),
            remarks: Vec::new(),
            nesting,
            fuel_cap,
        }
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

    /// What whoever runs it should know of it before: params that the mission does not have, steps that it left out.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
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
    ///
    /// # Errors
    ///
    /// It is an error if the workflow, an operation that it names, a payload or the context is rejected.
    pub fn start(self, context: &ExecutionContext) -> Result<Session, HostError> {
        let _timed = timed!("check");
        let workflow = match self.mission {
            // The sandbox has read what a builder returned; what a caller gives can be from anywhere.
            Some(_) => self.workflow,
            None => self.workflow.i_json()?,
        };
        let workflow = workflow.validated()?;
        let builder = self.mission.as_ref().map(|mission| mission.plugin.as_str());
        let bindings = bind(&self.registry, builder, &workflow)?;
        for step in workflow.human_steps() {
            check_question(step)?;
        }
        let policies = policies(&self.registry, builder, &bindings);
        let plan = Plan::new(workflow, bindings).map_err(|error| HostError::Bug(error.to_string()))?;
        let plan = plan.with_policies(policies);
        let plan = match self.mission {
            Some(mission) => plan.with_mission(mission),
            None => plan,
        };
        let run = Run::start(plan, context, self.limits)?.with_spent(self.fuel);
        let run = match self.fuel_cap {
            Some(fuel) => run.with_fuel_cap(fuel),
            None => run,
        };
        Ok(Session::new(run, self.registry, self.nesting, self.log).with_profiles(self.profiles))
    }
}

/// What the host decided for the plugins that can take part: those of the steps and the builder's, and all of them if
/// one of those runs missions.
fn policies(registry: &Registry, builder: Option<&str>, bindings: &[Binding]) -> BTreeMap<String, PluginPolicy> {
    if !registry.has_policies() {
        return BTreeMap::new();
    }
    let mut names: BTreeSet<&str> =
        bindings.iter().map(|binding| binding.plugin.name.as_str()).chain(builder).collect();
    if registry.plugins().any(|plugin| names.contains(plugin.name()) && plugin.plugin().orchestrates()) {
        names.extend(registry.plugins().map(RegisteredPlugin::name));
    }
    let policy = |name: &str| Some((name.to_owned(), registry.policy(name)?.clone()));
    names.into_iter().filter_map(policy).collect()
}
