//! Missions that plugins run.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use sortie_engine::{ExecutionContext, FailureKind, Limits, OrchestrationResult, StepFailure};
use sortie_sandbox::{HostFault, MissionHost, MissionReply, MissionRequest};

use crate::error::HostError;
use crate::humans::HumanPolicy;
use crate::registry::Registry;
use crate::session::{Draft, Within};

/// Runs missions for a plugin: on the registry of the run that it belongs to, and on that run's fuel.
pub(crate) struct Nested {
    pub(crate) registry: Arc<Registry>,
    pub(crate) limits: Limits,
}

impl MissionHost for Nested {
    fn run(&self, request: MissionRequest) -> Result<MissionReply, HostFault> {
        if request.depth >= self.limits.mission_depth {
            return Ok(rejected(
                "depth_limit",
                format!("missions may be nested {} deep, and this one would be deeper", self.limits.mission_depth),
            ));
        }
        let available = request.fuel;
        match self.result(request) {
            Ok(result) => {
                let starved = result.error_code == Some(FailureKind::OutOfFuel)
                    && available < self.limits.fuel_per_mission
                    && result.receipt.fuel >= available;
                // A mission that only the caller's fuel ended is no result: the caller itself is out of fuel.
                let fuel = if starved { available.saturating_add(1) } else { result.receipt.fuel };
                Ok(MissionReply { result: Ok(result.to_json()), fuel })
            }
            Err(HostError::Fault(fault)) => Err(fault),
            Err(error) => Ok(rejected(error.code(), error.to_string())),
        }
    }
}

impl Nested {
    fn result(&self, request: MissionRequest) -> Result<OrchestrationResult, HostError> {
        let within = Within { depth: request.depth, fuel: Some(request.fuel) };
        let context = ExecutionContext::new(request.initial_state)?.with_metadata(request.metadata)?;
        let draft =
            Draft::build(Arc::clone(&self.registry), self.limits, &request.mission, &request.params, Some(within))?;
        let answers: BTreeMap<String, Value> = match request.answers {
            Value::Object(answers) => answers.into_iter().collect(),
            _ => BTreeMap::new(),
        };
        draft.start(&context)?.finish(&HumanPolicy::AnswersOrMark(answers)).map(|completed| completed.result)
    }
}

fn rejected(code: &str, message: String) -> MissionReply {
    let failure = StepFailure { kind: FailureKind::OperationFailed, message, details: json!({"code": code}) };
    MissionReply { result: Err(failure), fuel: 0 }
}
