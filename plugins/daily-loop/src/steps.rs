//! The steps that a caller wants, and which of them a mission has room for.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sortie_plugin_sdk::{HumanStep, MAX_STEPS};

use crate::coefficients::Coefficients;
use crate::decision;
use crate::error::Error;
use crate::filter::Filter;
use crate::params::{DEFAULT_LIMIT, Params, is_default};
use crate::priorities::Rank;
use crate::selection::Selection;
use crate::taskrc::{self, Configuration};
use crate::written::Written;
use crate::zone::Zone;

/// The human steps of a mission whose params do not say how many.
const DEFAULT_HUMAN_STEPS: u32 = 1;

/// Where the tasks are.
pub const TASKS: &str = "/tasks";

/// Where `summarise_yesterday` leaves the open tasks for the steps behind it, and `log_summary` takes them away.
pub const OPEN_TASKS: &str = "/daily_open";

/// Where `summarise_yesterday` leaves what is to be archived, and `archive_completed` takes it away.
pub const DONE_TASKS: &str = "/daily_done";

/// Where what is completed goes.
pub const ARCHIVE: &str = "/archive";

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
    Call(Box<Payload>),
    /// It asks a person this question.
    Ask(HumanStep),
}

/// What an operation is called with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Payload {
    /// `summarise_yesterday`.
    Summary(SummaryPayload),
    /// `generate_priorities` or `log_summary`.
    Ranking(RankingPayload),
    /// `archive_completed`.
    Archive(ArchivePayload),
}

/// The payload of `summarise_yesterday`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryPayload {
    /// Where in the state the tasks are: a JSON Pointer.
    pub tasks: String,
    /// What counts as now; without it, the newest change in the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Written>,
    /// The zone in which days are counted, where `today` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// The user-defined attributes that later steps need.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub udas: Vec<String>,
    /// Which tasks are wanted.
    #[serde(flatten)]
    pub selection: Selection,
    /// Whether later steps are to see all that the open tasks have.
    #[serde(default, skip_serializing_if = "is_default")]
    pub details: bool,
    /// Whether what is to be archived is found too, for a later step.
    #[serde(default, skip_serializing_if = "is_default")]
    pub archives: bool,
    /// What there is to remark about the params, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// The payload of `generate_priorities` and of `log_summary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RankingPayload {
    /// Where in the state the tasks are: a JSON Pointer.
    pub tasks: String,
    /// What counts as now; without it, what the summary has, or the newest change in the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Written>,
    /// The zone in which days are counted, where `today` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// How many priorities there are at most.
    #[serde(default = "default_limit")]
    pub limit: NonZeroU32,
    /// The coefficients of the urgency.
    #[serde(default, skip_serializing_if = "Coefficients::are_default")]
    pub urgency: Coefficients,
    /// By which urgency tasks are ranked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rank: Rank,
    /// Which tasks are wanted.
    #[serde(flatten)]
    pub selection: Selection,
    /// Whether all there is to say of each task is shown.
    #[serde(default, skip_serializing_if = "is_default")]
    pub details: bool,
}

/// The payload of `archive_completed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ArchivePayload {
    /// Where in the state the tasks are, or where an earlier step left what is to be archived: a JSON Pointer.
    pub tasks: String,
    /// Where in the state the archive is, if the tasks are read: a JSON Pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archive: Option<String>,
}

fn default_limit() -> NonZeroU32 {
    DEFAULT_LIMIT
}

impl RankingPayload {
    /// The limit as a length.
    pub fn length(&self) -> usize {
        usize::try_from(self.limit.get()).unwrap_or(usize::MAX)
    }
}

/// What a mission is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The steps that there is room for, in order.
    pub steps: Vec<Step>,
    /// What is said of them in the workflow's metadata.
    pub metadata: Map<String, Value>,
}

/// The steps that a daily loop can have, in order, by their ids; a person's steps by their number too.
const STEPS: [(&str, Option<u32>); 6] = [
    ("summarise_yesterday", None),
    ("generate_priorities", None),
    ("confirm_priorities", Some(1)),
    ("log_summary", None),
    ("review_day", Some(2)),
    ("archive_completed", None),
];

