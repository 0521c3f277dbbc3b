//! The mission: the wanted steps as a workflow.

use sortie_plugin_sdk::prelude::*;

use crate::params::Params;
use crate::steps::{self, Action};

/// Plans the day from Taskwarrior's tasks: summarises yesterday, ranks what is to do, lets a person decide, logs, and
/// archives.
///
/// A workflow has at most five steps; its metadata has what was requested, what of it is wanted, and the ids of what
/// was dropped ([`steps::plan`]).
#[mission(examples = [json!({}), json!({"today": "2026-01-08", "limit": 3, "requested_human_steps": 0})])]
pub fn daily_loop(params: Params) -> Result<Workflow> {
    let plan = steps::plan(&params).map_err(|error| Failure::invalid_params(error.to_string()))?;
    let mut workflow = Workflow::new("daily_loop");
    for (key, value) in plan.metadata {
        workflow = workflow.metadata(key, value);
    }
    Ok(plan.steps.into_iter().fold(workflow, |workflow, step| match step.action {
        Action::Call(payload) => workflow.step(step.id, step.id, payload),
        Action::Ask(question) => workflow.human(step.id, question),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(params: Value) -> Workflow {
        daily_loop(serde_json::from_value(params).unwrap()).unwrap()
    }

    #[test]
    fn by_default_there_are_five_steps_and_nothing_is_dropped() {
        let workflow = built(json!({"today": "2026-01-08"}));
        let kinds: Vec<_> = workflow.steps.iter().map(|step| step.kind).collect();
        assert_eq!(kinds, ["runtime", "runtime", "human", "runtime", "runtime"]);
        assert_eq!(
            workflow.steps[0].payload,
            json!({"operation": "summarise_yesterday", "tasks": "/tasks", "today": "2026-01-08", "archives": true})
        );
        assert!(workflow.metadata.is_empty());
    }

    #[test]
    fn the_question_shows_the_priorities_and_has_a_default() {
        let payload = built(json!({})).steps[2].payload.value();
        assert_eq!((&payload["show"], payload.get("context")), (&json!(["generate_priorities"]), None));
        assert_eq!(payload["default"], json!({"accept": true}));
        assert!(payload["description"].is_string() && payload["schema"].is_object());
    }

    #[test]
    fn a_question_shows_only_steps_that_are_there() {
        for humans in 0..=2 {
            for steps in 1..=5 {
                let workflow = built(json!({"requested_steps": steps, "requested_human_steps": humans}));
                for (index, step) in workflow.steps.iter().enumerate().filter(|(_, step)| step.kind == "human") {
                    let payload = step.payload.value();
                    let shown = payload.get("show").and_then(Value::as_array);
                    let is_before = |id: &Value| workflow.steps[..index].iter().any(|step| *id == step.id);
                    assert!(shown.into_iter().flatten().all(is_before), "{humans} of {steps}: {:?}", step.payload);
                    assert!(shown.is_some() || payload.get("context").is_some(), "{humans} of {steps}");
                }
            }
        }
    }

    #[test]
    fn what_is_requested_beyond_the_limits_is_dropped_and_told() {
        let workflow = built(json!({"requested_steps": 9, "requested_human_steps": 3}));
        assert_eq!(workflow.steps.len(), 5);
        assert_eq!(workflow.metadata["dropped_steps"], json!(["archive_completed"]));
    }
}
