//! The mission `workflow`: a workflow definition as params.

use serde_json::Map;
use sortie_plugin_sdk::Step;
use sortie_plugin_sdk::prelude::*;

/// A workflow definition, as `sortie exec` takes it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// What the workflow is called.
    pub id: String,
    /// The steps in order. Those past the limits (5 steps, 2 of them human) are dropped, and their ids are kept in
    /// the metadata under `dropped_steps`.
    pub steps: Vec<StepDefinition>,
    /// Whatever there is to say of the workflow.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// A step.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepDefinition {
    /// Unique in the workflow.
    pub id: String,
    /// Who does it.
    pub kind: Kind,
    /// What: `operation` and the operation's payload, or what is asked of a person.
    pub payload: Map<String, Value>,
}

/// Who does a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An operation.
    Runtime,
    /// A person.
    Human,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Human => "human",
        }
    }
}

/// Runs the workflow definition that the params are: operations of any plugin, composed without a builder.
#[mission(examples = [json!({
    "id": "count",
    "steps": [
        {"id": "begin", "kind": "runtime", "payload": {"operation": "set", "path": "/n", "value": 1}},
        {
            "id": "double",
            "kind": "runtime",
            "payload": {"operation": "calc", "expression": "n * 2", "with": {"n": "/n"}, "into": "/n"}
        },
        {"id": "approve", "kind": "human", "payload": {"description": "Is that enough?", "choices": ["yes", "no"]}},
    ],
    "metadata": {"owner": "docs"}
})])]
pub fn workflow(params: Definition) -> Result<Workflow> {
    let mut workflow = Workflow::new(params.id);
    workflow.metadata = params.metadata;
    Ok(params.steps.into_iter().fold(workflow, |workflow, step| {
        workflow.push(Step { id: step.id, kind: step.kind.name(), payload: Value::Object(step.payload).into() })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sortie_plugin_sdk::MissionEntry as _;

    fn check(kinds: &str, kept: &str, dropped: Option<Value>) {
        let steps: Vec<Value> = kinds
            .chars()
            .enumerate()
            .map(|(index, kind)| {
                let kind = if kind == 'h' { "human" } else { "runtime" };
                json!({"id": index.to_string(), "kind": kind, "payload": {"operation": "noop", "n": index}})
            })
            .collect();
        let params = json!({"id": "w", "steps": steps, "metadata": {"a": 1}});
        let built = workflow::ENTRY.build(params).unwrap();
        let ids: String = built.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!((built.id.as_str(), ids.as_str()), ("w", kept), "{kinds}");
        assert_eq!(built.metadata.get("dropped_steps"), dropped.as_ref(), "{kinds}");
        assert_eq!(built.metadata.get("a"), Some(&json!(1)));
        for step in built.steps {
            let index: usize = step.id.parse().unwrap();
            assert_eq!(json!([step.kind, step.payload]), json!([steps[index]["kind"], steps[index]["payload"]]));
        }
    }

    #[test]
    fn steps_pass_through_up_to_the_limits() {
        check("", "", None);
        check("rhrhr", "01234", None);
        check("rrrrrr", "01234", Some(json!(["5"])));
        check("hhhr", "013", Some(json!(["2"])));
        check("hhhrrrr", "01345", Some(json!(["2", "6"])));
    }

    #[test]
    fn what_is_no_workflow_is_rejected() {
        let build = |params| workflow::ENTRY.build(params).unwrap_err();
        let step = json!({"id": "a", "kind": "robot", "payload": {}});
        let failure = build(json!({"id": "w", "steps": [step]}));
        assert_eq!(failure.code, "invalid_params");
        assert!(failure.message.contains("unknown variant `robot`, expected `runtime` or `human`"), "{failure:?}");
        assert!(build(json!({"steps": []})).message.contains("missing field `id`"));
        assert!(build(json!({"id": "w", "steps": [], "step": []})).message.contains("unknown field `step`"));
    }
}