/// Which steps are left out first where there is no room and a person's steps were asked for: the archiving, which
/// tomorrow's mission makes good; then what a question needs least; a person last.
const LEAST_NEEDED: [&str; 6] = [
    "archive_completed",
    "log_summary",
    "summarise_yesterday",
    "generate_priorities",
    "review_day",
    "confirm_priorities",
];

/// The steps that these params ask for.
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
/// Of these there are as many as `requested_steps` says, and at most five. Where the params do not ask for a person, the
/// first so many are taken: each step depends only on steps before it, so every beginning is a mission that makes sense.
/// Where they do, a person's step is left out last, and that it was is in the metadata: `dropped_steps` has the ids of
/// the steps beyond the fifth, and of a person's steps that were asked for and are not there. The mission has no more
/// than these six steps, two of them human; `wanted_steps` and `wanted_human_steps` say so where more are requested.
///
/// # Errors
/// Coefficients, configurations and filters that are none.
pub fn plan(params: &Params) -> Result<Plan, Error> {
    if params.taskrc.as_deref().is_some_and(|text| !taskrc::is_one(text)) {
        return Err(Error::NotAConfiguration);
    }
    let mut configuration = params.taskrc.as_deref().map(taskrc::read).unwrap_or_default();
    let filter = params.selection.check(&configuration.attributes)?;
    let compared = filter.as_ref().map(Filter::ordered_attributes).unwrap_or_default();
    configuration.values.retain(|name, _| compared.contains(name.as_str()));
    let human = params.requested_human_steps.unwrap_or(DEFAULT_HUMAN_STEPS);
    let wanted: Vec<&str> =
        STEPS.iter().filter(|(_, nth)| nth.is_none_or(|nth| human >= nth)).map(|(id, _)| *id).collect();
    let requested =
        params.requested_steps.map_or(usize::MAX, |steps| usize::try_from(steps.get()).unwrap_or(usize::MAX));
    let kept = kept(&wanted, requested.min(MAX_STEPS), params.requested_human_steps.is_some());

    let is_human = |id: &str| STEPS.iter().any(|(step, nth)| *step == id && nth.is_some());
    let left_out = wanted.iter().filter(|id| !kept.contains(id));
    let dropped: Vec<_> = left_out
        .filter(|id| {
            requested >= MAX_STEPS.min(wanted.len()) || (is_human(id) && params.requested_human_steps.is_some())
        })
        .collect();
    let mut metadata = Map::new();
    if let Some(steps) = params.requested_steps {
        metadata.insert("requested_steps".to_owned(), json!(steps));
        metadata.insert("wanted_steps".to_owned(), json!(wanted.len().min(requested)));
    }
    if let Some(steps) = params.requested_human_steps {
        metadata.insert("requested_human_steps".to_owned(), json!(steps));
        metadata.insert("wanted_human_steps".to_owned(), json!(wanted.iter().filter(|id| is_human(id)).count()));
    }
    if !dropped.is_empty() {
        metadata.insert("dropped_steps".to_owned(), json!(dropped));
    }
    let payloads = Payloads::of(params, configuration, &kept)?;
    let steps = kept.iter().map(|id| Step { id, action: payloads.action(id) }).collect();
    Ok(Plan { steps, metadata })
}

/// So many of the steps.
fn kept(wanted: &[&'static str], room: usize, humans_asked: bool) -> Vec<&'static str> {
    let mut kept = wanted.to_vec();
    if !humans_asked {
        kept.truncate(room);
    }
    for id in LEAST_NEEDED {
        if kept.len() > room {
            kept.retain(|step| *step != id);
        }
    }
    kept
}

/// What the steps are called with.
struct Payloads<'s> {
    summary: SummaryPayload,
    ranking: RankingPayload,
    archive: ArchivePayload,
    steps: &'s [&'static str],
}

