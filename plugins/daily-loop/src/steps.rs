//! The steps that a caller wants, before any limit is applied.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sortie_plugin_sdk::HumanStep;

use crate::coefficients::Coefficients;
use crate::decision;
use crate::moment::Moment;
use crate::params::{DEFAULT_LIMIT, Params};

/// The human steps of a mission whose params do not say how many.
const DEFAULT_HUMAN_STEPS: u32 = 1;

/// A step of the workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The step's id.
    pub id: &'static str,
    /// What the step does.
    pub action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// It calls the operation of the same name as the step, with this payload.
    Call(Value),
    /// It asks a person this question.
    Ask(HumanStep),
}

/// The payload of `summarise_yesterday`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SummaryPayload {
    /// The day; without it, the newest date in the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<Moment>,
}

/// The payload of `generate_priorities` and of `log_summary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RankingPayload {
    /// The day; without it, the newest date in the data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<Moment>,
    /// How many priorities there are at most.
    pub limit: NonZeroU32,
    /// The coefficients of the urgency.
    #[serde(skip_serializing_if = "Coefficients::are_default")]
    pub urgency: Coefficients,
}

/// The payload of `archive_completed`: nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ArchivePayload {}

impl Default for RankingPayload {
    fn default() -> Self {
        Self { today: None, limit: DEFAULT_LIMIT, urgency: Coefficients::default() }
    }
}

impl RankingPayload {
    /// The limit as a length.
    pub fn length(&self) -> usize {
        usize::try_from(self.limit.get()).unwrap_or(usize::MAX)
    }
}

/// The steps that these params ask for, in order, whatever limit a runtime sets.
///
/// | step | `requested_human_steps` |
/// |---|---|
/// | `summarise_yesterday` | any |
/// | `generate_priorities` | any |
/// | `confirm_priorities` | 1 (the default) or more |
/// | `log_summary` | any |
/// | `review_day` | 2 or more |
/// | `archive_completed` | any |
///
/// Of these, the first `requested_steps` are taken, or all. Each step depends only on steps before it, so every
/// prefix is a mission that makes sense: one that ends after `confirm_priorities` has the decision in its result,
/// and nothing acts on it. The review stands before the archiving, so that a runtime which takes no more than five
/// steps leaves out the archiving, which tomorrow's mission makes good, and not the person.
///
/// The mission has no more than these six steps, two of them human, and a request for more gets them all:
/// [`request`] tells the difference. Repeating a step would do nothing new.
pub fn wanted(params: &Params) -> Vec<Step> {
    let human = params.requested_human_steps.unwrap_or(DEFAULT_HUMAN_STEPS);
    let summary = json!(SummaryPayload { today: params.today });
    let ranking = json!(RankingPayload { today: params.today, limit: params.limit, urgency: params.urgency.clone() });
    let call = |id, payload: &Value| Some(Step { id, action: Action::Call(payload.clone()) });
    let ask =
        |id, nth, question: fn() -> HumanStep| (human >= nth).then(|| Step { id, action: Action::Ask(question()) });
    let steps = [
        call("summarise_yesterday", &summary),
        call("generate_priorities", &ranking),
        ask("confirm_priorities", 1, decision::confirmation_question),
        call("log_summary", &ranking),
        ask("review_day", 2, decision::review_question),
        call("archive_completed", &json!(ArchivePayload {})),
    ];
    let length = params.requested_steps.map_or(usize::MAX, |steps| usize::try_from(steps.get()).unwrap_or(usize::MAX));
    steps.into_iter().flatten().take(length).collect()
}

