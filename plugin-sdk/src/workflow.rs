//! Building workflows.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sortie_interface::{MAX_HUMAN_STEPS, MAX_STEPS};

use crate::json::{JsonText, required};
use crate::logging::mistake;

/// A step of a workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Unique in its workflow.
    pub id: String,
    /// `runtime` or `human`.
    pub kind: &'static str,
    /// A JSON object.
    pub payload: JsonText,
}

/// A workflow being built. Steps past the limits (5 steps, 2 of them human) are dropped, and their ids are kept in the
/// metadata under `dropped_steps`: whoever runs the mission is told. A person is dropped last: where there is no room
/// for a human step that the limits allow, the last runtime step makes room.
///
/// ```
/// use sortie_plugin_sdk::prelude::*;
///
/// let workflow = Workflow::new("release")
///     .step("check", "check", json!({"branch": "main"}))
///     .human("approve", HumanStep::new("Ship it?").choices(["yes", "no"]).show(["check"]))
///     .step("ship", "ship", ());
/// assert_eq!(workflow.steps.len(), 3);
/// assert_eq!(workflow.steps[0].payload.value(), json!({"operation": "check", "branch": "main"}));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// What the workflow is called.
    pub id: String,
    /// In the order of their execution.
    pub steps: Vec<Step>,
    /// Whatever the mission wants to say of the workflow.
    pub metadata: Map<String, Value>,
}

impl Workflow {
    /// A workflow without steps.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), steps: Vec::new(), metadata: Map::new() }
    }

    /// Adds a step that executes an operation. The payload is anything that serialises to a JSON object, or `()` for
    /// none. Panics, which the host makes a failure with the place, where it is anything else, or where a step has this id.
    #[must_use]
    #[track_caller]
    pub fn step(self, id: impl Into<String>, operation: &str, payload: impl Serialize) -> Self {
        let id = self.unused(id.into());
        let what = format_args!("the payload of step `{id}`");
        match JsonText::with_members(("operation", operation), &payload, what) {
            Ok(payload) => self.push(Step { id, kind: "runtime", payload }),
            #[expect(clippy::panic, reason = "the host makes a panic a failure with the place and this message")]
            Err(kind) => panic!("{what} is {kind}, not an object"),
        }
    }

    /// Adds a step that a person decides.
    #[must_use]
    #[track_caller]
    pub fn human(self, id: impl Into<String>, step: HumanStep) -> Self {
        let id = self.unused(id.into());
        self.push(Step { id, kind: "human", payload: JsonText::of(&step.0) })
    }

    /// An id that no step has.
    #[track_caller]
    fn unused(&self, id: String) -> String {
        if self.steps.iter().any(|step| step.id == id) {
            mistake("duplicate_step_id", &format!("two steps have the id `{id}`: give each step an id of its own"));
        }
        id
    }

    /// Adds to the metadata.
    #[must_use]
    #[track_caller]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        let key = key.into();
        let value = required(&value, format_args!("the metadata `{key}`"));
        self.metadata.insert(key, value);
        self
    }

    /// Adds a step as it is.
    #[must_use]
    pub fn push(mut self, step: Step) -> Self {
        let is_human = |step: &Step| step.kind == "human";
        let humans = self.steps.iter().filter(|step| is_human(step)).count();
        let may_ask = is_human(&step) && humans < MAX_HUMAN_STEPS;
        let dropped = if self.steps.len() < MAX_STEPS && (may_ask || !is_human(&step)) {
            self.steps.push(step);
            return self;
        } else if let (true, Some(last)) = (may_ask, self.steps.iter().rposition(|step| !is_human(step))) {
            let dropped = self.steps.remove(last);
            self.steps.push(step);
            dropped
        } else {
            step
        };
        if let Some(ids) = self.metadata.entry("dropped_steps").or_insert_with(|| json!([])).as_array_mut() {
            ids.push(dropped.id.into());
        }
        self
    }
}

/// What is asked of a person.
///
/// ```
/// use sortie_plugin_sdk::prelude::*;
///
/// let step = HumanStep::new("How many hours do you have?")
///     .schema(json!({"type": "number", "minimum": 1}))
///     .default(6)
///     .expires("8h")
///     .default_on_expiry();
/// let workflow = Workflow::new("day").human("hours", step);
/// assert_eq!(workflow.steps[0].payload.value()["expires"], "8h");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HumanStep(BTreeMap<&'static str, JsonText>);

impl HumanStep {
    /// A question.
    #[must_use]
    pub fn new(description: impl Into<String>) -> Self {
        Self(BTreeMap::new()).with("description", &description.into())
    }

    /// The part of the state that the person is shown: a JSON Pointer.
    #[must_use]
    pub fn context(self, pointer: &str) -> Self {
        self.with("context", pointer)
    }

