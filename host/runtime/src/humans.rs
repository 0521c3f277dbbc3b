//! Who answers human steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use sortie_engine::{Decision, Display, HumanStep, Mission, OnExpiry, PluginRef, Run};
use sortie_interface::Answer;
use sortie_json::ContentHash;

use crate::decision::i_json;
use crate::error::HostError;

/// What a person is asked: the step, and the part of the state that it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The step.
    pub step: HumanStep,
    /// What the step's `context` points at, where there is anything.
    pub context: Option<Value>,
    /// The displays of the earlier steps that the step shows.
    pub displays: Vec<Display>,
    /// Stands for all that the person is asked and shown, and for what their decision will act on.
    pub hash: ContentHash,
}

/// What a [`Question::hash`] is the hash of, in canonical form.
#[derive(Serialize)]
struct Subject<'q> {
    schema_version: &'static str,
    /// The step, with its id.
    step: &'q HumanStep,
    /// The value that its `context` points at, where there is one.
    context: Option<&'q Value>,
    displays: &'q [Display],
    workflow_hash: ContentHash,
    /// What the run began with and the chain of what it did: together they stand for the state, whose size this does not
    /// cost.
    context_hash: ContentHash,
    chain: ContentHash,
    /// The plugins of all runtime steps, and the mission's, by name and digest.
    plugins: BTreeSet<PluginRef>,
}

impl Question {
    /// The question that a run waits at.
    pub(crate) fn of(step: HumanStep, run: &Run) -> Self {
        Self::before(step, run, &[])
    }

    /// The question as it was before plugins were changed: each by its name and digest then, and what it was changed to; the
    /// last change first.
    pub(crate) fn before(step: HumanStep, run: &Run, changes: &[(PluginRef, ContentHash)]) -> Self {
        let unchanged = |mut plugin: PluginRef| {
            for (then, changed_to) in changes {
                if plugin.name == then.name && plugin.digest == *changed_to {
                    plugin.digest = then.digest;
                }
            }
            plugin
        };
        let pointer = step.context.as_ref();
        let context = pointer.and_then(|pointer| pointer.resolve(run.state()).ok().cloned());
        let displays = run.displays(&step);
        let plan = run.plan();
        let of_steps = plan.bindings().iter().map(|binding| binding.plugin.clone());
        let of_mission = plan.mission().map(Mission::builder);
        let signed = Subject {
            schema_version: "question@1",
            step: &step,
            context: context.as_ref(),
            displays: &displays,
            workflow_hash: run.workflow_hash(),
            context_hash: run.context_hash(),
            chain: run.chain(),
            plugins: of_steps.chain(of_mission).map(unchanged).collect(),
        };
        let hash = ContentHash::of_ours(&signed);
        Self { step, context, displays, hash }
    }
}

/// A host program's own way to get a decision.
pub type Ask = Arc<dyn Fn(&Question) -> Result<Decision, HostError> + Send + Sync>;

/// Who answers human steps.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use serde_json::json;
/// use sortie_host::{ExecutionContext, Host, HumanPolicy, WorkflowDefinition};
///
/// let answers = BTreeMap::from([("approve".to_owned(), json!("yes"))]);
/// let host = Host::builder().human_steps(HumanPolicy::Answers(answers)).build()?;
/// let step = json!({"id": "approve", "kind": "human", "payload": {"description": "Ship it?"}});
/// let workflow = WorkflowDefinition::from_json(&json!({"id": "release", "steps": [step]}))?;
/// let result = host.exec(workflow, &ExecutionContext::new(json!({}))?)?;
/// assert_eq!(result.decisions["approve"].value, "yes");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum HumanPolicy {
    /// Nobody: a human step ends the run with [`HostError::Waiting`].
    #[default]
    Wait,
    /// Nobody: a human step is recorded as marked, and passed.
    Mark,
    /// Answers by step id, as a script has them; a step without one ends the run with [`HostError::Waiting`].
    Answers(BTreeMap<String, Value>),
    /// What happens at each step, by its id; a step of which nothing is said is marked.
    Script(BTreeMap<String, Answer>),
    /// Whatever this says, which has to fit the step.
    Ask(Ask),
}

impl std::fmt::Debug for HumanPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wait => "Wait",
            Self::Mark => "Mark",
            Self::Answers(_) => "Answers",
            Self::Script(_) => "Script",
            Self::Ask(_) => "Ask",
        })
    }
}

impl HumanPolicy {
    /// What happens at the step that a run waits at; nothing, where the run cannot continue. The question with all that is
    /// shown is only made for who is asked.
    pub(crate) fn settle(&self, step: &HumanStep, run: &Run) -> Result<Settlement, HostError> {
        let waiting = || HostError::Waiting { step: step.id.clone(), description: step.description.clone() };
        match self {
            Self::Wait => Err(waiting()),
            Self::Mark => Ok(Settlement::Decision(Decision::marked())),
            Self::Answers(answers) => {
                let value = answers.get(&step.id).ok_or_else(waiting)?;
                Ok(Settlement::Decision(Decision::answered(i_json(&step.id, value)?)))
            }
            Self::Script(script) => scripted(script.get(&step.id), step),
            Self::Ask(ask) => ask(&Question::of(step.clone(), run)).map(Settlement::Decision),
        }
    }
}

/// What happens at a human step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Settlement {
    /// A decision is made.
    Decision(Decision),
    /// Nobody decides in time, and there is no default to take.
    Expiry,
}

fn scripted(answer: Option<&Answer>, step: &HumanStep) -> Result<Settlement, HostError> {
    match answer {
        None | Some(Answer::Mark) => Ok(Settlement::Decision(Decision::marked())),
        Some(Answer::Value(value)) => Ok(Settlement::Decision(Decision::answered(i_json(&step.id, value)?))),
        Some(Answer::Cancel(reason)) => Err(HostError::Cancelled { step: step.id.clone(), reason: reason.clone() }),
        Some(Answer::Expire) => expired(step),
    }
}

/// What happens to a step that nobody answers in time. One that has all the time there is cannot expire.
fn expired(step: &HumanStep) -> Result<Settlement, HostError> {
    if step.expires_seconds.is_none() {
        return Err(HostError::NeverExpires { step: step.id.clone() });
    }
    match (step.on_expiry, &step.default) {
        (OnExpiry::Default, Some(default)) => Ok(Settlement::Decision(Decision::defaulted(default.clone()))),
        (OnExpiry::Default, None) | (OnExpiry::Fail, _) => Ok(Settlement::Expiry),
    }
}
