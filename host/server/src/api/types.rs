//! What programs send and get.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sortie_host::journal::{DecisionRecord, FeedEntry, InboxEntry, RunSummary, Timeline, Timestamp};
use sortie_host::{Outlook, Preview, Question};

use crate::decision::Outlooks;
use crate::problem::Problem;

/// A mission that can be started.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MissionView {
    /// `PLUGIN/NAME`.
    pub(crate) name: String,
    /// A sentence for people.
    pub(crate) description: String,
    /// The plugin that builds it.
    pub(crate) plugin: String,
    /// The SHA-256 of the plugin's file.
    pub(crate) digest: String,
    /// JSON Schema (draft 2020-12) of its params.
    pub(crate) params_schema: Value,
    /// Params that work.
    pub(crate) examples: Vec<Value>,
}

/// All missions.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MissionList {
    /// The missions, by plugin and in the order of their declaration.
    pub(crate) missions: Vec<MissionView>,
}

/// A plugin that is registered.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginView {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// A sentence for people.
    pub(crate) description: String,
    /// The SHA-256 of its file.
    pub(crate) digest: String,
    /// Where it came from.
    pub(crate) origin: String,
    /// Whether it runs missions itself.
    pub(crate) orchestrates: bool,
    /// Its manifest.
    pub(crate) manifest: Value,
}

/// All plugins.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PluginList {
    /// The plugins, by name.
    pub(crate) plugins: Vec<PluginView>,
}

/// A run that is to be started.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartRequest {
    /// The mission: `PLUGIN/NAME`, or its short name.
    pub(crate) mission: String,
    /// Its params.
    #[serde(default = "empty")]
    pub(crate) params: Value,
    /// The state to begin with.
    #[serde(default = "empty")]
    pub(crate) state: Value,
    /// The context's metadata.
    #[serde(default = "empty")]
    pub(crate) metadata: Value,
    /// The name of the run: 1 to 64 letters, digits, `.`, `_` and `-`. A request with the same name and the same inputs starts
    /// no second run and gets the first (200); with other inputs it is refused (`run_exists`). The header `Idempotency-Key`
    /// does the same without a name.
    #[serde(default)]
    pub(crate) run: Option<String>,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// What is known of a run without reading all of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunView {
    /// Its name.
    pub(crate) run: String,
    /// The mission it runs.
    pub(crate) mission: String,
    /// Who started it, if that is known.
    pub(crate) started_by: Option<String>,
    /// `running`, `waiting`, `decided`, `done`, `failed` or `cancelled`.
    pub(crate) status: String,
    /// How many events it has.
    pub(crate) version: u64,
    /// When it was started (RFC 3339).
    pub(crate) created_at: String,
    /// When something last happened to it (RFC 3339).
    pub(crate) updated_at: String,
    /// What was asked last, answered or not: the status tells.
    pub(crate) wait: Option<WaitView>,
    /// Why it does not go on, if it could not be driven.
    pub(crate) setback: Option<SetbackView>,
    /// The address of its page, for people.
    pub(crate) page: String,
}

/// Why a run could not be driven, and when it is tried again.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SetbackView {
    /// The stable code of what happened.
    pub(crate) code: String,
    /// What happened, in words.
    pub(crate) reason: String,
    /// How often in a row it was tried.
    pub(crate) attempts: u32,
    /// When it is tried again (RFC 3339); nothing, if it is set aside until somebody asks for that.
    pub(crate) retry_at: Option<String>,
}

/// A question to a person.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WaitView {
    /// The id of the human step.
    pub(crate) step: String,
    /// What is asked.
    pub(crate) description: String,
    /// Who may answer; anybody, where there are none.
    pub(crate) assignees: Vec<String>,
    /// When it was asked (RFC 3339).
    pub(crate) asked_at: String,
    /// From when on no answer is accepted (RFC 3339).
    pub(crate) deadline: Option<String>,
    /// How many agree by now, where several people have to; a list may not know it of a question that an older release asked.
    pub(crate) approvals: Option<ApprovalCount>,
}

/// How many people agree on an answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ApprovalCount {
    /// How many agree on the answer that most people gave.
    pub(crate) reached: u32,
    /// How many have to agree on one.
    pub(crate) needed: u32,
}

impl RunView {
    pub(crate) fn of(summary: &RunSummary, url: &str) -> Self {
        Self {
            run: summary.run.to_string(),
            mission: summary.mission.clone(),
            started_by: summary.started_by.as_ref().map(ToString::to_string),
            status: summary.status.code().to_owned(),
            version: summary.version.get(),
            created_at: summary.created_at.to_string(),
            updated_at: summary.updated_at.to_string(),
            wait: summary.wait.as_ref().map(|wait| WaitView {
                step: wait.step.clone(),
                description: wait.description.clone(),
                assignees: wait.assignees.clone(),
                asked_at: wait.asked_at.to_string(),
                deadline: wait.deadline.map(|deadline| deadline.to_string()),
                approvals: wait
                    .agreement
                    .as_ref()
                    .map(|agreement| ApprovalCount { reached: agreement.reached(), needed: agreement.needed }),
            }),
            setback: summary.setback.as_ref().map(|setback| SetbackView {
                code: setback.code.clone(),
                reason: setback.reason.clone(),
                attempts: setback.attempts,
                retry_at: setback.retry_at.map(|time| time.to_string()),
            }),
            page: format!("{url}/runs/{}", summary.run),
        }
    }
}