    /// The earlier steps whose displays are put before the person, by their ids.
    #[must_use]
    pub fn show<T: Into<String>>(self, steps: impl IntoIterator<Item = T>) -> Self {
        self.with("show", &steps.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    /// The decisions to choose from.
    #[must_use]
    #[track_caller]
    pub fn choices<T: Serialize>(self, choices: impl IntoIterator<Item = T>) -> Self {
        let mut values = Vec::new();
        for choice in choices {
            values.push(JsonText::required(&choice, format_args!("choice {}", values.len() + 1)));
        }
        self.with("choices", &values)
    }

    /// JSON Schema (draft 2020-12) of the decision.
    #[must_use]
    #[track_caller]
    pub fn schema(self, schema: impl Serialize) -> Self {
        self.with("schema", &JsonText::required(&schema, format_args!("the schema")))
    }

    /// What the person gets by pressing Enter, and what is decided on expiry if [`default_on_expiry`] is set.
    ///
    /// [`default_on_expiry`]: Self::default_on_expiry
    #[must_use]
    #[track_caller]
    pub fn default(self, default: impl Serialize) -> Self {
        self.with("default", &JsonText::required(&default, format_args!("the default")))
    }

    /// The time to decide in: `90s`, `15m`, `8h`, `2d`. Without a decision in time, the step fails.
    #[must_use]
    pub fn expires(self, time: &str) -> Self {
        self.with("expires", time)
    }

    /// Without a decision in time, the default is decided.
    #[must_use]
    pub fn default_on_expiry(self) -> Self {
        self.with("on_expiry", "default")
    }

    /// Who may decide.
    #[must_use]
    pub fn assignees<T: Into<String>>(self, assignees: impl IntoIterator<Item = T>) -> Self {
        self.with("assignees", &assignees.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    fn with<T: Serialize + ?Sized>(mut self, key: &'static str, value: &T) -> Self {
        self.0.insert(key, JsonText::of(value));
        self
    }
}

impl HumanStep {
    /// How many people, 1 to 16, have to agree on the decision.
    #[must_use]
    pub fn approvals(self, count: u32) -> Self {
        self.with("approvals", &count)
    }

    /// Whoever started the run may not decide.
    #[must_use]
    pub fn not_starter(self) -> Self {
        self.with("not_starter", &true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_past_the_limits_are_dropped_in_order_and_recorded() {
        let ask = || HumanStep::new("Really?");
        let workflow = Workflow::new("w")
            .human("h1", ask())
            .human("h2", ask())
            .human("h3", ask())
            .step("r1", "noop", json!({}))
            .step("r2", "noop", json!({}))
            .step("r3", "noop", json!({}))
            .step("r4", "noop", json!({}));
        let ids: Vec<_> = workflow.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["h1", "h2", "r1", "r2", "r3"]);
        assert_eq!(workflow.metadata["dropped_steps"], json!(["h3", "r4"]));
    }

    #[test]
    fn a_person_is_dropped_last() {
        let mut workflow = Workflow::new("w");
        for id in ["r1", "r2", "r3", "r4", "r5", "r6"] {
            workflow = workflow.step(id, "noop", json!({}));
        }
        for id in ["h1", "h2", "h3"] {
            workflow = workflow.human(id, HumanStep::new("Really?"));
        }
        let ids: Vec<_> = workflow.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids, ["r1", "r2", "r3", "h1", "h2"]);
        assert_eq!(workflow.metadata["dropped_steps"], json!(["r6", "r5", "r4", "h3"]));
    }

    #[test]
    fn a_payload_that_is_no_json_object_fails_with_its_step_and_its_field() {
        #[derive(Serialize)]
        struct Parcel {
            sizes: Vec<f64>,
        }
        let check = |payload: &dyn Fn() -> Workflow, message: &str| {
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(payload)).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>().unwrap(), message);
        };
        let ship = |sizes: &[f64]| Workflow::new("w").step("ship", "ship", Parcel { sizes: sizes.to_vec() });
        assert_eq!(ship(&[1.5]).steps[0].payload, json!({"operation": "ship", "sizes": [1.5]}));
        assert_eq!(Workflow::new("w").step("ship", "ship", ()).steps[0].payload, json!({"operation": "ship"}));
        check(
            &|| ship(&[1.0, f64::NAN]),
            "the payload of step `ship` cannot be JSON: at `/sizes/1` is NaN, which JSON has no number for",
        );
        check(
            &|| Workflow::new("w").step("ship", "ship", ()).human("ship", HumanStep::new("Really?")),
            "two steps have the id `ship`: give each step an id of its own",
        );
        check(
            &|| Workflow::new("w").step("ship", "ship", "hello"),
            "the payload of step `ship` is a string, not an object",
        );
    }

    #[test]
    fn at_the_limits_nothing_is_dropped() {
        let mut workflow = Workflow::new("w").human("h1", HumanStep::new("?")).human("h2", HumanStep::new("?"));
        for id in ["r1", "r2", "r3"] {
            workflow = workflow.step(id, "noop", json!({}));
        }
        assert_eq!(workflow.steps.len(), 5);
        assert!(workflow.metadata.is_empty());
    }
}
