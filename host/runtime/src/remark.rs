//! What there is to say of a mission that was built, and that does not keep it from running.

use serde_json::Value;
use sortie_engine::WorkflowDefinition;
use sortie_interface::{MAX_HUMAN_STEPS, MAX_STEPS};

use sortie_json::nearest;

/// Something that whoever runs a mission should know before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// A param that the mission does not have. It is kept in the workflow's metadata, and nothing reads it.
    UnknownParam {
        /// The mission's name.
        mission: String,
        /// The param's name.
        param: String,
        /// The name that was probably meant.
        nearest: Option<String>,
    },
    /// A step that the mission was to have and that its builder left out.
    DroppedStep {
        /// The mission's name.
        mission: String,
        /// The step's id.
        step: String,
    },
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownParam { mission, param, .. } => {
                write!(f, "the mission `{mission}` has no param `{param}`, which is kept and does nothing")
            }
            Self::DroppedStep { mission, step } => write!(f, "the mission `{mission}` has left out the step `{step}`"),
        }
    }
}

impl std::error::Error for Remark {}

impl Remark {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownParam { .. } => "unknown_param",
            Self::DroppedStep { .. } => "dropped_step",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownParam { nearest: Some(nearest), .. } => Some(format!("did you mean `{nearest}`?")),
            Self::UnknownParam { nearest: None, mission, .. } => {
                Some(format!("the schema of `{mission}` names the params that it has"))
            }
            Self::DroppedStep { .. } => {
                Some(format!("a workflow has at most {MAX_STEPS} steps, at most {MAX_HUMAN_STEPS} of them human"))
            }
        }
    }
}

/// What there is to say of a mission's workflow, which was built from params that its schema allows.
pub(crate) fn remarks(mission: &str, schema: &Value, params: &Value, workflow: &WorkflowDefinition) -> Vec<Remark> {
    let mut remarks = unknown_params(mission, schema, params);
    let dropped = workflow.metadata.get("dropped_steps").and_then(Value::as_array).into_iter().flatten();
    remarks.extend(dropped.filter_map(Value::as_str).map(|step| {
        let (mission, step) = (mission.to_owned(), step.to_owned());
        Remark::DroppedStep { mission, step }
    }));
    remarks
}

/// Keywords by which a schema can allow more members than it lists in `properties`. A schema that has one of them is
/// taken at its word.
const OPEN: [&str; 9] = [
    "$dynamicRef",
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "if",
    "oneOf",
    "patternProperties",
    "unevaluatedProperties",
];

/// The params that a schema neither lists nor says anything of: it allows them, and knows nothing of them.
fn unknown_params(mission: &str, schema: &Value, params: &Value) -> Vec<Remark> {
    let (Some(schema), Some(params)) = (schema.as_object(), params.as_object()) else { return Vec::new() };
    let Some(known) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
    if OPEN.iter().any(|keyword| schema.contains_key(*keyword)) {
        return Vec::new();
    }
    let unknown = params.keys().filter(|name| !known.contains_key(*name)).map(|param| Remark::UnknownParam {
        mission: mission.to_owned(),
        param: param.clone(),
        nearest: nearest(param, known.keys().map(String::as_str)).map(str::to_owned),
    });
    unknown.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The remarks on params, each as its code and what it names.
    fn check(schema: Value, params: Value, metadata: Value, expected: &[&str]) {
        let workflow = WorkflowDefinition { id: "w".to_owned(), steps: Vec::new(), metadata };
        let told = |remark: &Remark| match remark {
            Remark::UnknownParam { param, nearest, .. } => {
                format!("{} {param} {}", remark.code(), nearest.as_deref().unwrap_or("-"))
            }
            Remark::DroppedStep { step, .. } => format!("{} {step}", remark.code()),
        };
        let found: Vec<String> = remarks("m", &schema, &params, &workflow).iter().map(told).collect();
        assert_eq!(found, expected, "{schema} {params}");
    }

    #[test]
    fn a_param_that_the_schema_does_not_list_is_remarked_on() {
        let schema = json!({"type": "object", "properties": {"today": {}, "limit": {}}});
        check(schema.clone(), json!({"today": 1, "limit": 2}), json!({}), &[]);
        check(
            schema.clone(),
            json!({"todday": 1, "x": 2}),
            json!({}),
            &["unknown_param todday today", "unknown_param x -"],
        );
        check(schema, json!([1]), json!({}), &[]);
    }

    #[test]
    fn a_schema_that_allows_more_is_taken_at_its_word() {
        for open in
            [json!(true), json!({}), json!({"properties": {"a": {}}, "additionalProperties": {"type": "string"}})]
        {
            check(open, json!({"b": "c"}), json!({}), &[]);
        }
        check(json!({"properties": {"a": {}}, "$ref": "#/$defs/b"}), json!({"b": 1}), json!({}), &[]);
    }

    #[test]
    fn a_step_that_the_builder_dropped_is_remarked_on() {
        check(json!(true), json!({}), json!({"dropped_steps": ["review", 1]}), &["dropped_step review"]);
        check(json!(true), json!({}), json!({"dropped_steps": "review"}), &[]);
    }
}
