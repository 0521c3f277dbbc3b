//! Missions that plugins run.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use sortie_engine::{ExecutionContext, FailureKind, Fuel, Limits, OrchestrationResult, StepFailure};
use sortie_interface::Answer;
use sortie_json::{Json, MAX_QUOTED_BYTES, excerpt};
use sortie_sandbox::{Deadline, HostFault, MissionHost, MissionReply, MissionRequest, Nesting};

use crate::draft::Draft;
use crate::error::HostError;
use crate::humans::HumanPolicy;
use crate::registry::Registry;
use crate::session::Session;

/// Runs missions for a plugin: on the registry of the run that it belongs to, and on that run's fuel.
struct NestedMissions {
    registry: Arc<Registry>,
    limits: Limits,
}

/// What the calls of a run are made within: missions that they run have the run's plugins and limits.
pub(crate) fn nesting(registry: &Arc<Registry>, limits: Limits, depth: u32, deadline: Option<Deadline>) -> Nesting {
    let missions = NestedMissions { registry: Arc::clone(registry), limits };
    Nesting { missions: Some(Arc::new(missions)), depth, deadline }
}

impl MissionHost for NestedMissions {
    fn run(&self, request: MissionRequest) -> Result<MissionReply, HostFault> {
        if request.depth >= self.limits.mission_depth {
            return Ok(rejected(
                "depth_limit",
                format!("missions may be nested {} deep, and this one would be deeper", self.limits.mission_depth),
            ));
        }
        if !self.registry.has_mission(&request.mission) {
            return Ok(rejected(
                "unknown_mission",
                format!("there is no mission `{}`", excerpt(&request.mission, MAX_QUOTED_BYTES)),
            ));
        }
        let available = request.fuel;
        let (ended, fuel) = self.mission(request);
        match ended {
            Ok(result) => {
                // A mission that used all that the caller had is no result: with more, it could have ended otherwise. The
                // caller itself is out of fuel.
                let starved = fuel >= available && available < self.limits.fuel_per_mission;
                let fuel = if starved { available.saturating_add(1) } else { fuel };
                Ok(MissionReply { result: Ok(result.into_json()), fuel })
            }
            Err(HostError::Fault(fault)) => Err(fault),
            Err(error) => Ok(MissionReply { fuel, ..rejected(error.code(), error.to_string()) }),
        }
    }
}

impl NestedMissions {
    /// Runs a mission, and tells what that cost, whatever it ended in.
    fn mission(&self, request: MissionRequest) -> (Result<OrchestrationResult, HostError>, Fuel) {
        let nesting = nesting(&self.registry, self.limits, request.depth, Some(request.deadline));
        let spec = (request.mission.as_str(), request.params);
        let built = Draft::build(Arc::clone(&self.registry), self.limits, spec, nesting, Some(request.fuel));
        let draft = match built {
            Ok(draft) => draft,
            Err(error) => {
                let fuel = if let HostError::BuildFailed { call, .. } = &error { call.report.fuel } else { 0 };
                return (Err(error), fuel);
            }
        };
        let building = draft.fuel();
        match begun(draft, request.initial_state, request.metadata) {
            Ok(session) => to_its_end(session, &request.answers),
            Err(error) => (Err(error), building),
        }
    }
}

fn begun(draft: Draft, initial_state: Json, metadata: Json) -> Result<Session, HostError> {
    draft.start(&ExecutionContext::new(initial_state)?.with_metadata(metadata)?)
}

/// What came of a session, and the fuel that it used until then, also where it could not be finished.
fn to_its_end(session: Session, answers: &Json) -> (Result<OrchestrationResult, HostError>, Fuel) {
    match script(answers.value()) {
        Ok(script) => session.finish_telling_fuel(&HumanPolicy::Script(script)),
        Err(error) => (Err(error), session.run().fuel()),
    }
}

/// What a request says of human steps.
fn script(answers: &Value) -> Result<BTreeMap<String, Answer>, HostError> {
    let read = |(step, answer): (&String, &Value)| match Answer::read(answer) {
        Ok(answer) => Ok((step.clone(), answer)),
        Err(error) => Err(HostError::Answer { step: step.clone(), error }),
    };
    answers.as_object().into_iter().flatten().map(read).collect()
}

fn rejected(code: &str, message: String) -> MissionReply {
    let failure = StepFailure { kind: FailureKind::OperationFailed, message, details: json!({"code": code}) };
    MissionReply { result: Err(failure), fuel: 0 }
}