impl<'s> Payloads<'s> {
    fn of(params: &Params, configuration: Configuration, steps: &'s [&'static str]) -> Result<Self, Error> {
        let urgency = over(configuration.coefficients, params.urgency.as_ref())?;
        let summarises = steps.contains(&"summarise_yesterday");
        let tasks = if summarises { OPEN_TASKS } else { TASKS };
        let archives = summarises && steps.contains(&"archive_completed");
        let Params { today, zone, limit, ref selection, rank, details, .. } = *params;
        let mut summary = selection.clone();
        for (name, values) in configuration.values {
            summary.values.entry(name).or_insert(values);
        }
        let ranking = summary.clone();
        Ok(Self {
            summary: SummaryPayload {
                tasks: TASKS.to_owned(),
                today,
                zone,
                udas: urgency.attributes(),
                selection: summary,
                details,
                archives,
                remarks: configuration.remarks,
            },
            ranking: RankingPayload {
                tasks: tasks.to_owned(),
                today,
                zone,
                limit,
                urgency,
                rank,
                selection: ranking,
                details,
            },
            archive: ArchivePayload {
                tasks: if archives { DONE_TASKS } else { TASKS }.to_owned(),
                archive: (!archives).then(|| ARCHIVE.to_owned()),
            },
            steps,
        })
    }

    /// The step, if the mission has it.
    fn shows(&self, id: &'static str) -> Option<&'static str> {
        self.steps.contains(&id).then_some(id)
    }

    fn action(&self, id: &str) -> Action {
        match id {
            "summarise_yesterday" => Action::Call(Box::new(Payload::Summary(self.summary.clone()))),
            "confirm_priorities" => Action::Ask(decision::confirmation_question(self.shows("generate_priorities"))),
            "review_day" => Action::Ask(decision::review_question(self.shows("log_summary"))),
            "archive_completed" => Action::Call(Box::new(Payload::Archive(self.archive.clone()))),
            _ => Action::Call(Box::new(Payload::Ranking(self.ranking.clone()))),
        }
    }
}

/// The coefficients with those of the params over them.
fn over(coefficients: Coefficients, params: Option<&Map<String, Value>>) -> Result<Coefficients, Error> {
    let Some(params) = params else { return Ok(coefficients) };
    let mut merged = json!(coefficients);
    merge(&mut merged, params);
    Coefficients::deserialize(merged).map_err(|error| Error::Coefficients(error.to_string()))
}

