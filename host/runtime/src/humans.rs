//! Who answers human steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use sortie_engine::{Decision, Display, HumanStep, Run};

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
}

impl Question {
    /// The question that a run waits at.
    pub(crate) fn of(step: HumanStep, run: &Run) -> Self {
        let pointer = step.context.as_ref();
        let context = pointer.and_then(|pointer| pointer.resolve(run.state()).ok().cloned());
        let displays = run.displays(&step);
        Self { step, context, displays }
    }
}

/// A host program's own way to get a decision.
pub type Ask = Arc<dyn Fn(&Question) -> Result<Decision, HostError> + Send + Sync>;

/// Who answers human steps.
#[derive(Clone, Default)]
pub enum HumanPolicy {
    /// Nobody: a human step ends the run with [`HostError::Waiting`].
    #[default]
    Wait,
    /// Nobody: a human step is recorded as marked, and passed.
    Mark,
    /// Answers by step id, as a script has them; a step without one ends the run with [`HostError::Waiting`].
    Answers(BTreeMap<String, Value>),
    /// Answers by step id; a step without one is marked.
    AnswersOrMark(BTreeMap<String, Value>),
    /// Whatever this says, which has to fit the step.
    Ask(Ask),
}

impl std::fmt::Debug for HumanPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wait => "Wait",
            Self::Mark => "Mark",
            Self::Answers(_) => "Answers",
            Self::AnswersOrMark(_) => "AnswersOrMark",
            Self::Ask(_) => "Ask",
        })
    }
}

impl HumanPolicy {
    /// The decision for a step.
    pub(crate) fn decide(&self, question: &Question) -> Result<Decision, HostError> {
        let waiting =
            || HostError::Waiting { step: question.step.id.clone(), description: question.step.description.clone() };
        let answer = |answers: &BTreeMap<String, Value>| answers.get(&question.step.id).cloned();
        match self {
            Self::Wait => Err(waiting()),
            Self::Mark => Ok(Decision::marked()),
            Self::Answers(answers) => answer(answers).map(Decision::answered).ok_or_else(waiting),
            Self::AnswersOrMark(answers) => Ok(answer(answers).map_or_else(Decision::marked, Decision::answered)),
            Self::Ask(ask) => ask(question),
        }
    }
}
