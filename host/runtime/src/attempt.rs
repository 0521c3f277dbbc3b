//! One call of a plugin: all that it takes to make it again, and how it ended.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_engine::{
    CallOutcome, Fuel, Limits, OperationCall, OperationInput, PluginRef, StepFailure, WorkflowDefinition,
};
use sortie_sandbox::{Built, CallEnv, Executed, Frame, HostFault, LogLine, Plugin};

use crate::nested::Nested;
use crate::registry::Registry;

/// A call of a plugin, whole: made again anywhere, it ends the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginCall {
    /// The plugin.
    pub plugin: PluginRef,
    /// What is called.
    pub of: Called,
    /// The fuel that the call may use.
    pub fuel: Fuel,
    /// The limits of the call. Missions that the plugin runs have them too.
    pub limits: Limits,
}

/// What of a plugin is called, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Called {
    /// A mission is built.
    Mission {
        /// Its name within the plugin.
        mission: String,
        /// Its params.
        params: Value,
    },
    /// An operation is executed.
    Operation(OperationInput),
}

/// How a call ended: a function of the call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallEnd {
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// The fuel that it used.
    pub fuel: Fuel,
    /// The most memory that it had, in bytes.
    pub memory_bytes: u64,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// A mission was built.
    Built(WorkflowDefinition),
    /// A mission was not built.
    NotBuilt(StepFailure),
    /// An operation was executed, or failed. Whether its changes fit the state is not told here.
    Executed(CallOutcome),
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The call.
    pub call: PluginCall,
    /// How it ended.
    pub end: CallEnd,
    /// Where in the plugin it was ended, innermost first; empty when the plugin returned. Never part of a result.
    pub trace: Vec<Frame>,
    /// What it logged.
    pub log: Vec<LogLine>,
    /// Whether it logged more than its limit.
    pub log_truncated: bool,
}

impl AttemptOutcome {
    /// The failure, if the call itself failed.
    #[must_use]
    pub fn failure(&self) -> Option<&StepFailure> {
        match self {
            Self::NotBuilt(failure) | Self::Executed(CallOutcome::Failed(failure)) => Some(failure),
            Self::Built(_) | Self::Executed(CallOutcome::Ok { .. }) => None,
        }
    }

    /// `ok`, or the stable code of the failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.failure().map_or("ok", |failure| failure.kind.code())
    }
}

impl PluginCall {
    /// Makes the call with a plugin of the registry.
    pub(crate) fn make(self, plugin: &Plugin, registry: &Arc<Registry>) -> Result<Attempt, HostFault> {
        let missions = Nested { registry: Arc::clone(registry), limits: self.limits };
        let env = CallEnv { limits: self.limits, missions: Some(Arc::new(missions)), depth: 0, deadline: None };
        match &self.of {
            Called::Mission { mission, params } => {
                let built = plugin.build(mission, params, self.fuel, &env)?;
                Ok(Attempt::built(self, built))
            }
            Called::Operation(input) => {
                let call = OperationCall {
                    plugin: self.plugin.clone(),
                    input: input.clone(),
                    input_hash: input.hash(&self.plugin),
                    fuel: self.fuel,
                };
                let executed = plugin.execute(&call, &env)?;
                Ok(Attempt::executed(self, executed))
            }
        }
    }
}

impl Attempt {
    pub(crate) fn built(call: PluginCall, built: Built) -> Self {
        let outcome = match built.workflow {
            Ok(workflow) => AttemptOutcome::Built(workflow),
            Err(failure) => AttemptOutcome::NotBuilt(failure),
        };
        Self {
            call,
            end: CallEnd { outcome, fuel: built.fuel, memory_bytes: built.memory_bytes },
            trace: built.trace,
            log: built.log,
            log_truncated: built.log_truncated,
        }
    }

    pub(crate) fn executed(call: PluginCall, executed: Executed) -> Self {
        let outcome = AttemptOutcome::Executed(executed.called.outcome);
        Self {
            call,
            end: CallEnd { outcome, fuel: executed.called.fuel, memory_bytes: executed.memory_bytes },
            trace: executed.trace,
            log: executed.log,
            log_truncated: executed.log_truncated,
        }
    }
}