fn merge(into: &mut Value, members: &Map<String, Value>) {
    let Value::Object(into) = into else { return };
    for (name, value) in members {
        match (into.get_mut(name), value) {
            (Some(place @ Value::Object(_)), Value::Object(members)) => merge(place, members),
            _ => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan_of(params: Value) -> Plan {
        plan(&serde_json::from_value(params).unwrap()).unwrap()
    }

    fn payload_of(step: &Step) -> Value {
        match &step.action {
            Action::Call(payload) => json!(payload),
            Action::Ask(_) => Value::Null,
        }
    }

    /// The ids of the steps that `params` want, without their verbs' objects; a person's steps have a question mark. What
    /// was dropped stands behind a bar.
    fn check(params: Value, expected: &str) {
        let plan = plan_of(params.clone());
        let verb = |id: &str| id.split('_').next().unwrap_or_default().to_owned();
        let steps = plan.steps.iter().map(|step| match step.action {
            Action::Call(_) => verb(step.id),
            Action::Ask(_) => format!("{}?", verb(step.id)),
        });
        let mut shown = steps.collect::<Vec<_>>().join(" ");
        for id in plan.metadata.get("dropped_steps").and_then(Value::as_array).into_iter().flatten() {
            shown.push_str(&format!(" | {}", verb(id.as_str().unwrap())));
        }
        assert_eq!(shown, expected, "{params}");
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
        check(json!({"requested_human_steps": 2}), "summarise generate confirm? log review? | archive");
        check(json!({"requested_human_steps": 3}), "summarise generate confirm? log review? | archive");
        check(json!({"requested_human_steps": 0, "requested_steps": 3}), "summarise generate log");
    }

    #[test]
    fn a_person_that_was_asked_for_is_left_out_last_and_never_in_silence() {
        check(
            json!({"requested_human_steps": 2, "requested_steps": 5}),
            "summarise generate confirm? log review? | archive",
        );
        check(json!({"requested_human_steps": 2, "requested_steps": 4}), "summarise generate confirm? review?");
        check(json!({"requested_human_steps": 2, "requested_steps": 3}), "generate confirm? review?");
        check(json!({"requested_human_steps": 2, "requested_steps": 2}), "confirm? review?");
        check(json!({"requested_human_steps": 2, "requested_steps": 1}), "confirm? | review");
        check(json!({"requested_human_steps": 1, "requested_steps": 2}), "generate confirm?");
        check(json!({"requested_human_steps": 1, "requested_steps": 1}), "confirm?");
    }

    #[test]
    fn a_request_for_more_than_there_is_is_told() {
        assert_eq!(
            Value::Object(plan_of(json!({"requested_steps": 9, "requested_human_steps": 3})).metadata),
            json!({
                "requested_steps": 9, "requested_human_steps": 3, "wanted_steps": 6, "wanted_human_steps": 2,
                "dropped_steps": ["archive_completed"],
            })
        );
        assert!(plan_of(json!({})).metadata.is_empty());
    }

    #[test]
    fn the_payloads_carry_the_params_and_are_read_back() {
        let params =
            json!({"today": "2026-01-08", "limit": 3, "urgency": {"due": 1, "uda": {"size": 2}}, "project": "p"});
        let steps = plan_of(params).steps;
        let Action::Call(payload) = &steps[1].action else { panic!("a call") };
        let payload: RankingPayload = serde_json::from_value(json!(payload)).unwrap();
        assert_eq!((payload.length(), payload.selection.project.as_deref()), (3, Some("p")));
        assert_eq!(payload.tasks, OPEN_TASKS);
        let summary =
            json!({"tasks": "/tasks", "today": "2026-01-08", "udas": ["size"], "project": "p", "archives": true});
        assert_eq!(payload_of(&steps[0]), summary);
        let by_default = plan_of(json!({})).steps;
        assert_eq!(payload_of(&by_default[0]), json!({"tasks": "/tasks", "archives": true}));
        assert_eq!(payload_of(&by_default[4]), json!({"tasks": "/daily_done"}));
        assert_eq!(payload_of(&by_default[1]), json!({"tasks": "/daily_open", "limit": 10}));
    }

    #[test]
    fn without_a_summary_the_priorities_are_of_all_tasks() {
        let steps = plan_of(json!({"requested_human_steps": 1, "requested_steps": 2})).steps;
        assert_eq!(payload_of(&steps[0]), json!({"tasks": "/tasks", "limit": 10}));
    }

    #[test]
    fn coefficients_of_the_params_win_over_those_of_a_taskrc() {
        let taskrc = "urgency.due.coefficient=3\nurgency.uda.priority.H.coefficient=5\nurgency.age.coefficient=1";
        let steps = plan_of(json!({"taskrc": taskrc, "urgency": {"due": 4, "priority": {"L": 0}}})).steps;
        let Action::Call(payload) = &steps[1].action else { panic!("a call") };
        let payload: RankingPayload = serde_json::from_value(json!(payload)).unwrap();
        let expected = json!({"due": 4, "age": 1, "priority": {"H": 5, "L": 0}});
        assert_eq!(payload.urgency, serde_json::from_value(expected).unwrap());
        let wrong = serde_json::from_value(json!({"urgency": {"due": 1e7}})).unwrap();
        assert!(plan(&wrong).unwrap_err().to_string().contains("is no coefficient"));
    }

    #[test]
    fn the_order_of_values_comes_from_a_taskrc_where_a_filter_needs_it() {
        let taskrc = "uda.size.values=big,small\nuda.estimate.type=numeric\nuda.estimate.values=3,1";
        let values = |filter: &str, values: Value| {
            let steps = plan_of(json!({"taskrc": taskrc, "filter": filter, "values": values})).steps;
            steps[..2]
                .iter()
                .map(|step| payload_of(step).get("values").cloned().unwrap_or_default())
                .collect::<Vec<_>>()
        };
        let order = json!({"size": ["big", "small"]});
        assert_eq!(values("size.above:small or estimate.above:1", json!({})), [order.clone(), order]);
        assert_eq!(values("size:small estimate.above:2", json!({})), [Value::Null, Value::Null]);
        let own = json!({"size": ["small", "big"]});
        assert_eq!(values("size.above:small", own.clone()), [own.clone(), own]);
    }

    #[test]
    fn a_filter_that_is_none_is_refused() {
        let wrong = |params: Value| plan(&serde_json::from_value(params).unwrap()).unwrap_err().code();
        assert_eq!(wrong(json!({"filter": "urgency.over:5"})), "invalid_filter");
        assert_eq!(wrong(json!({"status": "done"})), "invalid_filter");
    }
}