/// Something that happened to a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ChangeView {
    /// The run.
    pub(crate) run: String,
    /// How many events it has since.
    pub(crate) version: u64,
    /// How many it had before.
    pub(crate) from: u64,
    /// Where it stood then.
    pub(crate) status: String,
    /// When it was recorded (RFC 3339).
    pub(crate) at: String,
}

impl ChangeView {
    pub(crate) fn of(change: &FeedEntry) -> Self {
        Self {
            run: change.run.to_string(),
            version: change.to.get(),
            from: change.from.get(),
            status: change.status.code().to_owned(),
            at: change.at.to_string(),
        }
    }
}

/// Runs, a page of them.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunList {
    /// The runs.
    pub(crate) runs: Vec<RunView>,
    /// Where the next page begins: `?cursor=`; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// All there is to know of a run.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RunDetails {
    /// The run.
    #[serde(flatten)]
    pub(crate) summary: RunView,
    /// What it asks, if it waits.
    pub(crate) question: Option<QuestionView>,
    /// The workflow's steps, those that are still to come included.
    pub(crate) workflow: Value,
    /// What was executed, oldest first.
    pub(crate) steps: Vec<StepView>,
    /// The state now.
    pub(crate) state: Value,
    /// Everything that happened, oldest first: `{"sequence", "at", "kind", "chain"}`.
    pub(crate) events: Vec<Value>,
    /// The result (`orchestration_result@2`), if the run has ended with one.
    pub(crate) result: Option<Value>,
}

/// A step that was executed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StepView {
    /// What was done: a step of the lineage, with patch, output, display, verdict, fuel and chain hash.
    pub(crate) lineage: Value,
    /// When that was recorded (RFC 3339).
    pub(crate) at: String,
    /// What it changed: `{"path", "before", "after"}`.
    pub(crate) changes: Vec<Value>,
    /// How many changes there are besides.
    pub(crate) more_changes: usize,
}

/// What a person is asked.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct QuestionView {
    /// The id of the human step.
    pub(crate) step: String,
    /// Stands for all that the person is asked and shown, and for what the decision will act on: 64 hexadecimal digits.
    pub(crate) question_hash: String,
    /// What is asked.
    pub(crate) description: String,
    /// What earlier steps put before the person.
    pub(crate) displays: Value,
    /// The part of the state that it is about.
    pub(crate) context: Option<Value>,
    /// JSON Schema (draft 2020-12) of the answer.
    pub(crate) schema: Option<Value>,
    /// The answers to choose from.
    pub(crate) choices: Option<Vec<Value>>,
    /// What is taken where nobody answers.
    pub(crate) default: Option<Value>,
    /// Who may answer; anybody, where there are none.
    pub(crate) assignees: Vec<String>,
    /// How many people have to give the same answer before it stands.
    pub(crate) approvals: u32,
    /// Who gave which answer so far, where it takes several people.
    pub(crate) approved: Vec<ApprovalView>,
    /// Whether the person who started the run may not answer.
    pub(crate) not_starter: bool,
}

/// Somebody's answer to a question that takes several people.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ApprovalView {
    /// Whose.
    pub(crate) actor: String,
    /// The answer.
    pub(crate) value: Value,
    /// When it was given (RFC 3339).
    pub(crate) at: String,
    /// What they said about it.
    pub(crate) comment: Option<String>,
}

impl QuestionView {
    pub(crate) fn of(question: &Question, approvals: &[(&DecisionRecord, Timestamp)]) -> Self {
        let approval = |(given, at): &(&DecisionRecord, Timestamp)| ApprovalView {
            actor: given.actor.to_string(),
            value: given.value.clone(),
            at: at.to_string(),
            comment: given.comment.clone(),
        };
        let step = &question.step;
        Self {
            step: step.id.clone(),
            question_hash: question.hash.to_string(),
            description: step.description.clone(),
            displays: serde_json::to_value(&question.displays).unwrap_or_default(),
            context: question.context.clone(),
            schema: step.schema.clone(),
            choices: step.choices.clone(),
            default: step.default.clone(),
            assignees: step.assignees.clone(),
            approvals: step.approvals,
            approved: approvals.iter().map(approval).collect(),
            not_starter: step.not_starter,
        }
    }
}