/// What was asked for and what is wanted of it, for the workflow's metadata: each number is left out where the params
/// do not ask for it.
///
/// ```json
/// {"requested_steps": 9, "requested_human_steps": 3, "wanted_steps": 6, "wanted_human_steps": 2}
/// ```
pub fn request(params: &Params, wanted: &[Step]) -> Map<String, Value> {
    let human = wanted.iter().filter(|step| matches!(step.action, Action::Ask(_))).count();
    let mut request = Map::new();
    if let Some(steps) = params.requested_steps {
        request.insert("requested_steps".to_owned(), json!(steps));
        request.insert("wanted_steps".to_owned(), json!(wanted.len()));
    }
    if let Some(steps) = params.requested_human_steps {
        request.insert("requested_human_steps".to_owned(), json!(steps));
        request.insert("wanted_human_steps".to_owned(), json!(human));
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of the steps that `params` want, without their verbs' objects; a person's steps have a question mark.
    fn check(params: Value, expected: &str) {
        let params: Params = serde_json::from_value(params).unwrap();
        let shown: Vec<_> = wanted(&params)
            .into_iter()
            .map(|step| {
                let verb = step.id.split('_').next().unwrap_or_default();
                match step.action {
                    Action::Call(_) => verb.to_owned(),
                    Action::Ask(_) => format!("{verb}?"),
                }
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{params:?}");
    }

    #[test]
    fn by_default_there_are_five_steps_and_one_is_a_persons() {
        check(json!({}), "summarise generate confirm? log archive");
    }

    #[test]
    fn the_first_requested_steps_are_taken() {
        check(json!({"requested_steps": 1}), "summarise");
        check(json!({"requested_steps": 2}), "summarise generate");
        check(json!({"requested_steps": 3}), "summarise generate confirm?");
        check(json!({"requested_steps": 4}), "summarise generate confirm? log");
        check(json!({"requested_steps": 5}), "summarise generate confirm? log archive");
        check(json!({"requested_steps": 6}), "summarise generate confirm? log archive");
        check(json!({"requested_steps": 4_294_967_295_u32}), "summarise generate confirm? log archive");
    }

    #[test]
    fn a_person_is_asked_as_often_as_requested() {
        check(json!({"requested_human_steps": 0}), "summarise generate log archive");
        check(json!({"requested_human_steps": 1}), "summarise generate confirm? log archive");
        check(json!({"requested_human_steps": 2}), "summarise generate confirm? log review? archive");
        check(json!({"requested_human_steps": 3}), "summarise generate confirm? log review? archive");
        check(json!({"requested_human_steps": 2, "requested_steps": 5}), "summarise generate confirm? log review?");
        check(json!({"requested_human_steps": 0, "requested_steps": 3}), "summarise generate log");
        check(json!({"requested_human_steps": 2, "requested_steps": 2}), "summarise generate");
    }

    #[test]
    fn a_request_for_more_than_there_is_is_told() {
        let params: Params = serde_json::from_value(json!({"requested_steps": 9, "requested_human_steps": 3})).unwrap();
        assert_eq!(
            Value::Object(request(&params, &wanted(&params))),
            json!({"requested_steps": 9, "requested_human_steps": 3, "wanted_steps": 6, "wanted_human_steps": 2})
        );
        assert!(request(&Params::default(), &wanted(&Params::default())).is_empty());
    }

    #[test]
    fn the_payloads_carry_the_params_and_are_read_back() {
        let params: Params =
            serde_json::from_value(json!({"today": "2026-01-08", "limit": 3, "urgency": {"due": 1}})).unwrap();
        let steps = wanted(&params);
        let Action::Call(payload) = &steps[1].action else { panic!("a call") };
        let payload: RankingPayload = serde_json::from_value(payload.clone()).unwrap();
        assert_eq!(payload.today, params.today);
        assert_eq!(payload.length(), 3);
        assert_eq!(payload.urgency, params.urgency);
        assert_eq!(steps[0].action, Action::Call(json!({"today": "2026-01-08T00:00:00Z"})));
        let by_default = wanted(&Params::default());
        assert_eq!(by_default[0].action, Action::Call(json!({})));
        assert_eq!(by_default[1].action, Action::Call(json!({"limit": 10})));
    }
}
