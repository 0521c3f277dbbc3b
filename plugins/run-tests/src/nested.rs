//! The runner that asks the host.

use sortie_harness::runner::{MissionCall, MissionError, MissionRunner};
use sortie_plugin_sdk::missions::{self, Request};
use sortie_plugin_sdk::prelude::*;

/// Runs each mission through the host, on the fuel of the call that it is part of. When that runs out, or the host
/// fails, the call ends there, so neither is an outcome here.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostRunner;

impl MissionRunner for HostRunner {
    fn run(&self, call: &MissionCall<'_>) -> core::result::Result<Value, MissionError> {
        missions::run(&request(call)).map_err(rejected)
    }
}

fn request(call: &MissionCall<'_>) -> Request {
    Request {
        mission: call.mission.to_owned(),
        params: call.params.clone(),
        initial_state: call.initial_state.clone(),
        metadata: call.metadata.clone(),
        answers: Value::Object(call.answers.clone()),
    }
}

fn rejected(failure: Failure) -> MissionError {
    MissionError::Rejected { code: failure.code, message: failure.message, details: failure.details }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    #[test]
    fn all_of_a_call_is_requested() {
        let answers = Map::from_iter([("ask".to_owned(), json!(true))]);
        let call = MissionCall {
            mission: "m",
            params: &json!([1]),
            initial_state: &json!({"a": 1}),
            metadata: &json!({"b": 2}),
            answers: &answers,
            limits: &Map::new(),
        };
        let expected = Request {
            mission: "m".to_owned(),
            params: json!([1]),
            initial_state: json!({"a": 1}),
            metadata: json!({"b": 2}),
            answers: json!({"ask": true}),
        };
        assert_eq!(request(&call), expected);
        // There is no host here.
        assert!(matches!(HostRunner.run(&call), Err(MissionError::Rejected { code, .. }) if code == "no_host"));
    }
}
