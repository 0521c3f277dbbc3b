//! A workflow bound to the plugins that will execute it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::access::Access;
use crate::call::PluginRef;
use crate::limits::Limits;
use crate::policy::PluginPolicy;
use crate::workflow::{ValidWorkflow, WorkflowDefinition};
use sortie_json::ContentHash;

/// The mission that a workflow was built from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mission {
    /// The name of the plugin that built it.
    pub plugin: String,
    /// The SHA-256 of that plugin's file.
    pub digest: ContentHash,
    /// The mission's name within the plugin.
    pub name: String,
    /// The params that it was built with.
    pub params: Value,
}

impl Mission {
    /// The plugin that built it.
    #[must_use]
    pub fn builder(&self) -> PluginRef {
        PluginRef { name: self.plugin.clone(), digest: self.digest }
    }
}

/// What a runtime step is bound to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The plugin.
    pub plugin: PluginRef,
    /// The operation's name within the plugin.
    pub operation: String,
    /// What the operation may read and write in this step.
    pub access: Access,
}

/// A checked workflow, each of whose runtime steps is bound to a plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    workflow: ValidWorkflow,
    bindings: Vec<Binding>,
    #[serde(default)]
    mission: Option<Mission>,
    #[serde(default)]
    policies: BTreeMap<String, PluginPolicy>,
}

/// Bindings that do not fit the workflow: a mistake of the driver.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the workflow has {steps} runtime steps, but {bindings} bindings were given")]
pub struct PlanError {
    /// How many runtime steps there are.
    pub steps: usize,
    /// How many bindings were given.
    pub bindings: usize,
}

impl Plan {
    /// Binds the runtime steps, in order, as [`ValidWorkflow::operations`] lists them.
    ///
    /// # Errors
    ///
    /// It is an error if there are more or fewer bindings than runtime steps.
    pub fn new(workflow: ValidWorkflow, bindings: Vec<Binding>) -> Result<Self, PlanError> {
        let steps = workflow.operations().count();
        if steps == bindings.len() {
            Ok(Self { workflow, bindings, mission: None, policies: BTreeMap::new() })
        } else {
            Err(PlanError { steps, bindings: bindings.len() })
        }
    }

    /// The same plan with the mission that the workflow was built from.
    #[must_use]
    pub fn with_mission(mut self, mission: Mission) -> Self {
        self.mission = Some(mission);
        self
    }

    /// The mission that the workflow was built from; nothing, where a workflow was given.
    #[must_use]
    pub fn mission(&self) -> Option<&Mission> {
        self.mission.as_ref()
    }

    /// The same plan with what the host decided for plugins, by their names.
    #[must_use]
    pub fn with_policies(mut self, policies: BTreeMap<String, PluginPolicy>) -> Self {
        self.policies = policies;
        self
    }

    /// What the host decided for plugins, by their names.
    #[must_use]
    pub fn policies(&self) -> &BTreeMap<String, PluginPolicy> {
        &self.policies
    }

    /// The limits of a plugin's calls, in a run with these limits.
    #[must_use]
    pub fn limits_of(&self, plugin: &str, of_run: &Limits) -> Limits {
        self.policies.get(plugin).map_or(*of_run, |policy| policy.limits(of_run))
    }

    /// Takes the plan apart: the definition, the mission, the policies.
    pub(crate) fn into_parts(self) -> (WorkflowDefinition, Option<Mission>, BTreeMap<String, PluginPolicy>) {
        (self.workflow.into_definition(), self.mission, self.policies)
    }

    /// Binds the runtime steps anew, all but the first `kept`.
    pub(crate) fn rebind(&mut self, kept: usize, bindings: Vec<Binding>) -> Result<(), PlanError> {
        let (steps, given) = (self.bindings.len(), bindings.len());
        if steps != given {
            return Err(PlanError { steps, bindings: given });
        }
        for (old, new) in self.bindings.iter_mut().zip(bindings).skip(kept) {
            *old = new;
        }
        Ok(())
    }

    /// The workflow.
    #[must_use]
    pub fn workflow(&self) -> &ValidWorkflow {
        &self.workflow
    }

    /// The bindings of the runtime steps, in order.
    #[must_use]
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }
}