impl RunDetails {
    pub(crate) fn of(shown: &InboxEntry, went: &Timeline, url: &str) -> Self {
        let step = |step: &sortie_host::journal::TimelineStep| StepView {
            lineage: serde_json::to_value(&step.step).unwrap_or_default(),
            at: step.at.to_string(),
            changes: step.changes.changes.iter().filter_map(|change| serde_json::to_value(change).ok()).collect(),
            more_changes: step.changes.more,
        };
        let event = |recorded: &sortie_host::journal::EventRecord| {
            serde_json::json!({
                "sequence": recorded.sequence, "at": recorded.at, "kind": recorded.event.kind().code(),
            })
        };
        Self {
            summary: RunView::of(&shown.record.summary, url),
            question: shown.question.as_ref().map(|question| QuestionView::of(question, &shown.approvals())),
            workflow: went.workflow.to_json(),
            steps: went.steps.iter().map(step).collect(),
            state: went.state.clone(),
            events: shown.record.events.iter().map(event).collect(),
            result: shown.completed.as_ref().map(|completed| completed.result.to_json()),
        }
    }
}

/// The state of a run at some time.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct StateView {
    /// The state.
    pub(crate) state: Value,
}

/// An answer to a question, which is made or previewed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// The id of the human step that is answered.
    pub(crate) step: String,
    /// The answer.
    #[serde(deserialize_with = "Value::deserialize")]
    pub(crate) value: Value,
    /// A remark that is kept with it.
    #[serde(default)]
    pub(crate) comment: Option<String>,
    /// The `question_hash` of the question that was looked at. With it, a decision is refused (`other_question`) where
    /// the run asks something else by now.
    #[serde(default)]
    pub(crate) question_hash: Option<String>,
}

/// A decision that stands.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DecisionView {
    /// `decided`; `approved` where more people have to agree before it stands; or `already_decided` where the same decision
    /// stood before.
    pub(crate) code: String,
    /// The run as it is now.
    pub(crate) run: RunView,
}

/// An answer to preview.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewRequest {
    /// The answer.
    #[serde(deserialize_with = "Value::deserialize")]
    pub(crate) value: Value,
}

/// What follows from an answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PreviewView {
    /// The answer; absent, where nobody answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) answer: Option<Value>,
    /// `ends`, `asks` or `refused`.
    pub(crate) outlook: &'static str,
    /// Whether the mission succeeds, if it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) success: Option<bool>,
    /// The hash that the result will have, if it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) result_hash: Option<String>,
    /// What the operations return, by step, if it ends.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) outputs: BTreeMap<String, Value>,
    /// What the operations judge, by step, if it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) verdicts: Option<Value>,
    /// What is asked next, if it asks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) question: Option<QuestionView>,
    /// How the state changes: `{"path", "before", "after"}`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<Value>,
    /// The fuel that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fuel: Option<u64>,
    /// Why it would not be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<Problem>,
}

impl PreviewView {
    pub(crate) fn of(answer: Option<Value>, ahead: &Result<Preview, Problem>) -> Self {
        let mut view = Self {
            answer,
            outlook: "refused",
            success: None,
            result_hash: None,
            outputs: BTreeMap::new(),
            verdicts: None,
            question: None,
            changes: Vec::new(),
            fuel: None,
            problem: None,
        };
        let preview = match ahead {
            Ok(preview) => preview,
            Err(problem) => {
                view.problem = Some(problem.clone());
                return view;
            }
        };
        view.fuel = Some(preview.fuel);
        view.changes = preview.changes.changes.iter().filter_map(|change| serde_json::to_value(change).ok()).collect();
        match &preview.outlook {
            Outlook::Asks(question) => {
                view.outlook = "asks";
                view.question = Some(QuestionView::of(question, &[]));
            }
            Outlook::Ends(result) => {
                view.outlook = "ends";
                view.success = Some(result.success);
                view.result_hash = Some(result.receipt.result_hash.to_string());
                view.outputs.clone_from(&result.outputs);
                view.verdicts = serde_json::to_value(&result.verdicts).ok();
            }
        }
        view
    }
}

/// What follows from each answer that a question offers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PreviewList {
    /// For each answer.
    pub(crate) previews: Vec<PreviewView>,
    /// If nobody answers; absent where the question waits for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unanswered: Option<PreviewView>,
}

impl PreviewList {
    pub(crate) fn of(outlooks: &Outlooks) -> Self {
        Self {
            previews: outlooks
                .offered
                .iter()
                .map(|(answer, ahead)| PreviewView::of(Some(answer.clone()), ahead))
                .collect(),
            unanswered: outlooks.unanswered.as_ref().map(|ahead| PreviewView::of(None, ahead)),
        }
    }
}

/// Why a run is cancelled.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelRequest {
    /// Why: it is kept with the run.
    pub(crate) reason: String,
}

/// A run that has ended before it had a result.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CancelView {
    /// `cancelled`, or `already_cancelled`.
    pub(crate) code: String,
    /// The run as it is now.
    pub(crate) run: RunView,
}

/// What came of making a result again.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VerifyView {
    /// Whether it is the same.
    pub(crate) verified: bool,
    /// The hash of the recorded result.
    pub(crate) result_hash: String,
    /// Where it differs, if it does.
    pub(crate) difference: Option<Value>,
}
